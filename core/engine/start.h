/* SPDX-License-Identifier: Apache-2.0 */
/*
 * start: attach, start, wait: what finds a container's shim or starts one. What is asked of one
 * that runs is control.h.
 *
 * Attach, start and wait each find the shim or start it armed; so they may come in any order and
 * from any process, and no output and no exit is missed between them.
 */
#ifndef ENGINE_START_H
#define ENGINE_START_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"
#include "base/mem.h"
#include "engine/containers.h"
#include "engine/engine.h"

/* Hands the client's socket to the shim, which answers on it. flags: SHIM_STDIN ... of
 * container/shim.h; detach_keys: as keys.h takes them, NULL or "": ctrl-p,ctrl-q; ahead: what was
 * read of the stream already. The caller keeps its copy of sock. */
int start_attach(struct engine *en, struct arena *a, const char *ref, uint32_t flags,
		 const char *detach_keys, int sock, const void *ahead, size_t n, struct err *e);
/* *ret_already: it is running, nothing was done. The text of a command that cannot be executed is
 * Docker's. */
int start_container(struct engine *en, struct arena *a, const char *ref, bool *ret_already,
		    struct err *e);

/* For a foreground --rm run with a network namespace of its own, whose start comes through this
 * process too, two steps that set it up while other things are done: start its shim as soon as the
 * request is known; tell it what to run once that is written, while the client is on its way to
 * attach and start. Anything else, and what fails here, is left to those two. */
void start_shim(struct engine *en, struct arena *a, const struct request *r);
void start_launch(struct engine *en, struct arena *a, const struct containers_one *c);

enum start_condition { START_NOT_RUNNING, START_NEXT_EXIT, START_REMOVED };
struct start_wait {
	int sock; /* -1: the answer is there */
	int code;
	bool poll_removal; /* then its files are watched */
	char id[65];
};
/* Registers; from here on the exit cannot be missed. */
int start_wait(struct engine *en, struct arena *a, const char *ref, enum start_condition cond,
	       struct start_wait *ret, struct err *e);
/* Sleeps until it has happened, or until `client` hangs up (ERR_UNAVAILABLE). Closes w->sock. */
int start_wait_end(struct engine *en, struct arena *a, struct start_wait *w, int client,
		   int *ret_code, struct err *e);

#endif
