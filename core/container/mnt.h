/* SPDX-License-Identifier: Apache-2.0 */
/*
 * mnt: mounting by descriptor.
 *
 * Inside a rootfs no path string is ever given to the kernel to mount on: an image or somebody who
 * shares a volume could swap a component for a symlink between check and use. A destination is
 * resolved once, inside the root, to an fd (struct mnt_point) and the mount is attached to that.
 *
 * From Linux 5.2 the new mount interface does this directly: a file system or a clone is made
 * detached, configured, and moved onto the fd. Before that mount(2) is pointed at /proc/self/fd/N
 * of the host's proc and what came out is looked up again and compared. 5.2 to 5.11 lack
 * mount_setattr; flags are then set by a remount through the mount's own fd.
 *
 * Everything here runs in the child, in a mount namespace of its own, before pivot_root, with the
 * host's /proc at /proc. Flags are MS_* as in mount(2).
 */
#ifndef CONTAINER_MNT_H
#define CONTAINER_MNT_H

#include <stdbool.h>

#include "base/err.h"

struct mnt_point {
	int root;	  /* fd of the root, not owned */
	const char *path; /* in it; not owned */
	int fd;		  /* O_PATH, owned */
	bool created;	  /* it was not there before */
};
#define MNT_POINT_INIT                                                                             \
	{                                                                                          \
		-1, "", -1, false                                                                  \
	}

/* Resolves path inside root; where it is missing, a directory (dir) or an empty file is made, and
 * its parents. An existing thing of the other kind is ERR_INVALID. */
int mnt_point_open(int root, const char *path, bool dir, struct mnt_point *ret, struct err *e);
void mnt_point_close(struct mnt_point *p);
#define AUTO_POINT __attribute__((cleanup(mnt_point_close))) struct mnt_point

/* Mounts a new file system on p. data: options of the file system, separated by commas, or NULL.
 * *ret_root: an O_PATH fd of its root (the caller's); NULL where none is needed, which is faster.
 * Changes the working directory. */
int mnt_new(const struct mnt_point *p, const char *type, const char *source, unsigned long flags,
	    const char *data, int *ret_root, struct err *e);

/* The same, attached nowhere: returns an O_PATH fd of its root, with which it goes (from 5.2). */
int mnt_detached(const char *type, const char *source, unsigned long flags, const char *data,
		 struct err *e);

/* A copy of the mount at dirfd/path (path "": of dirfd itself), which follows symlinks: for the
 * host's own paths. It is attached nowhere yet and must be given to mnt_put or closed. */
int mnt_take(int dirfd, const char *path, bool recursive, struct err *e);

/* Shows the owners in a copy that is attached nowhere yet as what they are in the user namespace;
 * `what` is for the error. */
int mnt_idmap(int fd, int userns, const char *what, struct err *e);

struct mnt_put {
	unsigned long flags;	   /* MS_RDONLY ...: added to what the source has */
	bool recursive;		   /* as it was taken */
	bool readonly_recursive;   /* MS_RDONLY for all mounts below, where the kernel can */
	unsigned long propagation; /* MS_PRIVATE ... | MS_REC; 0: as the source's clone has it */
	bool readonly_force;	   /* an error where the kernel cannot (before 5.12) */
};
/* Attaches what mnt_take gave to p. src stays the caller's; it is the mounted root afterwards. */
int mnt_put(int src, const struct mnt_point *p, const struct mnt_put *o, struct err *e);
/* The same on a directory of our own mount namespace, as it is (from 5.2). */
int mnt_put_host(int src, const char *path, struct err *e);

/* Adds flags to a mount and all below it, by an fd of its root. -1 with errno (ENOSYS before 5.12).
 */
int mnt_flags_all(int fd, unsigned long flags);
/* Adds flags (no access time ones) to an attached mount by an fd of its root; `where` is for the
 * error. */
int mnt_flags(int fd, const char *where, unsigned long flags, struct err *e);

/* A detached read-only clone of the mount at a trusted path, not recursive; -1 with errno (ENOSYS
 * before 5.12). */
int mnt_clone_readonly(const char *path);
/* True where clones keep their propagation, i.e. shared binds are possible. */
bool mnt_have_detached(void);
/* Tests: 0 what the kernel has; 1 without mount_setattr; 2 without the new interface at all. */
void mnt_force_old(int level);

#endif
