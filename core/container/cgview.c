/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Programs size themselves by memory.limit_in_bytes and its kind, so the v1 view must be the true
 * one: a small bind mount of the container's own group for each hierarchy. Bound directories look
 * the same as mounts of the hierarchy made inside a cgroup namespace, and work with the host's
 * namespace too.
 *
 * The binds go by name, relative to the tmpfs that was mounted a moment ago: nobody else can reach
 * it, and this is twice as fast as going through descriptors. Flags are set for all at once.
 */
#include "container/cgview.h"

#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/mem.h"
#include "container/cgroup_hier.h"
#include "container/mnt.h"

/* "cpu,cpuacct" is found as "cpu" and "cpuacct" too. */
static void aliases(int tmpfs, const char *name)
{
	char one[NAME_MAX + 1];

	if (!strchr(name, ','))
		return;
	for (const char *p = name; *p;) {
		size_t n = strcspn(p, ",");

		memcpy(one, p, n);
		one[n] = 0;
		if (symlinkat(name, tmpfs, one)) /* somebody's own directory already */
			return;
		p += n + (p[n] == ',');
	}
}

/* Shows one hierarchy in the working directory. */
static int show(const struct cgroup_hier *h, const char *path, int tmpfs, struct err *e)
{
	char dir[PATH_MAX];
	const char *name = strrchr(h->mount, '/');

	if (!name || !name[1])
		return 0;
	name++;
	snprintf(dir, sizeof(dir), "%s%s", h->mount, path);
	if (mkdir(name, 0755) && errno != EEXIST)
		return err_sys(e, "cannot create a directory for the cgroup %s", name);
	if (mount(dir, name, NULL, MS_BIND, NULL)) {
		if (errno != ENOENT) /* a hierarchy in which no group could be made */
			return err_sys(e, "cannot show the cgroup %s", dir);
		rmdir(name);
		return 0;
	}
	aliases(tmpfs, name);
	return 0;
}

/* Before 5.12: one by one. */
static int protect(const struct cgroup_hier *h, int n, unsigned long flags, struct err *e)
{
	for (int i = 0; i < n; i++) {
		const char *name = strrchr(h[i].mount, '/');

		if (!h[i].v2 && name && name[1] &&
		    mount(NULL, name + 1, NULL, MS_BIND | MS_REMOUNT | flags, NULL) &&
		    errno != ENOENT)
			return err_sys(e, "cannot set the flags of the cgroup %s", name + 1);
	}
	return 0;
}

static int mount_v1(const struct spec_mount *m, const struct cgroup *cg, const struct mnt_point *p,
		    struct err *e)
{
	AUTO_FD int tmpfs = -1;
	int n;
	const struct cgroup_hier *h = cgroup_hier_all(&n, NULL);

	if (mnt_new(p, "tmpfs", "tmpfs", m->flags & ~(unsigned long)MS_RDONLY, "mode=755", &tmpfs,
		    e))
		return -1;
	if (fchdir(tmpfs))
		return err_sys(e, "cannot enter %s", m->dest);
	for (int i = 0; i < n; i++)
		if (!h[i].v2 && show(&h[i], cg->path, tmpfs, e))
			return -1;
	if (!mnt_flags_all(tmpfs, m->flags))
		return 0;
	if (protect(h, n, m->flags, e))
		return -1;
	return m->flags & MS_RDONLY ? mnt_flags(tmpfs, m->dest, m->flags, e) : 0;
}

int cgview_mount(const struct spec_mount *m, const struct cgroup *cg, int root, struct err *e)
{
	enum cgroup_mode mode = cgroup_mode();
	AUTO_POINT p = MNT_POINT_INIT;

	if (mode == CGROUP_NONE || (mode != CGROUP_V2 && !cg))
		return 0;
	if (mnt_point_open(root, m->dest, true, &p, e))
		return -1;
	if (mode != CGROUP_V2)
		return mount_v1(m, cg, &p, e);
	return mnt_new(&p, "cgroup2", "cgroup", m->flags, NULL, NULL, e);
}
