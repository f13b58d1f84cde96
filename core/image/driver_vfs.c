/* SPDX-License-Identifier: Apache-2.0 */
/*
 * vfs: a container's root is a flat copy of its layers, which works everywhere and costs time and
 * space (none where the file system has reflinks). There is no flat copy per layer, so any number
 * of layers is fine.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <unistd.h>

#include "base/file.h"
#include "base/fs.h"
#include "image/copytree.h"
#include "image/driver.h"
#include "image/layers.h"

static int vfs_probe(const struct store *s, struct err *e)
{
	(void)s;
	(void)e;
	return 0;
}

/* Made under another name and renamed, so that a half copy is never taken for a root. */
static int make_root(const struct store *s, const struct strs *diff_ids, int cdir, struct err *e)
{
	AUTO_FD int dst = -1;

	if (!faccessat(cdir, "tree", F_OK, AT_SYMLINK_NOFOLLOW))
		return 0;
	if (fs_remove_tree(cdir, "tree.new", e))
		return -1;
	dst = file_opendir(cdir, "tree.new", 0755, e);
	if (dst < 0)
		return -1;
	for (size_t i = 0; i < diff_ids->n; i++) {
		AUTO_FD int src = layers_open(s, diff_ids->v[i], e);

		if (src < 0)
			return -1;
		if (copytree_apply(src, dst, e))
			return err_wrap(e, "copy layer sha256:%.12s", diff_ids->v[i]);
	}
	if (renameat(cdir, "tree.new", cdir, "tree"))
		return err_sys(e, "put the container's root in place");
	return 0;
}

static int vfs_prepare(const struct store *s, struct arena *a, const struct strs *diff_ids,
		       int cdir, const char *cpath, struct driver_rootfs *ret, struct err *e)
{
	struct err ignored;

	if (make_root(s, diff_ids, cdir, e)) {
		fs_remove_tree(cdir, "tree.new", &ignored);
		return -1;
	}
	*ret = (struct driver_rootfs){.driver = driver_vfs.name,
				      .dir = arena_printf(a, "%s/tree", cpath)};
	return 0;
}

const struct driver driver_vfs = {"vfs", vfs_probe, vfs_prepare};
