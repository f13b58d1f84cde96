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
};
/* Walks without recursion on depth and without following symlinks. */
int pack_tree(int dirfd, const struct pack_opts *o, tar_write_fn *write, void *ctx, struct err *e);

#endif
