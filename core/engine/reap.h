/* SPDX-License-Identifier: Apache-2.0 */
/*
 * reap: what was left by those who were killed: containers whose shim is dead, halves of such as
 * were being made or removed, names without a container, temporaries. Any call may find some; those
 * of which nobody waits for the end (attach), that need a name, or that put things in order look.
 */
#ifndef ENGINE_REAP_H
#define ENGINE_REAP_H

#include <stdbool.h>

#include "base/err.h"
#include "engine/engine.h"

void reap_all(struct engine *en);

/* names_claim for a name that a dead one may have; *e names the holder where it is in use. Waits
 * for a container that is on its way into the trash. */
int reap_claim(struct engine *en, const char *name, const char *id, bool durable, int *ret_lock,
	       struct err *e);

#endif
