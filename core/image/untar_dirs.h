/* SPDX-License-Identifier: Apache-2.0 */
/*
 * untar_dirs: the directories from the layer's root down to where the untar child works, all open.
 * A directory's time changes with each file made in it, so it is set when the directory is left:
 * to what its entry said or, for one entered again, to what it was. So no list of directories is
 * kept, however many there are. Used in the chrooted child only: the kernel resolves names.
 */
#ifndef IMAGE_UNTAR_DIRS_H
#define IMAGE_UNTAR_DIRS_H

#include <stddef.h>
#include <time.h>

#include "base/err.h"
#include "image/tar.h"

struct untar_dir {
	int fd;
	size_t end; /* of its name in untar_dirs.path */
	struct timespec mtime;
	int dirty;    /* its time must be set */
	int inherits; /* set-group-ID or a default ACL: what is made in it is not as asked for */
	int linked;   /* a symlink lies on the way */
	int timed;    /* by its entry */
};

struct untar_dirs {
	struct untar_dir *v; /* v[0] is the root */
	size_t n, cap;
	int natural; /* only those with an entry get a time: others are in use */
	int plain;   /* symlinks are not followed */
	int acls;    /* the layer has default ACLs somewhere */
	char path[TAR_MAX_NAME];
};

int untar_dirs_init(struct untar_dirs *d, int rootfd, struct err *e);
/* Goes to the directory path[0..len), made 0755 where it is missing, through symlinks. The result
 * is valid until the next call. */
struct untar_dir *untar_dirs_enter(struct untar_dirs *d, const char *path, size_t len,
				   struct err *e);
/* One further down: name, open as fd, which is taken over. */
struct untar_dir *untar_dirs_push(struct untar_dirs *d, const char *name, size_t len, int fd,
				  struct err *e);
/* Back to the root, all times set. */
int untar_dirs_leave(struct untar_dirs *d, struct err *e);
/* The time of the root itself, at the end. */
int untar_dirs_end(struct untar_dirs *d, struct err *e);

#endif
