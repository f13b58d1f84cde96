/* SPDX-License-Identifier: Apache-2.0 */
/*
 * initlayer: the mount points that every container needs, as one shared layer below all of its
 * image's.
 *
 * Many images have no /proc, /sys or /etc/hosts. Making them in the container's own layer costs a
 * dozen file operations at each start and removal, and shows up as changes of the container. Docker
 * has an init layer per container, above the image's. Ours is below them: whatever the image has
 * wins, so one layer that never changes serves all.
 */
#ifndef ENGINE_INITLAYER_H
#define ENGINE_INITLAYER_H

#include "base/err.h"
#include "base/mem.h"
#include "engine/engine.h"
#include "image/driver.h"

/* Adds it to r->lowers; makes it where it is missing. Other drivers than overlay get what of it is
 * more than a mount point, in the container's own tree; start makes the rest. */
int initlayer_add(struct engine *en, struct arena *a, struct driver_rootfs *r, struct err *e);

/* It, as a directory. */
int initlayer_open(struct engine *en, struct err *e);

#endif
