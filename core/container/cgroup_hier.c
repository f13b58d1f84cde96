/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Mount points are trusted paths of the host, so plain paths are used: the kernel walks five
 * components in well under a microsecond, which is less than keeping a directory open costs.
 *
 * Where statfs says that /sys/fs/cgroup is cgroup2 nothing else is read. Otherwise each hierarchy
 * is looked for below it, by its name. Only if one is not there mountinfo is read, which takes the
 * longer the more is mounted on the host: the same hierarchy may be mounted several times; the one
 * that shows most of it (root "/") is taken.
 *
 * The parent group ("/proa") is made once and stays. Making it costs more than a container's group:
 * v1 cpuset groups start without cpus and mems, so it copies its parent's and turns clone_children
 * on, after which every group below has them from birth; on v2 it enables the controllers.
 */
#include "container/cgroup_hier.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <linux/magic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/vfs.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/file.h"
#include "base/mountinfo.h"

#define BASE "/sys/fs/cgroup"
#define MOUNTINFO_MAX (16 << 20)

static struct {
	bool looked;
	int n; /* of all[] */
	enum cgroup_mode mode;
	struct cgroup_hier tracker, all[CGROUP_MAX];
} found;

static const char *const ctl_names[CGROUP_CTLS] = {"cpu",     "cpuacct", "cpuset", "memory",
						   "devices", "freezer", "blkio",  "pids"};

static unsigned ctl_bits(const char *list, const char *separators)
{
	unsigned bits = 0;

	while (*list) {
		size_t n = strcspn(list, separators);

		for (unsigned i = 0; i < CGROUP_CTLS; i++)
			if (n == strlen(ctl_names[i]) && !strncmp(list, ctl_names[i], n))
				bits |= 1u << i;
		if (n == 2 && !strncmp(list, "io", 2))
			bits |= 1u << CGROUP_BLKIO;
		list += n;
		list += strspn(list, separators);
	}
	return bits;
}

static unsigned v2_controllers(const char *mount)
{
	char path[160], text[256];
	ssize_t n = -1;
	int fd;

	snprintf(path, sizeof(path), "%s/cgroup.controllers", mount);
	fd = openat(AT_FDCWD, path, O_RDONLY | O_CLOEXEC);
	if (fd >= 0) {
		n = read(fd, text, sizeof(text) - 1);
		close(fd);
	}
	text[n < 0 ? 0 : n] = 0;
	return ctl_bits(text, " \n");
}

/* Copies a field. False if it does not fit. */
static bool take_field(char *to, size_t size, const char *from, size_t n)
{
	if (n >= size)
		return false;
	memcpy(to, from, n);
	to[n] = 0;
	mountinfo_unescape(to);
	return true;
}

/* The controllers among the super block's options: "rw,cpu,cpuacct" or "rw,xattr,name=systemd". */
static void name_of(const char *options, char *name, size_t size)
{
	static const char *const others[] = {"net_cls", "net_prio", "perf_event",
					     "hugetlb", "rdma",	    "misc"};
	size_t used = 0;

	name[0] = 0;
	while (*options) {
		size_t n = strcspn(options, ",\n");
		bool is = !strncmp(options, "name=", 5);

		for (unsigned i = 0; i < CGROUP_CTLS && !is; i++)
			is = n == strlen(ctl_names[i]) && !strncmp(options, ctl_names[i], n);
		for (unsigned i = 0; i < sizeof(others) / sizeof(*others) && !is; i++)
			is = n == strlen(others[i]) && !strncmp(options, others[i], n);
		if (is && used + n + 2 < size)
			used += (size_t)snprintf(name + used, size - used, "%s%.*s",
						 used ? "," : "", (int)n, options);
		options += n;
		options += strspn(options, ",\n");
	}
}

/* One line: "32 31 0:29 /root /mount/point rw,relatime shared:1 - cgroup cgroup rw,cpu". */
static bool parse_line(const char *line, struct cgroup_hier *h)
{
	const char *field[5], *end[5], *at = line, *dash, *options;

	for (int i = 0; i < 5; i++) {
		field[i] = at;
		end[i] = strchr(at, ' ');
		if (!end[i])
			return false;
		at = end[i] + 1;
	}
	dash = strstr(at, " - ");
	if (!dash || strncmp(dash + 3, "cgroup", 6))
		return false;
	at = dash + 3 + 6;
	h->v2 = *at == '2';
	at = strchr(at + h->v2 + 1, ' ');
	if (!at)
		return false;
	options = at + 1;
	name_of(h->v2 ? "" : options, h->name, sizeof(h->name));
	h->ctls = ctl_bits(h->name, ",");
	return (h->v2 || h->name[0]) &&
	       take_field(h->root, sizeof(h->root), field[3], (size_t)(end[3] - field[3])) &&
	       take_field(h->mount, sizeof(h->mount), field[4], (size_t)(end[4] - field[4]));
}

static void take(const struct cgroup_hier *h)
{
	for (int i = 0; i < found.n; i++)
		if (found.all[i].v2 == h->v2 && !strcmp(found.all[i].name, h->name)) {
			if (strlen(h->root) < strlen(found.all[i].root))
				found.all[i] = *h;
			return;
		}
	if (found.n < CGROUP_MAX)
		found.all[found.n++] = *h;
}

/* Where a v2 hierarchy stands among v1 ones without controllers it only tracks processes; unless
 * v1 has no device controller either, because device programs can still be attached to v2. */
static void sort_out(void)
{
	unsigned ctls = 0;
	int v1 = 0, v2 = -1;

	for (int i = 0; i < found.n; i++) {
		if (found.all[i].v2)
			v2 = i;
		else
			v1++;
		ctls |= found.all[i].ctls;
	}
	if (v2 >= 0)
		found.all[v2].ctls = v2_controllers(found.all[v2].mount);
	found.mode = v2 < 0 ? (v1 ? CGROUP_V1 : CGROUP_NONE) : (v1 ? CGROUP_HYBRID : CGROUP_V2);
	if (found.mode == CGROUP_HYBRID && !found.all[v2].ctls && (ctls >> CGROUP_DEVICES & 1)) {
		found.tracker = found.all[v2];
		found.all[v2] = found.all[--found.n];
	}
}

bool cgroup_hier_pure_v2(void)
{
	struct statfs fs;

	return statfs(BASE, &fs) == 0 && fs.f_type == CGROUP2_SUPER_MAGIC;
}

/* The top of a hierarchy: a group below one has another number. */
static bool is_top(const char *path, bool v2)
{
	struct statfs fs;
	struct stat st;

	return !statfs(path, &fs) && !stat(path, &st) && st.st_ino == 1 &&
	       fs.f_type == (v2 ? CGROUP2_SUPER_MAGIC : CGROUP_SUPER_MAGIC);
}

/* One line of /proc/self/cgroup: "4:cpu,cpuacct:/a", "1:name=systemd:/", "0::/". */
static bool usual_line(const char *line)
{
	struct cgroup_hier h = {.root = "/"};
	const char *name = strchr(line, ':'), *end = name ? strchr(name + 1, ':') : NULL;

	if (!end || !take_field(h.name, sizeof(h.name), name + 1, (size_t)(end - name - 1)))
		return false;
	h.v2 = !h.name[0];
	name = !strncmp(h.name, "name=", 5) ? h.name + 5 : h.name;
	snprintf(h.mount, sizeof(h.mount), BASE "/%s", h.v2 ? "unified" : name);
	h.ctls = ctl_bits(h.name, ",");
	if (is_top(h.mount, h.v2) && found.n < CGROUP_MAX)
		found.all[found.n++] = h;
	else if (!h.v2) /* that one need not be mounted */
		return false;
	return true;
}

/* Whether all are where everybody has them. */
static bool usual(void)
{
	AUTO_BUF b = BUF_INIT;
	struct err ignored;
	char *save = NULL;

	if (file_read(AT_FDCWD, "/proc/self/cgroup", MOUNTINFO_MAX, &b, &ignored) < 0)
		return false;
	for (char *line = strtok_r(b.data, "\n", &save); line; line = strtok_r(NULL, "\n", &save))
		if (!usual_line(line))
			return false;
	return found.n > 0;
}

static void probe(void)
{
	AUTO_BUF b = BUF_INIT;
	struct err ignored;
	char *save = NULL;

	found.looked = true;
	found.n = 0;
	if (cgroup_hier_pure_v2())
		found.all[found.n++] = (struct cgroup_hier){.mount = BASE, .root = "/", .v2 = true};
	if (found.n || usual()) {
		sort_out();
		return;
	}
	found.n = 0;
	if (file_read(AT_FDCWD, "/proc/self/mountinfo", MOUNTINFO_MAX, &b, &ignored) < 0)
		return;
	for (char *line = strtok_r(b.data, "\n", &save); line; line = strtok_r(NULL, "\n", &save)) {
		struct cgroup_hier h = {0};

		if (parse_line(line, &h))
			take(&h);
	}
	sort_out();
}

const struct cgroup_hier *cgroup_hier_all(int *ret_n, enum cgroup_mode *ret_mode)
{
	if (!found.looked)
		probe();
	if (ret_mode)
		*ret_mode = found.mode;
	*ret_n = found.n;
	return found.all;
}

const struct cgroup_hier *cgroup_hier_tracker(void)
{
	if (!found.looked)
		probe();
	return found.tracker.mount[0] ? &found.tracker : NULL;
}

void cgroup_hier_forget(void)
{
	found.looked = false;
	found.tracker.mount[0] = 0;
}

const struct cgroup_hier *cgroup_hier_of(enum cgroup_ctl c)
{
	int n;
	const struct cgroup_hier *h = cgroup_hier_all(&n, NULL);

	for (int i = 0; i < n; i++)
		if (h[i].ctls >> c & 1)
			return &h[i];
	return NULL;
}

static bool full_path(char *to, const struct cgroup_hier *h, const char *path, const char *file)
{
	int n = snprintf(to, PATH_MAX, "%s%s%s%s", h->mount, path, *file ? "/" : "", file);

	if (n < PATH_MAX)
		return true;
	errno = ENAMETOOLONG;
	return false;
}

int cgroup_hier_open(const struct cgroup_hier *h, const char *path, const char *file, int flags)
{
	char full[PATH_MAX];

	return full_path(full, h, path, file) ? openat(AT_FDCWD, full, flags | O_CLOEXEC) : -1;
}

int cgroup_hier_write(const struct cgroup_hier *h, const char *path, const char *file,
		      const char *value)
{
	int fd = cgroup_hier_open(h, path, file, O_WRONLY), saved;
	ssize_t n;

	if (fd < 0)
		return -1;
	n = write(fd, value, strlen(value));
	saved = errno;
	close(fd);
	errno = saved;
	return n < 0 ? -1 : 0;
}

int cgroup_hier_read(const struct cgroup_hier *h, const char *path, const char *file, char *ret,
		     size_t size)
{
	int fd = cgroup_hier_open(h, path, file, O_RDONLY), saved;
	ssize_t n;

	if (fd < 0)
		return -1;
	n = read(fd, ret, size - 1);
	saved = errno;
	close(fd);
	errno = saved;
	if (n < 0)
		return -1;
	ret[n] = 0;
	return (int)n;
}

/* A v1 cpuset group without cpus or mems cannot hold processes. */
static void cpuset_inherit(const struct cgroup_hier *h, const char *parent, const char *path)
{
	static const char *const files[] = {"cpuset.cpus", "cpuset.mems"};
	char text[1024];

	for (int i = 0; i < 2; i++)
		if (cgroup_hier_read(h, path, files[i], text, sizeof(text)) <= 1 &&
		    cgroup_hier_read(h, parent, files[i], text, sizeof(text)) > 1)
			cgroup_hier_write(h, path, files[i], text);
	cgroup_hier_write(h, path, "cgroup.clone_children", "1");
}

/* One by one where all at once fails: a controller that this process may not have, or that an old
 * kernel lacks, must not cost the others. */
static void enable_at(const struct cgroup_hier *h, const char *path)
{
	static const struct {
		enum cgroup_ctl c;
		const char *text;
	} ctls[] = {{CGROUP_CPU, "+cpu"},
		    {CGROUP_CPUSET, "+cpuset"},
		    {CGROUP_MEMORY, "+memory"},
		    {CGROUP_BLKIO, "+io"},
		    {CGROUP_PIDS, "+pids"}};
	char all[64] = "";
	size_t n = 0;

	for (unsigned i = 0; i < sizeof(ctls) / sizeof(*ctls); i++)
		if (h->ctls >> ctls[i].c & 1)
			n += (size_t)snprintf(all + n, sizeof(all) - n, "%s%s", n ? " " : "",
					      ctls[i].text);
	if (!n || cgroup_hier_write(h, path, "cgroup.subtree_control", all) == 0)
		return;
	for (unsigned i = 0; i < sizeof(ctls) / sizeof(*ctls); i++)
		if (h->ctls >> ctls[i].c & 1)
			cgroup_hier_write(h, path, "cgroup.subtree_control", ctls[i].text);
}

void cgroup_hier_enable(const struct cgroup_hier *h, const char *path)
{
	char part[sizeof(((struct cgroup *)NULL)->path)];

	if (!h->v2)
		return;
	for (size_t i = 0; path[i]; i++)
		if (path[i] == '/') {
			snprintf(part, sizeof(part), "%.*s", (int)i, path);
			enable_at(h, part);
		}
}

void cgroup_hier_fill(const char *path)
{
	char part[sizeof(((struct cgroup *)NULL)->path)] = "", parent[sizeof(part)] = "";
	const struct cgroup_hier *h = cgroup_hier_of(CGROUP_CPUSET);

	if (!h || h->v2)
		return;
	for (size_t i = 1; i <= strlen(path); i++) {
		if (path[i] && path[i] != '/')
			continue;
		snprintf(part, sizeof(part), "%.*s", (int)i, path);
		cpuset_inherit(h, parent, part);
		memcpy(parent, part, sizeof(parent));
	}
}

/* Makes the groups above path's last component. */
static void make_parents(const struct cgroup_hier *h, const char *path)
{
	char part[sizeof(((struct cgroup *)NULL)->path)] = "", parent[sizeof(part)] = "",
					 full[PATH_MAX];

	for (size_t i = 1; path[i]; i++) {
		if (path[i] != '/')
			continue;
		snprintf(part, sizeof(part), "%.*s", (int)i, path);
		if (full_path(full, h, part, "") && mkdir(full, 0755) == 0 &&
		    (h->ctls >> CGROUP_CPUSET & 1) && !h->v2)
			cpuset_inherit(h, parent, part);
		memcpy(parent, part, sizeof(parent));
	}
	cgroup_hier_enable(h, path);
}

/* Groups below /proa have their parent's cpus by clone_children; others' parents may not. */
static bool has_cpus(const char *path)
{
	return !strncmp(path, "/proa/", 6);
}

static void inherit_foreign(const struct cgroup_hier *h, const char *path)
{
	char parent[sizeof(((struct cgroup *)NULL)->path)];
	const char *slash = strrchr(path, '/');

	if (h->v2 || !(h->ctls >> CGROUP_CPUSET & 1) || has_cpus(path))
		return;
	snprintf(parent, sizeof(parent), "%.*s", (int)(slash - path), path);
	cpuset_inherit(h, parent, path);
}

int cgroup_hier_make(const struct cgroup_hier *h, const char *path, bool *ret_usable, struct err *e)
{
	char full[PATH_MAX];
	int r;

	if (!full_path(full, h, path, ""))
		return err_sys(e, "make control group %s", path);
	r = mkdir(full, 0755);
	if (r < 0 && errno == ENOENT) {
		make_parents(h, path);
		r = mkdir(full, 0755);
	}
	*ret_usable = true;
	if (r == 0) {
		inherit_foreign(h, path);
		return 0;
	}
	if (errno == EEXIST)
		return 0;
	if (errno != EROFS && errno != EACCES && errno != EPERM && errno != ENOENT)
		return err_sys(e, "make control group %s", full);
	*ret_usable = false;
	return 0;
}
