/* SPDX-License-Identifier: Apache-2.0 */
/*
 * walk: every file below a directory, each directory before what it holds, names in bytewise order,
 * symlinks not followed. Neither stack nor descriptors grow with the depth. Nobody may change the
 * tree meanwhile but by removing what was shown already.
 */
#ifndef IMAGE_WALK_H
#define IMAGE_WALK_H

#include <sys/stat.h>

#include "base/err.h"

struct walk_item {	  /* valid until the next walk_next */
	int dirfd;	  /* of the directory that holds it */
	const char *name; /* in there */
	const char *path; /* below the top, "/" between names */
	struct stat st;
};

struct walk;
/* dirfd stays the caller's and must stay open. */
struct walk *walk_new(int dirfd, struct err *e);
/* 1: *it is the next. 0: that was all. Paths of more than 4095 bytes are ERR_INVALID. */
int walk_next(struct walk *w, struct walk_item *it, struct err *e);
/* The tree is in use: what goes away or is exchanged meanwhile is passed over. */
void walk_lenient(struct walk *w);
void walk_free(struct walk *w);

#endif
