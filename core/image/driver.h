/* SPDX-License-Identifier: Apache-2.0 */
/*
 * driver: how a container gets a writable root from layers.
 *
 * overlay mounts the layers themselves; btrfs takes a snapshot of a subvolume that is made from
 * them; vfs makes a flat copy of them, for kernels and file systems without either. All read the
 * same layers (layers.h), so choosing another driver later loses no
 * image. A driver is a table of functions; the first of the list whose probe succeeds is taken, and
 * that answer is kept in exec-root until the next boot.
 */
#ifndef IMAGE_DRIVER_H
#define IMAGE_DRIVER_H

#include "image/store.h"

struct driver_rootfs {	    /* strings in the arena given; the fields of a container's spec */
	const char *driver; /* "overlay", "btrfs", "vfs" */
	/* overlay: mounted by the container's set-up */
	const char *base;	  /* absolute; lowers are relative to it */
	struct strs lowers;	  /* topmost first */
	const char *upper, *work; /* absolute */
	/* overlay: the mount point, else the tree itself; absolute */
	const char *dir;
};

struct driver {
	const char *name;
	/* 0: works here. -1: *e says why not. */
	int (*probe)(const struct store *s, struct err *e);
	/* Makes what the container needs inside its directory (cdir open, cpath its absolute path)
	 * and fills ret. Idempotent. */
	int (*prepare)(const struct store *s, struct arena *a, const struct strs *diff_ids,
		       int cdir, const char *cpath, struct driver_rootfs *ret, struct err *e);
};

extern const struct driver driver_overlay, driver_btrfs, driver_vfs;

/* The driver to use: the one named (ERR_INVALID if it is unknown, ERR_UNSUPPORTED with the reason
 * if it does not work here), or with NULL or "" the first that works; exec is exec-root. */
const struct driver *driver_pick(const struct store *s, int exec, const char *name, struct err *e);

#endif
