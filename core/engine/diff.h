/* SPDX-License-Identifier: Apache-2.0 */
/*
 * diff: what a container changed in its root, by Docker's rules: a directory in which something was
 * added, changed or deleted counts as changed, "/" does not. Sorted by path.
 */
#ifndef ENGINE_DIFF_H
#define ENGINE_DIFF_H

#include "base/buf.h"
#include "base/err.h"
#include "base/mem.h"
#include "engine/engine.h"

enum diff_kind { DIFF_MODIFIED, DIFF_ADDED, DIFF_DELETED }; /* the API's numbers */

struct diff_change {
	const char *path; /* begins with "/" */
	enum diff_kind kind;
};
struct diff { /* in the arena */
	struct diff_change *v;
	size_t n, cap;
};

/* cdir: the container's directory in data-root. */
int diff_of(struct engine *en, struct arena *a, int cdir, struct diff *ret, struct err *e);
/* The array of /containers/{id}/changes; null where nothing changed, as Docker's. */
int diff_json(struct engine *en, struct arena *a, const char *ref, struct buf *json, struct err *e);

#endif
