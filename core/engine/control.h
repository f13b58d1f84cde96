/* SPDX-License-Identifier: Apache-2.0 */
/*
 * control: what is asked of a container that runs: end, end and start again, signals, the size of
 * its terminal. All of it is a message to its shim, which does the work: a client that is killed
 * loses nothing but the answer. Texts are Docker's.
 */
#ifndef ENGINE_CONTROL_H
#define ENGINE_CONTROL_H

#include <stdbool.h>
#include <stdint.h>

#include "base/err.h"
#include "base/mem.h"
#include "engine/engine.h"

#define CONTROL_OWN_TIMEOUT INT64_MIN /* the one of the container; 10 s where it has none */

/* signal NULL: the container's own, else SIGTERM. seconds until SIGKILL; negative: never. *ret_not:
 * it did not run, nothing was done. Returns at its end. */
int control_stop(struct engine *en, struct arena *a, const char *ref, const char *signal,
		 int64_t seconds, bool *ret_not, struct err *e);
/* The same, and started again; one that does not run is just started. */
int control_restart(struct engine *en, struct arena *a, const char *ref, const char *signal,
		    int64_t seconds, struct err *e);
/* Returns at its end where the signal is SIGKILL (after 10 s in any case). */
int control_kill(struct engine *en, const char *ref, const char *signal, struct err *e);
int control_resize(struct engine *en, const char *ref, unsigned rows, unsigned cols, struct err *e);
/* Its record has changed (name, policy, limits): tells its shim, which has taken all of it over
 * when this returns: *ret_lock is -1. Where it has none *ret_lock is its liveness lock, to be
 * closed by the caller, so that the next shim is one that has read the new record. */
int control_update(struct engine *en, struct arena *a, const char *id, int *ret_lock,
		   struct err *e);
/* Makes a container that ran with a shim that was killed into one that has ended. */
int control_settle(struct engine *en, struct arena *a, const char *ref, struct err *e);

#endif
