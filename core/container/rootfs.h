/* SPDX-License-Identifier: Apache-2.0 */
/*
 * rootfs: the container's root: mounted, filled, entered.
 *
 * All in the child, in its own mount namespace (with a user namespace the first of them outside of
 * both, see spawn.c), in this order: rootfs_prepare, rootfs_mount,
 * rootfs_fill, whatever else needs the host's files, rootfs_enter. Until rootfs_enter the host's
 * tree is the root, so host paths are plain paths and the container's go through the root fd.
 */
#ifndef CONTAINER_ROOTFS_H
#define CONTAINER_ROOTFS_H

#include <stdbool.h>

#include "base/err.h"
#include "base/mem.h"
#include "container/cgroup.h"
#include "container/spec.h"
#include "container/userns.h"

struct rootfs {
	int root;   /* O_PATH */
	int dev;    /* root of our own /dev, -1 where /dev is a bind */
	int pts;    /* root of the devpts mount, -1 if none */
	int null;   /* O_PATH of a verified null device */
	bool nodev; /* no device node in it opens: nothing else keeps the container from the disks
		     */
	size_t mounted; /* how many of the spec's mounts are there */
	int *take;	/* arena: for each mount of the spec a clone of its source, -1 for others */
	int *outside;	/* arena: by rootfs_outside; NULL: none */
	const struct userns *ns; /* what everything is mapped for; NULL: nothing is */
	int tree;		 /* then: the root as rootfs_prepare mounted it; 0: none */
};

/* Before there is a child: mounts the file systems of volumes with options, attached nowhere. The
 * child could not: its control group keeps it from their devices. Costs nothing where there are
 * none. rootfs_outside_end closes our copies. */
int rootfs_outside(struct arena *a, const struct spec *s, struct rootfs *r, struct err *e);
void rootfs_outside_end(const struct spec *s, struct rootfs *r);

/* Takes the sources of all binds and cuts the namespace's propagation to the host. With a user
 * namespace also what takes rights outside of it: the root and the device nodes. Of *ret only
 * `outside` and `ns` are read. */
int rootfs_prepare(struct arena *a, const struct spec *s, struct rootfs *ret, struct err *e);
/* Mounts overlay or directory; what was prepared, in a mount namespace of the user namespace's. */
int rootfs_mount(const struct spec *s, struct rootfs *r, struct err *e);
/* Of the mounts of the spec those before number `end` that are not there, in their order. */
int rootfs_mounts(const struct spec *s, const struct cgroup *cg, size_t end, struct rootfs *r,
		  struct err *e);
/* All of them, device nodes and links, masked and read-only paths. cg may be NULL where there is
 * none. */
int rootfs_fill(const struct spec *s, const struct cgroup *cg, struct rootfs *r, struct err *e);
/* Makes it the root and lets go of everything else of the host; then read-only and nodev as asked.
 */
int rootfs_enter(const struct spec *s, struct rootfs *r, struct err *e);
/* Tests: as if the kernel refused pivot_root, as it does on an initramfs. */
void rootfs_force_move(int on);

#endif
