/* SPDX-License-Identifier: Apache-2.0 */
/*
 * names: what a container is called when nobody said so, which names are allowed, and who has one:
 * data-root/names/<name> is a symbolic link that says the ID, so it is whole or not there, and the
 * first who makes it has the name.
 *
 * From the claim to the moment when the container's directory is there its maker holds a lock, so
 * that a name without a container and without a lock is a dead maker's.
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
/* Takes away the names whose container is not there, as long as nobody makes it. */
void names_reap(const struct engine *en);

#endif
