/* SPDX-License-Identifier: Apache-2.0 */
/*
 * top: the processes of a container, in columns as ps prints them. PIDs and users are the host's,
 * as with Docker.
 */
#ifndef ENGINE_TOP_H
#define ENGINE_TOP_H

#include "base/err.h"
#include "base/mem.h"
#include "engine/engine.h"

struct top {
	struct strs titles;
	struct strs cells; /* row by row, titles.n each */
};

/* args: the options of ps, "" or NULL: -ef. Known are -e -A -a -x -f a u x w and -o with a list of
 * names; ERR_INVALID names what is known. ERR_CONFLICT: it does not run. */
int top_container(struct engine *en, struct arena *a, const char *ref, const char *args,
		  struct top *ret, struct err *e);

#endif
