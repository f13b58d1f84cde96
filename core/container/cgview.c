/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Programs size themselves by memory.limit_in_bytes and its kind, so the v1 view must be the true
 * one: nine small bind mounts (about 5 us each). The groups' directories are those of the open
 * cgroup.procs files that the container joins through, so nothing is searched here and no mount
 * table is read. Bound directories look the same as mounts of the hierarchy seen from a cgroup
 * namespace, and work with the host's namespace too.
 */
#include "container/cgview.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/vfs.h>
#include <unistd.h>

#include "base/mem.h"
#include "container/mnt.h"

#define CGROUP2_MAGIC 0x63677270

/* The directory of an open cgroup.procs file, and where its hierarchy's name starts and ends in
 * it ("/sys/fs/cgroup/memory" + cg->path). 0 for the unified hierarchy. */
static int hierarchy(const struct cgroup *cg, int fd, char dir[PATH_MAX], char name[NAME_MAX + 1])
{
	char link[32], *slash;
	struct statfs fs;
	size_t len, tail = strlen(cg->path);
	ssize_t n;

	if (fstatfs(fd, &fs) || fs.f_type == CGROUP2_MAGIC)
		return 0;
	snprintf(link, sizeof(link), "/proc/self/fd/%d", fd);
	n = readlink(link, dir, PATH_MAX - 1);
	if (n <= 0)
		return 0;
	dir[n] = 0;
	slash = strrchr(dir, '/');
	if (!slash)
		return 0;
	*slash = 0;
	len = (size_t)(slash - dir);
	if (len <= tail || strcmp(dir + len - tail, cg->path) != 0)
		return 0;
	len -= tail;
	while (len && dir[len - 1] == '/')
		len--;
	n = 0;
	while (len && dir[len - 1] != '/' && n < NAME_MAX)
		len--, n++;
	memcpy(name, dir + len, (size_t)n);
	name[n] = 0;
	return n > 0;
}

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

static int show(const struct spec_mount *m, const char *dir, const char *name, int tmpfs,
		struct err *e)
{
	const struct mnt_put o = {.flags = m->flags};
	AUTO_FD int src = mnt_take(AT_FDCWD, dir, false, e);
	AUTO_POINT p = MNT_POINT_INIT;

	if (src < 0)
		return -1;
	if (mkdirat(tmpfs, name, 0755) && errno != EEXIST)
		return err_sys(e, "cannot create %s/%s", m->dest, name);
	if (mnt_point_open(tmpfs, name, true, &p, e) || mnt_put(src, &p, &o, e))
		return -1;
	aliases(tmpfs, name);
	return 0;
}

static int mount_v1(const struct spec_mount *m, const struct cgroup *cg, const struct mnt_point *p,
		    struct err *e)
{
	char dir[PATH_MAX], name[NAME_MAX + 1];
	AUTO_FD int tmpfs =
		mnt_new(p, "tmpfs", "tmpfs", m->flags & ~(unsigned long)MS_RDONLY, "mode=755", e);

	if (tmpfs < 0)
		return -1;
	for (int i = 0; i < cg->nprocs; i++)
		if (hierarchy(cg, cg->procs[i], dir, name) && show(m, dir, name, tmpfs, e))
			return -1;
	return m->flags & MS_RDONLY ? mnt_flags(tmpfs, m->dest, m->flags, e) : 0;
}

int cgview_mount(const struct spec_mount *m, const struct cgroup *cg, int root, struct err *e)
{
	enum cgroup_mode mode = cgroup_mode();
	AUTO_POINT p = MNT_POINT_INIT;
	int fd;

	if (mode == CGROUP_NONE || (mode != CGROUP_V2 && !cg))
		return 0;
	if (mnt_point_open(root, m->dest, true, &p, e))
		return -1;
	if (mode != CGROUP_V2)
		return mount_v1(m, cg, &p, e);
	fd = mnt_new(&p, "cgroup2", "cgroup", m->flags, NULL, e);
	if (fd < 0)
		return -1;
	fd_autoclose(&fd);
	return 0;
}
