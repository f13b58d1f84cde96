/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Removing a tree of unknown depth: layers and containers may hold 10,000 nested directories, so
 * neither the stack nor the descriptor table may grow with it.
 *
 * The way down is a list of levels on the heap. The first KEEP of them stay open with their
 * unread entries, so that an ordinary tree is read once; below that only the deepest is open, and
 * the way up is "..", believed only if it is the very directory we came from (device and inode).
 * An absolute path from the top would be longer than PATH_MAX, a chdir would belong to the
 * whole process.
 *
 * A directory is opened with RESOLVE_NO_XDEV, so that a volume somebody left mounted inside a
 * tree stops the removal instead of being emptied. Kernels before 5.6 compare the device and,
 * where the file system tells it, the mount id (a bind mount has the same device).
 *
 * A btrfs subvolume goes as a whole, by its own call; where that is refused (another one is nested
 * in it, an old kernel) it is a directory like any other, and so is what is nested.
 *
 * Some file systems skip entries in a directory that shrinks while it is read: "not empty" at the
 * end means another pass, as long as the last one removed something.
 */
#include "base/fs.h"
#include "base/mem.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/btrfs.h>
#include <linux/btrfs_tree.h>
#include <linux/magic.h>
#include <linux/openat2.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/vfs.h>
#include <unistd.h>

#define KEEP 64
#define DENTS 16384
#define DIR_FLAGS (O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC)

struct level {
	int fd; /* -1 while parked */
	dev_t dev;
	ino_t ino;
	char *dents; /* NULL until read */
	long pos, len;
	bool removed; /* something, in this pass */
	char *name;   /* in the level above */
};

struct sweep {
	int dirfd;	 /* where the top lies */
	const char *top; /* for messages */
	struct level *v;
	size_t n, cap;
};

static int failed(const struct sweep *s, const char *name, struct err *e)
{
	if (errno == EXDEV || errno == EBUSY)
		return err_set(e, ERR_CONFLICT, "remove %s: unmount what is mounted on %s in it",
			       s->top, name);
	if (errno == ESTALE)
		return err_set(e, ERR_CONFLICT, "remove %s: it was moved meanwhile (at %s)", s->top,
			       name);
	return err_sys(e, "remove %s (at %s)", s->top, name);
}

static int mount_id(int fd)
{
	struct file_handle h = {.handle_bytes = 0};
	int id = -1;

	/* EOVERFLOW: the id is there, the handle would need room */
	if (name_to_handle_at(fd, "", &h, &id, AT_EMPTY_PATH) && errno != EOVERFLOW)
		return -1;
	return id;
}

static int open_same_mount(int dirfd, const char *name)
{
	AUTO_FD int fd = fs_openat2(dirfd, name, DIR_FLAGS, 0,
				    RESOLVE_NO_XDEV | RESOLVE_NO_SYMLINKS | RESOLVE_BENEATH);
	struct stat up, st;

	if (fd >= 0 || (errno != ENOSYS && errno != EAGAIN))
		return fd_steal(&fd);
	fd = openat(dirfd, name, DIR_FLAGS);
	if (fd < 0 || fstat(fd, &st) || fstat(dirfd, &up))
		return -1;
	if (st.st_dev != up.st_dev || mount_id(fd) != mount_id(dirfd)) {
		errno = EXDEV;
		return -1;
	}
	return fd_steal(&fd);
}

/* Closes a level that is not the deepest any more. */
static void park(struct level *l)
{
	fd_autoclose(&l->fd);
	mem_autofree(&l->dents);
	l->dents = NULL;
	l->pos = l->len = 0;
}

/* ino: what the roots of subvolumes have. */
static bool remove_subvolume(int dirfd, const char *name, int fd, ino_t ino)
{
	struct btrfs_ioctl_vol_args *a;
	struct statfs st;
	bool gone;

	if (ino != BTRFS_FIRST_FREE_OBJECTID || fstatfs(fd, &st) ||
	    st.f_type != BTRFS_SUPER_MAGIC || strlen(name) > BTRFS_PATH_NAME_MAX)
		return false;
	a = mem_alloc(sizeof(*a));
	memset(a, 0, sizeof(*a));
	memcpy(a->name, name, strlen(name));
	gone = !ioctl(dirfd, BTRFS_IOC_SNAP_DESTROY, a);
	mem_autofree(&a);
	return gone;
}

/* Puts a directory on the list; a subvolume may be gone instead: then errno is ENOENT. */
static int enter(struct sweep *s, int dirfd, const char *name)
{
	AUTO_FD int fd = open_same_mount(dirfd, name);
	struct level *l;
	struct stat st;
	char *copy;

	if (fd < 0 || fstat(fd, &st))
		return -1;
	if (remove_subvolume(dirfd, name, fd, st.st_ino)) {
		if (s->n)
			s->v[s->n - 1].removed = true;
		errno = ENOENT;
		return -1;
	}
	copy = mem_strdup(name); /* name may lie in the buffer that park frees */
	if (s->n > KEEP)
		park(&s->v[s->n - 1]);
	if (s->n == s->cap) {
		s->cap = s->cap ? s->cap * 2 : 16;
		s->v = mem_realloc(s->v, s->cap * sizeof(*s->v));
	}
	l = &s->v[s->n++];
	*l = (struct level){.fd = fd_steal(&fd), .dev = st.st_dev, .ino = st.st_ino, .name = copy};
	return 0;
}

/* The descriptor of the level above the deepest, opened again if it was parked. */
static int above(struct sweep *s)
{
	struct level *l = &s->v[s->n - 1], *up = l - 1;
	AUTO_FD int fd = -1;
	struct stat st;

	if (s->n == 1)
		return s->dirfd;
	if (up->fd >= 0)
		return up->fd;
	fd = openat(l->fd, "..", DIR_FLAGS);
	if (fd < 0 || fstat(fd, &st))
		return -1;
	if (st.st_dev != up->dev || st.st_ino != up->ino) {
		errno = ESTALE;
		return -1;
	}
	up->fd = fd_steal(&fd);
	return up->fd;
}

/* The deepest level is read to its end. */
static int leave(struct sweep *s, struct err *e)
{
	int dirfd = above(s);
	struct level l = s->v[s->n - 1];
	int rc = 0;

	if (dirfd < 0)
		return failed(s, l.name, e);
	park(&s->v[--s->n]);
	if (!unlinkat(dirfd, l.name, AT_REMOVEDIR)) {
		if (s->n)
			s->v[s->n - 1].removed = true;
	} else if ((errno == ENOTEMPTY || errno == EEXIST) && l.removed) {
		rc = enter(s, dirfd, l.name) && errno != ENOENT ? failed(s, l.name, e) : 0;
	} else if (errno != ENOENT) {
		rc = failed(s, l.name, e);
	}
	free(l.name);
	return rc;
}

/* The next entry of the deepest level; NULL at its end or with *ret_rc = -1. */
static const struct fs_dent *next_entry(struct level *l, int *ret_rc)
{
	const struct fs_dent *d;

	for (;;) {
		if (l->pos >= l->len) {
			if (!l->dents)
				l->dents = mem_alloc(DENTS);
			l->pos = 0;
			l->len = fs_dents(l->fd, l->dents, DENTS);
			if (l->len <= 0) {
				*ret_rc = l->len && errno != ENOENT ? -1 : 0;
				return NULL;
			}
		}
		d = (const struct fs_dent *)(const void *)(l->dents + l->pos);
		l->pos += d->reclen;
		if (strcmp(d->name, ".") && strcmp(d->name, ".."))
			return d;
	}
}

static bool is_dir(int dirfd, const char *name)
{
	struct stat st;

	return !fstatat(dirfd, name, &st, AT_SYMLINK_NOFOLLOW) && S_ISDIR(st.st_mode);
}

static int step(struct sweep *s, struct err *e)
{
	struct level *l = &s->v[s->n - 1];
	int rc = 0;
	const struct fs_dent *d = next_entry(l, &rc);

	if (rc)
		return failed(s, l->name, e);
	if (!d)
		return leave(s, e);
	if (d->type != DT_DIR) {
		if (!unlinkat(l->fd, d->name, 0)) {
			l->removed = true;
			return 0;
		}
		if (errno == ENOENT)
			return 0;
		if (errno != EISDIR && errno != EPERM)
			return failed(s, d->name, e);
		rc = errno;
		if (!is_dir(l->fd, d->name)) {
			errno = rc;
			return failed(s, d->name, e);
		}
	}
	if (enter(s, l->fd, d->name) && errno != ENOENT)
		return failed(s, d->name, e);
	return 0;
}

int fs_remove_tree(int dirfd, const char *name, struct err *e)
{
	struct sweep s = {.dirfd = dirfd, .top = name};
	int rc = 0;

	if (!*name || strchr(name, '/') || !strcmp(name, ".") || !strcmp(name, ".."))
		return err_set(e, ERR_INVALID, "remove: '%s' is not a file name", name);
	if (!is_dir(dirfd, name)) {
		if (!unlinkat(dirfd, name, 0) || errno == ENOENT)
			return 0;
		return failed(&s, name, e);
	}
	if (enter(&s, dirfd, name))
		return errno == ENOENT ? 0 : failed(&s, name, e);
	while (s.n && !rc)
		rc = step(&s, e);
	while (s.n) {
		park(&s.v[--s.n]);
		free(s.v[s.n].name);
	}
	free(s.v);
	return rc;
}
