/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Directories wait on a stack of paths instead of a recursion with open descriptors: a layer may be
 * 2,048 levels deep. Each path is opened again from the two roots by fs_open, which cannot leave
 * them; nothing here follows a symlink of the layer. Attributes of directories are set at the end:
 * filling a directory changes its times, and its default ACL would change what fills it.
 *
 * Hard links are kept within the layer, as overlay has them, by a table of the inodes with several
 * names.
 */
#include "image/copytree.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/fs.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <sys/xattr.h>
#include <unistd.h>

#include "base/file.h"
#include "base/fs.h"
#include "base/mem.h"

#define CHUNK (8 << 20)
#define OVL "trusted.overlay."

struct link {
	struct link *next;
	ino_t ino;
	const char *path;
};

struct ctx {
	int src, dst;
	struct arena a;
	struct strs todo, done; /* directories: still to fill; filled, but without attributes */
	struct link *links[1024];
};

/* One xattr of the thing at path (a magic link of /proc to a descriptor of ours). */
static int copy_xattr(const char *from, const char *to, const char *name, struct err *e)
{
	char value[65536];
	ssize_t n = getxattr(from, name, value, sizeof(value));

	if (n < 0)
		return err_sys(e, "read xattr %s", name);
	if (setxattr(to, name, value, (size_t)n, 0))
		return err_sys(e, "write xattr %s", name);
	return 0;
}

static int copy_xattrs(int from, int to, struct err *e)
{
	char src[40], dst[40], list[65536];
	ssize_t n;

	snprintf(src, sizeof(src), "/proc/self/fd/%d", from);
	snprintf(dst, sizeof(dst), "/proc/self/fd/%d", to);
	n = listxattr(src, list, sizeof(list));
	if (n < 0)
		return errno == ENOTSUP ? 0 : err_sys(e, "list xattrs");
	for (const char *p = list; p < list + n; p += strlen(p) + 1)
		if (strncmp(p, OVL, sizeof(OVL) - 1) && copy_xattr(src, dst, p, e))
			return -1;
	return 0;
}

/* What a lower layer, or the directory above, gave a directory: it has its own attributes alone,
 * and gets them once it is full, lest its default ACL fall to what is made in it. */
static int drop_xattrs(int dir, struct err *e)
{
	char list[65536];
	ssize_t n = flistxattr(dir, list, sizeof(list));

	for (const char *p = list; n > 0 && p < list + n; p += strlen(p) + 1)
		if ((!strncmp(p, "user.", 5) || !strncmp(p, "system.posix_acl_", 17)) &&
		    fremovexattr(dir, p) && errno != ENODATA)
			return err_sys(e, "remove xattr %s", p);
	return 0;
}

/* Owner, mode, xattrs and times; both are O_PATH or better, st is the source's. */
static int copy_attrs(int from, int to, const struct stat *st, struct err *e)
{
	struct timespec ts[2] = {st->st_atim, st->st_mtim};
	char dst[40];

	snprintf(dst, sizeof(dst), "/proc/self/fd/%d", to);
	if (fchownat(to, "", st->st_uid, st->st_gid, AT_EMPTY_PATH))
		return err_sys(e, "set an owner");
	if (!S_ISLNK(st->st_mode) && chmod(dst, st->st_mode & 07777))
		return err_sys(e, "set a mode");
	if (copy_xattrs(from, to, e)) /* after the owner: chown drops capabilities */
		return -1;
	if (utimensat(AT_FDCWD, dst, ts, 0))
		return err_sys(e, "set times");
	return 0;
}

static int copy_range(int from, int to, off_t at, off_t len, struct err *e)
{
	off_t in = at, out = at;
	char buf[65536];

	while (len > 0) {
		ssize_t n =
			copy_file_range(from, &in, to, &out, len > CHUNK ? CHUNK : (size_t)len, 0);

		if (n <= 0) { /* an old kernel, or two file systems */
			n = pread(from, buf, len > (off_t)sizeof(buf) ? sizeof(buf) : (size_t)len,
				  in);
			if (n > 0)
				n = pwrite(to, buf, (size_t)n, out);
			if (n > 0) {
				in += n;
				out += n;
			}
		}
		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return err_sys(e, "copy a file of a layer");
		if (n == 0)
			return err_set(e, ERR_INVALID,
				       "a file of a layer ended early while copied");
		len -= n;
	}
	return 0;
}

static int copy_data(int from, int to, off_t size, struct err *e)
{
	off_t at = 0, hole;

	if (!size || !ioctl(to, FICLONE, from))
		return 0;
	if (ftruncate(to, size))
		return err_sys(e, "copy a file of a layer");
	while (at < size) {
		at = lseek(from, at, SEEK_DATA);
		if (at < 0 && errno == ENXIO)
			return 0; /* only a hole is left */
		hole = at < 0 ? -1 : lseek(from, at, SEEK_HOLE);
		if (hole < 0) {
			at = 0;
			hole = size;
		}
		if (copy_range(from, to, at, hole - at, e))
			return -1;
		at = hole;
	}
	return 0;
}

static const char *join(struct ctx *c, const char *dir, const char *name)
{
	return *dir ? arena_printf(&c->a, "%s/%s", dir, name) : arena_strdup(&c->a, name);
}

/* 1: a link to an earlier name was made. 0: this is the first name. */
static int try_link(struct ctx *c, const struct stat *st, const char *path, int ddir,
		    const char *name, struct err *e)
{
	struct link **head = &c->links[st->st_ino % 1024], *l;
	char last[256];

	if (st->st_nlink < 2 || S_ISDIR(st->st_mode))
		return 0;
	for (l = *head; l; l = l->next) {
		AUTO_FD int parent = -1;

		if (l->ino != st->st_ino)
			continue;
		parent = fs_open_parent(c->dst, l->path, FS_BENEATH, 0, last, e);
		if (parent < 0)
			return -1;
		if (linkat(parent, last, ddir, name, 0))
			return err_sys(e, "link a file of a layer");
		return 1;
	}
	l = arena_alloc(&c->a, sizeof(*l));
	*l = (struct link){*head, st->st_ino, path};
	*head = l;
	return 0;
}

static int copy_special(int from, const struct stat *st, int ddir, const char *name, struct err *e)
{
	char target[4097];
	ssize_t n;

	if (!S_ISLNK(st->st_mode)) {
		if (mknodat(ddir, name, st->st_mode & (S_IFMT | 0600), st->st_rdev))
			return err_sys(e, "make a special file");
		return 0;
	}
	n = readlinkat(from, "", target, sizeof(target) - 1);
	if (n < 0)
		return err_sys(e, "read a symlink");
	target[n] = 0;
	return symlinkat(target, ddir, name) ? err_sys(e, "make a symlink") : 0;
}

/* A new thing that is no directory. */
static int copy_node(struct ctx *c, const struct stat *st, int sdir, int ddir, const char *name,
		     const char *path, struct err *e)
{
	int reg = S_ISREG(st->st_mode), rc = try_link(c, st, path, ddir, name, e);
	AUTO_FD int from = -1;
	AUTO_FD int to = -1;

	if (rc)
		return rc < 0 ? -1 : 0;
	from = openat(sdir, name, (reg ? O_RDONLY : O_PATH) | O_NOFOLLOW | O_CLOEXEC);
	if (from < 0)
		return err_sys(e, "open a file of a layer");
	if (!reg && copy_special(from, st, ddir, name, e))
		return -1;
	to = openat(ddir, name,
		    (reg ? O_WRONLY | O_CREAT | O_EXCL : O_PATH) | O_NOFOLLOW | O_CLOEXEC, 0600);
	if (to < 0)
		return err_sys(e, "make a file of a layer");
	if (reg && copy_data(from, to, st->st_size, e))
		return -1;
	return copy_attrs(from, to, st, e);
}

static int is_opaque(int dir)
{
	char v[4];

	return fgetxattr(dir, OVL "opaque", v, sizeof(v)) == 1 && *v == 'y';
}

/* Makes or keeps ddir/name as a directory and puts it on the stack. */
static int copy_dir(struct ctx *c, int sdir, int ddir, const char *name, const char *path,
		    struct err *e)
{
	AUTO_FD int from = openat(sdir, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	AUTO_FD int to = -1;
	struct stat old;

	if (from < 0)
		return err_sys(e, "open a directory of a layer");
	if (!fstatat(ddir, name, &old, AT_SYMLINK_NOFOLLOW) &&
	    (!S_ISDIR(old.st_mode) || is_opaque(from)) && fs_remove_tree(ddir, name, e))
		return -1;
	to = file_opendir(ddir, name, 0700, e);
	if (to < 0)
		return -1;
	strs_add(&c->a, &c->todo, arena_strdup(&c->a, path));
	return 0;
}

static int copy_entry(struct ctx *c, int sdir, int ddir, const char *dir, const char *name,
		      struct err *e)
{
	const char *path = join(c, dir, name);
	struct stat st, old;

	if (fstatat(sdir, name, &st, AT_SYMLINK_NOFOLLOW))
		return err_sys(e, "look at a file of a layer");
	if (S_ISDIR(st.st_mode))
		return copy_dir(c, sdir, ddir, name, path, e);
	if (!fstatat(ddir, name, &old, AT_SYMLINK_NOFOLLOW) && fs_remove_tree(ddir, name, e))
		return -1;
	if (S_ISCHR(st.st_mode) && st.st_rdev == makedev(0, 0))
		return 0; /* a whiteout: what it hides is gone now */
	return copy_node(c, &st, sdir, ddir, name, path, e);
}

static int fill(struct ctx *c, const char *path, struct err *e)
{
	const char *at = *path ? path : ".";
	int sdir = fs_open(c->src, at, FS_BENEATH, O_RDONLY | O_DIRECTORY | O_NOFOLLOW, 0, e);
	AUTO_FD int ddir = -1;
	struct dirent *de;
	int rc;
	DIR *d;

	if (sdir < 0)
		return -1;
#ifdef PROA_WEAK_COPYUP
	usleep(2000); /* so that the attack takes few rounds */
	ddir = openat(c->dst, at, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
#else
	ddir = fs_open(c->dst, at, FS_BENEATH, O_RDONLY | O_DIRECTORY | O_NOFOLLOW, 0, e);
#endif
	d = ddir < 0 ? NULL : fdopendir(sdir);
	if (!d) {
		if (ddir >= 0)
			err_sys(e, "read a directory of a layer");
		close(sdir);
		return -1;
	}
	rc = drop_xattrs(ddir, e);
	while (!rc && (de = readdir(d)))
		if (strcmp(de->d_name, ".") && strcmp(de->d_name, ".."))
			rc = copy_entry(c, sdir, ddir, path, de->d_name, e);
	closedir(d);
	return rc ? err_wrap(e, "/%s", path) : 0;
}

static int finish(struct ctx *c, const char *path, struct err *e)
{
	const char *at = *path ? path : ".";
	AUTO_FD int s = fs_open(c->src, at, FS_BENEATH, O_RDONLY | O_DIRECTORY | O_NOFOLLOW, 0, e);
	AUTO_FD int d = s < 0 ? -1 : fs_open(c->dst, at, FS_BENEATH, O_RDONLY | O_DIRECTORY, 0, e);

	if (d < 0 || copytree_attrs(s, d, e))
		return d < 0 ? -1 : err_wrap(e, "/%s", path);
	return 0;
}

static int apply(struct ctx *c, struct err *e)
{
	strs_add(&c->a, &c->todo, arena_strdup(&c->a, ""));
	while (c->todo.n) {
		char *path = c->todo.v[--c->todo.n];

		strs_add(&c->a, &c->done, path);
		if (fill(c, path, e))
			return -1;
	}
	while (c->done.n)
		if (finish(c, c->done.v[--c->done.n], e))
			return -1;
	return 0;
}

int copytree_apply(int src, int dst, struct err *e)
{
	struct ctx c = {.src = src, .dst = dst};
	int rc = apply(&c, e);

	arena_release(&c.a);
	return rc;
}

int copytree_attrs(int from, int to, struct err *e)
{
	struct stat st;

	if (fstat(from, &st))
		return err_sys(e, "look at what was copied");
	return copy_attrs(from, to, &st, e);
}
