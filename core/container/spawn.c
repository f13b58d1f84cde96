/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The child is made by clone3 without shared memory: a shim is a few pages, copying its tables
 * costs some tens of microseconds out of a millisecond, and nothing that happens in the child, not
 * even a crash or an exhausted arena, can then touch the shim.
 *
 * What comes back over the pipe: nothing at all (the child died on the way: killed, out of memory),
 * a struct err (a step failed), or one byte and then the end (execve succeeded) or a struct err
 * (it did not). The byte is written before the seccomp filter is there, after which the child does
 * nothing but execve.
 *
 * Order in the child, where it matters: dumpable is cleared first, since in a joined pid namespace
 * others can see the child while it still has the host's files open. The control group is joined
 * before the cgroup namespace is made, whose root it becomes. Everything that reads or binds the
 * host's files, and everything that goes through the host's /proc (labels, sysctls, score), comes
 * before the root is entered. The user is looked up after the mounts (a bind may bring
 * /etc/passwd) and the working directory is made after them but before the root turns read-only.
 * Descriptors are closed before anything is resolved as the container's own path.
 */
#include "container/spawn.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/sysmacros.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/file.h"
#include "base/fs.h"
#include "base/log.h"
#include "base/mem.h"
#include "container/console.h"
#include "container/defaults.h"
#include "container/dev.h"
#include "container/init.h"
#include "container/lsm.h"
#include "container/ns.h"
#include "container/process.h"
#include "container/rlimit.h"
#include "container/rootfs.h"
#include "container/seccomp.h"
#include "container/selfexe.h"
#include "container/sysctl.h"
#include "container/user.h"
#include "wire/conn.h"

#define CLEAR_SIGHAND 0x100000000ull
#define INTO_CGROUP 0x200000000ull
#define PIDFD_GET_MNT_NS _IO(0xFF, 3) /* 6.11 */
#define JOIN_SESSION_KEYRING 1
#define READY 'E'
#define CAP_MKNOD_BIT 27

enum { FD_STATUS = INIT_STATUS_FD, FD_SELFEXE, FD_CWD, FD_COUNT };

struct clone_args3 {
	uint64_t flags, pidfd, child_tid, parent_tid, exit_signal, stack, stack_size, tls, set_tid,
		set_tid_size, cgroup;
};

struct child {
	const struct spec *s;
	const struct cgroup *cg;
	const struct spawn_io *io;
	int selfexe, status, go;
	bool in_cgroup; /* clone put us there */
	uint64_t caps;
	struct arena a;
	struct rootfs r;
	struct user user;
	int proc, cwd, std[3];
};

/* ---- the child */

static int write_score(int proc, int score, struct err *e)
{
	AUTO_FD int fd = -1;
	char text[16];
	int n = snprintf(text, sizeof(text), "%d", score);

	if (!score)
		return 0;
	fd = openat(proc, "self/oom_score_adj", O_WRONLY | O_CLOEXEC);
	if (fd < 0)
		return err_sys(e, "cannot open oom_score_adj");
	if (write(fd, text, (size_t)n) == n)
		return 0;
	if (errno == EACCES || errno == EPERM) { /* lowering it needs CAP_SYS_RESOURCE */
		log_warn("container", "cannot lower oom_score_adj to %d: it stays as it is", score);
		return 0;
	}
	return err_sys(e, "cannot set oom_score_adj to %d", score);
}

static int join_cgroup(const struct child *c, struct err *e)
{
	AUTO_FD int fd = -1;

	if (!c->cg)
		return 0;
	if (cgroup_join(c->cg, e))
		return -1;
	if (c->in_cgroup || c->cg->v2dir < 0)
		return 0;
	fd = openat(c->cg->v2dir, "cgroup.procs", O_WRONLY | O_CLOEXEC);
	if (fd < 0 || write(fd, "0", 1) != 1)
		return err_sys(e, "cannot join the control group %s", c->cg->path);
	return 0;
}

/* Into the namespaces, with what is set through the host's /proc. */
static int enter_namespaces(struct child *c, struct err *e)
{
	if (join_cgroup(c, e) || ns_enter(c->s, e))
		return -1;
	c->proc = openat(AT_FDCWD, "/proc", O_PATH | O_DIRECTORY | O_CLOEXEC);
	if (c->proc < 0)
		return err_sys(e, "cannot open /proc");
	if (write_score(c->proc, c->s->oom_score_adj, e) ||
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
	struct stat st;
	char path[32];
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
		if (null < 0) {
			snprintf(path, sizeof(path), "/proc/self/fd/%d", c->r.null);
			null = openat(AT_FDCWD, path, O_RDWR | O_CLOEXEC);
			if (null < 0 || fstat(null, &st) || !S_ISCHR(st.st_mode) ||
			    st.st_rdev != makedev(1, 3))
				return err_sys(e, "cannot open the null device");
		}
		c->std[i] = null;
	}
	return 0;
}

/* A user that is not root can reopen /dev/stderr only if it owns the pipe or terminal. */
static void give_stdio(const struct child *c)
{
	struct stat st;

	for (int i = 0; i < 3; i++) {
		if (fstat(c->std[i], &st) || st.st_uid == c->user.uid)
			continue;
		if (S_ISFIFO(st.st_mode) || S_ISSOCK(st.st_mode) ||
		    (S_ISCHR(st.st_mode) && st.st_rdev != makedev(1, 3)))
			/* read-only file systems and the like: then it stays as it is */
			if (fchown(c->std[i], c->user.uid, (gid_t)-1))
				log_debug("container", "standard descriptor %d keeps its owner", i);
	}
}

/* Whether device rules were asked for that nothing enforces. Rules that end up allowing everything
 * need nobody to. */
static bool rules_lost(const struct child *c)
{
	bool strict = false;

	for (size_t i = 0; i < c->s->nrules; i++)
		if (!c->s->rules[i].allow)
			strict = true;
		else if (c->s->rules[i].type == 'a')
			strict = false;
	return strict && (!c->cg || !cgroup_devices());
}

static int build(struct child *c, struct err *e)
{
	const char *cwd = c->s->cwd && *c->s->cwd ? c->s->cwd : "/";

	if (rootfs_prepare(&c->a, c->s, &c->r, e) || rootfs_mount(c->s, &c->r, e) ||
	    rootfs_fill(c->s, c->cg, &c->r, e) || open_stdio(c, e))
		return -1;
	c->caps = c->s->caps;
	if (rules_lost(c)) {
		log_debug("container", "no device control group: no CAP_MKNOD, and a nodev root");
		c->caps &= ~(1ull << CAP_MKNOD_BIT);
		c->r.nodev = true;
	}
	if (user_resolve(&c->a, c->r.root, c->s->user, &c->s->groups, &c->user, e))
		return -1;
	c->cwd = fs_mkdirs(c->r.root, cwd, 0755, e);
#ifndef PROA_WEAK_WORKDIR
	if (c->cwd < 0)
		return err_wrap(e, "working directory");
#endif
	give_stdio(c);
	if (lsm_apply(c->proc, c->s->apparmor, c->s->selinux, e))
		return -1;
	return rootfs_enter(c->s, &c->r, e);
}

/* Until the parent says so; never, where it is gone or has no use for us. */
static void await_go(const struct child *c)
{
	char byte;
	ssize_t n;

	do
		n = read(c->go, &byte, 1);
	while (n < 0 && errno == EINTR);
	if (n != 1)
		_exit(127);
}

static int close_up(struct child *c, struct err *e)
{
	int fds[FD_COUNT] = {c->std[0], c->std[1], c->std[2]};

	fds[FD_STATUS] = c->status;
	fds[FD_SELFEXE] = c->s->init ? c->selfexe : -1;
	fds[FD_CWD] = c->cwd;
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

static const char *env_get(const struct strs *env, const char *key)
{
	size_t n = strlen(key);

	for (size_t i = 0; i < env->n; i++)
		if (!strncmp(env->v[i], key, n) && env->v[i][n] == '=')
			return env->v[i] + n + 1;
	return NULL;
}

static char **make_env(struct child *c)
{
	struct strs env = {0};

	for (size_t i = 0; i < c->s->env.n; i++)
		strs_add(&c->a, &env, c->s->env.v[i]);
	if (!env_get(&env, "HOME"))
		strs_printf(&c->a, &env, "HOME=%s", c->user.home);
	return env.v;
}

static char **make_args(struct child *c, char *path)
{
	struct strs args = {0};

	if (c->s->init) {
		strs_add(&c->a, &args, arena_strdup(&c->a, INIT_NAME));
		strs_add(&c->a, &args, path);
	}
	for (size_t i = 0; i < c->s->args.n; i++)
		strs_add(&c->a, &args, c->s->args.v[i]);
	return args.v;
}

static int run(struct child *c, struct err *e)
{
	const char *path_env = env_get(&c->s->env, "PATH"), *name = c->s->args.v[0];
	char path[PATH_MAX], ready = READY, **env = make_env(c), **args = make_args(c, path);

	if (rlimit_apply(c->s->rlimits, c->s->nrlimits, e) ||
	    process_become(c->s, c->caps, &c->user, e) ||
	    process_find(name, path_env ? path_env : DEFAULTS_PATH, path, e))
		return -1;
	process_signals();
	if (c->s->no_new_privs && prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0))
		return err_sys(e, "cannot set no_new_privs");
	if (c->s->init)
		fcntl(c->status, F_SETFD, 0);
	if (write(c->status, &ready, 1) != 1)
		return err_sys(e, "cannot report to the parent");
	if (seccomp_install(&c->s->seccomp, e))
		return -1;
	if (c->s->init)
		return selfexe_exec(FD_SELFEXE, args, env, e);
	execve(path, args, env);
	return process_exec_error(name, path, e);
}

static _Noreturn void child_main(struct child *c)
{
	struct err e = {0};

	prctl(PR_SET_DUMPABLE, 0, 0, 0, 0);
	umask(0);
#ifndef PROA_WEAK_TIOCSTI
	setsid();
#endif
	if (enter_namespaces(c, &e) || build(c, &e) || (await_go(c), close_up(c, &e)) || run(c, &e))
		if (file_write_all(c->status, &e, sizeof(e)))
			_exit(126);
	_exit(127);
}

/* ---- the parent */

static pid_t old_clone(uint64_t flags, int *pidfd)
{
	*pidfd = -1;
	return (pid_t)syscall(SYS_clone, (unsigned long)flags | CLONE_PIDFD | SIGCHLD, NULL, pidfd,
			      NULL, 0);
}

/* *ret_in_cgroup: the child starts in cg already. */
static pid_t make_child(uint64_t flags, const struct cgroup *cg, int *pidfd, bool *in_cgroup)
{
	struct clone_args3 a = {.flags = flags | CLONE_PIDFD | CLEAR_SIGHAND,
				.pidfd = (uintptr_t)pidfd,
				.exit_signal = SIGCHLD};
	long pid;

	*in_cgroup = cg && cg->v2dir >= 0;
	if (*in_cgroup) {
		a.flags |= INTO_CGROUP;
		a.cgroup = (uint64_t)cg->v2dir;
	}
	pid = syscall(SYS_clone3, &a, sizeof(a));
	/* Before 5.7 the structure or a flag is unknown; before 5.3 or in a sandbox the call is. */
	if (pid < 0 && (errno == ENOSYS || errno == E2BIG || errno == EINVAL)) {
		*in_cgroup = false;
		pid = old_clone(flags, pidfd);
	}
	return (pid_t)pid;
}

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

/* Reads until the pipe's end: see the top of the file. Nothing has to be done about what comes
 * before the end, so only that wakes us. */
static int await_exec(int status, struct err *e)
{
	struct pollfd end = {.fd = status};
	char got[1 + sizeof(*e) + 1] = {0};
	size_t n = 0;
	ssize_t k;

	while (poll(&end, 1, -1) < 0 && errno == EINTR)
		;
	while (n < sizeof(got)) {
		k = read(status, got + n, sizeof(got) - n);
		if (k < 0 && errno == EINTR)
			continue;
		if (k <= 0)
			break;
		n += (size_t)k;
	}
	if (n == 1 && got[0] == READY)
		return 0;
	if (n == sizeof(*e) || n == sizeof(*e) + 1) {
		memcpy(e, got + (n - sizeof(*e)), sizeof(*e));
		e->text[sizeof(e->text) - 1] = 0;
		return -1;
	}
	return err_set(e, ERR_SYS,
		       "the container's first process died while it was set up (out of memory?)");
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

int spawn_make(const struct spec *s, const struct cgroup *cg, const struct spawn_io *io,
	       int selfexe, struct spawn_proc *ret, struct err *e)
{
	struct child c = {
		.s = s, .cg = cg, .io = io, .selfexe = selfexe, .proc = -1, .cwd = -1, .go = -1};
	struct spawn_proc p = {0, -1, -1, -1, -1};
	int back = -1, rc;
	uint64_t flags;

	c.status = -1;
	rc = ns_clone_flags(s, &flags, e) || open_pipes(&c, &p, e) || ns_pid_enter(s, &back, e);
	if (!rc) {
		p.pid = make_child(flags, cg, &p.pidfd, &c.in_cgroup);
		if (!p.pid) {
			close_pipes(&p); /* or our end would keep us waiting */
			child_main(&c);
		}
		if (p.pid < 0)
			rc = err_sys(e, "cannot clone the container's first process");
		if (ns_pid_leave(back, e))
			rc = -1;
	}
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

int spawn_go(struct spawn_proc *p, struct err *e)
{
	/* one that has ended already says why through the pipe */
	send(p->go, "", 1, MSG_NOSIGNAL);
	if (await_exec(p->status, e)) {
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
