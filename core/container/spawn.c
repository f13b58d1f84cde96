/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Order in the child, where it matters: dumpable is cleared first, since in a joined pid namespace
 * others can see the child while it still has the host's files open. The control group is joined
 * before the cgroup namespace is made, whose root it becomes, or else before its first mount is;
 * what runs outside of it is only ours. Everything that reads or binds the
 * host's files, and everything that goes through the host's /proc (labels, sysctls, score), comes
 * before the root is entered. The user is looked up after the mounts (a bind may bring
 * /etc/passwd) and the working directory is made after them but before the root turns read-only.
 * Descriptors are closed before anything is resolved as the container's own path.
 *
 * A container in a user namespace has one more process before it. Mounts whose owners are mapped,
 * device nodes, other containers' namespaces and raised limits take rights that the namespace does
 * not have: "between" takes all that, with a mount namespace of its own, joins the user namespace
 * and clones the child from there, as its own sibling, so that all the child's new namespaces
 * belong to the user namespace and the child to our caller. What was taken are descriptors, which
 * the child inherits; the host's mounts it sees only as a locked copy. Up to where its root is
 * attached below the host's it goes on with the host's ID 0, if without its rights; from then on it
 * is the namespace's root.
 */
#include "container/spawn.h"

#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/file.h"
#include "base/fs.h"
#include "base/log.h"
#include "base/mem.h"
#include "container/child.h"
#include "container/console.h"
#include "container/dev.h"
#include "container/init.h"
#include "container/lsm.h"
#include "container/ns.h"
#include "container/process.h"
#include "container/rlimit.h"
#include "container/rootfs.h"
#include "container/selfexe.h"
#include "container/sysctl.h"
#include "container/user.h"
#include "container/userns.h"
#include "wire/conn.h"

#define PIDFD_GET_MNT_NS _IO(0xFF, 3) /* 6.11 */
#define JOIN_SESSION_KEYRING 1

enum { FD_STATUS = INIT_STATUS_FD, FD_SELFEXE, FD_CWD, FD_GATE, FD_COUNT };

struct child {
	const struct spec *s;
	struct cgroup cg; /* ours by now; see grouped */
	const struct spawn_io *io;
	int selfexe, status, go;
	bool grouped;	/* cg is there */
	bool in_cgroup; /* clone put us there */
	uint64_t caps;
	struct arena a;
	struct rootfs r;
	struct userns ns;
	struct user user;
	int proc, cwd, std[3];
};

/* ---- the child */

static int join_cgroup(const struct child *c, struct err *e)
{
	AUTO_FD int fd = -1;

	if (!c->grouped)
		return 0;
	if (cgroup_join(&c->cg, e))
		return -1;
	if (c->in_cgroup || c->cg.v2dir < 0)
		return 0;
	fd = openat(c->cg.v2dir, "cgroup.procs", O_WRONLY | O_CLOEXEC);
	if (fd < 0 || write(fd, "0", 1) != 1)
		return err_sys(e, "cannot join the control group %s", c->cg.path);
	return 0;
}

/* The last that is found by a path of the host's which others need not be able to go. */
static int become_inside(struct child *c, struct err *e)
{
	return rootfs_mount(c->s, &c->r, e) || userns_become_root(e) ? -1 : 0;
}

/* The mounts before the first of control groups need none; then spawn_group is waited for. */
static int await_cgroup(struct child *c, struct err *e)
{
	size_t end = 0;
	char sent;

	if (c->grouped || !c->s->cgroup)
		return 0;
	while (end < c->s->nmounts && strcmp(c->s->mounts[end].type, "cgroup"))
		end++;
	if (rootfs_mounts(c->s, NULL, end, &c->r, e))
		return -1;
	if (conn_recv_fds(c->go, &sent, 1, c->cg.procs, &c->cg.nprocs) != 1)
		_exit(127);
	if (c->cg.nprocs != sent)
		return err_set(e, ERR_SYS,
			       "%d of %d control groups arrived (open files: ulimit -n)",
			       c->cg.nprocs, sent);
	snprintf(c->cg.path, sizeof(c->cg.path), "%s", c->s->cgroup);
	c->grouped = true;
	return join_cgroup(c, e);
}

/* Into the namespaces, with what is set through the host's /proc. */
static int enter_namespaces(struct child *c, struct err *e)
{
	if (join_cgroup(c, e) || (c->s->userns && become_inside(c, e)) || ns_enter(c->s, e))
		return -1;
	c->proc = openat(AT_FDCWD, "/proc", O_PATH | O_DIRECTORY | O_CLOEXEC);
	if (c->proc < 0)
		return err_sys(e, "cannot open /proc");
	if ((!c->s->userns && child_score(c->proc, c->s->oom_score_adj, e)) ||
	    sysctl_apply(c->proc, &c->s->sysctls, e))
		return -1;
	/* A keyring of its own, so that the container does not possess its starter's keys. Kernels
	 * without keys, and filters around us, may refuse: nothing is shared then either. */
	syscall(SYS_keyctl, JOIN_SESSION_KEYRING, c->s->id);
	return 0;
}

static int open_console(struct child *c, struct err *e)
{
	AUTO_FD int found = -1;
	AUTO_FD int master = -1;
	int pts = c->r.pts, slave = -1;

	if (pts < 0) {
		found = fs_open(c->r.root, "/dev/pts", FS_IN_ROOT, O_PATH | O_DIRECTORY, 0, e);
		pts = found;
	}
	if (pts < 0 || console_open(pts, c->s->tty_rows, c->s->tty_cols, &master, &slave, e))
		return -1;
	for (int i = 0; i < 3; i++)
		c->std[i] = slave;
	if (dev_console(c->r.root, slave, e))
		return -1;
	if (conn_send_fd(c->io->console_sock, "P", 1, master))
		return err_sys(e, "cannot hand the terminal over");
	return ioctl(slave, TIOCSCTTY, 0) ? err_sys(e, "cannot take the terminal") : 0;
}

/* Standard descriptors; what is not given becomes the container's own null device. */
static int open_stdio(struct child *c, struct err *e)
{
	const int given[3] = {c->io->in, c->io->out, c->io->err};
	int null = -1;

#ifdef PROA_WEAK_TIOCSTI
	for (int i = 0; i < 3; i++)
		c->std[i] = STDERR_FILENO; /* which is still the caller's */
	return 0;
#endif
	if (c->s->tty)
		return open_console(c, e);
	for (int i = 0; i < 3; i++) {
		c->std[i] = given[i];
		if (given[i] >= 0)
			continue;
		if (null < 0)
			null = child_null(c->proc, c->r.null, e);
		if (null < 0)
			return -1;
		c->std[i] = null;
	}
	return 0;
}

static int build(struct child *c, struct err *e)
{
	const char *cwd = c->s->cwd && *c->s->cwd ? c->s->cwd : "/";

	if ((!c->s->userns &&
	     (rootfs_prepare(&c->a, c->s, &c->r, e) || rootfs_mount(c->s, &c->r, e))) ||
	    await_cgroup(c, e) || rootfs_fill(c->s, c->grouped ? &c->cg : NULL, &c->r, e) ||
	    open_stdio(c, e))
		return -1;
	c->caps = c->s->caps;
	if (child_rules_lost(c->s, c->grouped)) {
		log_debug("container", "no device control group: no CAP_MKNOD, and a nodev root");
		c->caps &= ~CHILD_CAP_MKNOD;
		c->r.nodev = true;
	}
	if (user_resolve(&c->a, c->r.root, c->s->user, &c->s->groups, &c->user, e))
		return -1;
	c->cwd = fs_mkdirs(c->r.root, cwd, 0755, e);
#ifndef PROA_WEAK_WORKDIR
	if (c->cwd < 0)
		return err_wrap(e, "working directory");
#endif
	child_give_stdio(c->std, c->user.uid, (gid_t)-1);
	if (c->io->before_root && c->io->before_root(c->io->arg, e))
		return -1;
	if (lsm_apply(c->proc, c->s->apparmor, c->s->selinux, e))
		return -1;
	return rootfs_enter(c->s, &c->r, e);
}

static int close_up(struct child *c, struct err *e)
{
	int fds[FD_COUNT] = {c->std[0], c->std[1], c->std[2]};

	fds[FD_STATUS] = c->status;
	fds[FD_SELFEXE] = c->s->init ? c->selfexe : -1;
	fds[FD_CWD] = c->cwd;
	fds[FD_GATE] = c->io->gate ? c->io->gate : -1;
#ifdef PROA_WEAK_WORKDIR
	fds[FD_CWD] = -1;
	c->status = FD_STATUS;
	return chdir(c->s->cwd) ? err_sys(e, "chdir %s", c->s->cwd) : process_fds(fds, FD_COUNT, e);
#endif
	/* With an arbitrary error here the old number still leads to the pipe, if it is open. */
	if (process_fds(fds, FD_COUNT, e))
		return -1;
	c->status = FD_STATUS;
	if (process_enter_dir(FD_CWD, c->s->cwd, e))
		return -1;
	close(FD_CWD);
	return 0;
}

/* The creator may go now: who connects is told all else. A command that is not there is its error
 * still. */
static int await_gate(struct child *c, struct err *e)
{
	char ready = CHILD_READY, found[PATH_MAX];
	int conn;

	if (process_find(c->s->args.v[0], child_path(c->s), found, e))
		return -1;
	if (write(FD_STATUS, &ready, 1) != 1)
		_exit(127);
	close(FD_STATUS);
	do
		conn = accept4(FD_GATE, NULL, NULL, SOCK_CLOEXEC);
	while (conn < 0 && errno == EINTR);
	/* conn may have got that very number */
	if (conn < 0 || (conn != FD_STATUS && dup3(conn, FD_STATUS, O_CLOEXEC) < 0))
		_exit(127);
	if (conn != FD_STATUS)
		close(conn);
	close(FD_GATE);
	return 0;
}

/* A caller that waits closes nothing of ours; one that goes must not leave its files with us. */
static int wait_and_close(struct child *c, struct err *e)
{
	if (c->io->gate)
		return close_up(c, e) || await_gate(c, e) ? -1 : 0;
	child_await_go(c->go);
	return close_up(c, e);
}

static int run(struct child *c, struct err *e)
{
	const struct child_exec x = {.s = c->s,
				     .caps = c->caps,
				     .user = &c->user,
				     .status = c->status,
				     .selfexe = FD_SELFEXE,
				     .before = c->io->before_command,
				     .arg = c->io->arg};

	return child_exec(&c->a, &x, e);
}

static _Noreturn void child_main(struct child *c)
{
	struct err e = {0};

	prctl(PR_SET_DUMPABLE, 0, 0, 0, 0);
	umask(0);
#ifndef PROA_WEAK_TIOCSTI
	setsid();
#endif
	if (enter_namespaces(c, &e) || build(c, &e) || wait_and_close(c, &e) || run(c, &e))
		if (file_write_all(c->status, &e, sizeof(e)))
			_exit(126);
	_exit(127);
}

/* ---- between */

/* What takes rights outside of the user namespace, and into it. */
static int prepare_outside(struct child *c, struct err *e)
{
	const int std[3] = {c->io->in, c->io->out, c->io->err};
	AUTO_FD int proc = openat(AT_FDCWD, "/proc", O_PATH | O_DIRECTORY | O_CLOEXEC);
	int back;

	if (proc < 0)
		return err_sys(e, "cannot open /proc");
	if (child_score(proc, c->s->oom_score_adj, e) ||
	    rlimit_raise(c->s->rlimits, c->s->nrlimits, e) || userns_open(&c->a, c->s, &c->ns, e))
		return -1;
	c->r.ns = &c->ns;
	if (rootfs_prepare(&c->a, c->s, &c->r, e))
		return -1;
	child_give_stdio(std, userns_outside(&c->ns, USERNS_UID, 0),
			 userns_outside(&c->ns, USERNS_GID, 0));
	return ns_join(c->s, e) || ns_pid_enter(c->s, &back, e) || userns_enter(&c->ns, e) ? -1 : 0;
}

static _Noreturn void between(struct child *c, uint64_t flags, int tell)
{
	struct err e = {0};
	pid_t pid = -1;
	int pidfd;

	prctl(PR_SET_DUMPABLE, 0, 0, 0, 0);
	umask(0);
	if (!prepare_outside(c, &e)) {
		pid = child_clone(flags | CLONE_PARENT, c->cg.v2dir, &pidfd, &c->in_cgroup);
		if (!pid)
			child_main(c);
		if (pid < 0)
			err_sys(&e, "cannot clone the container's first process");
	}
	if (pid < 0 ? file_write_all(c->status, &e, sizeof(e))
		    : file_write_all(tell, &pid, sizeof(pid)))
		_exit(126);
	_exit(0);
}

/* ---- the parent */

/* Taken while the child certainly lives: once it is gone so is the way to its namespace. */
static int hold_mounts(pid_t pid, int pidfd)
{
	int fd = pidfd < 0 ? -1 : ioctl(pidfd, PIDFD_GET_MNT_NS, 0);
	char path[40];

	if (fd >= 0)
		return fd;
	snprintf(path, sizeof(path), "/proc/%d/ns/mnt", (int)pid);
	return openat(AT_FDCWD, path, O_RDONLY | O_CLOEXEC);
}

static void close_pipes(struct spawn_proc *p)
{
	fd_autoclose(&p->go);
	fd_autoclose(&p->status);
}

void spawn_drop(struct spawn_proc *p)
{
	close_pipes(p);
	if (p->pid > 0) {
		kill(p->pid, SIGKILL);
		while (waitpid(p->pid, NULL, 0) < 0 && errno == EINTR)
			;
	}
	fd_autoclose(&p->pidfd);
	fd_autoclose(&p->mntns);
	*p = (struct spawn_proc){0, -1, -1, -1, -1};
}

/* The child's ends in c. */
static int open_pipes(struct child *c, struct spawn_proc *p, struct err *e)
{
	int go[2], status[2];

	/* a socket: writing to one whose reader died is no signal */
	if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, go))
		return err_sys(e, "socketpair");
	c->go = go[0];
	p->go = go[1];
	if (pipe2(status, O_CLOEXEC))
		return err_sys(e, "cannot create a pipe");
	p->status = status[0];
	c->status = status[1];
	return 0;
}

static int clone_child(struct child *c, uint64_t flags, struct spawn_proc *p, struct err *e)
{
	p->pid = child_clone(flags, c->cg.v2dir, &p->pidfd, &c->in_cgroup);
	if (!p->pid) {
		close_pipes(p); /* or our end would keep us waiting */
		child_main(c);
	}
	return p->pid < 0 ? err_sys(e, "cannot clone the container's first process") : 0;
}

static int clone_between(struct child *c, uint64_t flags, struct spawn_proc *p, struct err *e)
{
	AUTO_FD int pidfd = -1;
	bool unused;
	int tell[2];
	pid_t pid, made;
	int rc;

	if (pipe2(tell, O_CLOEXEC))
		return err_sys(e, "cannot create a pipe");
	pid = child_clone(CLONE_NEWNS, -1, &pidfd, &unused);
	if (!pid) {
		close_pipes(p);
		close(tell[0]);
		between(c, flags, tell[1]);
	}
	close(tell[1]);
	rc = pid < 0 ? -1 : file_read_full(tell[0], &made, sizeof(made));
	close(tell[0]);
	if (pid < 0)
		return err_sys(e, "cannot clone the process that prepares the container");
	while (waitpid(pid, NULL, 0) < 0 && errno == EINTR)
		;
	if (rc != 1) {
		fd_autoclose(&c->status);
		child_await(p->status, "the process that prepares the container", e);
		return -1;
	}
	p->pid = made;
	p->pidfd = (int)syscall(SYS_pidfd_open, made, 0);
	return 0;
}

int spawn_make(const struct spec *s, const struct cgroup *cg, const struct spawn_io *io,
	       int selfexe, struct spawn_proc *ret, struct err *e)
{
	struct child c = {.s = s,
			  .cg = {.v2dir = -1},
			  .io = io,
			  .selfexe = selfexe,
			  .grouped = cg != NULL,
			  .proc = -1,
			  .cwd = -1,
			  .go = -1};
	struct spawn_proc p = {0, -1, -1, -1, -1};
	int back = -1, rc;
	uint64_t flags;

	c.status = -1;
	if (cg)
		c.cg = *cg;
	rc = rootfs_outside(&c.a, s, &c.r, e) || ns_clone_flags(s, &flags, e) ||
	     open_pipes(&c, &p, e);
	if (!rc && s->userns) {
		rc = clone_between(&c, flags, &p, e);
	} else if (!rc && !ns_pid_enter(s, &back, e)) {
		rc = clone_child(&c, flags, &p, e);
		if (ns_pid_leave(back, e))
			rc = -1;
	} else {
		rc = -1;
	}
	rootfs_outside_end(s, &c.r);
	arena_release(&c.a);
	fd_autoclose(&c.go);
	fd_autoclose(&c.status);
	if (rc) {
		spawn_drop(&p);
		return -1;
	}
	p.mntns = hold_mounts(p.pid, p.pidfd);
	*ret = p;
	return 0;
}

void spawn_group(const struct spawn_proc *p, const struct cgroup *cg)
{
	const char n = (char)cg->nprocs;

	_Static_assert(CGROUP_MAX == CONN_FDS, "they go in one message");
	/* one that has ended already says why through the pipe; any other ends then */
	if (conn_send_fds(p->go, &n, 1, cg->procs, cg->nprocs))
		shutdown(p->go, SHUT_WR);
}

int spawn_gated(struct spawn_proc *p, struct err *e)
{
	if (child_await(p->status, "the container's first process", e)) {
		spawn_drop(p);
		return -1;
	}
	close_pipes(p);
	return 0;
}

int spawn_pass(int conn, struct err *e)
{
	return child_await(conn, "the container's first process", e);
}

int spawn_go(struct spawn_proc *p, struct err *e)
{
	/* one that has ended already says why through the pipe */
	send(p->go, "", 1, MSG_NOSIGNAL);
	if (child_await(p->status, "the container's first process", e)) {
		spawn_drop(p);
		return -1;
	}
	close_pipes(p);
	return 0;
}

int spawn_start(const struct spec *s, const struct cgroup *cg, const struct spawn_io *io,
		int selfexe, struct spawn_proc *ret, struct err *e)
{
	return spawn_make(s, cg, io, selfexe, ret, e) || spawn_go(ret, e) ? -1 : 0;
}
