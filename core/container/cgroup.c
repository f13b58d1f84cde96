/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The parts put together: hierarchies (cgroup_hier), limits, device rules, removal (cgroup_tree).
 *
 * On v1 a container costs a mkdir, an open and a write per hierarchy; there is no cheaper way, and
 * the files are opened by the parent because the child may not see the host's mounts any more. On
 * v2 the directory is all that clone3 needs. A machine whose groups this process may not change
 * (read-only mount, no rights, a cgroup namespace that was not delegated) is treated like one
 * without any: the container starts, each limit asked for is one warning line.
 */
#include "container/cgroup.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/file.h"
#include "base/log.h"
#include "container/cgroup_devices.h"
#include "container/cgroup_freezer.h"
#include "container/cgroup_hier.h"
#include "container/cgroup_limits.h"
#include "container/cgroup_rt.h"
#include "container/cgroup_tree.h"

#define PROC_CGROUP_MAX (64 << 10)

enum cgroup_mode cgroup_mode(void)
{
	enum cgroup_mode mode;
	int n;

	cgroup_hier_all(&n, &mode);
	return mode;
}

bool cgroup_pure_v2(void)
{
	return cgroup_hier_pure_v2();
}

bool cgroup_devices(void)
{
	return cgroup_devices_enforced();
}

bool cgroup_realtime(void)
{
	return cgroup_rt_here();
}

/* Absolute, below the top, without empty or dotted components: it goes into paths. */
static int check_path(const char *path, struct err *e)
{
	size_t n = strlen(path);

	if (path[0] != '/' || n < 2 || n >= sizeof(((struct cgroup *)NULL)->path) ||
	    path[n - 1] == '/' || strstr(path, "//") || strstr(path, "/."))
		return err_set(e, ERR_INVALID, "invalid control group path '%s'", path);
	return 0;
}

/* On v1 the file is "tasks": a single thread that moves itself needs no lock over all threads of
 * the system there, where a write to cgroup.procs waits for an RCU grace period (milliseconds on a
 * busy machine). The child that joins has one thread only. */
static int join_file(const struct cgroup_hier *h, const char *path, struct cgroup *cg,
		     struct err *e)
{
	int fd = cgroup_hier_open(h, path, h->v2 ? "" : "tasks",
				  h->v2 ? O_RDONLY | O_DIRECTORY : O_WRONLY);

	if (fd < 0)
		return err_sys(e, "open control group %s%s", h->mount, path);
	if (h->v2)
		cg->v2dir = fd;
	else
		cg->procs[cg->nprocs++] = fd;
	return 0;
}

/* *ret_usable counts the hierarchies in which the group now exists. */
static int make_all(const char *path, struct cgroup *cg, int *ret_usable, struct err *e)
{
	const struct cgroup_hier *h;
	int n;
	bool usable;

	*ret_usable = 0;
	h = cgroup_hier_all(&n, NULL);
	for (int i = 0; i < n; i++) {
		if (cgroup_hier_make(&h[i], path, &usable, e) < 0)
			return -1;
		if (!usable)
			continue;
		(*ret_usable)++;
		if (join_file(&h[i], path, cg, e) < 0)
			return -1;
	}
	return 0;
}

bool cgroup_later(const struct spec *s)
{
	const struct cgroup_hier *h;
	int n;

	h = cgroup_hier_all(&n, NULL);
	for (int i = 0; i < n; i++)
		if (h[i].v2)
			return false;
	return n && s->ns[SPEC_NS_CGROUP] != SPEC_NS_OWN && !s->userns;
}

int cgroup_setup(const struct spec *s, struct cgroup *ret, struct err *e)
{
	struct cgroup cg = {.v2dir = -1};
	struct err ignored;
	int usable;

	if (check_path(s->cgroup, e) < 0)
		return -1;
	snprintf(cg.path, sizeof(cg.path), "%s", s->cgroup);
	if (make_all(s->cgroup, &cg, &usable, e) < 0)
		goto undo;
	if (!usable)
		log_debug("container", "no control groups that this process may use");
	if (cgroup_limits_apply(s->cgroup, &s->res, false, e) < 0 ||
	    (usable && cgroup_devices_apply(s->cgroup, s->rules, s->nrules, e) < 0))
		goto undo;
	*ret = cg;
	return 0;
undo:
	cgroup_close(&cg);
	cgroup_teardown(s->cgroup, &ignored);
	return -1;
}

bool cgroup_exists(const char *path)
{
	const struct cgroup_hier *h;
	AUTO_FD int fd = -1;
	int n;

	h = cgroup_hier_all(&n, NULL);
	if (!n)
		return true;
	/* the hierarchy that is made last */
	fd = cgroup_hier_open(&h[n - 1], path, "", O_PATH);
	return fd >= 0;
}

int cgroup_update(const char *path, const struct spec_resources *r, struct err *e)
{
	return check_path(path, e) < 0 ? -1 : cgroup_limits_apply(path, r, true, e);
}

static bool join_one(const struct cgroup *cg, int fd)
{
	if (write(fd, "0", 1) == 1)
		return true;
	if (errno != ENOSPC)
		return false;
	cgroup_hier_fill(cg->path);
	return write(fd, "0", 1) == 1;
}

int cgroup_join(const struct cgroup *cg, struct err *e)
{
	for (int i = 0; i < cg->nprocs; i++)
		if (!join_one(cg, cg->procs[i]))
			return err_sys(e, "join the control group %s", cg->path);
	return 0;
}

void cgroup_close(struct cgroup *cg)
{
	while (cg->nprocs > 0)
		close(cg->procs[--cg->nprocs]);
	if (cg->v2dir >= 0)
		close(cg->v2dir);
	cg->v2dir = -1;
}

/* One hierarchy knows all processes: whoever is forked inside stays inside in each of them. */
static const struct cgroup_hier *of_processes(void)
{
	const struct cgroup_hier *h = cgroup_hier_of(CGROUP_FREEZER), *all;
	int n;

	all = cgroup_hier_all(&n, NULL);
	return h || !n ? h : &all[0];
}

int cgroup_pids(const char *path, struct arena *a, int **ret_pids, size_t *ret_n)
{
	const struct cgroup_hier *h = of_processes();
	struct err e;

	if (!h || check_path(path, &e) < 0 || !cgroup_exists(path))
		return -1;
	*ret_n = cgroup_tree_pids(h, path, a, ret_pids);
	return 0;
}

int cgroup_kill(const char *path, struct err *e)
{
	const struct cgroup_hier *h = of_processes();

	if (check_path(path, e) < 0)
		return -1;
	return h ? cgroup_tree_kill(h, path, e) : 0;
}

int cgroup_teardown(const char *path, struct err *e)
{
	const struct cgroup_hier *h;
	int n, busy = 0, failed = 0;

	if (check_path(path, e) < 0)
		return -1;
	h = cgroup_hier_all(&n, NULL);
	/* nearly always nothing is left inside, and a rmdir each is all there is to do */
	for (int i = 0; i < n; i++)
		busy += cgroup_tree_rmdir(&h[i], path) < 0;
	if (!busy)
		return 0;
	if (cgroup_kill(path, e) < 0)
		return -1;
	for (int i = 0; i < n; i++)
		if (cgroup_tree_remove(&h[i], path, e) < 0)
			failed = -1;
	return failed;
}

int cgroup_freeze(const char *path, struct err *e)
{
	return check_path(path, e) < 0 ? -1 : cgroup_freezer_set(path, true, e);
}

int cgroup_thaw(const char *path, struct err *e)
{
	return check_path(path, e) < 0 ? -1 : cgroup_freezer_set(path, false, e);
}

bool cgroup_frozen(const char *path)
{
	struct err e;

	return !check_path(path, &e) && cgroup_freezer_is(path);
}

int cgroup_oom_kills(const char *path, uint64_t *ret_count)
{
	const struct cgroup_hier *h = cgroup_hier_of(CGROUP_MEMORY);
	static const char key[] = "oom_kill ";
	char text[512];
	const char *at = text;
	struct err e;

	if (!h || check_path(path, &e) < 0 ||
	    cgroup_hier_read(h, path, h->v2 ? "memory.events" : "memory.oom_control", text,
			     sizeof(text)) < 0)
		return -1;
	/* at the start of a line: "oom_kill_disable" and "oom_group_kill" are others */
	while (at && strncmp(at, key, sizeof(key) - 1)) {
		at = strchr(at, '\n');
		at += at != NULL;
	}
	if (!at)
		return -1;
	*ret_count = strtoull(at + sizeof(key) - 1, NULL, 10);
	return 0;
}

/* The group of a process in one hierarchy, from the text of /proc/PID/cgroup ("4:memory:/a/b"). */
static bool group_of(const char *text, const struct cgroup_hier *h, char *ret, size_t size)
{
	size_t len = strlen(h->name);

	for (const char *line = text; line && *line; line = strchr(line, '\n')) {
		const char *name, *path;

		line += *line == '\n';
		name = strchr(line, ':');
		path = name ? strchr(name + 1, ':') : NULL;
		if (!path || (size_t)(path - name - 1) != len || strncmp(name + 1, h->name, len))
			continue;
		snprintf(ret, size, "%.*s", (int)strcspn(path + 1, "\n"), path + 1);
		return true;
	}
	return false;
}

/* Nothing is gained by moving out of the top, or to where the process is. */
static bool stays(const char *text, const struct cgroup_hier *h, const char *path)
{
	char have[512], want[512];

	if (!group_of(text, h, have, sizeof(have)))
		return false;
	snprintf(want, sizeof(want), "%s%s", strcmp(h->root, "/") ? h->root : "", path);
	return !strcmp(have, h->root) || !strcmp(have, want);
}

static int move_in(const struct cgroup_hier *h, const char *path, const char *pid, struct err *e)
{
	/* as in join_file */
	const char *file = !h->v2 && !strcmp(pid, "0") ? "tasks" : "cgroup.procs";
	bool usable;

	/* the group exists nearly always */
	if (cgroup_hier_write(h, path, file, pid) == 0)
		return 0;
	if (errno == ENOENT) {
		if (cgroup_hier_make(h, path, &usable, e) < 0)
			return -1;
		if (!usable || cgroup_hier_write(h, path, file, pid) == 0)
			return 0;
	}
	if (errno == ENOSPC) {
		cgroup_hier_fill(path);
		if (cgroup_hier_write(h, path, file, pid) == 0)
			return 0;
	}
	if (errno == EROFS || errno == EACCES || errno == EPERM)
		return 0;
	return err_sys(e, "move to control group %s%s", h->mount, path);
}

int cgroup_move(const char *path, pid_t pid, struct err *e)
{
	const struct cgroup_hier *h, *tracker = cgroup_hier_tracker();
	char name[40], number[24];
	AUTO_BUF b = BUF_INIT;
	int n;

	if (check_path(path, e) < 0)
		return -1;
	h = cgroup_hier_all(&n, NULL);
	if (!n && !tracker)
		return 0;
	snprintf(number, sizeof(number), "%d", (int)pid);
	snprintf(name, sizeof(name), "/proc/%s/cgroup", pid ? number : "self");
	if (file_read(AT_FDCWD, name, PROC_CGROUP_MAX, &b, e) < 0)
		return -1;
	for (int i = 0; i < n; i++)
		if (!stays(b.data, &h[i], path) && move_in(&h[i], path, number, e) < 0)
			return -1;
	if (tracker && !stays(b.data, tracker, path))
		return move_in(tracker, path, number, e);
	return 0;
}

/* Where below the mount point the process is; NULL if it is not in the group or below it. */
static const char *below(const char *members, const struct cgroup_hier *h, const char *path,
			 char *have, size_t size)
{
	size_t root = strcmp(h->root, "/") ? strlen(h->root) : 0, n = strlen(path);

	if (!group_of(members, h, have, size) || strncmp(have, h->root, root) ||
	    strncmp(have + root, path, n) || (have[root + n] && have[root + n] != '/'))
		return NULL;
	return have + root;
}

int cgroup_open(const char *path, const char *members, struct cgroup *ret, struct err *e)
{
	struct cgroup cg = {.v2dir = -1};
	const struct cgroup_hier *h;
	const char *at;
	char have[512];
	int n;

	if (check_path(path, e) < 0)
		return -1;
	snprintf(cg.path, sizeof(cg.path), "%s", path);
	h = cgroup_hier_all(&n, NULL);
	for (int i = 0; i < n; i++) {
		at = below(members, &h[i], path, have, sizeof(have));
		if (join_file(&h[i], at && h[i].v2 ? at : path, &cg, e) < 0) {
			if (errno == ENOENT && !at)
				continue; /* it has none there */
			goto undo;
		}
		if (!at) {
			err_set(e, ERR_CONFLICT, "the process is not in control group %s", path);
			goto undo;
		}
	}
	*ret = cg;
	return 0;
undo:
	cgroup_close(&cg);
	return -1;
}

void cgroup_forget(void)
{
	cgroup_hier_forget();
}

/* The unified hierarchy, controlling or only tracking. */
static const struct cgroup_hier *unified(void)
{
	const struct cgroup_hier *h;
	int n;

	h = cgroup_hier_all(&n, NULL);
	for (int i = 0; i < n; i++)
		if (h[i].v2)
			return &h[i];
	return cgroup_hier_tracker();
}

int cgroup_birth_dir(const char *path)
{
	const struct cgroup_hier *h = unified();
	AUTO_BUF b = BUF_INIT;
	struct err e;
	bool usable;
	int fd;

	if (!h || check_path(path, &e) < 0 ||
	    file_read(AT_FDCWD, "/proc/self/cgroup", PROC_CGROUP_MAX, &b, &e) < 0 ||
	    stays(b.data, h, path))
		return -1;
	fd = cgroup_hier_open(h, path, "", O_RDONLY | O_DIRECTORY);
	if (fd < 0 && !cgroup_hier_make(h, path, &usable, &e) && usable)
		fd = cgroup_hier_open(h, path, "", O_RDONLY | O_DIRECTORY);
	return fd;
}
