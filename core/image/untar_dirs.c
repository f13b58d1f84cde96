/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Archives are written directory by directory, so nearly every entry finds its directory open and
 * costs no look-up. All levels stay open (a name of 4,095 bytes has at most 2,048 of them; the
 * child's descriptor limit allows for it).
 *
 * The text of a path may lead through a symlink of this very layer. That is safe here, the root
 * being the layer, but such a level is marked: the path that the archive gives is then not the
 * path where the file lies, and a later entry may turn the symlink elsewhere.
 */
#include "image/untar_dirs.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/xattr.h>
#include <unistd.h>

static int has_default_acl(int fd)
{
	return fgetxattr(fd, "system.posix_acl_default", NULL, 0) > 0;
}

static int look(struct untar_dirs *d, struct untar_dir *v)
{
	struct stat st;

	if (fstat(v->fd, &st))
		return -1;
	v->mtime = st.st_mtim;
	v->inherits = (st.st_mode & S_ISGID) || (d->acls && has_default_acl(v->fd));
	return 0;
}

int untar_dirs_init(struct untar_dirs *d, int rootfd, struct err *e)
{
	d->cap = 32;
	d->v = mem_alloc(d->cap * sizeof(*d->v));
	d->n = 1;
	d->v[0] = (struct untar_dir){.fd = rootfd};
	d->acls = has_default_acl(rootfd);
	return look(d, d->v) ? err_sys(e, "stat the layer's directory") : 0;
}

static int set_time(const struct untar_dirs *d, struct untar_dir *v, struct err *e)
{
	struct timespec t[2] = {v->mtime, v->mtime};

	if (v->dirty && (v->timed || !d->natural) && futimens(v->fd, t))
		return err_sys(e, "set the time of %.*s", (int)v->end, d->path);
	v->dirty = 0;
	return 0;
}

static int pop(struct untar_dirs *d, struct err *e)
{
	struct untar_dir *v = &d->v[--d->n];
	int rc = set_time(d, v, e);

	close(v->fd);
	return rc;
}

struct untar_dir *untar_dirs_push(struct untar_dirs *d, const char *name, size_t len, int fd,
				  struct err *e)
{
	struct untar_dir *up, *v;
	size_t at;

	if (d->n == d->cap) {
		d->cap *= 2;
		d->v = mem_realloc(d->v, d->cap * sizeof(*d->v));
	}
	up = &d->v[d->n - 1];
	v = up + 1;
	*v = (struct untar_dir){.fd = fd, .linked = up->linked};
	if (look(d, v)) {
		err_sys(e, "stat %.*s", (int)len, name);
		close(fd);
		return NULL;
	}
	at = up->end;
	if (at)
		d->path[at++] = '/';
	memcpy(d->path + at, name, len);
	v->end = at + len;
	d->n++;
	return v;
}

static int missing(struct untar_dir *up, const char *name, const char *path, struct err *e)
{
	struct stat st;

	if (errno == ENOENT && !mkdirat(up->fd, name, 0755)) {
		up->dirty = 1;
		return 0;
	}
	if (errno == EEXIST)
		return err_set(e, ERR_INVALID,
			       "%s leads through a symlink to a directory that is not "
			       "in this layer",
			       path);
	if (errno != ENOTDIR)
		return err_sys(e, "make the directories of %s", path);
	if (!fstatat(up->fd, name, &st, AT_SYMLINK_NOFOLLOW) && S_ISCHR(st.st_mode) && !st.st_rdev)
		return err_set(e, ERR_INVALID, "%s lies in a directory that the same layer deletes",
			       path);
	return err_set(e, ERR_INVALID, "%s: '%s' on its way is not a directory", path, name);
}

static struct untar_dir *down(struct untar_dirs *d, const char *name, size_t len, const char *path,
			      struct err *e)
{
	struct untar_dir *up = &d->v[d->n - 1], *v;
	int flags = O_RDONLY | O_DIRECTORY | O_CLOEXEC, fd, linked = 0;
	char copy[256];

	if (len >= sizeof(copy)) {
		err_set(e, ERR_INVALID, "a file name of more than 255 bytes: %.100s...", name);
		return NULL;
	}
	memcpy(copy, name, len);
	copy[len] = 0;
	fd = openat(up->fd, copy, flags | O_NOFOLLOW);
	if (fd < 0 && (errno == ELOOP || errno == ENOTDIR) && !d->plain) {
		fd = openat(up->fd, copy, flags);
		linked = fd >= 0;
	}
	if (fd < 0) {
		if (missing(up, copy, path, e))
			return NULL;
		fd = openat(up->fd, copy, flags | O_NOFOLLOW);
	}
	if (fd < 0) {
		err_sys(e, "open directory %s of %s", copy, path);
		return NULL;
	}
	v = untar_dirs_push(d, name, len, fd, e);
	if (v)
		v->linked |= linked;
	return v;
}

static int holds(const struct untar_dirs *d, const struct untar_dir *v, const char *path,
		 size_t len)
{
	return v->end <= len && !memcmp(d->path, path, v->end) &&
	       (!v->end || v->end == len || path[v->end] == '/');
}

struct untar_dir *untar_dirs_enter(struct untar_dirs *d, const char *path, size_t len,
				   struct err *e)
{
	struct untar_dir *v;

	while (!holds(d, &d->v[d->n - 1], path, len))
		if (pop(d, e))
			return NULL;
	for (v = &d->v[d->n - 1]; v->end < len;) {
		size_t from = v->end + (v->end > 0);
		const char *slash = memchr(path + from, '/', len - from);
		size_t n = slash ? (size_t)(slash - path) - from : len - from;

		v = down(d, path + from, n, path, e);
		if (!v)
			return NULL;
	}
	return v;
}

int untar_dirs_leave(struct untar_dirs *d, struct err *e)
{
	while (d->n > 1)
		if (pop(d, e))
			return -1;
	return 0;
}

int untar_dirs_end(struct untar_dirs *d, struct err *e)
{
	return untar_dirs_leave(d, e) || set_time(d, d->v, e) ? -1 : 0;
}
