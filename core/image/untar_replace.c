/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Making way for an entry whose name is taken: the last entry of a name wins, whatever its type (a
 * directory over a directory is merged and does not come here). The tar record refers to the
 * contents of files by path, so what is about to go is copied into the record first.
 */
#include "base/fs.h"
#include "base/mem.h"
#include "image/untar_make.h"
#include "image/walk.h"

#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* Where the current directory really lies: after symlinks the archive's text does not say. */
static int real_path(struct untar *u, char to[TAR_MAX_NAME], struct err *e)
{
	char cwd[TAR_MAX_NAME];
	size_t n;

	if (!u->dir->linked) {
		memcpy(to, u->path, u->len + 1);
		return 0;
	}
	if (fchdir(u->dir->fd) || !getcwd(cwd, sizeof(cwd)) || fchdir(UNTAR_ROOT))
		return untar_make_failed(u, "find the place of", e);
	n = strlen(cwd);
	if (n + strlen(u->name) + 1 > TAR_MAX_NAME)
		return err_set(e, ERR_INVALID, "name too long: %.100s...", u->path);
	memcpy(to, cwd + 1, n - 1);
	n -= 1;
	if (n)
		to[n++] = '/';
	memcpy(to + n, u->name, strlen(u->name) + 1);
	return 0;
}

static int keep_content(struct untar *u, int dirfd, const char *name, const char *path,
			struct err *e)
{
	AUTO_FD int fd = openat(dirfd, name, O_RDONLY | O_NOFOLLOW | O_CLOEXEC);

	if (fd < 0)
		return untar_make_failed(u, "open what is replaced by", e);
	return record_displaced(u->rec, path, fd, e);
}

static int keep_tree(struct untar *u, const char *top, struct err *e)
{
	AUTO_FD int fd =
		openat(u->dir->fd, u->name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	struct walk *w = fd < 0 ? NULL : walk_new(fd, e);
	struct walk_item it;
	char path[2 * TAR_MAX_NAME];
	int rc;

	if (!w)
		return fd < 0 ? untar_make_failed(u, "open what is replaced by", e) : -1;
	while ((rc = walk_next(w, &it, e)) > 0) {
		if (!S_ISREG(it.st.st_mode))
			continue;
		snprintf(path, sizeof(path), "%s/%s", top, it.path);
		if (keep_content(u, it.dirfd, it.name, path, e)) {
			rc = -1;
			break;
		}
	}
	walk_free(w);
	return rc;
}

int untar_replace(struct untar *u, int *ret_whiteout, struct err *e)
{
	char path[TAR_MAX_NAME];
	struct stat st;
	int is_dir;

	if (fstatat(u->dir->fd, u->name, &st, AT_SYMLINK_NOFOLLOW))
		return untar_make_failed(u, "replace", e);
	is_dir = S_ISDIR(st.st_mode);
	if (is_dir && u->into && u->into->keep_kind)
		return err_set(e, ERR_INVALID,
			       "cannot overwrite directory \"%s\" with non-directory \"%s\"",
			       u->path, u->into->dest);
	*ret_whiteout = S_ISCHR(st.st_mode) && !st.st_rdev;
	if (u->rec && (is_dir || S_ISREG(st.st_mode))) {
		if (real_path(u, path, e))
			return -1;
		if (is_dir ? keep_tree(u, path, e) : keep_content(u, u->dir->fd, u->name, path, e))
			return -1;
	}
	u->moved |= is_dir || S_ISLNK(st.st_mode);
	u->dir->dirty = 1;
	if (is_dir)
		return fs_remove_tree(u->dir->fd, u->name, e);
	return unlinkat(u->dir->fd, u->name, 0) ? untar_make_failed(u, "replace", e) : 0;
}
