/* SPDX-License-Identifier: Apache-2.0 */
/*
 * sweep: removes layers, blobs and temporaries that nothing names any more.
 *
 * Marks from image records, from containers ("layers" files and "Image" of config.json below
 * data-root/containers and exec-root/containers) and from pins with a living holder; what is not
 * marked is renamed to trash/ under the exclusive store lock, and deleted after it is let go.
 */
#ifndef ENGINE_SWEEP_H
#define ENGINE_SWEEP_H

#include <stdbool.h>
#include <stdint.h>

#include "base/err.h"
#include "base/mem.h"
#include "engine/engine.h"

/* The caller holds the store lock exclusively. Renames only; *ret_bytes (may be NULL) is the size
 * of the layers that go, ret_layers (may be NULL) gets their diff IDs. */
int sweep_mark_and_move(struct engine *en, struct arena *a, struct strs *ret_layers,
			int64_t *ret_bytes, struct err *e);
/* Deletes what is in trash/. Without any lock. */
int sweep_empty_trash(struct engine *en, struct err *e);
/* Both, taking the lock. */
int sweep_all(struct engine *en, struct err *e);

/* sweep_all where a dead writer left temporaries behind; otherwise nothing. What fails is a
 * warning: the operation that comes next does not depend on it. */
void sweep_stale(struct engine *en);
/* The same where a writer died, at the price of a look into an empty directory: for who only passes
 * by, while others may be writing. */
void sweep_dead(struct engine *en);

struct sweep_user {	       /* a container that uses an image */
	const char *container; /* ID */
	bool running;
	const char *image; /* hex */
	const char *ref;   /* the reference it was created with, or "" */
};
/* The containers that were made from the image (hex; NULL: from any). */
int sweep_users(struct engine *en, struct arena *a, const char *image, struct sweep_user **ret,
		size_t *ret_n, struct err *e);

#endif
