/* SPDX-License-Identifier: Apache-2.0 */
/*
 * One process, one container, one epoll loop; nothing here may block on a client.
 *
 * What can be done while others are at work is done then: the network namespace (0.3 ms) before a
 * foreground run's spec is there; its cgroup and its process, up to where the command would start,
 * while its client is on the way from create to start.
 * That namespace is made by the shim for itself and inherited by the container, so it outlives
 * the container's last process and nobody waits for its teardown; for the same reason the mount
 * namespace is held through proc.mntns. Both go when the shim ends, after everybody was answered.
 *
 * At the end: record, waiters, the files out of sight, those who wait for removal, then the slow
 * rest: cgroup, trees, lock. The lock goes before a client that is slow to take its output is
 * waited for, so that such a client never keeps a container from being started again.
 *
 * stderr stays the caller's until the container runs, because a limit that could not be set is told
 * there; afterwards it would keep a pipe of the caller's open.
 */
#include "container/shim.h"
#include "base/file.h"
#include "base/log.h"
#include "base/mem.h"
#include "base/stamp.h"
#include "container/cgroup.h"
#include "container/home.h"
#include "container/orphan.h"
#include "container/process.h"
#include "container/shimcall.h"
#include "container/shimio.h"
#include "container/shimlog.h"
#include "container/shimns.h"
#include "container/shimpeer.h"
#include "container/spawn.h"
#include "wire/conn.h"

#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define EV_CHILD 1u

static struct {
	struct shim_launch l;
	struct arena a;
	struct spec spec;
	struct home home;
	int lock, dir;	       /* the liveness lock; exec-root/containers/<id> */
	int ep, listen, child; /* listen: until it is watched; child: SIGCHLD as a descriptor */
	struct spawn_io io;
	struct cgroup cg;
	bool network; /* our network namespace is the container's */
	bool prepared, made, started, ended;
	struct spawn_proc proc;
	struct home_state state;
} sh;

/* ---- birth */

static void take_stdio(int first, int last)
{
	AUTO_FD int null = openat(AT_FDCWD, "/dev/null", O_RDWR | O_CLOEXEC);

	for (int i = first; null >= 0 && i <= last; i++)
		dup2(null, i);
}

/* Whatever else our caller's callers left open would stay so for as long as the container runs. */
static void own_fds(void)
{
	for (int i = SHIM_FD_LAUNCH; i <= SHIM_FD_SELF; i++)
		fcntl(i, F_SETFD, FD_CLOEXEC);
	process_close_from(SHIM_FD_SELF + 1);
}

static int read_launch(struct err *e)
{
	AUTO_BUF b = BUF_INIT;
	ssize_t n = conn_recv_fd(SHIM_FD_LAUNCH, &sh.l, sizeof(sh.l), &sh.lock);

	if (n != sizeof(sh.l) || sh.l.version != SHIM_VERSION || sh.lock < 0)
		return err_set(e, ERR_INVALID, "proa-shim is started by proa only");
	while (b.len < sh.l.spec_len) {
		char *p = buf_reserve(&b, SHIM_PIECE);

		n = b.len ? recv(SHIM_FD_LAUNCH, p, SHIM_PIECE, 0)
			  : conn_recv_fd(SHIM_FD_LAUNCH, p, SHIM_PIECE, &sh.listen);
		if (n <= 0)
			return err_sys(e, "read the container's spec");
		buf_advance(&b, (size_t)n);
	}
	return spec_decode(&sh.a, b.data, b.len, &sh.spec, e);
}

static int arm(struct err *e)
{
	sigset_t child;
	char path[90];

	if (read_launch(e))
		return -1;
	if (sh.network && sh.spec.ns[SPEC_NS_NET] != SPEC_NS_OWN)
		return err_set(e, ERR_SYS, "a network namespace was made that nobody wants");
	if (!sh.l.caller_ns && !sh.network)
		shimns_enter_network();
	if (!sh.l.caller_ns && shimns_enter_mounts(sh.l.data_root, sh.l.exec_root))
		cgroup_forget();
	if (chdir("/"))
		return err_sys(e, "chdir to /");
	if (home_open(sh.l.data_root, sh.l.exec_root, &sh.home, e))
		return -1;
	snprintf(path, sizeof(path), "containers/%s", sh.l.id);
	sh.dir = openat(sh.home.exec, path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (sh.dir < 0)
		return err_sys(e, "open %s/%s", sh.l.exec_root, path);
	if (sh.listen < 0)
		sh.listen = shimcall_listen(sh.dir, e);
	if (sh.listen < 0)
		return -1;
	sh.ep = epoll_create1(EPOLL_CLOEXEC);
	if (sh.ep < 0)
		return err_sys(e, "epoll");
	shimpeer_open(sh.ep);
	shimpeer_listen(fd_steal(&sh.listen));
	/* and not its pidfd, which cannot be polled before 5.3 */
	sigemptyset(&child);
	sigaddset(&child, SIGCHLD);
	sigprocmask(SIG_BLOCK, &child, NULL);
	sh.child = signalfd(-1, &child, SFD_CLOEXEC | SFD_NONBLOCK);
	if (sh.child < 0)
		return err_sys(e, "signalfd");
	epoll_ctl(sh.ep, EPOLL_CTL_ADD, sh.child,
		  &(struct epoll_event){.events = EPOLLIN, .data.u64 = EV_CHILD});
	shimlog_open(&sh.spec.log, sh.ep);
	return shimio_open(sh.ep, sh.spec.tty, sh.spec.open_stdin, sh.l.stdin_once, &sh.io, e);
}

/* ---- start */

static int prepare(struct err *e)
{
	if (sh.prepared)
		return 0;
	if (sh.spec.cgroup && cgroup_setup(&sh.spec, &sh.cg, e))
		return -1;
	sh.prepared = true;
	return 0;
}

/* One of our own for the container to inherit. Where that cannot be had spawn_make says why. */
static void take_network(void)
{
	if (sh.spec.ns[SPEC_NS_NET] != SPEC_NS_OWN)
		return;
	if (sh.network || !shimns_network())
		sh.spec.ns[SPEC_NS_NET] = SPEC_NS_HOST;
}

/* The container up to where its command would start. */
static int make(struct err *e)
{
	if (sh.made)
		return 0;
	if (prepare(e))
		return -1;
	take_network();
	if (spawn_make(&sh.spec, sh.spec.cgroup ? &sh.cg : NULL, &sh.io, SHIM_FD_SELF, &sh.proc, e))
		return -1;
	sh.made = true;
	return 0;
}

static int launch(struct err *e)
{
	if (make(e))
		return -1;
	sh.made = false;
	if (spawn_go(&sh.proc, e))
		return -1;
	sh.started = true;
	fd_autoclose(&sh.proc.pidfd);
	sh.state = (struct home_state){.running = true, .pid = sh.proc.pid, .shim = getpid()};
	sh.state.started = stamp_now();
	shimpeer_facts(sh.state.pid, 0, false);
	if (!sh.cg.nprocs && sh.cg.v2dir < 0)
		sh.state.born = orphan_born(sh.proc.pid);
	/* nobody looks for a foreground run in its first moment: see start */
	if (!sh.l.soon && home_write_state(&sh.home, sh.l.id, &sh.state, e))
		return -1;
	return shimio_started(sh.spec.tty_rows, sh.spec.tty_cols, e);
}

/* flags: WNOHANG, or 0. False: it still runs. */
static bool wait_process(int flags)
{
	siginfo_t si = {.si_pid = 0};

	while (waitid(P_PID, (id_t)sh.proc.pid, &si, WEXITED | flags) < 0 && errno == EINTR)
		;
	if (!si.si_pid)
		return false;
	sh.state.exit_code = si.si_code == CLD_EXITED ? si.si_status : 128 + si.si_status;
	return true;
}

/* Docker's codes for a command that could not be executed. */
static int start_code(const struct err *e)
{
	if (strstr(e->text, "executable file not found") ||
	    strstr(e->text, "no such file or directory"))
		return 127;
	return strstr(e->text, "permission denied") || strstr(e->text, "is a directory") ? 126
											 : 128;
}

/* ---- the end */

/* Everything up to where callers are answered. `failed`: what stopped the start, told to `starter`.
 */
static void finish(const struct err *failed, const struct shimpeer *starter)
{
	struct err e;

	sh.ended = true;
	sh.state.running = false;
	sh.state.finished = stamp_now();
	shimpeer_facts(sh.state.pid, sh.state.exit_code, sh.state.oom);
	shimio_end();
	if (!sh.l.auto_remove && home_write_exit(&sh.home, sh.l.id, &sh.state, true, &e))
		log_warn("shim", "%s: the exit record could not be written: %s", sh.l.id, e.text);
	if (failed && !sh.l.auto_remove)
		shimpeer_reply(starter, SHIM_START, failed);
	shimpeer_answer(SHIMPEER_EXIT);
	if (sh.l.auto_remove && home_hide(&sh.home, sh.l.id, sh.l.name, &e))
		log_warn("shim", "%s: removal: %s", sh.l.id, e.text);
	if (failed && sh.l.auto_remove)
		shimpeer_reply(starter, SHIM_START, failed);
	shimpeer_answer(SHIMPEER_REMOVAL);
}

/* A signal may also tell of a start that failed, or that the container was stopped. */
static void child_event(void)
{
	struct signalfd_siginfo si;

	while (read(sh.child, &si, sizeof(si)) > 0)
		;
	shimlog_reap();
	if (sh.started && !sh.ended && wait_process(WNOHANG))
		finish(NULL, NULL);
}

/* What nobody waits for. */
static void clean(void)
{
	struct err e;

	shimpeer_unlisten();
	if (!sh.l.auto_remove || !sh.ended)
		unlinkat(sh.dir, SHIM_SOCK, 0);
	if (sh.made)
		spawn_drop(&sh.proc);
	cgroup_close(&sh.cg);
	if (sh.prepared && sh.spec.cgroup && cgroup_teardown(sh.spec.cgroup, &e))
		log_warn("shim", "%s: %s", sh.l.id, e.text);
	fd_autoclose(&sh.proc.mntns); /* or the overlay's work directory would still be busy */
	if (sh.ended && sh.l.auto_remove && home_clean(&sh.home, sh.l.id, &e))
		log_warn("shim", "%s: %s", sh.l.id, e.text);
	fd_autoclose(&sh.lock);
}

/* ---- requests */

static void start(struct shimpeer *p)
{
	struct err e;

	if (sh.started) {
		err_set(&e, ERR_CONFLICT, "container is already running");
		shimpeer_reply(p, SHIM_START, &e);
		return;
	}
	if (launch(&e)) {
		if (sh.started) { /* it runs, but is no use */
			kill(sh.proc.pid, SIGKILL);
			wait_process(0);
		}
		sh.state.exit_code = start_code(&e);
		snprintf(sh.state.error, sizeof(sh.state.error), "%.500s", e.text);
		finish(&e, p);
		return;
	}
	p->waits = sh.l.auto_remove ? SHIMPEER_REMOVAL : SHIMPEER_EXIT;
	shimpeer_reply(p, SHIM_START, NULL);
	if (sh.l.soon && home_write_state(&sh.home, sh.l.id, &sh.state, &e))
		log_warn("shim", "%s: %s", sh.l.id, e.text);
	take_stdio(2, 2);
	if (sh.spec.cgroup && cgroup_move(sh.l.shims_cgroup, 0, &e))
		log_debug("shim", "%s: stays in its caller's cgroup: %s", sh.l.id, e.text);
}

static void kill_request(struct shimpeer *p, int sig)
{
	struct err e;

	if (!sig && !sh.started) {
		shimpeer_reply(p, SHIM_KILL, NULL);
		shimpeer_answer(SHIMPEER_EXIT);
		shimpeer_answer(SHIMPEER_REMOVAL);
		sh.ended = true;
		sh.l.auto_remove = 0;
		shimio_end();
		return;
	}
	if (!sh.started || !sig)
		err_set(&e, ERR_CONFLICT, "container %.12s is %srunning", sh.l.id,
			sh.started ? "" : "not ");
	else if (!kill(sh.proc.pid, sig)) { /* not reaped yet, so the number is still its own */
		shimpeer_reply(p, SHIM_KILL, NULL);
		return;
	} else
		err_sys(&e, "send signal %d", sig);
	shimpeer_reply(p, SHIM_KILL, &e);
}

static void resize(struct shimpeer *p, uint32_t size)
{
	unsigned rows = size >> 16, cols = size & 0xffff;
	struct err e;

	sh.spec.tty_rows = rows;
	sh.spec.tty_cols = cols;
	shimpeer_reply(p, SHIM_RESIZE, shimio_resize(rows, cols, &e) ? &e : NULL);
}

static void attach(const struct shimpeer_request *q)
{
	size_t nkeys = q->msg.arg;
	struct err e;

	if (q->fd < 0 || nkeys > SHIM_MAX_KEYS || nkeys > q->n) {
		close(q->fd);
		err_set(&e, ERR_INVALID, "attach without a descriptor, or with bad keys");
		shimpeer_reply(q->from, SHIM_ATTACH, &e);
		return;
	}
	shimpeer_reply(q->from, SHIM_ATTACH,
		       shimio_attach(q->fd, q->msg.flags, q->ahead, nkeys, q->ahead + nkeys,
				     q->n - nkeys, &e)
			       ? &e
			       : NULL);
	/* The client's next request, start, is some hops away: use the time. A failure is told
	 * then. */
	if (!sh.started && !prepare(&e))
		take_network();
}

static void serve(struct shimpeer_request *q)
{
	struct shimpeer *p = q->from;
	struct err e;

	if (sh.ended) { /* the PID may be another's by now, and the record says all there is */
		fd_autoclose(&q->fd);
		shimpeer_drop(p);
		return;
	}
	if (q->msg.op == SHIM_ATTACH) {
		attach(q);
		return;
	}
	fd_autoclose(&q->fd);
	switch (q->msg.op) {
	case SHIM_START:
		start(p);
		break;
	case SHIM_WAIT:
		p->waits = q->msg.arg ? SHIMPEER_REMOVAL : SHIMPEER_EXIT;
		break;
	case SHIM_KILL:
		kill_request(p, (int)q->msg.arg);
		break;
	case SHIM_RESIZE:
		resize(p, q->msg.arg);
		break;
	case SHIM_LOGS:
		shimlog_reader(shimpeer_take(p), q->msg.arg == 1);
		break;
	default:
		err_set(&e, ERR_UNSUPPORTED, "unknown shim request %u", q->msg.op);
		shimpeer_reply(p, q->msg.op, &e);
	}
}

static void event(uint64_t data, uint32_t events)
{
	struct shimpeer_request q;

	if (data & SHIMIO_EVENT)
		shimio_event((uint32_t)(data & 0xffff), events);
	else if (data & SHIMLOG_EVENT)
		shimlog_event((uint32_t)(data & 0xffff));
	else if (data == EV_CHILD)
		child_event();
	else if ((data & SHIMPEER_EVENT) && shimpeer_event((uint32_t)(data & 0xffff), &q))
		serve(&q);
}

static void loop(void)
{
	const struct timespec ms1 = {0, 1000000};
	struct epoll_event ev[16];
	bool cleaned = false;

	for (;;) {
		int n;

		if (sh.ended && !cleaned) {
			if (sh.l.auto_remove) /* those who were answered go first */
				nanosleep(&ms1, NULL);
			clean();
			cleaned = true;
		}
		if (sh.ended && shimio_done())
			return;
		if (!sh.ended && !sh.started && !shimpeer_any() && !shimio_clients()) {
			shimio_end();
			clean();
			return;
		}
		n = epoll_wait(sh.ep, ev, 16, -1);
		for (int i = 0; i < n && !(sh.ended && !cleaned); i++)
			event(ev[i].data.u64, ev[i].events);
	}
}

int shim_main(bool network)
{
	struct stat st;
	struct err e;

	if (fstat(SHIM_FD_LAUNCH, &st) || !S_ISSOCK(st.st_mode) || fstat(SHIM_FD_SELF, &st))
		return 125;
	own_fds();
	take_stdio(0, 1);
	process_signals();
	signal(SIGPIPE, SIG_IGN);
	sh.lock = sh.dir = sh.ep = sh.listen = sh.home.data = sh.home.exec = -1;
	sh.child = sh.proc.pidfd = sh.proc.mntns = sh.proc.go = sh.proc.status = -1;
	sh.cg.v2dir = -1;
	if (network) { /* there is time now, and for looking around */
		shimns_enter_network();
		sh.network = !shimns_network();
		cgroup_mode();
	}
	if (arm(&e)) {
		if (sh.dir >= 0)
			unlinkat(sh.dir, SHIM_SOCK, 0);
		shimpeer_tell(SHIM_FD_LAUNCH, SHIM_ARMED, &e);
		return 125;
	}
	shimpeer_add(SHIM_FD_LAUNCH);
	shimpeer_tell(SHIM_FD_LAUNCH, SHIM_ARMED, NULL);
	if (sh.l.soon) /* a failure is told at the start */
		make(&e);
	loop();
	return 0;
}
