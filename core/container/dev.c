/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Nodes are made with mknodat in the tmpfs that we mounted a moment ago and nobody else can reach,
 * by its own descriptor. Where mknod is not allowed (no CAP_MKNOD, a nested container) the host's
 * node of the same name is bound instead, after checking that it is the device that was asked for.
 */
#include "container/dev.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#include "base/fs.h"
#include "base/mem.h"
#include "container/mnt.h"

static mode_t kind(const struct spec_device *d)
{
	return d->type == 'b' ? S_IFBLK : S_IFCHR;
}

static bool same(const struct stat *st, const struct spec_device *d)
{
	return (st->st_mode & S_IFMT) == kind(d) && st->st_rdev == makedev(d->major, d->minor);
}

static int bind_host(const struct spec_device *d, int root, struct err *e)
{
	const struct mnt_put o = {0};
	AUTO_POINT p = MNT_POINT_INIT;
	AUTO_FD int fd = mnt_take(AT_FDCWD, d->path, false, e);
	struct stat st;

	if (fd < 0)
		return -1;
	if (fstat(fd, &st) || !same(&st, d))
		return err_set(
			e, ERR_UNSUPPORTED,
			"cannot create device %s (no CAP_MKNOD), and the host's %s is another",
			d->path, d->path);
	if (mnt_point_open(root, d->path, false, &p, e))
		return -1;
	return mnt_put(fd, &p, &o, e);
}

/* Its name, where it is right in /dev; else NULL. */
static const char *in_dev(const struct spec_device *d)
{
	const char *rest = strncmp(d->path, "/dev/", 5) ? "" : d->path + 5;

	return *rest && strlen(rest) < 256 && !strchr(rest, '/') && strcmp(rest, ".") &&
			       strcmp(rest, "..")
		       ? rest
		       : NULL;
}

/* The directory to make d in: our /dev itself, or some other below the root (*ret_other, owned). */
static int directory(const struct spec_device *d, int root, int dev, char *name, int *ret_other,
		     struct err *e)
{
	const char *plain = in_dev(d);

	if (plain) {
		memcpy(name, plain, strlen(plain) + 1);
		return dev;
	}
	return *ret_other = fs_open_parent(root, d->path, FS_IN_ROOT, 0755, name, e);
}

static int make(const struct spec_device *d, int root, int dev, struct err *e)
{
	AUTO_FD int other = -1;
	char name[256];
	struct stat st;
	int dir = directory(d, root, dev, name, &other, e);

	if (dir < 0)
		return -1;
	if (mknodat(dir, name, kind(d) | (d->mode & 07777), makedev(d->major, d->minor))) {
		if (errno == EPERM)
			return bind_host(d, root, e);
		if (errno != EEXIST || fstatat(dir, name, &st, AT_SYMLINK_NOFOLLOW) ||
		    !same(&st, d))
			return err_sys(e, "cannot create device %s", d->path);
		return 0; /* bound there by a mount of the request */
	}
	if ((d->uid || d->gid) && fchownat(dir, name, d->uid, d->gid, AT_SYMLINK_NOFOLLOW))
		return err_sys(e, "cannot give device %s to its owner", d->path);
	return 0;
}

int dev_nodes(const struct spec *s, const struct userns *u, int dev, struct err *e)
{
	if (fchownat(dev, "", userns_outside(u, USERNS_UID, 0), userns_outside(u, USERNS_GID, 0),
		     AT_EMPTY_PATH))
		return err_sys(e, "cannot give /dev to the container's root");
	for (size_t i = 0; i < s->ndevices; i++) {
		const struct spec_device *d = &s->devices[i];
		const char *name = in_dev(d);

		if (!name)
			continue;
		if (mknodat(dev, name, kind(d) | (d->mode & 07777), makedev(d->major, d->minor))) {
			if (errno == EPERM)
				continue; /* then the host's is bound */
			return err_sys(e, "cannot create device %s", d->path);
		}
		if (fchownat(dev, name, userns_outside(u, USERNS_UID, d->uid),
			     userns_outside(u, USERNS_GID, d->gid), AT_SYMLINK_NOFOLLOW))
			return err_sys(e, "cannot give device %s to its owner", d->path);
	}
	return 0;
}

int dev_setup(const struct spec *s, int root, int dev, struct err *e)
{
	static const struct {
		const char *name, *to;
	} links[] = {
		{"fd", "/proc/self/fd"},       {"stdin", "/proc/self/fd/0"},
		{"stdout", "/proc/self/fd/1"}, {"stderr", "/proc/self/fd/2"},
		{"ptmx", "pts/ptmx"},	       {"core", "/proc/kcore"},
	};
	size_t n = sizeof(links) / sizeof(links[0]);

	if (dev < 0)
		return 0;
	for (size_t i = 0; i < s->ndevices; i++)
		if (make(&s->devices[i], root, dev, e))
			return -1;
	if (access("/proc/kcore", F_OK))
		n--;
	for (size_t i = 0; i < n; i++)
		if (symlinkat(links[i].to, dev, links[i].name) && errno != EEXIST)
			return err_sys(e, "cannot create /dev/%s", links[i].name);
	return 0;
}

int dev_console(int root, int slave, struct err *e)
{
	const struct mnt_put o = {0};
	AUTO_POINT p = MNT_POINT_INIT;
	AUTO_FD int fd = mnt_take(slave, "", false, e);

	if (fd < 0 || mnt_point_open(root, "/dev/console", false, &p, e) || mnt_put(fd, &p, &o, e))
		return err_wrap(e, "/dev/console");
	return 0;
}

int dev_null(int dev, struct err *e)
{
	AUTO_FD int fd = -1;
	struct stat st;

	if (dev >= 0)
		fd = openat(dev, "null", O_PATH | O_NOFOLLOW | O_CLOEXEC);
	if (fd < 0)
		fd = openat(AT_FDCWD, "/dev/null", O_PATH | O_NOFOLLOW | O_CLOEXEC);
	if (fd < 0)
		return err_sys(e, "cannot open /dev/null");
	if (fstat(fd, &st) || !S_ISCHR(st.st_mode) || st.st_rdev != makedev(1, 3))
		return err_set(e, ERR_SYS, "/dev/null is not the null device");
	return fd_steal(&fd);
}
