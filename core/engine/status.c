/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The record is read before the lock is looked at: a shim writes the end before it lets the lock
 * go, so a record that still says "running" after the lock was seen free is that of a shim that was
 * killed, unless another one has come meanwhile; then everything is looked at again.
 *
 * What a killed shim left is put in order by containers_settle, which has the lock. Until then the
 * same answer is given here: 137, or 255 where it was the machine that went down.
 */
#include "engine/status.h"
#include "base/file.h"
#include "base/stamp.h"
#include "container/cgroup.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>

#define LOOKS 5

/* 1: held; 0: free, or it was never taken; -1: no such container. */
static int lock_held(struct engine *en, const char *id)
{
	char path[80];
	AUTO_FD int fd = -1;

	snprintf(path, sizeof(path), "%s/lock", id);
	fd = openat(en->containers, path, O_RDONLY | O_NOFOLLOW | O_CLOEXEC);
	if (fd >= 0)
		return file_locked(fd, F_WRLCK) == 1;
	return faccessat(en->containers, id, F_OK, AT_SYMLINK_NOFOLLOW) ? -1 : 0;
}

void status_lost(struct home_state *s)
{
	if (!s->restarting) {
		s->exit_code = strcmp(s->boot, home_boot()) ? 255 : 137;
		s->finished = stamp_now();
	}
	s->running = s->restarting = false;
	s->pid = s->shim = 0;
}

static enum status_kind of_ended(const struct home_state *s)
{
	return s->started || s->finished ? STATUS_EXITED : STATUS_CREATED;
}

static enum status_kind of_running(struct engine *en, struct arena *a,
				   const struct containers_one *c, const struct home_state *s)
{
	if (s->restarting)
		return STATUS_RESTARTING;
	return cgroup_frozen(containers_cgroup(en, a, &c->req, c->id)) ? STATUS_PAUSED
								       : STATUS_RUNNING;
}

int status_of(struct engine *en, struct arena *a, const struct containers_one *c,
	      struct status *ret, struct err *e)
{
	struct home h = containers_home(en);
	int64_t started = -1;
	struct status s;

	for (int i = 0; i < LOOKS; i++) {
		int held;

		if (home_read_state(&h, c->id, &s.state, e))
			return -1;
		held = lock_held(en, c->id);
		if (held < 0)
			return err_set(e, ERR_NOTFOUND, "No such container: %s", c->id);
		if (held || !s.state.running || s.state.started == started)
			break;
		started = s.state.started; /* the same once more, and it is so */
		if (strcmp(s.state.boot, home_boot()))
			break;
	}
	if (s.state.running && s.state.started == started)
		status_lost(&s.state);
	s.kind = s.state.running ? of_running(en, a, c, &s.state) : of_ended(&s.state);
	*ret = s;
	return 0;
}

const char *status_word(enum status_kind kind)
{
	static const char *const words[] = {
		[STATUS_CREATED] = "created",	[STATUS_RUNNING] = "running",
		[STATUS_PAUSED] = "paused",	[STATUS_RESTARTING] = "restarting",
		[STATUS_REMOVING] = "removing", [STATUS_EXITED] = "exited",
		[STATUS_DEAD] = "dead",
	};

	return words[kind];
}
