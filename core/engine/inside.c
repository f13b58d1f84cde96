/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A container that does not run is read through an overlay of its own upper directory as one more
 * lower: it needs no work directory, so a start at the same moment is none of its business. Two
 * overlays that write to one upper directory would be, so who writes holds the liveness lock, as a
 * shim does. To read one that was never started may need write access too: its volumes' mount
 * points are not there yet.
 *
 * Rejected: joining the container's mount namespace. A descriptor of its root leads through all its
 * mounts just as well, and the mount namespace's own root is the one thing that must not be there.
 */
#include "engine/inside.h"

#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <stdio.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "container/enter.h"
#include "container/rootfs.h"
#include "engine/images.h"
#include "engine/initlayer.h"
#include "engine/runmount.h"
#include "engine/runspec.h"
#include "engine/status.h"
#include "image/confine.h"
#include "wire/conn.h"

#define TRIES 500 /* of 10 ms: it starts or ends this moment */

struct job {
	struct engine *en;
	struct arena *a;
	const struct containers_one *c;
	bool write, bare;
};

/* ---- in the keeper */

static int make_spec(struct job *j, struct spec *s, struct err *e)
{
	const struct containers_one *c = j->c;
	AUTO_FD int dir = openat(j->en->containers, c->id, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	struct runspec_place p = {.mounts = c->mounts,
				  .layers = arena_printf(j->a, "%s/layers", j->en->store.root)};
	struct driver_rootfs r;

	if (dir < 0)
		return err_set(e, ERR_NOTFOUND, "No such container: %s", c->id);
	if (images_rootfs(j->en, j->a, NULL, dir, c->cdir, &r, e) ||
	    initlayer_add(j->en, j->a, &r, e))
		return -1;
	*s = (struct spec){.id = c->id, .dir = r.dir, .rootfs = SPEC_ROOTFS_DIR};
	if (r.base) {
		s->rootfs = SPEC_ROOTFS_OVERLAY;
		s->base = r.base;
		if (!j->write)
			strs_add(j->a, &s->lowers, arena_strdup(j->a, r.upper));
		for (size_t i = 0; i < r.lowers.n; i++)
			strs_add(j->a, &s->lowers, r.lowers.v[i]);
		s->upper = j->write ? r.upper : NULL;
		s->work = j->write ? r.work : NULL;
	}
	return j->bare ? 0 : runmount_view(j->a, &p, s, e);
}

static int view(struct job *j, int *ret, struct err *e)
{
	struct rootfs r = {.root = -1};
	struct spec s;

	if (make_spec(j, &s, e))
		return -1;
	if (unshare(CLONE_NEWNS))
		return err_sys(e, "a mount namespace to look into the container");
	if (rootfs_outside(j->a, &s, &r, e) || rootfs_prepare(j->a, &s, &r, e) ||
	    rootfs_mount(&s, &r, e) || rootfs_mounts(&s, NULL, s.nmounts, &r, e))
		return -1;
	*ret = r.root;
	return 0;
}

static _Noreturn void keep(struct job *j, int sock, pid_t parent)
{
	struct err e = {.kind = ERR_NONE};
	int root = -1;
	char c;

	if (!confine_limits(parent, 4096, &e))
		view(j, &root, &e);
	if (conn_send_fd(sock, &e, sizeof(e), root) || root < 0 || confine_fds(&sock, 1, &e))
		_exit(1);
	while (read(0, &c, 1) < 0 && errno == EINTR)
		;
	_exit(0);
}

/* ---- around it */

void inside_close(struct inside *in)
{
	fd_autoclose(&in->root);
	fd_autoclose(&in->user);
	fd_autoclose(&in->hold);
	while (in->keeper > 0 && waitpid(in->keeper, NULL, 0) < 0 && errno == EINTR)
		;
	in->keeper = 0;
	fd_autoclose(&in->lock);
}

static int start_keeper(struct job *j, struct inside *in, struct err *e)
{
	pid_t self = getpid();
	struct err why;
	int sp[2];
	ssize_t n;

	if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, sp))
		return err_sys(e, "socketpair");
	in->keeper = fork();
	if (!in->keeper) {
		close(sp[0]);
		keep(j, sp[1], self);
	}
	close(sp[1]);
	in->hold = sp[0];
	n = in->keeper < 0 ? -1 : conn_recv_fd(in->hold, &why, sizeof(why), &in->root);
	if (in->keeper < 0)
		return err_sys(e, "fork");
	if (n != (ssize_t)sizeof(why))
		return err_set(e, ERR_SYS, "the process that mounts the container's root died");
	if (in->root >= 0)
		return 0;
	*e = why;
	return -1;
}

static int mounted(struct job *j, struct inside *in, struct err *e)
{
	struct inside again = INSIDE_INIT;

	if (!start_keeper(j, in, e))
		return 0;
	if (j->write || e->sys != EROFS)
		return -1;
	inside_close(in);
	*in = again;
	in->lock = containers_lock(j->en, j->c->id, e);
	j->write = true;
	return in->lock < 0 ? -1 : start_keeper(j, in, e);
}

/* 1: it is there; 0: it changed in this moment, or somebody holds it; -1: *e. */
static int attempt(struct job *j, enum inside_use use, struct inside *in, struct err *e)
{
	const struct containers_one *c = j->c;
	struct spec of = {.id = c->id, .cgroup = containers_cgroup(j->en, j->a, &c->req, c->id)};
	struct status s;

	if (status_of(j->en, j->a, c, &s, e))
		return -1;
	if (use != INSIDE_BARE && (s.kind == STATUS_RUNNING || s.kind == STATUS_PAUSED)) {
		if (enter_root(&of, s.state.pid, s.state.born, &in->root, &in->user, e))
			return e->kind == ERR_CONFLICT ? 0 : -1;
		in->running = true;
		return 1;
	}
	j->write = use == INSIDE_WRITE;
	j->bare = use == INSIDE_BARE;
	if (j->write) {
		in->lock = containers_lock(j->en, c->id, e);
		if (in->lock < 0)
			return e->kind == ERR_CONFLICT ? 0 : -1;
		if (containers_settle(j->en, j->a, c, e))
			return -1;
	}
	if (!mounted(j, in, e))
		return 1;
	return e->kind == ERR_CONFLICT && !j->bare ? 0 : -1;
}

int inside_open(struct engine *en, struct arena *a, const struct containers_one *c,
		enum inside_use use, struct inside *ret, struct err *e)
{
	const struct timespec ms10 = {0, 10000000};
	const struct inside none = INSIDE_INIT;
	struct job j = {.en = en, .a = a, .c = c};

	for (int i = 0; i < TRIES; i++) {
		int rc;

		*ret = none;
		rc = attempt(&j, use, ret, e);
		if (rc > 0)
			return 0;
		inside_close(ret);
		if (rc < 0)
			return -1;
		nanosleep(&ms10, NULL);
	}
	return err_set(e, ERR_CONFLICT,
		       "container %.12s is starting or ending all the time: try again", c->id);
}
