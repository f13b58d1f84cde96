/* SPDX-License-Identifier: Apache-2.0 */
/*
 * v2: cgroup.freeze is what is wanted (5.2), "frozen" in cgroup.events what is; the file wakes who
 * polls it when that changes. v1: freezer.state takes the wish and shows the state, without a way
 * to wait: it is read in a loop. There a group can stay FREEZING for good while one of its
 * processes sits in a state that cannot be frozen and waits for another one that is frozen already
 * (vfork, a FUSE server); letting everybody go on for a moment undoes that, as the kernel's text
 * recommends.
 */
#include "container/cgroup_freezer.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "base/mem.h"
#include "container/cgroup_hier.h"

#define WAIT_MS 10000
#define AGAIN 50 /* rounds of v1 after which everybody may go on for a moment */

static const struct cgroup_hier *freezer(void)
{
	const struct cgroup_hier *h = cgroup_hier_of(CGROUP_FREEZER), *all;
	int n;

	if (h)
		return h;
	all = cgroup_hier_all(&n, NULL);
	for (int i = 0; i < n; i++)
		if (all[i].v2)
			return &all[i];
	return NULL;
}

static long long now_ms(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (long long)t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

/* 1: it is as wanted; 0: time is over; -1 with errno. */
static int wait_v2(const struct cgroup_hier *h, const char *path, bool frozen)
{
	AUTO_FD int fd = cgroup_hier_open(h, path, "cgroup.events", O_RDONLY);
	const char *want = frozen ? "frozen 1" : "frozen 0";
	long long end = now_ms() + WAIT_MS, left;
	struct pollfd p = {fd, POLLPRI, 0};
	char text[256];

	if (fd < 0)
		return -1;
	while ((left = end - now_ms()) > 0) {
		ssize_t n = pread(fd, text, sizeof(text) - 1, 0);

		if (n < 0)
			return -1;
		text[n] = 0;
		if (strstr(text, want))
			return 1;
		poll(&p, 1, (int)left);
	}
	return 0;
}

static int set_v2(const struct cgroup_hier *h, const char *path, bool frozen)
{
	if (cgroup_hier_write(h, path, "cgroup.freeze", frozen ? "1" : "0") < 0)
		return -1;
	return wait_v2(h, path, frozen);
}

static int set_v1(const struct cgroup_hier *h, const char *path, bool frozen)
{
	const char *want = frozen ? "FROZEN" : "THAWED";
	const struct timespec ms = {0, 1000000};
	long long end = now_ms() + WAIT_MS;
	char text[32];

	for (int round = 1; now_ms() < end; round++) {
		if (frozen && round % AGAIN == 0)
			cgroup_hier_write(h, path, "freezer.state", "THAWED");
		if (cgroup_hier_write(h, path, "freezer.state", want) < 0 ||
		    cgroup_hier_read(h, path, "freezer.state", text, sizeof(text)) < 0)
			return -1;
		if (!strncmp(text, want, 6))
			return 1;
		nanosleep(&ms, NULL);
	}
	return 0;
}

int cgroup_freezer_set(const char *path, bool frozen, struct err *e)
{
	const struct cgroup_hier *h = freezer();
	int rc;

	if (!h)
		return err_set(e, ERR_UNSUPPORTED,
			       "this machine has no control groups that can freeze processes");
	rc = h->v2 ? set_v2(h, path, frozen) : set_v1(h, path, frozen);
	if (rc == 1)
		return 0;
	if (rc < 0 && (errno == ENOENT || errno == ENODEV)) {
		AUTO_FD int dir = cgroup_hier_open(h, path, "", O_PATH);

		if (dir >= 0)
			return err_set(e, ERR_UNSUPPORTED,
				       "this kernel's control groups cannot freeze processes");
		return err_set(e, ERR_NOTFOUND, "there is no control group %s", path);
	}
	if (rc < 0)
		return err_sys(e, "%s control group %s", frozen ? "freeze" : "thaw", path);
	if (frozen)
		cgroup_hier_write(h, path, h->v2 ? "cgroup.freeze" : "freezer.state",
				  h->v2 ? "0" : "THAWED");
	return err_set(e, ERR_SYS, "the processes of control group %s %s", path,
		       frozen ? "cannot be frozen: they go on" : "stay frozen");
}

/* At the usual place, without a look around: 1, 0, or -1 where nothing is there. */
static int usual(const char *path)
{
	static const char *const places[][2] = {
		{"/sys/fs/cgroup/freezer", "freezer.self_freezing"},
		{"/sys/fs/cgroup", "cgroup.freeze"},
	};
	char name[600], c;

	for (size_t i = 0; i < sizeof(places) / sizeof(*places); i++) {
		AUTO_FD int fd = -1;

		snprintf(name, sizeof(name), "%s%s/%s", places[i][0], path, places[i][1]);
		fd = openat(AT_FDCWD, name, O_RDONLY | O_CLOEXEC);
		if (fd >= 0 && read(fd, &c, 1) == 1)
			return c == '1';
	}
	return -1;
}

bool cgroup_freezer_is(const char *path)
{
	const struct cgroup_hier *h;
	int there = usual(path);
	char text[32];

	if (there >= 0)
		return there;
	h = freezer();
	if (!h)
		return false;
	if (h->v2)
		return cgroup_hier_read(h, path, "cgroup.freeze", text, sizeof(text)) > 0 &&
		       text[0] == '1';
	/* the group's own wish, if the kernel shows it: an ancestor's is no pause of this one */
	if (cgroup_hier_read(h, path, "freezer.self_freezing", text, sizeof(text)) > 0)
		return text[0] == '1';
	return cgroup_hier_read(h, path, "freezer.state", text, sizeof(text)) > 0 && text[0] == 'F';
}
