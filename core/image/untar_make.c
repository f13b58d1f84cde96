/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What each type of entry becomes, in few system calls: a file is created with its final mode,
 * owner 0:0 needs no chown, so an ordinary file costs open, write, utimensat, close. Where the
 * directory would give its own group or default ACL to what is made in it, all of it is set by
 * hand.
 *
 * Nothing that exists is ever opened for writing: an entry for a name that is taken removes it
 * first. Otherwise a device, a FIFO or a hard link of an earlier entry would be written to.
 */
#include "image/untar_make.h"
#include "base/file.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <sys/xattr.h>
#include <unistd.h>

#define SPAN (256 << 10)

int untar_make_failed(const struct untar *u, const char *what, struct err *e)
{
	int saved = errno;

	if ((saved != ENOSPC && saved != EDQUOT) || u->into)
		return err_sys(e, "unpack: %s %s", what, u->path);
	err_set(e, ERR_SYS,
		"no space left on the data-root's disk (%s %s): free space or use another "
		"--data-root",
		what, u->path);
	e->sys = saved;
	return -1;
}

int untar_make_clean(const char *name, char *to, size_t *ret_len, struct err *e)
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
	return untar_make_failed(u, "set an extended attribute of", e);
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
	if (u->into && u->into->keep_owner)
		return 0;
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
		return untar_make_failed(u, "set the owner of", e);
	if (mode && fchmod(fd, u->t->mode))
		return untar_make_failed(u, "set the mode of", e);
	return 0;
}

static int put(struct untar *u, int fd, const char *p, size_t n, int64_t at, struct err *e)
{
	while (n) {
		ssize_t k = u->t->sparse ? pwrite(fd, p, n, at) : write(fd, p, n);

		if (k < 0 && errno == EINTR)
			continue;
		if (k < 0)
			return untar_make_failed(u, "write", e);
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
		return untar_make_failed(u, "size", e);
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
		if (untar_replace(u, &whiteout, e))
			return -1;
		fd = openat(u->dir->fd, u->name, flags, u->t->mode & 0777);
	}
	if (fd < 0)
		return untar_make_failed(u, "create", e);
	u->dir->dirty = 1;
	if (put_content(u, fd, e))
		return -1;
	if ((special || owned(u)) && set_owner(u, fd, special, e))
		return -1;
	times(u->t, ts);
	if (set_xattrs(u, fd, e))
		return -1;
	if (futimens(fd, ts))
		return untar_make_failed(u, "set the time of", e);
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
		return untar_make_failed(u, "set the owner of", e);
	if (u->dir->inherits && u->t->type != TAR_SYMLINK) {
		lremovexattr(u->path, "system.posix_acl_access");
		if (fchmodat(fd, u->name, u->t->mode, 0))
			return untar_make_failed(u, "set the mode of", e);
	}
	times(u->t, ts);
	if (set_xattrs(u, -1, e))
		return -1;
	return utimensat(fd, u->name, ts, AT_SYMLINK_NOFOLLOW)
		       ? untar_make_failed(u, "set the time of", e)
		       : 0;
}

static int make_symlink(struct untar *u, struct err *e)
{
	int whiteout, rc;

	if (!*u->t->link)
		return err_set(e, ERR_INVALID, "the symlink %s has no target", u->path);
	rc = symlinkat(u->t->link, u->dir->fd, u->name);
	if (rc && errno == EEXIST)
		rc = untar_replace(u, &whiteout, e) ? -2
						    : symlinkat(u->t->link, u->dir->fd, u->name);
	if (rc)
		return rc == -2 ? -1 : untar_make_failed(u, "make the symlink", e);
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
		rc = untar_replace(u, &whiteout, e)
			     ? -2
			     : mknodat(u->dir->fd, u->name, type | t->mode, dev);
	if (rc == -2)
		return -1;
	if (rc && errno == EPERM)
		return err_set(e, ERR_FORBIDDEN,
			       "the layer has the device node %s, and making it needs "
			       "CAP_MKNOD",
			       u->path);
	return rc ? untar_make_failed(u, "make the node", e) : finish_node(u, e);
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
	return untar_make_failed(u, "make the hard link", e);
}

static int make_link(struct untar *u, struct err *e)
{
	char target[TAR_MAX_NAME];
	struct stat to, is;
	size_t len;
	int whiteout;

	if (untar_make_clean(u->t->link, target, &len, e) || untar_rename(u->into, target, &len, e))
		return -1;
	if (!len || fstatat(UNTAR_ROOT, target, &to, AT_SYMLINK_NOFOLLOW))
		return len ? link_failed(u, target, e)
			   : err_set(e, ERR_INVALID, "%s is a hard link to nothing", u->path);
	if (S_ISCHR(to.st_mode) && !to.st_rdev) {
		errno = ENOENT;
		return link_failed(u, target, e);
	}
	if (!linkat(UNTAR_ROOT, target, u->dir->fd, u->name, 0)) {
		u->dir->dirty = 1;
		return 0;
	}
	if (errno != EEXIST)
		return link_failed(u, target, e);
	if (!fstatat(u->dir->fd, u->name, &is, AT_SYMLINK_NOFOLLOW) && is.st_ino == to.st_ino &&
	    is.st_dev == to.st_dev)
		return 0;
	if (untar_replace(u, &whiteout, e))
		return -1;
	return linkat(UNTAR_ROOT, target, u->dir->fd, u->name, 0) ? link_failed(u, target, e) : 0;
}

int untar_make_opaque(struct untar *u, const char *path, size_t len, struct err *e)
{
	u->opaque += (int64_t)len + 1;
	if (u->opaque > UNTAR_MAX_OPAQUE)
		return err_set(e, ERR_INVALID,
			       "the layer has more opaque directories than 16 MiB of "
			       "names");
	return file_write_all(UNTAR_OPAQUE, path, len) || file_write_all(UNTAR_OPAQUE, "", 1)
		       ? untar_make_failed(u, "mark as opaque", e)
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
		if (u->into && u->into->keep_kind)
			return err_set(e, ERR_INVALID,
				       "cannot overwrite non-directory \"%s\" with "
				       "directory \"%s\"",
				       u->path, u->into->dest);
		if (untar_replace(u, &whiteout, e))
			return -1;
		fd = mkdirat(parent, u->name, u->t->mode & 01777) ? -1
								  : openat(parent, u->name, flags);
	}
	if (fd < 0)
		return untar_make_failed(u, "make the directory", e);
	u->dir->dirty |= !merged;
	if (merged || owned(u) || u->dir->inherits || u->t->mode & 06000) {
		rc = merged && !(u->into && u->into->keep_owner) &&
				     fchown(fd, (uid_t)u->t->uid, (gid_t)u->t->gid)
			     ? untar_make_failed(u, "set the owner of", e)
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
	if (whiteout && untar_make_opaque(u, u->path, u->len, e)) {
		close(fd);
		return -1;
	}
	u->dir = untar_dirs_push(&u->dirs, u->name, strlen(u->name), fd, e);
	if (!u->dir)
		return -1;
	u->dir->mtime =
		(struct timespec){.tv_sec = (time_t)u->t->mtime_sec, .tv_nsec = u->t->mtime_nsec};
	u->dir->dirty = u->dir->timed = 1;
	return 0;
}

int untar_make_root(struct untar *u, struct err *e)
{
	struct untar_dir *root = untar_dirs_enter(&u->dirs, "", 0, e);

	if (!root)
		return -1;
	if (u->t->type != TAR_DIR)
		return err_set(e, ERR_INVALID, "the layer's root is no directory ('%s')",
			       u->t->name);
	u->dir = root;
	if (fchown(root->fd, (uid_t)u->t->uid, (gid_t)u->t->gid) || fchmod(root->fd, u->t->mode))
		return untar_make_failed(u, "set owner and mode of the layer's root", e);
	if (set_xattrs(u, root->fd, e))
		return -1;
	root->mtime =
		(struct timespec){.tv_sec = (time_t)u->t->mtime_sec, .tv_nsec = u->t->mtime_nsec};
	root->dirty = 1;
	root->inherits = u->t->mode & S_ISGID || u->dirs.acls;
	return 0;
}

int untar_make(struct untar *u, struct err *e)
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
