/* SPDX-License-Identifier: Apache-2.0 */
/*
 * mounts_settle: at create, from what was asked for to the mounts of the record (mounts.h).
 *
 * Between mounts_settle and mounts_settle_end the lock of volumes is held shared and images are
 * pinned: until the record that names them is written nobody takes them away.
 */
#ifndef ENGINE_MOUNTS_SETTLE_H
#define ENGINE_MOUNTS_SETTLE_H

#include "engine/engine.h"
#include "engine/mounts.h"
#include "engine/request.h"

struct mounts_plan {
	struct mounts l;
	int lock;		/* of volumes, or -1 */
	struct strs anonymous;	/* the volumes that were made for this container alone */
	bool owner;		/* they go with it (--rm) */
	struct store_pin *pins; /* of images that are mounted */
	size_t npins;
};

/* After request_merge. Makes the volumes that are missing. Costs nothing where nothing is mounted.
 * On failure there is nothing to end. */
int mounts_settle(struct engine *en, struct arena *a, const struct request *r, const char *id,
		  struct mounts_plan *ret, struct err *e);
/* Writes the layers of mounted images into the container's directory, for the sweeper. */
int mounts_settle_layers(const struct mounts_plan *p, int cdir, struct err *e);
/* keep false: the anonymous volumes are taken away again. */
void mounts_settle_end(struct engine *en, struct mounts_plan *p, const char *id, bool keep);

#endif
