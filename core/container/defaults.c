/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Docker's defaults as tables. tests/unit/defaults.c holds them against the JSON files of
 * tests/data/defaults.
 *
 * Paths that a machine lacks stay in the lists: whoever mounts skips what is not there. Only the
 * thermal_throttle folders are looked for here, since their number is the machine's.
 */
#include "container/defaults.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>

#define DEV_MAX 4096 /* nodes of a privileged container */
#define NOTHING (MS_NOSUID | MS_NOEXEC | MS_NODEV)

void defaults_mounts(struct arena *a, const struct defaults_mounts *o, struct spec *s)
{
	unsigned long sys_ro = o->privileged ? 0 : MS_RDONLY;
	long long shm = o->shm_size ? o->shm_size : DEFAULTS_SHM_SIZE;
	const struct spec_mount all[] = {
		{.type = "proc", .source = "proc", .dest = "/proc", .flags = NOTHING},
		{.type = "tmpfs",
		 .source = "tmpfs",
		 .dest = "/dev",
		 .flags = MS_NOSUID | MS_STRICTATIME,
		 .data = "mode=755,size=65536k"},
		{.type = "devpts",
		 .source = "devpts",
		 .dest = "/dev/pts",
		 .flags = MS_NOSUID | MS_NOEXEC,
		 .data = "newinstance,ptmxmode=0666,mode=0620,gid=5"},
		{.type = "sysfs", .source = "sysfs", .dest = "/sys", .flags = NOTHING | sys_ro},
		{.type = "cgroup",
		 .source = "cgroup",
		 .dest = "/sys/fs/cgroup",
		 .flags = NOTHING | sys_ro},
		{.type = "mqueue", .source = "mqueue", .dest = "/dev/mqueue", .flags = NOTHING},
		{.type = "tmpfs",
		 .source = "shm",
		 .dest = "/dev/shm",
		 .flags = NOTHING,
		 .data = arena_printf(a, "mode=1777,size=%lld", shm)},
	};
	const size_t n = sizeof(all) / sizeof(*all);

	s->mounts = arena_array(a, n, sizeof(*all));
	s->nmounts = 0;
	for (size_t i = 0; i < n; i++) {
		if (o->no_shm && !strcmp(all[i].dest, "/dev/shm"))
			continue;
		s->mounts[s->nmounts] = all[i];
		s->nmounts++;
	}
}

static const struct spec_device nodes[] = {
	{"/dev/null", 'c', 1, 3, 0666, 0, 0},	 {"/dev/zero", 'c', 1, 5, 0666, 0, 0},
	{"/dev/full", 'c', 1, 7, 0666, 0, 0},	 {"/dev/random", 'c', 1, 8, 0666, 0, 0},
	{"/dev/urandom", 'c', 1, 9, 0666, 0, 0}, {"/dev/tty", 'c', 5, 0, 0666, 0, 0},
};
#define NNODES (sizeof(nodes) / sizeof(*nodes))

static bool has_device(const struct spec *s, const char *path)
{
	for (size_t i = 0; i < s->ndevices; i++)
		if (!strcmp(s->devices[i].path, path))
			return true;
	return false;
}

/* What Docker leaves out below /dev. */
static bool dev_skipped(const char *name)
{
	static const char *const skip[] = {"pts",  "shm",	  "fd",	  "mqueue",
					   ".lxc", ".lxd-mounts", ".udev"};

	for (size_t i = 0; i < sizeof(skip) / sizeof(*skip); i++)
		if (!strcmp(name, skip[i]))
			return true;
	return name[0] == '.' && (!name[1] || (name[1] == '.' && !name[2]));
}

/* One directory: nodes go to the spec, directories to the list of those still to be read. */
static int host_dir(struct arena *a, const char *path, struct strs *dirs, struct spec *s,
		    struct err *e)
{
	DIR *d = opendir(path);
	struct dirent *n;
	struct stat st;

	if (!d)
		return errno == ENOENT ? 0 : err_sys(e, "read %s", path);
	while ((n = readdir(d))) {
		char *full;

		if (dev_skipped(n->d_name) || !strcmp(n->d_name, "console") ||
		    fstatat(dirfd(d), n->d_name, &st, AT_SYMLINK_NOFOLLOW) < 0)
			continue;
		full = arena_printf(a, "%s/%s", path, n->d_name);
		if (!strcmp(full, "/dev/ptmx")) /* the container's own is a link into its devpts */
			continue;
		if (S_ISDIR(st.st_mode))
			strs_add(a, dirs, full);
		if ((!S_ISCHR(st.st_mode) && !S_ISBLK(st.st_mode)) || s->ndevices == DEV_MAX ||
		    has_device(s, full))
			continue;
		s->devices[s->ndevices++] = (struct spec_device){full,
								 S_ISCHR(st.st_mode) ? 'c' : 'b',
								 major(st.st_rdev),
								 minor(st.st_rdev),
								 st.st_mode & 07777,
								 st.st_uid,
								 st.st_gid};
	}
	closedir(d);
	return 0;
}

int defaults_devices(struct arena *a, bool privileged, struct spec *s, struct err *e)
{
	struct strs dirs = {0};

	s->devices = arena_array(a, privileged ? DEV_MAX : NNODES, sizeof(*s->devices));
	memcpy(s->devices, nodes, sizeof(nodes));
	s->ndevices = NNODES;
	s->privileged_dev = privileged;
	if (!privileged)
		return 0;
	strs_add(a, &dirs, arena_strdup(a, "/dev"));
	for (size_t i = 0; i < dirs.n && i < DEV_MAX; i++)
		if (host_dir(a, dirs.v[i], &dirs, s, e) < 0)
			return -1;
	return 0;
}

void defaults_rule_add(struct arena *a, struct spec *s, const struct spec_device_rule *r)
{
	struct spec_device_rule *v = arena_array(a, s->nrules + 1, sizeof(*v));

	if (s->nrules)
		memcpy(v, s->rules, s->nrules * sizeof(*v));
	v[s->nrules++] = *r;
	s->rules = v;
}

void defaults_rules(struct arena *a, bool privileged, struct spec *s)
{
	static const struct spec_device_rule all = {true, 'a', -1, -1, "rwm"};
	static const struct spec_device_rule rules[] = {
		{false, 'a', -1, -1, "rwm"},  {true, 'c', -1, -1, "m"}, /* a node may be made, never
									   opened */
		{true, 'b', -1, -1, "m"},     {true, 'c', 1, 3, "rwm"}, {true, 'c', 1, 5, "rwm"},
		{true, 'c', 1, 7, "rwm"},     {true, 'c', 1, 8, "rwm"}, {true, 'c', 1, 9, "rwm"},
		{true, 'c', 5, 0, "rwm"},     {true, 'c', 5, 1, "rwm"}, /* console */
		{true, 'c', 5, 2, "rwm"},				/* ptmx */
		{true, 'c', 136, -1, "rwm"},				/* pts */
		{true, 'c', 10, 200, "rwm"},  /* net/tun, of which no node is made */
		{false, 'c', 10, 229, "rwm"}, /* fuse */
	};

	s->nrules = privileged ? 1 : sizeof(rules) / sizeof(*rules);
	s->rules = arena_array(a, s->nrules, sizeof(*s->rules));
	memcpy(s->rules, privileged ? &all : rules, s->nrules * sizeof(*s->rules));
}

/* /sys/devices/system/cpu/possible is "0-3" or "0,2-5": the highest number is the last. */
static unsigned possible_cpus(void)
{
	FILE *f = fopen("/sys/devices/system/cpu/possible", "re");
	char line[256] = "", *last;

	if (!f)
		return 0;
	if (!fgets(line, sizeof(line), f))
		line[0] = 0;
	fclose(f);
	last = strpbrk(line, "-,") ? line + strlen(line) : line;
	while (last > line && last[-1] != '-' && last[-1] != ',')
		last--;
	return line[0] ? (unsigned)strtoul(last, NULL, 10) + 1 : 0;
}

void defaults_masks(struct arena *a, bool privileged, struct spec *s)
{
	static const char *const masked[] = {
		"/proc/acpi",
		"/proc/asound",
		"/proc/interrupts",
		"/proc/kcore",
		"/proc/keys",
		"/proc/latency_stats",
		"/proc/sched_debug",
		"/proc/scsi",
		"/proc/timer_list",
		"/proc/timer_stats",
		"/sys/devices/virtual/powercap",
		"/sys/firmware",
	};
	static const char *const readonly[] = {
		"/proc/bus", "/proc/fs", "/proc/irq", "/proc/sys", "/proc/sysrq-trigger",
	};
	unsigned cpus;
	char *path;

	s->masked = s->readonly_paths = (struct strs){0};
	if (privileged)
		return;
	for (size_t i = 0; i < sizeof(masked) / sizeof(*masked); i++)
		strs_add(a, &s->masked, arena_strdup(a, masked[i]));
	for (size_t i = 0; i < sizeof(readonly) / sizeof(*readonly); i++)
		strs_add(a, &s->readonly_paths, arena_strdup(a, readonly[i]));
	/* all have one, or none */
	if (access("/sys/devices/system/cpu/cpu0/thermal_throttle", F_OK))
		return;
	cpus = possible_cpus();
	for (unsigned i = 0; i < cpus && i < 8192; i++) {
		path = arena_printf(a, "/sys/devices/system/cpu/cpu%u/thermal_throttle", i);
		if (access(path, F_OK) == 0)
			strs_add(a, &s->masked, path);
	}
}

void defaults_sysctls(struct arena *a, struct spec *s)
{
	strs_add(a, &s->sysctls, arena_strdup(a, "net.ipv4.ip_unprivileged_port_start=0"));
	if (!s->userns) /* not all of these groups are in there */
		strs_add(a, &s->sysctls, arena_strdup(a, "net.ipv4.ping_group_range=0 2147483647"));
}
