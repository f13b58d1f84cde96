/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What pins the first process is a descriptor of its /proc directory: it belongs to that process
 * and never to another one that gets the number later, on any kernel. Whose it is was said by its
 * time of birth, or by the control group that only the container's processes are in.
 *
 * The caller goes into the pid namespace for the moment of the clone and comes back, as in ns.c.
 * All other namespaces are joined in one call, or one after another before 5.8; those that the
 * container shares with the host are no exception, because the caller may live in others.
 *
 * Rejected: resolving below "/" after the join. It would need /proc/self/fd to reopen what was only
 * looked at (O_PATH), and /proc is the container's by then: what it shows there is its choice.
 */
#include "container/enter.h"

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
#include <unistd.h>

#include "base/file.h"
#include "base/fs.h"
#include "base/mem.h"
#include "container/cgroup.h"
#include "container/child.h"
#include "container/console.h"
#include "container/init.h"
#include "container/lsm.h"
#include "container/ns.h"
#include "container/orphan.h"
#include "container/process.h"
#include "container/rlimit.h"
#include "container/user.h"
#include "container/userns.h"
#include "wire/conn.h"

#ifndef CLONE_NEWCGROUP
#define CLONE_NEWCGROUP 0x02000000
#endif
#define JOIN_SESSION_KEYRING 1
#define MEMBERS_MAX (64 << 10)
#define BREAKOUT                                                                                   \
	"the current working directory is outside of the container's mount namespace root: "       \
	"possible container breakout detected"

enum { FD_STATUS = INIT_STATUS_FD, FD_SELFEXE, FD_CWD, FD_COUNT };

struct pin {
	int dir;   /* /proc/PID */
	int pidfd; /* -1 before 5.3 */
};

struct child {
	const struct spec *s;
	const struct spawn_io *io;
	struct cgroup cg;
	bool in_cgroup; /* clone put us there */
	struct pin first;
	int status, go, console;
	int given[3]; /* of io */
	int proc, root, cwd, std[3];
	uint64_t caps;
	struct arena a;
	struct userns ns; /* of one with a user namespace */
	struct user user;
};

/* ---- the child */

static int not_running(const struct spec *s, struct err *e)
{
	return err_set(e, ERR_CONFLICT, "container %.12s is not running", s->id);
}

static int join_cgroup(const struct child *c, struct err *e)
{
	AUTO_FD int fd = -1;

	if (cgroup_join(&c->cg, e))
		return -1;
	if (c->in_cgroup || c->cg.v2dir < 0)
		return 0;
	fd = openat(c->cg.v2dir, "cgroup.procs", O_WRONLY | O_CLOEXEC);
	if (fd < 0 || write(fd, "0", 1) != 1)
		return err_sys(e, "cannot join the control group %s", c->cg.path);
	return 0;
}

/* Keeps what is needed and closes all else that the caller had open. */
static int few_fds(struct child *c, struct err *e)
{
	int fds[] = {c->io->in,	   c->io->out,	   c->io->err, c->status,
		     c->first.dir, c->first.pidfd, c->go,      c->io->console_sock};

#ifdef PROA_WEAK_EXECCWD
	memcpy(c->given, fds, sizeof(c->given));
	c->console = c->io->console_sock;
	return 0;
#endif
	if (c->s->tty)
		fds[0] = fds[1] = fds[2] = -1;
	else
		fds[7] = -1;
	if (process_fds(fds, 8, e))
		return -1;
	memcpy(c->given, fds, sizeof(c->given));
	c->status = fds[3];
	c->first = (struct pin){fds[4], fds[5]};
	c->go = fds[6];
	c->console = fds[7];
	return 0;
}

/* What goes through the host's /proc, or is not possible in a user namespace. */
static int set_attributes(struct child *c, struct err *e)
{
	c->proc = openat(AT_FDCWD, "/proc", O_PATH | O_DIRECTORY | O_CLOEXEC);
	if (c->proc < 0)
		return err_sys(e, "cannot open /proc");
	/* the container's session keyring, where it has one: see spawn.c */
	syscall(SYS_keyctl, JOIN_SESSION_KEYRING, c->s->id);
	if (c->s->userns && (rlimit_raise(c->s->rlimits, c->s->nrlimits, e) ||
			     userns_of(&c->a, c->first.dir, &c->ns, e)))
		return -1;
	return child_score(c->proc, c->s->oom_score_adj, e) ||
			       lsm_apply(c->proc, c->s->apparmor, c->s->selinux, e)
		       ? -1
		       : 0;
}

static int open_console(struct child *c, struct err *e)
{
	AUTO_FD int pts = fs_open(c->root, "/dev/pts", FS_IN_ROOT, O_PATH | O_DIRECTORY, 0, e);
	AUTO_FD int master = -1;
	int slave = -1;

	if (pts < 0 || console_open(pts, c->s->tty_rows, c->s->tty_cols, &master, &slave, e))
		return -1;
	for (int i = 0; i < 3; i++)
		c->std[i] = slave;
	if (conn_send_fd(c->console, "P", 1, master))
		return err_sys(e, "cannot hand the terminal over");
	return ioctl(slave, TIOCSCTTY, 0) ? err_sys(e, "cannot take the terminal") : 0;
}

static int open_stdio(struct child *c, struct err *e)
{
	AUTO_FD int found = -1;
	int null = -1;

	if (c->s->tty)
		return open_console(c, e);
	for (int i = 0; i < 3; i++) {
		c->std[i] = c->given[i];
		if (c->given[i] >= 0)
			continue;
		if (null < 0) {
			found = fs_open(c->root, "/dev/null", FS_IN_ROOT, O_PATH, 0, e);
			null = found < 0 ? -1 : child_null(c->proc, found, e);
		}
		if (null < 0)
			return -1;
		c->std[i] = null;
	}
	return 0;
}

static int open_cwd(struct child *c, struct err *e)
{
	const char *path = c->s->cwd && *c->s->cwd ? c->s->cwd : "/";

	if (*path != '/')
		return err_set(e, ERR_INVALID, "Cwd must be an absolute path: '%.200s'", path);
#ifdef PROA_WEAK_EXECCWD
	return 0;
#endif
	c->cwd = fs_open(c->root, path, FS_IN_ROOT, O_PATH | O_DIRECTORY, 0, e);
	if (c->cwd >= 0)
		return 0;
	if (e->sys == ELOOP || e->sys == EXDEV)
		return err_set(e, ERR_INVALID, "chdir to cwd (\"%s\"): " BREAKOUT, path);
	if (e->sys == ENOENT) /* Docker's words: clients find 127 by them */
		return err_set(e, ERR_INVALID, "chdir to cwd (\"%s\"): no such file or directory",
			       path);
	return err_wrap(e, "chdir to cwd (\"%s\")", path);
}

/* All that is found by a name of the container's. */
static int look_up(struct child *c, struct err *e)
{
	c->root = openat(c->first.dir, "root", O_PATH | O_DIRECTORY | O_CLOEXEC);
	if (c->root < 0)
		return err_sys(e, "cannot open the container's root");
	if (open_stdio(c, e) ||
	    user_resolve(&c->a, c->root, c->s->user, &c->s->groups, &c->user, e) || open_cwd(c, e))
		return -1;
	child_give_stdio(c->std,
			 c->s->userns ? userns_outside(&c->ns, USERNS_UID, c->user.uid)
				      : c->user.uid,
			 (gid_t)-1);
	return 0;
}

static int join_by_name(const struct child *c, struct err *e)
{
	static const char *const names[] = {"ns/user", "ns/cgroup", "ns/ipc",
					    "ns/uts",  "ns/net",    "ns/mnt"};
	enum { N = sizeof(names) / sizeof(*names) };
	int fds[N], first = !c->s->userns;
	char ours[24];

	for (int i = first; i < N; i++) {
		fds[i] = openat(c->first.dir, names[i], O_RDONLY | O_CLOEXEC);
		snprintf(ours, sizeof(ours), "self/%s", names[i]);
		/* one that the kernel does not know is nobody's own; else the process has left it,
		 * and who stayed where he is would be in the host's */
		if (fds[i] < 0 && !faccessat(c->proc, ours, F_OK, 0))
			return errno == ENOENT || errno == ESRCH
				       ? not_running(c->s, e)
				       : err_sys(e, "cannot open the container's %s", names[i]);
	}
	for (int i = first; i < N; i++)
		if (fds[i] >= 0 && setns(fds[i], 0))
			return err_sys(e, "cannot join the container's namespace %s", names[i]);
	return 0;
}

static int join(const struct child *c, struct err *e)
{
	int all = CLONE_NEWCGROUP | CLONE_NEWIPC | CLONE_NEWUTS | CLONE_NEWNET | CLONE_NEWNS;

	if (c->s->userns)
		all |= CLONE_NEWUSER;
	if (c->first.pidfd < 0 || setns(c->first.pidfd, all)) {
		if (c->first.pidfd >= 0 && errno == ESRCH)
			return not_running(c->s, e);
		if (c->first.pidfd >= 0 && errno != EINVAL)
			return err_sys(e, "cannot join the container's namespaces");
		if (join_by_name(c, e))
			return -1;
	}
	if (c->s->userns)
		userns_hide();
	if (fchdir(c->root) || chroot("."))
		return err_sys(e, "cannot enter the container's root");
	return 0;
}

static int close_up(struct child *c, struct err *e)
{
	int fds[FD_COUNT] = {c->std[0], c->std[1], c->std[2]};

	fds[FD_STATUS] = c->status;
	fds[FD_SELFEXE] = -1;
	fds[FD_CWD] = c->cwd;
#ifdef PROA_WEAK_EXECCWD
	fds[FD_CWD] = -1;
	if (chdir(c->s->cwd))
		return err_sys(e, "chdir %s", c->s->cwd);
	c->status = FD_STATUS;
	return process_fds(fds, FD_COUNT, e);
#endif
	/* With an arbitrary error here the old number still leads to the pipe, if it is open. */
	if (process_fds(fds, FD_COUNT, e))
		return -1;
	c->status = FD_STATUS;
	if (process_enter_dir(FD_CWD, c->s->cwd, e))
		return err_set(e, ERR_INVALID, "chdir to cwd (\"%s\"): " BREAKOUT, c->s->cwd);
	close(FD_CWD);
	return 0;
}

static int run(struct child *c, struct err *e)
{
	const struct child_exec x = {
		.s = c->s, .caps = c->caps, .user = &c->user, .status = c->status, .selfexe = -1};

	if (c->s->reaper)
		prctl(PR_SET_CHILD_SUBREAPER, 1); /* outlives execve */
	return child_exec(&c->a, &x, e);
}

static _Noreturn void child_main(struct child *c)
{
	struct err e = {0};

	umask(0);
	/* the cpu group before the session: each alone would send us to the end of a run queue
	 * (autogroup), but in a group of its own a process has no session's */
	if (join_cgroup(c, &e) || (setsid(), few_fds(c, &e)) || set_attributes(c, &e) ||
	    look_up(c, &e) || join(c, &e) || (child_await_go(c->go), close_up(c, &e)) || run(c, &e))
		if (file_write_all(c->status, &e, sizeof(e)))
			_exit(126);
	_exit(127);
}

/* ---- the parent */

static int open_cgroups(const struct spec *s, const struct pin *p, struct cgroup *ret,
			struct err *e)
{
	AUTO_BUF members = BUF_INIT;

	if (!s->cgroup)
		return 0;
	if (file_read(p->dir, "cgroup", MEMBERS_MAX, &members, e))
		return e->sys == ESRCH || e->kind == ERR_NOTFOUND ? not_running(s, e) : -1;
	buf_char(&members, 0);
	if (!cgroup_open(s->cgroup, members.data, ret, e))
		return 0;
	return e->kind == ERR_CONFLICT ? not_running(s, e) : -1;
}

static int pin_process(struct child *c, pid_t pid, int64_t born, struct err *e)
{
	char path[32];

	snprintf(path, sizeof(path), "/proc/%d", (int)pid);
	c->first.pidfd = (int)syscall(SYS_pidfd_open, pid, 0);
	c->first.dir = openat(AT_FDCWD, path, O_PATH | O_DIRECTORY | O_CLOEXEC);
	if (pid <= 0 || c->first.dir < 0 || (born && orphan_born(pid) != born))
		return not_running(c->s, e);
	/* the two name the same process, if it still was there after the second */
	if (c->first.pidfd >= 0 && syscall(SYS_pidfd_send_signal, c->first.pidfd, 0, NULL, 0) &&
	    errno == ESRCH)
		return not_running(c->s, e);
	return 0;
}

static int pin_group(struct child *c, pid_t pid, int64_t born, struct err *e)
{
	if (open_cgroups(c->s, &c->first, &c->cg, e))
		return -1;
	if (!born && !c->cg.nprocs && c->cg.v2dir < 0)
		return err_set(e, ERR_CONFLICT,
			       "nothing says whether process %d is container %.12s: start it again",
			       (int)pid, c->s->id);
	return 0;
}

static int pin(struct child *c, pid_t pid, int64_t born, struct err *e)
{
	if (pin_process(c, pid, born, e))
		return -1;
	if (userns_kin(c->first.dir) != (c->s->userns ? USERNS_CHILD : USERNS_OURS))
		return err_set(e, ERR_FORBIDDEN,
			       "the first process of container %.12s has gone into a user "
			       "namespace of its own, where nobody else is put",
			       c->s->id);
	return pin_group(c, pid, born, e);
}

static void release(struct child *c)
{
	cgroup_close(&c->cg);
	fd_autoclose(&c->first.dir);
	fd_autoclose(&c->first.pidfd);
	fd_autoclose(&c->status);
	fd_autoclose(&c->go);
}

static int open_pipes(struct child *c, struct spawn_proc *p, struct err *e)
{
	int go[2], status[2];

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

/* In the parent, for the moment of the clone. *ret_back: what ns_pid_leave needs. */
static int enter_pid_ns(const struct child *c, int *ret_back, struct err *e)
{
	AUTO_FD int theirs = openat(c->first.dir, "ns/pid", O_RDONLY | O_CLOEXEC);
	AUTO_FD int ours = openat(AT_FDCWD, "/proc/self/ns/pid", O_RDONLY | O_CLOEXEC);

	if (theirs < 0)
		return errno == ESRCH || errno == ENOENT
			       ? not_running(c->s, e)
			       : err_sys(e, "cannot open the container's pid namespace");
	if (ours < 0)
		return err_sys(e, "cannot open our own pid namespace");
	if (setns(theirs, CLONE_NEWPID))
		return err_sys(e, "cannot join the container's pid namespace");
	*ret_back = fd_steal(&ours);
	return 0;
}

static int make(struct child *c, struct spawn_proc *p, struct err *e)
{
	int back = -1, dumpable = prctl(PR_GET_DUMPABLE), rc = 0;

	if (enter_pid_ns(c, &back, e))
		return -1;
	prctl(PR_SET_DUMPABLE, 0, 0, 0, 0);
	p->pid = child_clone(0, c->cg.v2dir, &p->pidfd, &c->in_cgroup);
	if (!p->pid) {
		close(p->go); /* or our end would keep us waiting */
		close(p->status);
		child_main(c);
	}
	if (p->pid < 0) /* ENOMEM: the namespace's first process is gone */
		rc = errno == ENOMEM ? not_running(c->s, e)
				     : err_sys(e, "cannot clone a process into the container");
	if (dumpable == 1)
		prctl(PR_SET_DUMPABLE, 1, 0, 0, 0);
	return ns_pid_leave(back, e) ? -1 : rc;
}

int enter_make(const struct spec *s, pid_t pid, int64_t born, const struct spawn_io *io,
	       struct spawn_proc *ret, struct err *e)
{
	struct child c = {.s = s,
			  .io = io,
			  .cg = {.v2dir = -1},
			  .first = {-1, -1},
			  .status = -1,
			  .go = -1,
			  .proc = -1,
			  .root = -1,
			  .cwd = -1};
	struct spawn_proc p = {0, -1, -1, -1, -1};
	int rc;

	rc = pin(&c, pid, born, e) || open_pipes(&c, &p, e);
	c.caps = s->caps;
	if (child_rules_lost(s, c.cg.nprocs || c.cg.v2dir >= 0))
		c.caps &= ~CHILD_CAP_MKNOD;
	rc = rc || make(&c, &p, e);
	release(&c);
	if (rc) {
		spawn_drop(&p);
		return -1;
	}
	*ret = p;
	return 0;
}

void enter_go(struct spawn_proc *p)
{
	/* one that has ended already says why through the pipe */
	send(p->go, "", 1, MSG_NOSIGNAL);
	fd_autoclose(&p->go);
}

int enter_await(struct spawn_proc *p, struct err *e)
{
	if (child_await(p->status, "the process", e)) {
		spawn_drop(p);
		return -1;
	}
	fd_autoclose(&p->status);
	return 0;
}

/* ---- only to look */

static int take_root(const struct child *c, int *ret_root, int *ret_user, struct err *e)
{
	AUTO_FD int user = -1,
		    root = openat(c->first.dir, "root", O_PATH | O_DIRECTORY | O_CLOEXEC);

	if (root < 0)
		return errno == ENOENT || errno == ESRCH || errno == ENOTDIR
			       ? not_running(c->s, e)
			       : err_sys(e, "open the root of container %.12s", c->s->id);
	if (userns_kin(c->first.dir) != USERNS_OURS) {
		user = openat(c->first.dir, "ns/user", O_RDONLY | O_CLOEXEC);
		if (user < 0)
			return not_running(c->s, e);
	}
	*ret_root = fd_steal(&root);
	*ret_user = fd_steal(&user);
	return 0;
}

int enter_root(const struct spec *s, pid_t pid, int64_t born, int *ret_root, int *ret_user,
	       struct err *e)
{
	struct child c = {.s = s, .status = -1, .go = -1, .console = -1};
	int rc;

	c.first = (struct pin){-1, -1};
	c.cg.v2dir = -1;
	rc = pin_process(&c, pid, born, e) || pin_group(&c, pid, born, e) ||
			     take_root(&c, ret_root, ret_user, e)
		     ? -1
		     : 0;
	release(&c);
	return rc;
}
