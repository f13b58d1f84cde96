/* SPDX-License-Identifier: Apache-2.0 */
/* pscolumns: what the options of ps ask for, and a process as cells of those columns. */
#ifndef ENGINE_PSCOLUMNS_H
#define ENGINE_PSCOLUMNS_H

#include "base/err.h"
#include "base/mem.h"
#include "engine/procinfo.h"

#define PSCOLUMNS_MAX 32

struct pscolumns {
	size_t n;
	struct {
		int what; /* pscolumns.c's */
		const char *title;
	} v[PSCOLUMNS_MAX];
};

/* ERR_INVALID as ps would say it, and what is known. */
int pscolumns_parse(struct arena *a, const char *args, struct pscolumns *ret, struct err *e);
/* Adds one cell a column. */
void pscolumns_row(struct arena *a, const struct pscolumns *c, const struct procinfo *p,
		   struct strs *cells);

#endif
