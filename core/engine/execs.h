/* SPDX-License-Identifier: Apache-2.0 */
/*
 * execs: more processes in a container that runs: create, start, resize, inspect.
 *
 * An exec is a directory exec-root/containers/<id>/execs/<exec> with its request (config.json) and
 * what its shim writes (container/shimexec.h). It is readable until its container ends. The shim is
 * started at create, when a start is nearly always the next request of the same connection; where
 * that connection ends first the shim goes too, and start makes another one.
 */
#ifndef ENGINE_EXECS_H
#define ENGINE_EXECS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/err.h"
#include "base/json.h"
#include "base/mem.h"
#include "engine/engine.h"

/* body: Docker's ExecConfig. ERR_NOTFOUND: no such container; ERR_CONFLICT: it does not run, or is
 * paused. */
int execs_create(struct engine *en, struct arena *a, const char *ref, const struct json *body,
		 char ret_id[65], struct err *e);

struct execs_start {
	bool detach;
	int sock;	   /* not detached: the client's, which the shim answers on; the caller's */
	uint32_t flags;	   /* SHIM_UPGRADED, SHIM_EXITCODE */
	const void *ahead; /* what was read of its input already */
	size_t n;
	unsigned rows, cols; /* 0: as at create */
};
/* ERR_CONFLICT: it has run already. A command that cannot be executed is ERR_INVALID where it is
 * detached; else its text is in the stream and its code in the record. */
int execs_start(struct engine *en, struct arena *a, const char *id, const struct execs_start *s,
		struct err *e);
int execs_resize(struct engine *en, const char *id, unsigned rows, unsigned cols, struct err *e);
/* The object of GET /exec/{id}/json. */
int execs_inspect(struct engine *en, struct arena *a, const char *id, struct buf *json,
		  struct err *e);
/* The IDs of a container's execs that have not ended. Never waits, never fails. */
void execs_ids(struct engine *en, struct arena *a, const char *container, struct strs *ret);

#endif
