/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Covers come from descriptors that were checked before, never from a path of the container: with
 * a /dev/null that is swapped for something else meanwhile, a mask would become a writable window
 * (CVE-2025-31133).
 */
#include "container/mask.h"

#include <fcntl.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/fs.h"
#include "base/mem.h"
#include "container/mnt.h"

#define COVER_FLAGS (MS_RDONLY | MS_NOSUID | MS_NODEV | MS_NOEXEC)

/* 1: path is there and open; 0: absent; -1. */
static int find(int root, const char *path, struct mnt_point *p, struct stat *st, struct err *e)
{
	struct err why = {0};

	p->root = root;
	p->path = path;
	p->fd = fs_open(root, path, FS_IN_ROOT, O_PATH, 0, &why);
	if (p->fd < 0 && why.kind == ERR_NOTFOUND)
		return 0;
	if (p->fd < 0 || fstat(p->fd, st)) {
		*e = why;
		return err_wrap(e, "mask");
	}
	return 1;
}

/* *empty: the shared tmpfs once it is mounted somewhere; clones of it cover the rest. */
static int cover(int root, const char *path, int null, int *empty, struct err *e)
{
	const struct mnt_put o = {0};
	AUTO_POINT p = MNT_POINT_INIT;
	AUTO_FD int fd = -1;
	struct stat st;
	int rc = find(root, path, &p, &st, e);

	if (rc <= 0)
		return rc;
#ifdef PROA_WEAK_MASK
	null = fs_open(root, "/dev/null", FS_IN_ROOT, O_PATH, 0, e);
#endif
	if (S_ISDIR(st.st_mode) && *empty < 0)
		return mnt_new(&p, "tmpfs", "tmpfs", COVER_FLAGS, "mode=555,size=4k,nr_inodes=1",
			       empty, e);
	fd = mnt_take(S_ISDIR(st.st_mode) ? *empty : null, "", false, e);
	return fd < 0 ? -1 : mnt_put(fd, &p, &o, e);
}

static int make_readonly(int root, const char *path, struct err *e)
{
	const struct mnt_put o = {.flags = MS_RDONLY,
				  .recursive = true,
				  .readonly_recursive = true};
	AUTO_POINT p = MNT_POINT_INIT;
	AUTO_FD int fd = -1;
	struct stat st;
	int rc = find(root, path, &p, &st, e);

	if (rc <= 0)
		return rc;
	fd = mnt_take(p.fd, "", true, e);
	return fd < 0 ? -1 : mnt_put(fd, &p, &o, e);
}

int mask_apply(const struct spec *s, int root, int null, struct err *e)
{
	AUTO_FD int empty = -1;

	for (size_t i = 0; i < s->readonly_paths.n; i++)
		if (make_readonly(root, s->readonly_paths.v[i], e))
			return -1;
	for (size_t i = 0; i < s->masked.n; i++)
		if (cover(root, s->masked.v[i], null, &empty, e))
			return -1;
	return 0;
}
