/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The kernel's structures and constants are spelled out here: <linux/mount.h> and <sys/mount.h>
 * define the same names, and which of them a libc has depends on its version.
 *
 * Detached mounts are always attached in the end: closing a detached one makes the kernel wait for
 * an RCU grace period, attaching it costs nothing.
 */
#include "container/mnt.h"

#include <errno.h>
#include <fcntl.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "base/fs.h"
#include "base/mem.h"

#define TREE_CLONE 1u
#define TREE_CLOEXEC ((unsigned)O_CLOEXEC)
#define TREE_RECURSIVE 0x8000u /* AT_RECURSIVE */
#define MOVE_EMPTY_PATHS 0x44u /* MOVE_MOUNT_F_EMPTY_PATH | MOVE_MOUNT_T_EMPTY_PATH */
#define FS_CLOEXEC 1u
#define CONFIG_FLAG 0u
#define CONFIG_STRING 1u
#define CONFIG_CREATE 6u
#define ATTR_RDONLY 0x1u
#define ATTR_NOSUID 0x2u
#define ATTR_NODEV 0x4u
#define ATTR_NOEXEC 0x8u
#define ATTR_ATIME 0x70u
#define ATTR_NOATIME 0x10u
#define ATTR_STRICTATIME 0x20u
#define ATTR_NODIRATIME 0x80u
#define ATTR_NOSYMFOLLOW 0x200000u
#define ATTR_IDMAP 0x100000u
#define FLAG_NOSYMFOLLOW 256ul /* MS_NOSYMFOLLOW */

struct attr {
	uint64_t set, clr, propagation, userns;
};

static int old_level;

void mnt_force_old(int level)
{
	old_level = level;
}

static int sys_open_tree(int dirfd, const char *path, unsigned flags)
{
	return (int)syscall(SYS_open_tree, dirfd, path, flags | TREE_CLOEXEC);
}

static int sys_setattr(int fd, bool recursive, const struct attr *a)
{
	if (old_level > 0) {
		errno = ENOSYS;
		return -1;
	}
	return (int)syscall(SYS_mount_setattr, fd, "",
			    AT_EMPTY_PATH | (recursive ? TREE_RECURSIVE : 0), a, sizeof(*a));
}

bool mnt_have_detached(void)
{
	static int known;

	if (!known) /* EBADF or EINVAL: it is there; a sandbox may say EPERM for ENOSYS */
		known = syscall(SYS_move_mount, -1, "", -1, "", ~0u) < 0 &&
					(errno == ENOSYS || errno == EPERM)
				? -1
				: 1;
	return known > 0 && old_level < 2;
}

static uint64_t attr_of(unsigned long flags)
{
	static const struct {
		unsigned long ms;
		uint64_t attr;
	} map[] = {
		{MS_RDONLY, ATTR_RDONLY},	  {MS_NOSUID, ATTR_NOSUID},
		{MS_NODEV, ATTR_NODEV},		  {MS_NOEXEC, ATTR_NOEXEC},
		{MS_NOATIME, ATTR_NOATIME},	  {MS_STRICTATIME, ATTR_STRICTATIME},
		{MS_NODIRATIME, ATTR_NODIRATIME}, {FLAG_NOSYMFOLLOW, ATTR_NOSYMFOLLOW},
	};
	uint64_t a = 0;

	for (size_t i = 0; i < sizeof(map) / sizeof(map[0]); i++)
		if (flags & map[i].ms)
			a |= map[i].attr;
	return a;
}

int mnt_clone_readonly(const char *path)
{
	const struct attr a = {.set = ATTR_RDONLY};
	AUTO_FD int fd = -1;

	if (!mnt_have_detached() || old_level > 0) {
		errno = ENOSYS;
		return -1;
	}
	fd = sys_open_tree(AT_FDCWD, path, TREE_CLONE);
	if (fd < 0 || sys_setattr(fd, false, &a))
		return -1;
	return fd_steal(&fd);
}

int mnt_idmap(int fd, int userns, const char *what, struct err *e)
{
	const struct attr a = {.set = ATTR_IDMAP, .userns = (uint64_t)userns};

	if (!sys_setattr(fd, false, &a))
		return 0;
	return err_sys(
		e,
		"cannot map the owners of %s for a user namespace (its file system and Linux "
		"5.12 must have idmapped mounts; else use --userns host)",
		what);
}

/* ---- where */

static int make_file(int root, const char *path, struct err *e)
{
	AUTO_FD int dir = -1;
	AUTO_FD int fd = -1;
	char name[256];

	dir = fs_open_parent(root, path, FS_IN_ROOT, 0755, name, e);
	if (dir < 0)
		return -1;
	fd = openat(dir, name, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0644);
	if (fd < 0)
		return err_sys(e, "cannot create the mount point %s", path);
	return openat(dir, name, O_PATH | O_NOFOLLOW | O_CLOEXEC);
}

int mnt_point_open(int root, const char *path, bool dir, struct mnt_point *ret, struct err *e)
{
	struct mnt_point p = {root, path, -1, false};
	struct stat st;

#ifdef PROA_WEAK_MOUNT
	if (dir)
		mkdirat(root, path + 1, 0755);
	else
		mknodat(root, path + 1, S_IFREG | 0644, 0);
	p.fd = openat(root, path + 1, O_PATH | O_CLOEXEC);
	*e = (struct err){.kind = ERR_SYS};
#else
	p.fd = fs_open(root, path, FS_IN_ROOT, O_PATH, 0, e);
#endif
	if (p.fd < 0 && e->kind == ERR_NOTFOUND) {
		p.created = true;
		p.fd = dir ? fs_mkdirs(root, path, 0755, e) : make_file(root, path, e);
	}
	if (p.fd < 0)
		return err_wrap(e, "mount point");
	if (fstat(p.fd, &st))
		err_sys(e, "mount point %s", path);
	else if (S_ISLNK(st.st_mode))
		err_set(e, ERR_INVALID, "mount point %s is a symbolic link", path);
	else if (S_ISDIR(st.st_mode) != dir)
		err_set(e, ERR_INVALID,
			"cannot mount a %s on %s, which is a %s: not a directory: are you trying "
			"to mount a directory onto a file (or vice-versa)?",
			dir ? "directory" : "file", path, dir ? "file" : "directory");
	else {
		*ret = p;
		return 0;
	}
	mnt_point_close(&p);
	return -1;
}

void mnt_point_close(struct mnt_point *p)
{
	fd_autoclose(&p->fd);
}

static void fd_path(char path[32], int fd)
{
	snprintf(path, 32, "/proc/self/fd/%d", fd);
}

/* What mount(2) just put on p, seen from the root again. */
static int look_again(const struct mnt_point *p, struct stat *st, struct err *e)
{
	AUTO_FD int fd = fs_open(p->root, p->path, FS_IN_ROOT, O_PATH, 0, e);

	if (fd < 0)
		return -1;
	if (fstat(fd, st))
		return err_sys(e, "mount on %s", p->path);
	return fd_steal(&fd);
}

/* ---- new file systems */

static int config(int fs, unsigned cmd, const char *key, const char *value)
{
	return (int)syscall(SYS_fsconfig, fs, cmd, key, value, 0);
}

static int config_data(int fs, const char *data)
{
	char item[512];

	while (*data) {
		size_t n = strcspn(data, ",");
		char *eq;

		if (n >= sizeof(item)) {
			errno = ENAMETOOLONG;
			return -1;
		}
		memcpy(item, data, n);
		item[n] = 0;
		eq = strchr(item, '=');
		if (eq)
			*eq = 0;
		if (n && config(fs, eq ? CONFIG_STRING : CONFIG_FLAG, item, eq ? eq + 1 : NULL))
			return -1;
		data += n + (data[n] == ',');
	}
	return 0;
}

/* The reason a file system gave in its log ("e proc: Bad value"), or nothing. */
static void fs_log(int fs, char *text, size_t size)
{
	ssize_t n = read(fs, text, size - 1);

	text[n > 0 ? n : 0] = 0;
	text[strcspn(text, "\n")] = 0;
}

int mnt_detached(const char *type, const char *source, unsigned long flags, const char *data,
		 struct err *e)
{
	AUTO_FD int fs = (int)syscall(SYS_fsopen, type, FS_CLOEXEC);
	char why[256];
	int fd, saved;

	if (fs < 0)
		return err_sys(e, "cannot mount %s: file system", type);
	if (config(fs, CONFIG_STRING, "source", source ? source : type) ||
	    ((flags & MS_RDONLY) && config(fs, CONFIG_FLAG, "ro", NULL)) ||
	    (data && config_data(fs, data)) || config(fs, CONFIG_CREATE, NULL, NULL)) {
		saved = errno;
		fs_log(fs, why, sizeof(why));
		errno = saved;
		return err_sys(e, "cannot mount %s%s%s%s", type, *why ? " (" : "", why,
			       *why ? ")" : "");
	}
	fd = (int)syscall(SYS_fsmount, fs, FS_CLOEXEC, (unsigned)attr_of(flags));
	return fd < 0 ? err_sys(e, "cannot mount %s", type) : fd;
}

/* "." is the directory behind the fd, whatever its name is by now. */
static int new_here(const struct mnt_point *p, const char *type, const char *source,
		    unsigned long flags, const char *data, struct err *e)
{
	if (fchdir(p->fd) || mount(source ? source : type, ".", type, flags, data))
		return err_sys(e, "cannot mount %s on %s", type, p->path);
	return 0;
}

static int new_old(const struct mnt_point *p, const char *type, const char *source,
		   unsigned long flags, const char *data, struct err *e)
{
	struct stat before, after;
	AUTO_FD int fd = -1;

	if (fstat(p->fd, &before))
		return err_sys(e, "cannot look at %s", p->path);
	if (new_here(p, type, source, flags, data, e))
		return -1;
	fd = look_again(p, &after, e);
	if (fd < 0)
		return -1;
	if (before.st_dev == after.st_dev)
		return err_set(e, ERR_INVALID, "%s was moved while it was mounted on", p->path);
	return fd_steal(&fd);
}

static int attach(int fd, const struct mnt_point *p, struct err *e)
{
	if (syscall(SYS_move_mount, fd, "", p->fd, "", MOVE_EMPTY_PATHS))
		return err_sys(e, "cannot mount on %s", p->path);
	return 0;
}

int mnt_new(const struct mnt_point *p, const char *type, const char *source, unsigned long flags,
	    const char *data, int *ret_root, struct err *e)
{
	AUTO_FD int fd = -1;

	if (!ret_root)
		return new_here(p, type, source, flags, data, e);
	if (!mnt_have_detached()) {
		fd = new_old(p, type, source, flags, data, e);
	} else {
		fd = mnt_detached(type, source, flags, data, e);
		if (fd >= 0 && attach(fd, p, e))
			return -1;
	}
	if (fd < 0)
		return -1;
	*ret_root = fd_steal(&fd);
	return 0;
}

/* ---- binds */

int mnt_take(int dirfd, const char *path, bool recursive, struct err *e)
{
	int fd;

	if (mnt_have_detached())
		fd = sys_open_tree(dirfd, path,
				   TREE_CLONE | (*path ? 0 : AT_EMPTY_PATH) |
					   (recursive ? TREE_RECURSIVE : 0));
	else
		fd = *path ? openat(dirfd, path, O_PATH | O_CLOEXEC)
			   : fcntl(dirfd, F_DUPFD_CLOEXEC, 0);
	return fd < 0 ? err_sys(e, "cannot bind %s", *path ? path : "a mount") : fd;
}

/* Flags by remount: the existing ones must be repeated or they would be cleared. */
static int remount(int fd, const char *where, unsigned long flags, struct err *e)
{
	unsigned long all = flags | MS_BIND | MS_REMOUNT;
	struct statvfs v;
	char path[32];

	if (fstatvfs(fd, &v))
		return err_sys(e, "cannot look at the mount on %s", where);
	/* The access time flags stay as they are when a remount names none. */
	all |= v.f_flag & (ST_RDONLY | ST_NOSUID | ST_NODEV | ST_NOEXEC);
	fd_path(path, fd);
	if (mount(NULL, path, NULL, all, NULL))
		return err_sys(e, "cannot set the flags of the mount on %s", where);
	return 0;
}

int mnt_flags_all(int fd, unsigned long flags)
{
	const struct attr a = {.set = attr_of(flags)};

	return sys_setattr(fd, true, &a);
}

int mnt_flags(int fd, const char *where, unsigned long flags, struct err *e)
{
	const struct attr a = {.set = attr_of(flags)};

	if (!sys_setattr(fd, false, &a))
		return 0;
	if (errno != ENOSYS && errno != EPERM)
		return err_sys(e, "cannot set the flags of the mount on %s", where);
	return remount(fd, where, flags, e);
}

static int propagate(int fd, const struct mnt_point *p, unsigned long propagation, struct err *e)
{
	char path[32];

	fd_path(path, fd);
	if (mount(NULL, path, NULL, propagation, NULL))
		return err_sys(e, "cannot set the propagation of the mount on %s", p->path);
	return 0;
}

static int set_flags(int fd, const struct mnt_point *p, const struct mnt_put *o, struct err *e)
{
	struct attr a = {.set = attr_of(o->flags)};

	if (!a.set)
		return 0;
	if (a.set & (ATTR_ATIME))
		a.clr = ATTR_ATIME;
	if (o->recursive && o->readonly_recursive && (a.set & ATTR_RDONLY)) {
		const struct attr ro = {.set = ATTR_RDONLY};

		if (sys_setattr(fd, true, &ro)) {
			if (o->readonly_force || errno != ENOSYS)
				return err_sys(e,
					       "cannot make the mount on %s and all below "
					       "read-only",
					       p->path);
		} else if (a.set == ATTR_RDONLY) {
			return 0;
		}
	}
	if (!sys_setattr(fd, false, &a))
		return 0;
	if (errno != ENOSYS && errno != EPERM)
		return err_sys(e, "cannot set the flags of the mount on %s", p->path);
	return 1; /* after it is attached, by remount */
}

int mnt_put(int src, const struct mnt_point *p, const struct mnt_put *o, struct err *e)
{
	AUTO_FD int again = -1;
	struct stat want, got;
	char from[32], to[32];
	int late = attr_of(o->flags) != 0, fd = src;

	if (mnt_have_detached()) {
		late = set_flags(src, p, o, e);
		if (late < 0 || attach(src, p, e))
			return -1;
	} else {
		fd_path(from, src);
		fd_path(to, p->fd);
		if (fstat(src, &want) ||
		    mount(from, to, NULL, MS_BIND | (o->recursive ? MS_REC : 0), NULL))
			return err_sys(e, "cannot bind on %s", p->path);
		again = look_again(p, &got, e);
		if (again < 0)
			return -1;
		if (want.st_dev != got.st_dev || want.st_ino != got.st_ino)
			return err_set(e, ERR_INVALID, "%s was moved while it was mounted on",
				       p->path);
		fd = again;
	}
	if (late && remount(fd, p->path, o->flags, e))
		return -1;
	return o->propagation ? propagate(fd, p, o->propagation, e) : 0;
}

int mnt_put_host(int src, const char *path, struct err *e)
{
	const struct mnt_put plain = {.flags = 0};
	AUTO_POINT p = {-1, path, openat(AT_FDCWD, path, O_PATH | O_DIRECTORY | O_CLOEXEC), false};

	return p.fd < 0 ? err_sys(e, "open %s", path) : mnt_put(src, &p, &plain, e);
}
