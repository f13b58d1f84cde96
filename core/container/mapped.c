/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Overlay cannot be mapped itself, but what it lies on can (5.19): layers and upper directory are
 * looked up through mapped mounts, and so what it writes has the IDs on disk that the container
 * sees. Rejected: giving layers other owners, which is a copy of the image for each mapping; an
 * upper directory that is not mapped, whose files cp, commit and export would have to translate.
 */
#include "container/mapped.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "container/caps.h"
#include "container/dev.h"
#include "container/mnt.h"
#include "container/overlay.h"

/* In our own mount namespace the directory is shown with its owners mapped, to whoever comes along
 * its path: overlay then finds its layers so. taken: a copy of the mount there. */
static int cover(int taken, const char *path, const struct userns *ns, struct err *e)
{
	return mnt_idmap(taken, ns->fd, path, e) || mnt_put_host(taken, path, e) ? -1 : 0;
}

/* The layers, what they lie in (they name others beside them) and the container's own directory:
 * any of them may be a mount of its own. */
int mapped_layers(struct arena *a, const struct spec *s, const struct userns *ns, struct err *e)
{
	const char *base = s->base, *paths[3];
	AUTO_FD int root = -1, layers = -1, own = -1;
	int *const fds[3] = {&root, &layers, &own};

	for (size_t i = 0; !base && i < s->nmounts; i++)
		base = s->mounts[i].base;
	if (!base)
		return 0;
	paths[0] = arena_strndup(a, base, (size_t)(strrchr(base, '/') - base));
	paths[1] = base;
	paths[2] =
		!s->upper ? NULL
			  : arena_strndup(a, s->upper, (size_t)(strrchr(s->upper, '/') - s->upper));
	for (int i = 0; i < 3 && paths[i]; i++) {
		*fds[i] = mnt_take(AT_FDCWD, paths[i], false, e);
		if (*fds[i] < 0)
			return -1;
	}
	for (int i = 0; i < 3 && paths[i]; i++)
		if (cover(*fds[i], paths[i], ns, e))
			return -1;
	return 0;
}

/* Who mounts an overlay is who makes files in its upper directory, and must be somebody there. All
 * rights stay: a change of the ID takes some of them out of the effective set. */
static int mount_as(uint32_t uid, uint32_t gid, struct err *e)
{
	syscall(SYS_setfsgid, gid);
	syscall(SYS_setfsuid, uid);
	return caps_set(UINT64_MAX, e);
}

static int mount_mapped(const struct spec *s, const struct userns *ns, struct err *e)
{
	struct err why;

	if (mount_as(userns_outside(ns, USERNS_UID, 0), userns_outside(ns, USERNS_GID, 0), e) ||
	    overlay_mount(s->base, &s->lowers, s->upper, s->work, s->dir, e)) {
		mount_as(0, 0, &why);
		return -1;
	}
	return mount_as(0, 0, e);
}

int mapped_root(const struct spec *s, const struct userns *ns, struct err *e)
{
	AUTO_FD int fd = -1;

	if (s->rootfs == SPEC_ROOTFS_OVERLAY && mount_mapped(s, ns, e))
		return e->sys != EINVAL ? -1
					: err_wrap(e, "overlay on idmapped layers (Linux 5.19; or "
						      "--storage-driver vfs)");
	fd = mnt_take(AT_FDCWD, s->dir, s->root_as_is, e);
	if (fd < 0)
		return -1;
	if (s->rootfs != SPEC_ROOTFS_OVERLAY && s->root_as_is)
		return fd_steal(&fd);
	if (s->rootfs != SPEC_ROOTFS_OVERLAY)
		return mnt_idmap(fd, ns->fd, s->dir, e) ? -1 : fd_steal(&fd);
	if (umount2(s->dir, MNT_DETACH))
		return err_sys(e, "cannot detach the root from %s", s->dir);
	return fd_steal(&fd);
}

/* A tmpfs of the host's, or the nodes in it would be dead. */
int mapped_dev(const struct spec *s, const struct spec_mount *m, const struct userns *ns,
	       struct err *e)
{
	AUTO_FD int fd = mnt_detached(m->type, m->source, m->flags, m->data, e);

	return fd < 0 || dev_nodes(s, ns, fd, e) ? -1 : fd_steal(&fd);
}
