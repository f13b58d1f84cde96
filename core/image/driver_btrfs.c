/* SPDX-License-Identifier: Apache-2.0 */
/*
 * btrfs: a container's root is a writable snapshot, which costs no time and no space whatever the
 * image's size, and needs no overlay.
 *
 *   btrfs/<chain ID>  a subvolume: an image's layers, applied one on the other
 *
 * Layers stay what they are for every driver (layers.h); the flat subvolume of an image is made
 * from them when its first container is, as a snapshot of that of the longest chain below which
 * there is one already, with the rest applied; its files share their blocks with the layers
 * (FICLONE). So images built one on the other cost what they differ in, and nothing is kept per
 * layer that no image ends with. It is only a cache: sweep takes it away with its image.
 *
 * Made in tmp/ and renamed when whole and synced. fs_remove_tree knows how to remove subvolumes,
 * nested and half-made ones too, so nothing here needs a clean-up of its own.
 */
#include <errno.h>
#include <fcntl.h>
#include <linux/btrfs.h>
#include <linux/magic.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <sys/vfs.h>
#include <unistd.h>

#include "base/file.h"
#include "base/fs.h"
#include "base/rand.h"
#include "image/copytree.h"
#include "image/driver.h"
#include "image/layers.h"

/* Without the v2 interface (before 3.6) there is no driver here either. */
static int make_subvolume(int dir, const char *name)
{
	struct btrfs_ioctl_vol_args_v2 a = {.flags = 0};

	snprintf(a.name, sizeof(a.name), "%s", name);
	return ioctl(dir, BTRFS_IOC_SUBVOL_CREATE_V2, &a);
}

/* from: any descriptor of the subvolume's root but an O_PATH one. */
static int snapshot(int from, int dir, const char *name)
{
	struct btrfs_ioctl_vol_args_v2 a = {.fd = from};

	snprintf(a.name, sizeof(a.name), "%s", name);
	return ioctl(dir, BTRFS_IOC_SNAP_CREATE_V2, &a);
}

static int open_dir(int at, const char *name)
{
	return openat(at, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
}

/* A directory of our own in tmp/, pinned. */
static int open_tmp(const struct store *s, struct store_pin *pin, char name[33], struct err *e)
{
	rand_hex(name, 32);
	if (store_pin_new(s, pin, e))
		return -1;
	if (store_pin_tmp(s, pin, name, e))
		return -1;
	return file_opendir(s->tmp, name, 0700, e);
}

static void drop_tmp(const struct store *s, struct store_pin *pin, const char *name)
{
	struct err ignored;

	fs_remove_tree(s->tmp, name, &ignored);
	store_pin_release(s, pin);
}

static int btrfs_probe(const struct store *s, struct err *e)
{
	struct store_pin pin = STORE_PIN_INIT;
	AUTO_FD int dir = -1;
	struct statfs st;
	char name[33];
	int rc;

	if (fstatfs(s->data, &st))
		return err_sys(e, "look at the file system of %s", s->root);
	if (st.f_type != BTRFS_SUPER_MAGIC)
		return err_set(e, ERR_UNSUPPORTED, "%s is not on btrfs", s->root);
	dir = open_tmp(s, &pin, name, e);
	rc = dir < 0			? -1
	     : make_subvolume(dir, "v") ? err_sys(e, "make a btrfs subvolume below %s", s->root)
					: 0;
	drop_tmp(s, &pin, name);
	return rc;
}

/* ---- an image's subvolume */

/* Applies the layers from number `from` on to the tree that dst is the root of. */
static int apply(const struct store *s, const struct strs *diff_ids, size_t from, int dst,
		 struct err *e)
{
	for (size_t i = from; i < diff_ids->n; i++) {
		AUTO_FD int src = layers_open(s, diff_ids->v[i], e);

		if (src < 0)
			return -1;
		if (copytree_apply(src, dst, e))
			return err_wrap(e, "copy layer sha256:%.12s", diff_ids->v[i]);
	}
	return 0;
}

/* Makes dir/v from what is there of the chain. */
static int fill(const struct store *s, int cache, int dir, const struct strs *diff_ids,
		struct err *e)
{
	char(*chain)[65] = mem_alloc((diff_ids->n + 1) * sizeof(*chain));
	AUTO_FD int base = -1, dst = -1;
	size_t have;
	int rc;

	for (size_t i = 0; i < diff_ids->n; i++)
		layers_chain(i ? chain[i - 1] : NULL, diff_ids->v[i], chain[i]);
	for (have = diff_ids->n; have > 0 && base < 0; have--)
		base = open_dir(cache, chain[have - 1]);
	have += base >= 0;
	mem_autofree(&chain);
	rc = base >= 0 ? snapshot(base, dir, "v") : make_subvolume(dir, "v");
	if (rc)
		return err_sys(e, "make a btrfs subvolume");
	dst = open_dir(dir, "v");
	if (dst < 0)
		return err_sys(e, "open a btrfs subvolume");
	if (!have && fchmod(dst, 0755))
		return err_sys(e, "mode of a btrfs subvolume");
	if (apply(s, diff_ids, have, dst, e))
		return -1;
	return syncfs(dst) ? err_sys(e, "sync a btrfs subvolume") : 0;
}

/* The whole image; somebody else may be making the same one. */
static int make_image(const struct store *s, int cache, const char *id, const struct strs *diff_ids,
		      struct err *e)
{
	struct store_pin pin = STORE_PIN_INIT;
	AUTO_FD int dir = -1;
	char name[33];
	int rc = -1;

	dir = open_tmp(s, &pin, name, e);
	if (dir >= 0)
		rc = fill(s, cache, dir, diff_ids, e);
	if (!rc && renameat(dir, "v", cache, id) && errno != EEXIST && errno != ENOTEMPTY)
		rc = err_sys(e, "put a btrfs subvolume in place");
	drop_tmp(s, &pin, name);
	return rc;
}

static int open_image(const struct store *s, const struct strs *diff_ids, struct err *e)
{
	AUTO_FD int cache = file_opendir(s->data, "btrfs", 0700, e);
	char id[65] = "none";
	int fd;

	if (cache < 0)
		return -1;
	for (size_t i = 0; i < diff_ids->n; i++) {
		char next[65];

		layers_chain(i ? id : NULL, diff_ids->v[i], next);
		memcpy(id, next, sizeof(id));
	}
	fd = open_dir(cache, id);
	if (fd >= 0)
		return fd;
	if (make_image(s, cache, id, diff_ids, e))
		return -1;
	fd = open_dir(cache, id);
	return fd < 0 ? err_sys(e, "open the image's btrfs subvolume") : fd;
}

/* A snapshot is there as a whole or not at all. */
static int btrfs_prepare(const struct store *s, struct arena *a, const struct strs *diff_ids,
			 int cdir, const char *cpath, struct driver_rootfs *ret, struct err *e)
{
	if (faccessat(cdir, "tree", F_OK, AT_SYMLINK_NOFOLLOW)) {
		AUTO_FD int image = open_image(s, diff_ids, e);

		if (image < 0)
			return -1;
		if (snapshot(image, cdir, "tree") && errno != EEXIST)
			return err_sys(e, "make a btrfs snapshot as the container's root");
	}
	*ret = (struct driver_rootfs){.driver = driver_btrfs.name,
				      .dir = arena_printf(a, "%s/tree", cpath)};
	return 0;
}

const struct driver driver_btrfs = {"btrfs", btrfs_probe, btrfs_prepare};
