/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Everything is attached through descriptors before pivot_root, while the host's files are still
 * there to be bound; after it only the switch to read-only is left. Nothing that was opened on the
 * host is looked up again later.
 *
 * Propagation: the copy of the host's mount tree is made private at once, so that nothing we mount
 * shows up on the host. A bind that wants to stay connected (rslave, rshared) is cloned before
 * that: a clone stays in its peer group whatever happens to the tree it came from.
 *
 * On an initramfs the root is the kernel's rootfs, which pivot_root refuses (EINVAL). There the new
 * root is moved over it, and every other mount of the host is detached, so that a process which
 * climbs out of its chroot finds an empty ramfs at most.
 */
#include "container/rootfs.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <sys/syscall.h>
#include <sys/sysmacros.h>
#include <sys/vfs.h>
#include <unistd.h>

#include "base/file.h"
#include "base/fs.h"
#include "base/log.h"
#include "base/mountinfo.h"
#include "container/cgview.h"
#include "container/dev.h"
#include "container/join.h"
#include "container/mapped.h"
#include "container/mask.h"
#include "container/mnt.h"
#include "container/overlay.h"

#define PROC_MAGIC 0x9fa0
#define MOUNTINFO_MAX (8 << 20)

/* ---- sources */

static bool is_bind(const struct spec_mount *m)
{
	return !strcmp(m->type, "bind");
}

/* Whether some bind stays connected to the host. */
static unsigned long wanted_propagation(const struct spec *s)
{
	unsigned long all = 0;

	for (size_t i = 0; i < s->nmounts; i++)
		all |= s->mounts[i].propagation & (MS_SHARED | MS_SLAVE);
	return all;
}

/* Only what is at m->subpath. Whoever else has the volume may exchange parts of that path at any
 * moment: it is resolved once, beneath the directory, and what was opened is what is mounted. */
static int take_below(int dir, const struct spec_mount *m, struct err *e)
{
#ifdef PROA_WEAK_SUBPATH
	char path[4096];
	struct stat st;

	snprintf(path, sizeof(path), "%s/%s", m->source, m->subpath);
	if (lstat(path, &st) || S_ISLNK(st.st_mode))
		return err_set(e, ERR_INVALID, "subpath %s", m->subpath);
	usleep(2000); /* so that the attack takes few starts */
	(void)dir;
	return mnt_take(AT_FDCWD, path, m->recursive, e);
#else
	AUTO_FD int fd = fs_open(dir, m->subpath, FS_BENEATH, O_PATH, 0, e);
	struct stat st;

	if (fd < 0)
		return err_wrap(e, "cannot mount subpath %s of %s", m->subpath, m->source);
	if (fstat(fd, &st))
		return err_sys(e, "look at subpath %s", m->subpath);
	if (!S_ISDIR(st.st_mode) && !S_ISREG(st.st_mode))
		return err_set(e, ERR_INVALID, "subpath %s is neither a directory nor a file",
			       m->subpath);
	return mnt_take(fd, "", m->recursive, e);
#endif
}

static int take_bind(const struct spec_mount *m, struct err *e)
{
	AUTO_FD int dir = -1;

	if (m->make_source && access(m->source, F_OK) && errno == ENOENT &&
	    file_mkdirs(m->source, 0755, e))
		return -1;
	if (!m->subpath)
		return mnt_take(AT_FDCWD, m->source, m->recursive, e);
	dir = openat(AT_FDCWD, m->source, O_PATH | O_DIRECTORY | O_CLOEXEC);
	return dir < 0 ? err_sys(e, "open %s", m->source) : take_below(dir, m, e);
}

/* A copy that was just taken. */
static int map_owners(const struct spec_mount *m, int fd, const struct rootfs *r, struct err *e)
{
	if (!r->ns || !m->idmap || !mnt_idmap(fd, r->ns->fd, m->source, e))
		return 0;
	return m->idmap == SPEC_IDMAP_TRY ? 0 : -1;
}

static int take_all(const struct spec *s, struct rootfs *r, struct err *e)
{
	for (size_t i = 0; i < s->nmounts; i++) {
		const struct spec_mount *m = &s->mounts[i];
		bool peer = !strcmp(m->type, "peer");

		if (!is_bind(m) && !peer)
			continue;
		r->take[i] = peer ? join_take(s, m->source, e) : take_bind(m, e);
		if (r->take[i] < 0 || (!peer && map_owners(m, r->take[i], r, e)))
			return -1;
	}
	return 0;
}

static bool is_layers(const struct spec_mount *m)
{
	return !strcmp(m->type, "layers");
}

int rootfs_outside(struct arena *a, const struct spec *s, struct rootfs *r, struct err *e)
{
	for (size_t i = 0; i < s->nmounts && mnt_have_detached(); i++) {
		const struct spec_mount *m = &s->mounts[i];

		if (!m->outside)
			continue;
		if (!r->outside) {
			r->outside = arena_array(a, s->nmounts, sizeof(int));
			memset(r->outside, 0xff, s->nmounts * sizeof(int));
		}
		r->outside[i] = mnt_detached(m->type, m->source, m->flags, m->data, e);
		if (r->outside[i] < 0)
			return err_wrap(e, "volume %s", m->source);
	}
	return 0;
}

void rootfs_outside_end(const struct spec *s, struct rootfs *r)
{
	for (size_t i = 0; r->outside && i < s->nmounts; i++)
		fd_autoclose(&r->outside[i]);
}

/* The root of a volume's file system, or of an image, mounted on `at` for the moment. */
static int open_mounted(const struct spec_mount *m, int outside, const char *at, struct err *e)
{
	AUTO_FD int base = -1;
	int fd;

	if (outside >= 0) {
		if (mnt_put_host(outside, at, e))
			return -1;
	} else if (!is_layers(m)) {
		if (mount(m->source, at, m->type, m->flags, m->data))
			return err_sys(e, "cannot mount the volume %s (%s)", m->source, m->type);
	} else if (m->lowers.n == 1) { /* overlay takes no single one without an upper */
		base = openat(AT_FDCWD, m->base, O_PATH | O_DIRECTORY | O_CLOEXEC);
		fd = openat(base, m->lowers.v[0], O_PATH | O_DIRECTORY | O_CLOEXEC);
		return fd < 0 ? err_sys(e, "cannot open the layer of image %s", m->source) : fd;
	} else if (overlay_mount(m->base, &m->lowers, NULL, NULL, at, e)) {
		return err_wrap(e, "cannot mount image %s", m->source);
	}
	fd = openat(AT_FDCWD, at, O_PATH | O_DIRECTORY | O_CLOEXEC);
	return fd < 0 ? err_sys(e, "cannot open what was mounted of %s", m->source) : fd;
}

/* What has to be mounted first is, in our own namespace, where the root will be; a clone of it is
 * taken, and it goes again (without clones, before 5.2, it stays covered by the root). */
static int take_mounted(const struct spec *s, struct rootfs *r, struct err *e)
{
	for (size_t i = 0; i < s->nmounts; i++) {
		const struct spec_mount *m = &s->mounts[i];
		AUTO_FD int root = -1;
		bool mounted = !is_layers(m) || m->lowers.n > 1;

		if (!m->outside && !is_layers(m))
			continue;
		root = open_mounted(m, r->outside ? r->outside[i] : -1, s->dir, e);
		if (root < 0)
			return -1;
		r->take[i] = m->subpath ? take_below(root, m, e) : mnt_take(root, "", false, e);
		if (r->take[i] < 0 || map_owners(m, r->take[i], r, e))
			return -1;
		if (mounted && mnt_have_detached() && umount2(s->dir, MNT_DETACH))
			return err_sys(e, "cannot detach what was mounted of %s", m->source);
	}
	return 0;
}

/* What takes rights outside of the user namespace. */
static int take_mapped(const struct spec *s, struct rootfs *r, struct err *e)
{
	r->tree = mapped_root(s, r->ns, e);
	if (r->tree < 0)
		return -1;
	for (size_t i = 0; i < s->nmounts; i++) {
		const struct spec_mount *m = &s->mounts[i];

		if (strcmp(m->type, "tmpfs") || strcmp(m->dest, "/dev"))
			continue;
		r->take[i] = mapped_dev(s, m, r->ns, e);
		if (r->take[i] < 0)
			return -1;
	}
	return 0;
}

int rootfs_prepare(struct arena *a, const struct spec *s, struct rootfs *ret, struct err *e)
{
	struct rootfs r = {.root = -1,
			   .dev = -1,
			   .pts = -1,
			   .null = -1,
			   .outside = ret->outside,
			   .ns = ret->ns};
	unsigned long wanted = wanted_propagation(s), cut = MS_PRIVATE;

	if (r.ns && !mnt_have_detached())
		return err_set(e, ERR_UNSUPPORTED,
			       "user namespaces for containers need Linux 5.12");
	if (r.ns && wanted & MS_SHARED)
		return err_set(e, ERR_INVALID,
			       "shared mount propagation out of a user namespace is not possible: "
			       "use --userns host");
	r.take = arena_array(a, s->nmounts + 1, sizeof(int));
	for (size_t i = 0; i < s->nmounts; i++)
		r.take[i] = -1;
	if (wanted && !mnt_have_detached()) {
		if (wanted & MS_SHARED)
			return err_set(e, ERR_UNSUPPORTED,
				       "shared mount propagation needs Linux 5.2");
		cut = MS_SLAVE;
	} else if (wanted && take_all(s, &r, e)) {
		return -1;
	}
	if (mount(NULL, "/", NULL, MS_REC | cut, NULL))
		return err_sys(e, "cannot cut the mount namespace off the host's");
	if (((!wanted || cut == MS_SLAVE) && take_all(s, &r, e)) ||
	    (r.ns && mapped_layers(a, s, r.ns, e)) || take_mounted(s, &r, e) ||
	    (r.ns && take_mapped(s, &r, e)))
		return -1;
	*ret = r;
	return 0;
}

/* ---- the root */

int rootfs_mount(const struct spec *s, struct rootfs *r, struct err *e)
{
	if (r->tree > 0) {
		r->root = r->tree;
		return mnt_put_host(r->tree, s->dir, e);
	}
	if (s->rootfs == SPEC_ROOTFS_OVERLAY) {
		if (overlay_mount(s->base, &s->lowers, s->upper, s->work, s->dir, e))
			return -1;
	} else if (mount(s->dir, s->dir, NULL, MS_BIND | MS_REC, NULL)) {
		return err_sys(e, "cannot bind the root %s onto itself", s->dir);
	}
	r->root = openat(AT_FDCWD, s->dir, O_PATH | O_DIRECTORY | O_CLOEXEC);
	return r->root < 0 ? err_sys(e, "cannot open the root %s", s->dir) : 0;
}

/* ---- mounts */

/* Kernel file systems go only onto real directories: behind a symlink of the image the masks and
 * whoever trusts the name would look at something else. */
static int must_be_plain(const struct spec_mount *m, const struct rootfs *r, struct err *e)
{
	struct stat st;

	if (strcmp(m->type, "proc") != 0 && strcmp(m->type, "sysfs") != 0 &&
	    strcmp(m->dest, "/dev") != 0)
		return 0;
	if (!fstatat(r->root, m->dest + 1, &st, AT_SYMLINK_NOFOLLOW) && !S_ISDIR(st.st_mode))
		return err_set(e, ERR_INVALID,
			       "the image's %s must be an ordinary directory to mount %s on it",
			       m->dest, m->type);
	return 0;
}

/* A bind into procfs can fool whoever writes settings there; only plain information files may be
 * replaced. */
static int proc_allows(const struct spec_mount *m, const struct mnt_point *p, struct err *e)
{
	static const char *const fine[] = {"cpuinfo", "diskstats", "meminfo",
					   "stat",    "swaps",	   "uptime",
					   "loadavg", "slabinfo",  "sys/kernel/ns_last_pid",
					   "net/dev"};
	struct statfs fs;

	if (fstatfs(p->fd, &fs))
		return err_sys(e, "cannot look at the mount point %s", m->dest);
	if (fs.f_type != PROC_MAGIC)
		return 0;
	for (size_t i = 0; i < sizeof(fine) / sizeof(fine[0]); i++)
		if (!strncmp(m->dest, "/proc/", 6) && !strcmp(m->dest + 6, fine[i]))
			return 0;
	return err_set(e, ERR_INVALID, "%s cannot be mounted because it is inside /proc", m->dest);
}

static int put_bind(const struct spec_mount *m, struct rootfs *r, int src, struct err *e)
{
	struct mnt_put o = {m->flags, m->recursive, m->rro, m->propagation, m->rro_force};
	AUTO_POINT p = MNT_POINT_INIT;
	struct stat st;

	if (m->outside && m->rro) /* its flags are the file system's own */
		o.flags |= MS_RDONLY;
	if (fstat(src, &st))
		return err_sys(e, "cannot look at %s", m->source);
	if (mnt_point_open(r->root, m->dest, S_ISDIR(st.st_mode), &p, e) || proc_allows(m, &p, e) ||
	    mnt_put(src, &p, &o, e))
		return err_wrap(e, "cannot mount %s", m->source);
	return 0;
}

/* A tmpfs without a mode of its own takes the directory's that it covers. */
static const char *tmpfs_data(const struct spec_mount *m, const struct mnt_point *p, char *text,
			      size_t size)
{
	const char *data = m->data ? m->data : "";
	struct stat st;

	if (p->created || !strncmp(data, "mode=", 5) || strstr(data, ",mode=") || fstat(p->fd, &st))
		return m->data;
	if (snprintf(text, size, "%s%smode=%o", data, *data ? "," : "", st.st_mode & 07777) >=
	    (int)size)
		return m->data;
	return text;
}

static int put_new(const struct spec_mount *m, struct rootfs *r, struct err *e)
{
	AUTO_POINT p = MNT_POINT_INIT;
	const char *data = m->data;
	char text[512];
	int *root = NULL;

	if (must_be_plain(m, r, e) || mnt_point_open(r->root, m->dest, true, &p, e))
		return -1;
	if (!strcmp(m->type, "tmpfs"))
		data = tmpfs_data(m, &p, text, sizeof(text));
	if (!strcmp(m->dest, "/dev"))
		root = &r->dev;
	else if (!strcmp(m->type, "devpts") && r->pts < 0)
		root = &r->pts;
	if (!mnt_new(&p, m->type, m->source, m->flags, data, root, e))
		return 0;
	if (!r->ns || e->sys != EPERM)
		return -1;
	return err_wrap(e,
			"in a user namespace (it may not see more of %s than our own, which must "
			"not be covered in part; or use --userns host)",
			m->type);
}

int rootfs_mounts(const struct spec *s, const struct cgroup *cg, size_t end, struct rootfs *r,
		  struct err *e)
{
	int rc;

	for (; r->mounted < end; r->mounted++) {
		const struct spec_mount *m = &s->mounts[r->mounted];
		int *src = &r->take[r->mounted];

		if (*src >= 0)
			rc = put_bind(m, r, *src, e);
		else if (!strcmp(m->type, "cgroup"))
			rc = cgview_mount(m, cg, r->root, e);
		else
			rc = put_new(m, r, e);
		if (*src >= 0 && !strcmp(m->type, "tmpfs") && !strcmp(m->dest, "/dev"))
			r->dev = fd_steal(src);
		fd_autoclose(src);
		if (rc)
			return -1;
	}
	return 0;
}

int rootfs_fill(const struct spec *s, const struct cgroup *cg, struct rootfs *r, struct err *e)
{
	if (rootfs_mounts(s, cg, s->nmounts, r, e) || dev_setup(s, r->root, r->dev, e))
		return -1;
	r->null = dev_null(r->dev, e);
	if (r->null < 0)
		return -1;
	return mask_apply(s, r->root, r->null, e);
}

/* ---- entering */

/* Detaches what is mounted on the old root, youngest first. list is mountinfo's text; the old root
 * is the working directory. */
static void detach_all(char *list)
{
	char *end = list + strlen(list);

	while (end > list) {
		char *line = end - 1, *p, *save = NULL;

		while (line > list && line[-1] != '\n')
			line--;
		*(end - 1) = 0;
		end = line;
		p = line;
		for (int i = 0; i < 4 && p; i++) {
			p = strchr(p, ' ');
			p = p ? p + 1 : NULL;
		}
		if (!p || !(save = strchr(p, ' ')))
			continue;
		*save = 0;
		mountinfo_unescape(p);
		if (p[0] == '/' && p[1])
			umount2(p + 1, MNT_DETACH | UMOUNT_NOFOLLOW);
	}
}

static int move_root(int root, struct err *e)
{
	AUTO_FD int old = openat(AT_FDCWD, "/", O_PATH | O_DIRECTORY | O_CLOEXEC);
	AUTO_BUF list = BUF_INIT;

	log_debug("container",
		  "the root cannot be pivoted (initramfs): moving the new one over it");
	if (old < 0 || file_read(AT_FDCWD, "/proc/self/mountinfo", MOUNTINFO_MAX, &list, e))
		return -1;
	if (fchdir(root) || mount(".", "/", NULL, MS_MOVE, NULL))
		return err_sys(e, "cannot move the new root over the old one");
	if (fchdir(old))
		return err_sys(e, "cannot enter the old root");
	if (list.len)
		detach_all(list.data);
	if (fchdir(root) || chroot(".") || chdir("/"))
		return err_sys(e, "cannot enter the new root");
	return 0;
}

static int move_forced;

void rootfs_force_move(int on)
{
	move_forced = on;
}

/* mapped: in a user namespace the host's mounts cannot be detached one by one. */
static int pivot(int root, bool mapped, struct err *e)
{
	if (move_forced && !mapped)
		return move_root(root, e);
	if (fchdir(root))
		return err_sys(e, "cannot enter the new root");
	/* The old root ends up on top of the new one, at the same place: detached from there. */
	if (syscall(SYS_pivot_root, ".", ".")) {
		if (errno == EINVAL && !mapped)
			return move_root(root, e);
		return err_sys(e, "cannot make the container's tree the root");
	}
	if (umount2(".", MNT_DETACH))
		return err_sys(e, "cannot detach the host's tree");
	return chdir("/") ? err_sys(e, "cannot enter the new root") : 0;
}

int rootfs_enter(const struct spec *s, struct rootfs *r, struct err *e)
{
	unsigned long flags = (s->readonly ? MS_RDONLY : 0) | (r->nodev ? MS_NODEV : 0);
	struct statvfs v;

	if (pivot(r->root, r->ns, e))
		return -1;
	if (!flags)
		return 0;
	if (!fstatvfs(r->root, &v))
		flags |= v.f_flag & (ST_RDONLY | ST_NOSUID | ST_NODEV | ST_NOEXEC);
	if (mount(NULL, "/", NULL, MS_REMOUNT | MS_BIND | flags, NULL))
		return err_sys(e, "cannot make the root %s", s->readonly ? "read-only" : "nodev");
	return 0;
}
