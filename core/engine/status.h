/* SPDX-License-Identifier: Apache-2.0 */
/*
 * status: what a container is doing now. Never waits for a lock and writes nothing, so that lists
 * and inspect answer at once whatever its shim is at. The kernel's word counts over the record: one
 * that is written down as running while nobody holds its liveness lock was killed with its shim
 * (STATUS_EXITED, 137); a record of another boot is no running container; paused is what the
 * freezer says.
 */
#ifndef ENGINE_STATUS_H
#define ENGINE_STATUS_H

#include "base/err.h"
#include "container/home.h"
#include "engine/containers.h"
#include "engine/engine.h"

enum status_kind {
	STATUS_CREATED,
	STATUS_RUNNING,
	STATUS_PAUSED,
	STATUS_RESTARTING,
	STATUS_REMOVING,
	STATUS_EXITED,
	STATUS_DEAD
};

struct status {
	enum status_kind kind;
	struct home_state state; /* as true as kind: exit code, times, PID, restarts ... */
};

/* ERR_NOTFOUND where it went away meanwhile. */
int status_of(struct engine *en, struct arena *a, const struct containers_one *c,
	      struct status *ret, struct err *e);
/* Makes of a record that says "running", though nobody runs it, what became of it. */
void status_lost(struct home_state *s);
/* "created", "running" ... as Docker's State.Status. */
const char *status_word(enum status_kind kind);

#endif
