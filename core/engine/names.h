/* SPDX-License-Identifier: Apache-2.0 */
/*
 * names: what a container is called when nobody said so, which names are allowed, and who has one:
 * data-root/names/<name> is a symbolic link that says the ID (its stem), so it is whole or not
 * there, and the first who makes it has the name.
 *
 * From the claim to the moment when the container is there its maker holds a lock of the name; who
 * removes a container holds its liveness lock, which moves to trash/ with it. So a name whose
 * container is not there belongs to a dead one where neither is held. It is free: names_reap, and
 * reap_claim takes it.
 *
 * A name is unlinked by its container's remover, by a rename that knows of no other remover (see
 * there), or here by who holds the lock of the name while none of these can be at it.
 */
#ifndef ENGINE_NAMES_H
#define ENGINE_NAMES_H

#include <stdbool.h>

#include "base/err.h"
#include "engine/engine.h"

#define NAMES_MAX 128

/* "adjective_surname"; try > 0: with a digit behind it, as the plain one was taken. */
void names_random(char ret[NAMES_MAX], int try);
/* [a-zA-Z0-9][a-zA-Z0-9_.-]+, at most NAMES_MAX - 1 bytes. ERR_INVALID. */
int names_check(const char *name, struct err *e);

/* The ID of its holder, which may be gone. -1: nobody has it. */
int names_get(const struct engine *en, const char *name, char ret_id[65]);
/* Waits for others who are at this very name, and takes it. durable: synced. *ret_lock is to be
 * closed once the container is there. ERR_CONFLICT: somebody has it (ret_lock stays -1). */
int names_claim(const struct engine *en, const char *name, const char *id, bool durable,
		int *ret_lock, struct err *e);
/* Says so, with the holder. */
int names_taken(const struct engine *en, const char *name, struct err *e);
void names_free(const struct engine *en, const char *name);
/* Somebody is making the container: he holds the lock of its name. To look for what a dead maker
 * left, this has to be asked before one looks (again) whether the container is there. */
bool names_making(const struct engine *en, const char *id);
/* Its container is not there (any more). */
bool names_empty(const struct engine *en, const char *name);
/* Takes away the names whose container is not there, as long as nobody makes or removes it. */
void names_reap(const struct engine *en);
/* The lock of a name. wait: until those who have it let it go; otherwise -1. Closed by the caller.
 */
int names_lock(const struct engine *en, const char *name, bool wait, struct err *e);

#endif
