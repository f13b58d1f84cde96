/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A container with a writable cgroup mount may have made sub-groups, more deeply nested than a path
 * can say, while we are at it too. So the walk holds one directory descriptor, goes down by name
 * and up by "..", and keeps no list; its number of steps is bounded.
 *
 * Killing: cgroup.kill (5.14) is one write. Before that and on v1 the group is frozen where there
 * is a freezer, so that it cannot fork ahead of us, then every process is signalled and the group
 * thawed. A signal to a number from cgroup.procs hits the right process while the group is frozen;
 * without a freezer the number could be a new process's only if it died and the number went round
 * meanwhile.
 */
#include "container/cgroup_tree.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "base/mem.h"

#define STEPS_MAX 200000
#define WAIT_ROUNDS 10000 /* of a millisecond */

static void nap(void)
{
	struct timespec t = {0, 1000000};

	nanosleep(&t, NULL);
}

struct walk {
	int fd; /* the directory we are in */
	unsigned depth, steps;
	bool removing;
	unsigned seen;	 /* processes */
	struct arena *a; /* not NULL: they are listed, not killed */
	int *pids;
	size_t npids, cap;
};

static void list_pid(struct walk *w, int pid)
{
	if (w->npids == w->cap) {
		size_t cap = w->cap ? 2 * w->cap : 64;
		int *more;

		if (cap > CGROUP_TREE_PIDS)
			return;
		more = arena_array(w->a, cap, sizeof(*more));
		if (w->npids)
			memcpy(more, w->pids, w->npids * sizeof(*more));
		w->pids = more;
		w->cap = cap;
	}
	w->pids[w->npids++] = pid;
}

/* Reads numbers from an open cgroup.procs and kills, or lists, them. */
static void each_listed(struct walk *w, int fd)
{
	char text[4096];
	long pid = 0;
	ssize_t n;

	while ((n = read(fd, text, sizeof(text))) > 0)
		for (ssize_t i = 0; i < n; i++) {
			if (text[i] >= '0' && text[i] <= '9') {
				pid = pid * 10 + (text[i] - '0');
				continue;
			}
			if (pid > 0) { /* 0: in a pid namespace that we do not see */
				w->seen++;
				if (w->a)
					list_pid(w, (int)pid);
				else
					kill((pid_t)pid, SIGKILL);
			}
			pid = 0;
		}
}

static void processes_here(struct walk *w)
{
	int fd = openat(w->fd, "cgroup.procs", O_RDONLY | O_CLOEXEC);

	if (fd >= 0) {
		each_listed(w, fd);
		close(fd);
	}
}

/* Enters the directory fd refers to; takes fd over. */
static void enter(struct walk *w, int fd)
{
	close(w->fd);
	w->fd = fd;
}

/* The next sub-group to enter, or -1: in the order of the directory, after the one with the inode
 * *resume, which we came up from. When removing, each is tried first and entered only if busy, and
 * the one we came from is tried once more. */
static int down(struct walk *w, ino_t *resume)
{
	int dup_fd = openat(w->fd, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC), next = -1;
	DIR *d = dup_fd < 0 ? NULL : fdopendir(dup_fd);
	bool skipping = *resume != 0;
	struct dirent *n;

	if (!d) {
		if (dup_fd >= 0)
			close(dup_fd);
		return -1;
	}
	while (next < 0 && (n = readdir(d))) {
		if (n->d_type != DT_DIR || n->d_name[0] == '.')
			continue;
		if (skipping) {
			skipping = n->d_ino != *resume;
			if (!skipping && w->removing)
				unlinkat(w->fd, n->d_name, AT_REMOVEDIR);
			continue;
		}
		if (w->removing &&
		    (unlinkat(w->fd, n->d_name, AT_REMOVEDIR) == 0 || errno != EBUSY))
			continue;
		next = openat(w->fd, n->d_name, O_RDONLY | O_DIRECTORY | O_CLOEXEC | O_NOFOLLOW);
	}
	closedir(d);
	return next;
}

static ino_t inode(int fd)
{
	struct stat st;

	return fstat(fd, &st) == 0 ? st.st_ino : 0;
}

/* All groups below w->fd, which is the top one. */
static void walk(struct walk *w)
{
	ino_t resume = 0;

	if (!w->removing)
		processes_here(w);
	while (w->steps++ < STEPS_MAX) {
		int next = down(w, &resume);

		if (next >= 0) {
			enter(w, next);
			w->depth++;
			resume = 0;
			if (!w->removing)
				processes_here(w);
			continue;
		}
		if (w->depth == 0)
			return;
		/* nothing (more) below: go up and go on behind the group that we leave */
		resume = inode(w->fd);
		next = openat(w->fd, "..", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
		if (next < 0)
			return;
		w->depth--;
		enter(w, next);
	}
}

static int top(const struct cgroup_hier *h, const char *path)
{
	return cgroup_hier_open(h, path, "", O_RDONLY | O_DIRECTORY | O_NOFOLLOW);
}

/* How many processes were seen and signalled; -1: no such group. */
static int sweep(const struct cgroup_hier *h, const char *path)
{
	struct walk w = {.fd = top(h, path)};

	if (w.fd < 0)
		return -1;
	walk(&w);
	close(w.fd);
	return (int)w.seen;
}

size_t cgroup_tree_pids(const struct cgroup_hier *h, const char *path, struct arena *a,
			int **ret_pids)
{
	struct walk w = {.fd = top(h, path), .a = a};

	if (w.fd < 0)
		return 0;
	walk(&w);
	close(w.fd);
	*ret_pids = w.pids;
	return w.npids;
}

int cgroup_tree_kill(const struct cgroup_hier *h, const char *path, struct err *e)
{
	bool freezer = !h->v2 && (h->ctls >> CGROUP_FREEZER & 1);

	if (h->v2 && cgroup_hier_write(h, path, "cgroup.kill", "1") == 0)
		return 0;
	for (int round = 0; round < WAIT_ROUNDS; round++) {
		int seen;

		if (freezer)
			cgroup_hier_write(h, path, "freezer.state", "FROZEN");
		seen = sweep(h, path);
		if (freezer)
			cgroup_hier_write(h, path, "freezer.state", "THAWED");
		if (seen <= 0)
			return 0;
		nap();
	}
	return err_set(e, ERR_SYS, "processes in control group %s do not die", path);
}

/* Sleeps until the group may have become empty. */
static void wait_change(const struct cgroup_hier *h, const char *path)
{
	AUTO_FD int fd = h->v2 ? cgroup_hier_open(h, path, "cgroup.events", O_RDONLY) : -1;
	struct pollfd p = {fd, POLLPRI, 0};
	char text[128];
	ssize_t n;

	if (fd >= 0) {
		n = read(fd, text, sizeof(text) - 1);
		text[n < 0 ? 0 : n] = 0;
		if (strstr(text, "populated 1")) {
			poll(&p, 1, 100);
			return;
		}
	}
	nap();
}

int cgroup_tree_rmdir(const struct cgroup_hier *h, const char *path)
{
	char full[PATH_MAX];

	if (snprintf(full, sizeof(full), "%s%s", h->mount, path) >= (int)sizeof(full))
		return 0; /* too long to have been made */
	return rmdir(full) == 0 || errno == ENOENT ? 0 : -1;
}

int cgroup_tree_remove(const struct cgroup_hier *h, const char *path, struct err *e)
{
	struct timespec start, now;

	if (cgroup_tree_rmdir(h, path) == 0)
		return 0;
	clock_gettime(CLOCK_MONOTONIC, &start);
	do {
		struct walk w = {.fd = top(h, path), .removing = true};

		if (w.fd >= 0) {
			walk(&w);
			close(w.fd);
		}
		if (cgroup_tree_rmdir(h, path) == 0)
			return 0;
		if (errno != EBUSY)
			break;
		wait_change(h, path);
		clock_gettime(CLOCK_MONOTONIC, &now);
	} while (now.tv_sec - start.tv_sec < WAIT_ROUNDS / 1000);
	return err_sys(e, "remove control group %s%s", h->mount, path);
}
