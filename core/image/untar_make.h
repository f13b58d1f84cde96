/* SPDX-License-Identifier: Apache-2.0 */
/*
 * untar_make: the untar child's state, and the making of one entry from it. Private to untar*.c,
 * used in the confined child only. All return 0 or -1 and change nothing outside of the layer.
 */
#ifndef IMAGE_UNTAR_MAKE_H
#define IMAGE_UNTAR_MAKE_H

#include <stdint.h>

#include "base/err.h"
#include "image/record.h"
#include "image/tar.h"
#include "image/untar.h"
#include "image/untar_dirs.h"

enum { /* the child's descriptors */
       UNTAR_TAR,
       UNTAR_STATUS,
       UNTAR_RECORD,
       UNTAR_OPAQUE,
       UNTAR_ROOT,
       UNTAR_SLASH, /* only where it is no layer, until it is the root */
};

struct untar {
	struct tar_reader *r;
	struct record_writer *rec; /* NULL: no record is kept */
	struct untar_dirs dirs;
	int moved; /* a directory or symlink went away: open levels may be stale */
	int64_t opaque;
	struct untar_status st;
	const struct untar_into *into; /* NULL: a layer */
	struct tar_entry own;	       /* then *t as it is to be */
	/* the current entry */
	const struct tar_entry *t;
	struct untar_dir *dir; /* where it goes */
	char *name;	       /* in dir: the tail of path */
	size_t len;	       /* of path */
	char path[TAR_MAX_NAME];
};

/* The error of the system call that just failed on the current entry. Returns -1. */
int untar_make_failed(const struct untar *u, const char *what, struct err *e);
/* Cleans a name by its text, as Docker does: "/a/./b/../c" is "a/c". to has TAR_MAX_NAME bytes. */
int untar_make_clean(const char *name, char *to, size_t *ret_len, struct err *e);
/* Puts a directory on the list of those that the parent marks. */
int untar_make_opaque(struct untar *u, const char *path, size_t len, struct err *e);
/* The entry of the layer's root itself. */
int untar_make_root(struct untar *u, struct err *e);
/* Any other entry, whose path, name and dir are set. */
int untar_make(struct untar *u, struct err *e);

/* Removes what has the current entry's name, and says whether it was a whiteout (untar_replace.c).
 */
int untar_replace(struct untar *u, int *ret_whiteout, struct err *e);

#endif
