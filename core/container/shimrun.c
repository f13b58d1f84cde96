/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The network namespace is made by the shim for itself and inherited by the container, so it
 * outlives the container's last process and nobody waits for its teardown; for the same reason the
 * mount namespace is held through proc.mntns. The next run gets a new one: the shim enters it, and
 * nobody is left in the last.
 *
 * mntns is closed before the group is looked at and before the next run, or the overlay's work
 * directory would still be busy.
 */
#include "container/shimrun.h"
#include "base/mem.h"
#include "container/join.h"
#include "container/runtime.h"
#include "container/shimns.h"
#include "container/userns.h"

#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>

#define NO_PROC ((struct spawn_proc){0, -1, -1, -1, -1})

void shimrun_init(struct shimrun *r, const struct home *h, struct spec *s, int selfexe,
		  const struct shimnet *net, int host, int epoll)
{
	*r = (struct shimrun){.home = h, .spec = s, .selfexe = selfexe, .network = host >= 0};
	r->net = net;
	r->host = host;
	r->epoll = epoll;
	/* one of ours would not belong to the container's user namespace */
	r->own_network = s->ns[SPEC_NS_NET] == SPEC_NS_OWN && !s->userns;
	r->range = -1;
	r->cg.v2dir = -1;
	r->proc = NO_PROC;
}

/* Where none can be had spawn_make says why. */
static void take_network(struct shimrun *r)
{
	AUTO_FD int kept = -1;

	if (!r->own_network)
		return;
	if (!r->network) {
		if (r->spec->network)
			kept = r->net->take(r->spec, r->home);
		r->network = !shimns_network(&r->host, kept);
	}
	r->spec->ns[SPEC_NS_NET] = r->network ? SPEC_NS_HOST : SPEC_NS_OWN;
}

static int make_groups(struct shimrun *r, struct err *e)
{
	r->prepared = !r->spec->cgroup || !cgroup_setup(r->spec, &r->cg, e);
	return r->prepared ? 0 : -1;
}

int shimrun_prepare(struct shimrun *r, struct err *e)
{
	if (r->prepared)
		return 0;
	if (make_groups(r, e))
		return -1;
	take_network(r);
	return 0;
}

/* "auto": for all runs. */
static int take_range(struct shimrun *r, struct err *e)
{
	if (strcmp(r->spec->userns, "auto") || r->spec->userns_dir > 0 || r->range >= 0)
		return 0;
	r->range = userns_claim(r->home->exec, r->spec->id, r->map, e);
	r->spec->uid_map = r->spec->gid_map = r->map;
	return r->range < 0 ? -1 : 0;
}

/* Process and groups at the same time. */
static int spawn_apart(struct shimrun *r, const struct spawn_io *io, struct err *e)
{
	take_network(r);
	if (spawn_make(r->spec, NULL, io, r->selfexe, &r->proc, e))
		return -1;
	if (make_groups(r, e)) {
		spawn_drop(&r->proc);
		return -1;
	}
	spawn_group(&r->proc, &r->cg);
	return 0;
}

static int spawn(struct shimrun *r, const struct spawn_io *io, struct err *e)
{
	if (!r->prepared && r->spec->cgroup && cgroup_later(r->spec))
		return spawn_apart(r, io, e);
	if (shimrun_prepare(r, e))
		return -1;
	return spawn_make(r->spec, r->spec->cgroup ? &r->cg : NULL, io, r->selfexe, &r->proc, e);
}

/* Where the namespace is not ours it is the first process's: made inside its user namespace. */
static int enter_network(struct shimrun *r, struct err *e)
{
	char path[40];
	AUTO_FD int fd = -1;

	if (r->own_network && r->network)
		return 0;
	if (r->host < 0)
		r->host = openat(AT_FDCWD, "/proc/self/ns/net", O_RDONLY | O_CLOEXEC);
	snprintf(path, sizeof(path), "/proc/%d/ns/net", (int)r->proc.pid);
	fd = openat(AT_FDCWD, path, O_RDONLY | O_CLOEXEC);
	if (r->host < 0 || fd < 0 || setns(fd, CLONE_NEWNET))
		return err_sys(e, "enter the container's network namespace");
	return 0;
}

/* While its first process is busy with the mounts. */
static int network_up(struct shimrun *r, struct err *e)
{
	if (!r->spec->network)
		return 0;
	if (enter_network(r, e) || r->net->up(r->spec, r->home, r->host, r->epoll, e))
		return -1;
	r->up = true;
	return 0;
}

int shimrun_make(struct shimrun *r, const struct spawn_io *io, struct err *e)
{
	if (r->made)
		return 0;
	if (join_open(r->home, r->spec, e))
		return -1;
	if (r->spec->userns && take_range(r, e)) {
		join_close(r->spec);
		return -1;
	}
	if (!r->spec->runtime)
		r->made = !spawn(r, io, e);
	else
		r->made = !shimrun_prepare(r, e) &&
			  !runtime_create(r->home, r->spec, r->own_network, io, &r->proc, e);
	join_close(r->spec);
	if (r->made && network_up(r, e)) {
		spawn_drop(&r->proc);
		if (r->spec->runtime)
			runtime_delete(r->home, r->spec);
		r->made = false;
	}
	return r->made ? 0 : -1;
}

int shimrun_go(struct shimrun *r, const struct spawn_io *io, struct err *e)
{
	if (shimrun_make(r, io, e))
		return -1;
	r->made = false;
	r->network = false;
	if (r->spec->runtime)
		return runtime_start(r->home, r->spec, &r->proc, e);
	if (spawn_go(&r->proc, e))
		return -1;
	fd_autoclose(&r->proc.pidfd);
	return 0;
}

int shimrun_signal(const struct shimrun *r, int sig, bool thaw, struct err *e)
{
	struct err why;

	if (kill(r->proc.pid, sig))
		return err_sys(e, "send signal %d", sig);
	if ((thaw || sig == SIGKILL) && r->spec->cgroup && cgroup_frozen(r->spec->cgroup))
		cgroup_thaw(r->spec->cgroup, &why);
	return 0;
}

/* Nobody else pays for the look. */
static bool out_of_memory(const struct shimrun *r, int exit_code)
{
	uint64_t kills;

	if (!r->spec->cgroup || (r->spec->res.memory <= 0 && exit_code != 128 + SIGKILL))
		return false;
	return !cgroup_oom_kills(r->spec->cgroup, &kills) && kills;
}

bool shimrun_ended(struct shimrun *r, int flags, int *ret_code)
{
	siginfo_t si = {.si_pid = 0};

	while (waitid(P_PID, (id_t)r->proc.pid, &si, WEXITED | flags) < 0 && errno == EINTR)
		;
	if (!si.si_pid)
		return false;
	*ret_code = si.si_code == CLD_EXITED ? si.si_status : 128 + si.si_status;
	if (r->spec->runtime) { /* which removes the group */
		r->oom = out_of_memory(r, *ret_code);
		runtime_delete(r->home, r->spec);
	}
	return true;
}

bool shimrun_oom(const struct shimrun *r, int exit_code)
{
	return r->spec->runtime ? r->oom : out_of_memory(r, exit_code);
}

void shimrun_withdraw(const struct shimrun *r)
{
	if (r->up)
		r->net->withdraw();
}

int shimrun_clear(struct shimrun *r, struct err *e)
{
	bool prepared = r->prepared;

	if (r->made)
		spawn_drop(&r->proc);
	if (r->up)
		r->net->down();
	r->up = false;
	fd_autoclose(&r->proc.pidfd);
	fd_autoclose(&r->proc.mntns);
	r->proc = NO_PROC;
	cgroup_close(&r->cg);
	r->prepared = r->made = false;
	return prepared && r->spec->cgroup ? cgroup_teardown(r->spec->cgroup, e) : 0;
}
