/* SPDX-License-Identifier: Apache-2.0 */
/*
 * packer: pack (pack.h) of a tree that others may be changing, in a child that can reach nothing
 * else: chrooted into the tree's root, without the power to change anything. Its bytes come to the
 * caller through a pipe.
 */
#ifndef IMAGE_PACKER_H
#define IMAGE_PACKER_H

#include <stdbool.h>

#include "base/err.h"
#include "image/pack.h"

struct packer {
	int rootfd;	       /* the child's "/" */
	int userfd;	       /* the user namespace whose root it is, or -1 */
	int dirfd;	       /* in there */
	const char *name, *as; /* as pack_path has them; NULL: what is below dirfd */
	struct pack_opts opts;
};

/* Returns at the end of the archive. What goes wrong before the first byte is told before write was
 * called at all. */
int packer_run(const struct packer *p, tar_write_fn *write, void *ctx, struct err *e);

#endif
