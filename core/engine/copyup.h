/* SPDX-License-Identifier: Apache-2.0 */
/*
 * copyup: an empty volume gets what the image has at its place, with owners, modes, xattrs, links.
 */
#ifndef ENGINE_COPYUP_H
#define ENGINE_COPYUP_H

#include "engine/mounts_settle.h"
#include "image/driver.h"

/* At create, once the container's root is prepared. pin: the create's own. durable: synced. */
int copyup_fill(struct engine *en, struct arena *a, const struct mounts_plan *p,
		const struct driver_rootfs *root, struct store_pin *pin, bool durable,
		struct err *e);

#endif
