/* SPDX-License-Identifier: Apache-2.0 */
/*
 * pack: a directory tree becomes a tar stream, in a deterministic order (bytewise by name, parents
 * first), with xattrs (security.capability, ACLs, user.*), hard links, sparse files (SEEK_HOLE) and
 * sub-second times. The way back of unpack: whiteouts (0:0 devices) become ".wh." entries and
 * opaque directories ".wh..wh..opq" when diff is set. Sockets are left out, as Docker does.
 */
#ifndef IMAGE_PACK_H
#define IMAGE_PACK_H

#include "base/err.h"
#include "image/tar.h"

struct pack_opts {
	int diff; /* overlay's marks become whiteouts; otherwise such nodes are an error */
	const char *prefix; /* put before each name; "" or NULL for none */
	int lenient;	    /* the tree is in use: what goes away meanwhile is left out */
};
/* Walks without recursion on depth and without following symlinks. */
int pack_tree(int dirfd, const struct pack_opts *o, tar_write_fn *write, void *ctx, struct err *e);

/* dirfd/name (never followed; "." is dirfd itself) as the entry `as`, and what is below. */
int pack_path(int dirfd, const char *name, const char *as, const struct pack_opts *o,
	      tar_write_fn *write, void *ctx, struct err *e);

/* Entry by entry, in the order of the calls. While a pack lives the working directory is its. */
struct pack;
struct pack *pack_new(const struct pack_opts *o, tar_write_fn *write, void *ctx);
/* dirfd/name alone, as the entry `as`. */
int pack_one(struct pack *p, int dirfd, const char *name, const char *as, struct err *e);
/* A whiteout of dir/name; dir "" or ending in "/". */
int pack_deleted(struct pack *p, const char *dir, const char *name, struct err *e);
/* The end marker. */
int pack_end(struct pack *p, struct err *e);
void pack_free(struct pack *p);

#endif
