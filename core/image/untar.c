/* SPDX-License-Identifier: Apache-2.0 */
/*
 * From entries to files. Being chrooted, a name cannot lead out, whatever symlinks the layer holds;
 * what remains to be done here is to do it right and in few system calls: files are created with
 * their final mode, owner 0:0 needs no chown, an ordinary file costs open, write, utimensat, close.
 *
 * Overlay's view of a layer decides the rest. A layer's directory starts empty, so what lies in it
 * is what this archive put there: a whiteout for a name that exists is not made (within a
 * layer entries win, in whatever order they come); a directory that meets its own whiteout hides
 * what is below it: opaque. The mark needs a capability that we gave up, so the parent sets it.
 *
 * Nothing that exists is ever opened for writing: an entry for a name that is taken removes it
 * first. Otherwise a device, a FIFO or a hard link of an earlier entry would be written to.
 */
#include "image/untar.h"
#include "base/file.h"
#include "base/fs.h"
#include "image/confine.h"
#include "image/record.h"
#include "image/tar.h"
#include "image/untar_dirs.h"
#include "image/walk.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/capability.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/sysmacros.h>
#include <sys/xattr.h>
#include <unistd.h>

#define FD_TAR 0
#define FD_STATUS 1
#define FD_RECORD 2
#define FD_OPAQUE 3
#define FD_ROOT 4
#define MAX_FILES (TAR_MAX_NAME / 2 + 128) /* every level of the longest name, and some */
#define SPAN (256 << 10)

struct untar {
	struct tar_reader *r;
	struct record_writer *rec;
	struct untar_dirs dirs;
	int moved; /* a directory or symlink went away: open levels may be stale */
	int64_t opaque;
	struct untar_status st;
	/* the current entry */
	const struct tar_entry *t;
	struct untar_dir *dir;
	char *name; /* in dir: the tail of path */
	size_t len; /* of path */
	char path[TAR_MAX_NAME];
};

static int failed(const struct untar *u, const char *what, struct err *e)
{
	int saved = errno;

	if (saved != ENOSPC && saved != EDQUOT)
		return err_sys(e, "unpack: %s %s", what, u->path);
	err_set(e, ERR_SYS,
		"no space left on the data-root's disk (%s %s): free space or use another "
		"--data-root",
		what, u->path);
	e->sys = saved;
	return -1;
}

/* Cleans a name by its text, as Docker does: "/a/./b/../c" is "a/c". to has TAR_MAX_NAME bytes. */
static int clean(const char *name, char *to, size_t *ret_len, struct err *e)
{
	size_t n = 0;

	for (const char *p = name; *p;) {
		size_t k = strcspn(p, "/");

		if (k == 2 && !memcmp(p, "..", 2)
#ifdef PROA_WEAK_UNTAR
		    && !e
#endif
		) {
			if (!n)
				return err_set(e, ERR_INVALID,
					       "the layer has a name that leads out of "
					       "it: '%s'",
					       name);
			while (n && to[--n] != '/')
				;
		} else if (k && !(k == 1 && *p == '.')) {
			if (n)
				to[n++] = '/';
			memcpy(to + n, p, k);
			n += k;
		}
		p += k;
		p += *p == '/';
	}
	to[n] = 0;
	*ret_len = n;
	return 0;
}

/* Where the current directory really lies: after symlinks the archive's text does not say. */
static int real_path(struct untar *u, char to[TAR_MAX_NAME], struct err *e)
{
	char cwd[TAR_MAX_NAME];
	size_t n;

	if (!u->dir->linked) {
		memcpy(to, u->path, u->len + 1);
		return 0;
	}
	if (fchdir(u->dir->fd) || !getcwd(cwd, sizeof(cwd)) || fchdir(FD_ROOT))
		return failed(u, "find the place of", e);
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
		return failed(u, "open what is replaced by", e);
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
		return fd < 0 ? failed(u, "open what is replaced by", e) : -1;
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

/* Makes way for the current entry. */
static int replace(struct untar *u, int *ret_whiteout, struct err *e)
{
	char path[TAR_MAX_NAME];
	struct stat st;
	int is_dir;

	if (fstatat(u->dir->fd, u->name, &st, AT_SYMLINK_NOFOLLOW))
		return failed(u, "replace", e);
	is_dir = S_ISDIR(st.st_mode);
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
	return unlinkat(u->dir->fd, u->name, 0) ? failed(u, "replace", e) : 0;
}

static int skip_xattr(struct untar *u, const char *name)
{
	if (!u->st.skipped++)
		snprintf(u->st.skipped_name, sizeof(u->st.skipped_name), "%s", name);
	return 0;
}

/* fd: of the entry, or -1 where it has none (then by path, the last component not followed). */
static int set_xattr(struct untar *u, int fd, const struct tar_xattr *x, struct err *e)
{
	const char *dot = strchr(x->name, '.');
	int user = !strncmp(x->name, "user.", 5);
	int rc;

#ifdef PROA_WEAK_UNTAR
	dot = NULL;
	user = 1;
#endif
	if (dot && !strncmp(dot + 1, "overlay.", 8))
		return err_set(e, ERR_INVALID,
			       "the layer's %s carries the attribute %s, by which it "
			       "would change other layers: refused",
			       u->path, x->name);
	if (!user && strcmp(x->name, "security.capability") &&
	    strcmp(x->name, "system.posix_acl_access") &&
	    strcmp(x->name, "system.posix_acl_default"))
		return skip_xattr(u, x->name);
	if (!strcmp(x->name, "system.posix_acl_default"))
		u->dirs.acls = 1;
	rc = fd >= 0 ? fsetxattr(fd, x->name, x->value, x->len, 0)
		     : lsetxattr(u->path, x->name, x->value, x->len, 0);
	if (!rc)
		return 0;
	/* A file system without them; user.* on what is neither file nor directory. */
	if (errno == EOPNOTSUPP || (errno == EPERM && user && fd < 0))
		return skip_xattr(u, x->name);
	return failed(u, "set an extended attribute of", e);
}

static int set_xattrs(struct untar *u, int fd, struct err *e)
{
	for (size_t i = 0; i < u->t->nxattrs; i++)
		if (set_xattr(u, fd, &u->t->xattrs[i], e))
			return -1;
	return 0;
}

static void times(const struct tar_entry *t, struct timespec ts[2])
{
	struct timespec m = {.tv_sec = (time_t)t->mtime_sec, .tv_nsec = t->mtime_nsec};
	struct timespec a = {.tv_sec = (time_t)t->atime_sec, .tv_nsec = t->atime_nsec};

	ts[0] = t->has_atime ? a : m;
	ts[1] = m;
}

static int owned(const struct untar *u)
{
	return u->t->uid || u->t->gid || u->dir->inherits;
}

/* Owner and mode of a file or directory that could not be had at its creation. In this order:
 * chown clears set-user-ID and the capability attribute. */
static int set_owner(struct untar *u, int fd, int mode, struct err *e)
{
	if (u->dir->inherits) {
		fremovexattr(fd, "system.posix_acl_access");
		fremovexattr(fd, "system.posix_acl_default");
	}
	if (owned(u) && fchown(fd, (uid_t)u->t->uid, (gid_t)u->t->gid))
		return failed(u, "set the owner of", e);
	if (mode && fchmod(fd, u->t->mode))
		return failed(u, "set the mode of", e);
	return 0;
}

static int put(struct untar *u, int fd, const char *p, size_t n, int64_t at, struct err *e)
{
	while (n) {
		ssize_t k = u->t->sparse ? pwrite(fd, p, n, at) : write(fd, p, n);

		if (k < 0 && errno == EINTR)
			continue;
		if (k < 0)
			return failed(u, "write", e);
		p += k;
		at += k;
		n -= (size_t)k;
	}
	return 0;
}

static int put_extent(struct untar *u, int fd, int64_t offset, int64_t len, struct err *e)
{
	int by_ref = u->rec && !u->dir->linked;
	const void *p = NULL;

	for (int64_t left = len; left;) {
		ssize_t n = tar_reader_span(u->r, left < SPAN ? (size_t)left : SPAN, &p, e);

		if (n <= 0)
			return n ? -1
				 : err_set(e, ERR_INVALID, "%s: the archive's sizes disagree",
					   u->path);
		if (put(u, fd, p, (size_t)n, offset + len - left, e))
			return -1;
		if (u->rec && !by_ref && record_raw(u->rec, p, (size_t)n, e))
			return -1;
		left -= n;
	}
	return by_ref ? record_file(u->rec, u->path, offset, len, e) : 0;
}

static int put_content(struct untar *u, int fd, struct err *e)
{
	if (!u->t->sparse)
		return put_extent(u, fd, 0, u->t->size, e);
	if (ftruncate(fd, u->t->size))
		return failed(u, "size", e);
	for (size_t i = 0; i < u->t->nextents; i++)
		if (put_extent(u, fd, u->t->extents[i].offset, u->t->extents[i].len, e))
			return -1;
	return 0;
}

static int make_file(struct untar *u, struct err *e)
{
	const int flags = O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC;
	int special = u->t->mode & 07000 || u->dir->inherits;
	struct timespec ts[2];
	int whiteout;
	AUTO_FD int fd = openat(u->dir->fd, u->name, flags, u->t->mode & 0777);

	if (fd < 0 && errno == EEXIST) {
		if (replace(u, &whiteout, e))
			return -1;
		fd = openat(u->dir->fd, u->name, flags, u->t->mode & 0777);
	}
	if (fd < 0)
		return failed(u, "create", e);
	u->dir->dirty = 1;
	if (put_content(u, fd, e))
		return -1;
	if ((special || owned(u)) && set_owner(u, fd, special, e))
		return -1;
	times(u->t, ts);
	if (set_xattrs(u, fd, e))
		return -1;
	if (futimens(fd, ts))
		return failed(u, "set the time of", e);
	if (__builtin_add_overflow(u->st.unpacked, u->t->size, &u->st.unpacked))
		u->st.unpacked = INT64_MAX;
	return 0;
}

/* Owner, attributes and time of what is neither file nor directory. */
static int finish_node(struct untar *u, struct err *e)
{
	int fd = u->dir->fd;
	struct timespec ts[2];

	u->dir->dirty = 1;
	if (owned(u) &&
	    fchownat(fd, u->name, (uid_t)u->t->uid, (gid_t)u->t->gid, AT_SYMLINK_NOFOLLOW))
		return failed(u, "set the owner of", e);
	if (u->dir->inherits && u->t->type != TAR_SYMLINK) {
		lremovexattr(u->path, "system.posix_acl_access");
		if (fchmodat(fd, u->name, u->t->mode, 0))
			return failed(u, "set the mode of", e);
	}
	times(u->t, ts);
	if (set_xattrs(u, -1, e))
		return -1;
	return utimensat(fd, u->name, ts, AT_SYMLINK_NOFOLLOW) ? failed(u, "set the time of", e)
							       : 0;
}

static int make_symlink(struct untar *u, struct err *e)
{
	int whiteout, rc;

	if (!*u->t->link)
		return err_set(e, ERR_INVALID, "the symlink %s has no target", u->path);
	rc = symlinkat(u->t->link, u->dir->fd, u->name);
	if (rc && errno == EEXIST)
		rc = replace(u, &whiteout, e) ? -2 : symlinkat(u->t->link, u->dir->fd, u->name);
	if (rc)
		return rc == -2 ? -1 : failed(u, "make the symlink", e);
	return finish_node(u, e);
}

static int make_node(struct untar *u, struct err *e)
{
	const struct tar_entry *t = u->t;
	mode_t type = t->type == TAR_FIFO ? S_IFIFO : t->type == TAR_CHAR ? S_IFCHR : S_IFBLK;
	int whiteout, rc;
	dev_t dev = 0;

	if (type != S_IFIFO) {
		/* Beyond these the kernel cuts bits off, and 0:0 is overlay's whiteout. */
		if (t->devmajor < 0 || t->devmajor > 0xfff || t->devminor < 0 ||
		    t->devminor > 0xfffff)
			return err_set(e, ERR_INVALID, "%s: impossible device number", u->path);
#ifndef PROA_WEAK_UNTAR
		if (type == S_IFCHR && !t->devmajor && !t->devminor)
			return err_set(e, ERR_INVALID,
				       "%s is a device 0:0, overlay's own mark of a "
				       "deleted file: refused",
				       u->path);
#endif
		dev = makedev((unsigned)t->devmajor, (unsigned)t->devminor);
	}
	rc = mknodat(u->dir->fd, u->name, type | t->mode, dev);
	if (rc && errno == EEXIST)
		rc = replace(u, &whiteout, e) ? -2
					      : mknodat(u->dir->fd, u->name, type | t->mode, dev);
	if (rc == -2)
		return -1;
	if (rc && errno == EPERM)
		return err_set(e, ERR_FORBIDDEN,
			       "the layer has the device node %s, and making it needs "
			       "CAP_MKNOD",
			       u->path);
	return rc ? failed(u, "make the node", e) : finish_node(u, e);
}

static int link_failed(struct untar *u, const char *target, struct err *e)
{
	if (errno == ENOENT || errno == ENOTDIR)
		return err_set(e, ERR_INVALID,
			       "%s is a hard link to %s, which is not in this layer", u->path,
			       target);
	if (errno == EPERM)
		return err_set(e, ERR_INVALID, "%s is a hard link to %s, which cannot be linked",
			       u->path, target);
	return failed(u, "make the hard link", e);
}

static int make_link(struct untar *u, struct err *e)
{
	char target[TAR_MAX_NAME];
	struct stat to, is;
	size_t len;
	int whiteout;

	if (clean(u->t->link, target, &len, e))
		return -1;
	if (!len || fstatat(FD_ROOT, target, &to, AT_SYMLINK_NOFOLLOW))
		return len ? link_failed(u, target, e)
			   : err_set(e, ERR_INVALID, "%s is a hard link to nothing", u->path);
	if (S_ISCHR(to.st_mode) && !to.st_rdev) {
		errno = ENOENT;
		return link_failed(u, target, e);
	}
	if (!linkat(FD_ROOT, target, u->dir->fd, u->name, 0)) {
		u->dir->dirty = 1;
		return 0;
	}
	if (errno != EEXIST)
		return link_failed(u, target, e);
	if (!fstatat(u->dir->fd, u->name, &is, AT_SYMLINK_NOFOLLOW) && is.st_ino == to.st_ino &&
	    is.st_dev == to.st_dev)
		return 0;
	if (replace(u, &whiteout, e))
		return -1;
	return linkat(FD_ROOT, target, u->dir->fd, u->name, 0) ? link_failed(u, target, e) : 0;
}

static int mark_opaque(struct untar *u, const char *path, size_t len, struct err *e)
{
	u->opaque += (int64_t)len + 1;
	if (u->opaque > UNTAR_MAX_OPAQUE)
		return err_set(e, ERR_INVALID,
			       "the layer has more opaque directories than 16 MiB of "
			       "names");
	return file_write_all(FD_OPAQUE, path, len) || file_write_all(FD_OPAQUE, "", 1)
		       ? failed(u, "mark as opaque", e)
		       : 0;
}

/* An existing directory is kept and gets the entry's attributes. */
static int make_dir(struct untar *u, struct err *e)
{
	const int flags = O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC;
	int parent = u->dir->fd, merged = 0, whiteout = 0, fd, rc;

	rc = mkdirat(parent, u->name, u->t->mode & 01777);
	merged = rc && errno == EEXIST;
	fd = rc && !merged ? -1 : openat(parent, u->name, flags);
	if (merged && fd < 0 && (errno == ENOTDIR || errno == ELOOP)) {
		merged = 0;
		if (replace(u, &whiteout, e))
			return -1;
		fd = mkdirat(parent, u->name, u->t->mode & 01777) ? -1
								  : openat(parent, u->name, flags);
	}
	if (fd < 0)
		return failed(u, "make the directory", e);
	u->dir->dirty |= !merged;
	if ((merged || owned(u) || u->t->mode & 06000)) {
		rc = merged && fchown(fd, (uid_t)u->t->uid, (gid_t)u->t->gid)
			     ? failed(u, "set the owner of", e)
			     : set_owner(u, fd, 1, e);
		if (rc) {
			close(fd);
			return -1;
		}
	}
	if (set_xattrs(u, fd, e)) {
		close(fd);
		return -1;
	}
	if (whiteout && mark_opaque(u, u->path, u->len, e)) {
		close(fd);
		return -1;
	}
	u->dir = untar_dirs_push(&u->dirs, u->name, strlen(u->name), fd, e);
	if (!u->dir)
		return -1;
	u->dir->mtime =
		(struct timespec){.tv_sec = (time_t)u->t->mtime_sec, .tv_nsec = u->t->mtime_nsec};
	u->dir->dirty = 1;
	return 0;
}

static int make_root(struct untar *u, struct err *e)
{
	struct untar_dir *root = untar_dirs_enter(&u->dirs, "", 0, e);

	if (!root)
		return -1;
	if (u->t->type != TAR_DIR)
		return err_set(e, ERR_INVALID, "the layer's root is no directory ('%s')",
			       u->t->name);
	u->dir = root;
	if (fchown(root->fd, (uid_t)u->t->uid, (gid_t)u->t->gid) || fchmod(root->fd, u->t->mode))
		return failed(u, "set owner and mode of the layer's root", e);
	if (set_xattrs(u, root->fd, e))
		return -1;
	root->mtime =
		(struct timespec){.tv_sec = (time_t)u->t->mtime_sec, .tv_nsec = u->t->mtime_nsec};
	root->dirty = 1;
	root->inherits = u->t->mode & S_ISGID || u->dirs.acls;
	return 0;
}

static int make_whiteout(struct untar *u, struct err *e)
{
	struct stat st;

	u->name += 4;
	if (!*u->name || !strcmp(u->name, ".") || !strcmp(u->name, ".."))
		return err_set(e, ERR_INVALID, "the layer deletes an impossible name: %s", u->path);
	if (!mknodat(u->dir->fd, u->name, S_IFCHR, makedev(0, 0))) {
		u->dir->dirty = 1;
		return 0;
	}
	if (errno == EPERM)
		return err_set(e, ERR_FORBIDDEN,
			       "the mark of a deleted file, %s, needs CAP_MKNOD on "
			       "kernels before 5.8",
			       u->path);
	if (errno != EEXIST)
		return failed(u, "make the whiteout", e);
	if (fstatat(u->dir->fd, u->name, &st, AT_SYMLINK_NOFOLLOW) || !S_ISDIR(st.st_mode))
		return 0;
	memmove(u->name - 4, u->name, strlen(u->name) + 1);
	return mark_opaque(u, u->path, u->len - 4, e);
}

/* 1: the name is dealt with (or to be passed over). 0: an ordinary name. */
static int whiteout(struct untar *u, size_t dir_len, struct err *e)
{
	const char *last = u->path + dir_len + (dir_len > 0);

	for (const char *p = u->path; *p;) {
		if (!strncmp(p, ".wh..wh.", 8)) { /* aufs's own files */
			if (p == last && !strcmp(p, ".wh..wh..opq"))
				return untar_dirs_enter(&u->dirs, u->path, dir_len, e) &&
						       !mark_opaque(u, u->path, dir_len, e)
					       ? 1
					       : -1;
			return 1;
		}
		if (!strncmp(p, ".wh.", 4)) {
			if (p != last)
				return err_set(e, ERR_INVALID, "%s: a deleted file has no content",
					       u->path);
			u->dir = untar_dirs_enter(&u->dirs, u->path, dir_len, e);
			return u->dir && !make_whiteout(u, e) ? 1 : -1;
		}
		p += strcspn(p, "/");
		p += *p == '/';
	}
	return 0;
}

static int check_owner(const struct untar *u, struct err *e)
{
	if (u->t->uid < 0 || u->t->uid >= UINT32_MAX || u->t->gid < 0 || u->t->gid >= UINT32_MAX)
		return err_set(e, ERR_INVALID, "%s: impossible owner %lld:%lld", u->path,
			       (long long)u->t->uid, (long long)u->t->gid);
	return 0;
}

static int make(struct untar *u, struct err *e)
{
	switch (u->t->type) {
	case '7': /* "contiguous": a file to everyone */
	case TAR_FILE:
		return make_file(u, e);
	case TAR_HARDLINK:
		return make_link(u, e);
	case TAR_SYMLINK:
		return make_symlink(u, e);
	case TAR_DIR:
		return make_dir(u, e);
	default:
		return make_node(u, e);
	}
}

static int entry(struct untar *u, struct err *e)
{
	const char *slash;
	size_t dir_len;
	int rc;

	if (u->t->type == 'g')
		return 0;
	u->st.entries++;
	if (!strchr("01234567", u->t->type) || !u->t->type) {
		if (u->t->size)
			return err_set(e, ERR_INVALID,
				       "the layer's entry %s is of unknown type '%c'", u->t->name,
				       u->t->type);
		return 0;
	}
	if (clean(u->t->name, u->path, &u->len, e) || check_owner(u, e))
		return -1;
	if (!u->len)
		return make_root(u, e);
	slash = strrchr(u->path, '/');
	dir_len = slash ? (size_t)(slash - u->path) : 0;
	u->name = u->path + dir_len + (slash != NULL);
	if (strstr(u->path, ".wh.")) {
		rc = whiteout(u, dir_len, e);
		if (rc)
			return rc < 0 ? -1 : 0;
	}
	u->dir = untar_dirs_enter(&u->dirs, u->path, dir_len, e);
	if (!u->dir || make(u, e))
		return -1;
	if (!u->moved)
		return 0;
	u->moved = 0;
	return untar_dirs_leave(&u->dirs, e);
}

static ssize_t read_tar(void *ctx, void *buf, size_t n, struct err *e)
{
	ssize_t got;

	(void)ctx;
	do
		got = read(FD_TAR, buf, n);
	while (got < 0 && errno == EINTR);
	return got < 0 ? err_sys(e, "read the tar stream") : got;
}

static int write_raw(void *ctx, const void *raw, size_t n, struct err *e)
{
	struct untar *u = ctx;

	return record_raw(u->rec, raw, n, e);
}

static int extract(struct untar *u, int64_t max_entries, struct err *e)
{
	int rc;

	u->r = tar_reader_new(read_tar, NULL, u->rec ? write_raw : NULL, u);
	if (untar_dirs_init(&u->dirs, FD_ROOT, e))
		return -1;
	while ((rc = tar_reader_next(u->r, &u->t, e)) > 0) {
		if (entry(u, e))
			return -1;
		if (max_entries && u->st.entries > max_entries)
			return err_set(e, ERR_INVALID, "the layer has more than %lld entries",
				       (long long)max_entries);
	}
	if (rc || tar_reader_drain(u->r, e) || untar_dirs_end(&u->dirs, e))
		return -1;
	return u->rec ? record_writer_end(u->rec, e) : 0;
}

static int confine(const struct untar_args *a, struct err *e)
{
	static const int calls[] = {
		SYS_read,
		SYS_write,
		SYS_pread64,
		SYS_pwrite64,
		SYS_lseek,
		SYS_close,
		SYS_openat,
		SYS_openat2,
		SYS_getdents64,
		SYS_fstat,
		SYS_statx,
		SYS_ftruncate,
		SYS_fchown,
		SYS_fchownat,
		SYS_fchmod,
		SYS_fchmodat,
		SYS_utimensat,
		SYS_fsetxattr,
		SYS_lsetxattr,
		SYS_fgetxattr,
		SYS_fremovexattr,
		SYS_lremovexattr,
		SYS_mkdirat,
		SYS_mknodat,
		SYS_symlinkat,
		SYS_linkat,
		SYS_unlinkat,
		SYS_name_to_handle_at,
		SYS_fchdir,
		SYS_getcwd,
		SYS_brk,
		SYS_munmap,
		SYS_mremap,
		SYS_madvise,
		SYS_futex,
		SYS_exit,
		SYS_exit_group,
		SYS_rt_sigreturn,
		SYS_restart_syscall,
#ifdef SYS_mmap
		SYS_mmap,
#endif
#ifdef SYS_mmap2
		SYS_mmap2,
#endif
#ifdef SYS_newfstatat
		SYS_newfstatat,
#endif
#ifdef SYS_fstatat64
		SYS_fstatat64,
		SYS_fstat64,
		SYS_ftruncate64,
		SYS__llseek,
#endif
#ifdef SYS_utimensat_time64
		SYS_utimensat_time64,
#endif
#ifdef SYS_lstat
		SYS_lstat,
		SYS_stat, /* musl's fstatat(AT_FDCWD) */
#endif
#ifdef SYS_fcntl
		SYS_fcntl,
#endif
#ifdef SYS_getrandom
		SYS_getrandom, /* the host libc's malloc */
#endif
#ifdef SYS_sigaltstack
		SYS_sigaltstack, /* sanitizers, before _exit; harmless */
#endif
	};
	const uint64_t caps = 1ULL << CAP_CHOWN | 1ULL << CAP_DAC_OVERRIDE | 1ULL << CAP_FOWNER |
			      1ULL << CAP_FSETID | 1ULL << CAP_MKNOD | 1ULL << CAP_SETFCAP;

	if (confine_limits(a->parent, MAX_FILES, e))
		return -1;
	umask(0);
#ifdef PROA_WEAK_UNTAR
	return fchdir(FD_ROOT) ? err_sys(e, "enter the layer's directory") : 0;
#endif
	if (confine_root(FD_ROOT, e) || confine_caps(caps, e))
		return -1;
	return confine_calls(calls, sizeof(calls) / sizeof(*calls), e);
}

_Noreturn void untar_run(const struct untar_args *a)
{
	const int fds[] = {a->tarfd, a->statusfd, a->recordfd, a->opaquefd, a->layerfd};
	struct untar *u = mem_alloc(sizeof(*u));
	struct err *e = &u->st.err;
	int rc = confine_fds(fds, 5, e);
	int status = rc ? a->statusfd : FD_STATUS;

	if (!rc)
		rc = confine(a, e);
	if (!rc && a->recordfd >= 0) {
		u->rec = record_writer_new(FD_RECORD, e);
		rc = u->rec ? 0 : -1;
	}
	if (!rc)
		rc = extract(u, a->max_entries, e);
	if (file_write_all(status, &u->st, sizeof(u->st)))
		_exit(2);
	_exit(rc ? 1 : 0);
}
