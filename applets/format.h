/* SPDX-License-Identifier: Apache-2.0 */
/*
 * format: how every list is printed: --format TEMPLATE, "table TEMPLATE", "table", "json", or the
 * command's own columns. Rows are JSON objects whose members are Docker's field names (.ID, .Names,
 * .Image ...) and strings, as docker prints them.
 */
#ifndef APPLETS_FORMAT_H
#define APPLETS_FORMAT_H

#include <stdbool.h>

#include "base/buf.h"
#include "base/err.h"
#include "base/json.h"
#include "base/mem.h"

struct format_column { /* what stands above {{.field}} in a table */
	const char *field, *header;
};

struct format {
	struct arena *a;
	const struct format_column *columns; /* ends with a field of NULL */
	/* the rest is format's */
	struct template *t;
	bool table, json;
	struct buf out;
};

/* text: the value of --format, NULL or "" where not given; def: the command's own, e.g.
 * "table {{.ID}}\t{{.Image}}". columns, a: set before. */
int format_open(struct format *f, const char *text, const char *def, struct err *e);
/* One row: the text of a JSON object. */
int format_row(struct format *f, const struct buf *row, struct err *e);
/* Prints to stdout and frees. */
int format_end(struct format *f, struct err *e);

#endif
