/* SPDX-License-Identifier: Apache-2.0 */
/*
 * start: everything that talks to a container's shim: attach, start, wait, signals, terminal size.
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
#include "engine/engine.h"

/* Hands the client's socket to the shim, which answers on it. flags: SHIM_STDIN ... of
 * container/shim.h; ahead: what was read of the stream already. The caller keeps its copy of sock.
 */
int start_attach(struct engine *en, struct arena *a, const char *ref, uint32_t flags, int sock,
		 const void *ahead, size_t n, struct err *e);
/* *ret_already: it is running, nothing was done. The text of a command that cannot be executed is
 * Docker's. */
int start_container(struct engine *en, struct arena *a, const char *ref, bool *ret_already,
		    struct err *e);

/* After a foreground --rm run was created and answered: makes what its start will need while the
 * client is on its way to attach (cgroups and a network namespace, 0.5 ms), for a start that comes
 * through this process. What fails here is left to the start. Anything else: nothing. */
void start_ahead(struct engine *en, struct arena *a, const char *id);

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

/* A number, "TERM" or "SIGTERM". ERR_INVALID for any other. */
int start_signal(const char *text, int *ret, struct err *e);
int start_kill(struct engine *en, const char *ref, const char *signal, struct err *e);
int start_resize(struct engine *en, const char *ref, unsigned rows, unsigned cols, struct err *e);

#endif
