/* SPDX-License-Identifier: Apache-2.0 */
/*
 * One process, one container, one epoll loop; nothing here may block on a client. The parts:
 * shimbirth, shimpeer (requests), shimrun (the container), shimio and shimlog (its streams),
 * shimpolicy. Here is how they follow each other: armed, running, between two runs, ended.
 *
 * What can be done while others are at work is done then: the network namespace (0.3 ms) before a
 * foreground run's spec is there; its cgroup and its process, up to where the command would start,
 * while its client is on the way from create to start.
 *
 * At the end of a run its clients get their end, as Docker's do, also where it is started again. At
 * the last end: record, waiters, the files out of sight, those who wait for removal, then the slow
 * rest: cgroup, trees, lock. The lock goes before a client that is slow to take its output is
 * waited for, so that such a client never keeps a container from being started again. The very last
 * is a network namespace for whoever starts next (shimnet.h).
 *
 * stderr stays the caller's until the container runs, because a limit that could not be set is told
 * there; afterwards it would keep a pipe of the caller's open.
 */
#include "container/shim.h"
#include "base/fs.h"
#include "base/log.h"
#include "base/mem.h"
#include "base/stamp.h"
#include "container/cgroup.h"
#include "container/home.h"
#include "container/orphan.h"
#include "container/process.h"
#include "container/shimbirth.h"
#include "container/shimcall.h"
#include "container/shimexec.h"
#include "container/shimhealth.h"
#include "container/shimio.h"
#include "container/shimlog.h"
#include "container/shimns.h"
#include "container/shimpeer.h"
#include "container/shimpolicy.h"
#include "container/shimrun.h"
#include "container/shimself.h"
#include "container/shimserve.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/signalfd.h>
#include <sys/timerfd.h>
#include <time.h>
#include <unistd.h>

#define EV_CHILD 1u
#define EV_TIMER 2u

struct shimself shim_self = {.timer = -1};
static struct shimself *const sh = &shim_self;

static int64_t monotonic(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return t.tv_sec * 1000000000ll + t.tv_nsec;
}

/* at: on the monotonic clock; 0: never. */
static void set_timer(int64_t at)
{
	struct itimerspec t = {.it_value = {at / 1000000000, at % 1000000000}};
	struct epoll_event ev = {.events = EPOLLIN, .data.u64 = EV_TIMER};

	if (sh->timer < 0 && at) {
		sh->timer = timerfd_create(CLOCK_MONOTONIC, TFD_CLOEXEC | TFD_NONBLOCK);
		epoll_ctl(sh->ep, EPOLL_CTL_ADD, sh->timer, &ev);
	}
	if (sh->timer >= 0)
		timerfd_settime(sh->timer, TFD_TIMER_ABSTIME, &t, NULL);
}

void shim_run_now(void)
{
	set_timer(monotonic());
}

/* ---- birth */

static int open_io(struct err *e)
{
	return shimio_open(sh->ep, sh->spec.tty, sh->spec.open_stdin, sh->l.stdin_once, &sh->io, e);
}

static int arm(int host, struct err *e)
{
	AUTO_FD int listener = -1;
	char path[90];

	if (shimbirth_read(&sh->l, &sh->a, &sh->spec, &sh->lock, &listener, e))
		return -1;
	if (host >= 0 && sh->spec.ns[SPEC_NS_NET] != SPEC_NS_OWN)
		return err_set(e, ERR_SYS, "a network namespace was made that nobody wants");
	if (!sh->l.caller_ns && host < 0)
		shimns_enter_network();
	if (!sh->l.caller_ns && shimns_enter_mounts(sh->l.data_root, sh->l.exec_root))
		cgroup_forget();
	if (chdir("/"))
		return err_sys(e, "chdir to /");
	if (home_open(sh->l.data_root, sh->l.exec_root, &sh->home, e))
		return -1;
	snprintf(path, sizeof(path), "containers/%s", sh->l.id);
	sh->dir = openat(sh->home.exec, path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (sh->dir < 0)
		return err_sys(e, "open %s/%s", sh->l.exec_root, path);
	if (listener < 0)
		listener = shimcall_listen(sh->dir, e);
	if (listener < 0)
		return -1;
	sh->ep = epoll_create1(EPOLL_CLOEXEC);
	if (sh->ep < 0)
		return err_sys(e, "epoll");
	shimpeer_open(sh->ep);
	shimpeer_listen(fd_steal(&listener));
	sh->child = shimbirth_children(sh->ep, EV_CHILD, e);
	if (sh->child < 0)
		return -1;
	shimrun_init(&sh->run, &sh->home, &sh->spec, SHIM_FD_SELF, sh->net, host, sh->ep);
	shimlog_open(&sh->spec.log, sh->ep);
	return open_io(e);
}

/* ---- start */

static int write_state(struct err *e)
{
	snprintf(sh->state.boot, sizeof(sh->state.boot), "%s", home_boot());
	return home_write_state(&sh->home, sh->l.id, &sh->state, e);
}

static int launch(struct err *e)
{
	int restarts = sh->state.restarts;

	/* of the run before this one */
	if (!sh->l.soon && fs_remove_tree(sh->dir, SHIMEXEC_DIR, e))
		return -1;
	if (shimrun_go(&sh->run, &sh->io, e))
		return -1;
	sh->phase = RUNNING;
	sh->state = (struct home_state){.running = true, .shim = getpid(), .restarts = restarts};
	sh->state.pid = sh->run.proc.pid;
	sh->state.started = stamp_now();
	shimpeer_facts(sh->state.pid, 0, false);
	if (!sh->run.cg.nprocs && sh->run.cg.v2dir < 0)
		sh->state.born = orphan_born(sh->state.pid);
	/* nobody looks for a foreground run in its first moment: see start */
	if (!sh->l.soon && write_state(e))
		return -1;
	if (shimio_started(sh->spec.tty_rows, sh->spec.tty_cols, e))
		return -1;
	return shimhealth_started(sh->ep, &sh->spec, sh->state.pid, sh->state.born, sh->dir, e);
}

/* For after a reboot. Before anybody hears of the start where somebody would miss it then. */
static void record_run(bool policy)
{
	struct err e;

	if (!sh->l.auto_remove && policy == (strcmp(sh->spec.policy.restart, "no") != 0) &&
	    home_write_run(&sh->home, sh->l.id, &sh->state, policy, &e))
		log_warn("shim", "%s: %s", sh->l.id, e.text);
}

/* ---- the end */

/* Everything up to where callers are answered. `failed`: what stopped the start, told to `starter`.
 */
void shim_finish(const struct err *failed, const struct shimpeer *starter)
{
	struct err e, stopped;

	sh->phase = ENDED;
	sh->state.running = sh->state.restarting = false;
	sh->state.pid = sh->state.shim = 0;
	sh->state.born = 0;
	shimpeer_facts(0, sh->state.exit_code, sh->state.oom);
	set_timer(0);
	shimrun_withdraw(&sh->run);
	shimio_end();
	if (!sh->l.auto_remove) {
		snprintf(sh->state.boot, sizeof(sh->state.boot), "%s", home_boot());
		if (home_write_exit(&sh->home, sh->l.id, &sh->state, true, &e))
			log_warn("shim", "%s: its end is not on disk yet: %s", sh->l.id, e.text);
	}
	if (failed && starter && !sh->l.auto_remove)
		shimpeer_reply(starter, SHIM_START, failed);
	shimpeer_answer(SHIMPEER_EXIT, NULL);
	err_set(&stopped, ERR_CONFLICT, "container %.12s was stopped meanwhile", sh->l.id);
	shimpeer_answer(SHIMPEER_AGAIN, failed ? failed : &stopped);
	if (sh->l.auto_remove && home_hide(&sh->home, sh->l.id, sh->l.name, &e))
		log_warn("shim", "%s: removal: %s", sh->l.id, e.text);
	for (size_t i = 0; sh->l.auto_remove && i < sh->spec.volumes.n; i++)
		home_drop_volume(&sh->home, sh->l.id, sh->spec.volumes.v[i]);
	if (failed && starter && sh->l.auto_remove)
		shimpeer_reply(starter, SHIM_START, failed);
	shimpeer_answer(SHIMPEER_REMOVAL, NULL);
}

/* A start that failed leaves the times of the run before it, and its exit code where the error says
 * none. before: that run, of the same shim; NULL: another's. */
static void fail(const struct err *why, const struct shimpeer *starter,
		 const struct home_state *before)
{
	struct home_state last = {.exit_code = 0};
	struct err e;
	int code;

	if (sh->phase == RUNNING) { /* it runs, but is no use */
		shimrun_signal(&sh->run, SIGKILL, false, &e);
		shimrun_ended(&sh->run, 0, &code);
	} else if (before ||
		   (!sh->l.auto_remove && !home_read_exit(&sh->home, sh->l.id, &last, &e))) {
		if (before)
			last = *before;
		sh->state.started = last.started;
		sh->state.finished = last.finished;
	}
	sh->state.exit_code = process_exec_code(why->text, last.exit_code ? last.exit_code : 128);
	snprintf(sh->state.error, sizeof(sh->state.error), "%.500s", why->text);
	shim_finish(why, starter);
}

/* It has ended, and starts again after a while. */
static void pause_between(int64_t ms)
{
	struct err e;

	sh->phase = BETWEEN;
	sh->state.running = sh->state.restarting = true;
	sh->state.pid = 0;
	sh->state.born = 0;
	if (write_state(&e))
		log_warn("shim", "%s: %s", sh->l.id, e.text);
	shimpeer_answer(SHIMPEER_EXIT, NULL);
	if (shimrun_clear(&sh->run, &e))
		log_warn("shim", "%s: %s", sh->l.id, e.text);
	set_timer(monotonic() + ms * 1000000);
}

static void ended(int code)
{
	sh->state.exit_code = code;
	sh->state.finished = stamp_now();
	sh->state.oom = shimrun_oom(&sh->run, code);
	sh->kill_at = 0;
	set_timer(0);
	shimhealth_end();
	shimio_end();
	shimpeer_facts(0, code, sh->state.oom);
	if (sh->again) {
		pause_between(0);
	} else if (shimpolicy_again(&sh->spec.policy, &sh->state, &sh->delay_ms)) {
		sh->state.restarts++;
		pause_between(sh->delay_ms);
	} else {
		shim_finish(NULL, NULL);
	}
}

/* The earliest of several stops counts. */
void shim_kill_after(uint32_t seconds)
{
	int64_t at = monotonic() + seconds * 1000000000ll;

	if (seconds == SHIM_FOREVER || (sh->kill_at && sh->kill_at <= at))
		return;
	sh->kill_at = at;
	set_timer(at);
}

/* The health check failed for good. */
static void health(enum shimhealth_action what)
{
	struct err e;

	if (what == SHIMHEALTH_NOTHING || sh->phase != RUNNING)
		return;
	if (what == SHIMHEALTH_KILL) {
		shimrun_signal(&sh->run, SIGKILL, true, &e);
		return;
	}
	sh->again = what == SHIMHEALTH_RESTART;
	sh->state.manual = !sh->again;
	shimrun_signal(&sh->run,
		       sh->spec.policy.stop_signal ? sh->spec.policy.stop_signal : SIGTERM, true,
		       &e);
	shim_kill_after(sh->spec.policy.stop_timeout < 0 ? SHIM_FOREVER
							 : (uint32_t)sh->spec.policy.stop_timeout);
}

static void run_again(void)
{
	const struct home_state before = sh->state;
	struct err e;

	sh->again = false;
	if (open_io(&e) || launch(&e))
		fail(&e, NULL, &before);
	else
		shimpeer_answer(SHIMPEER_AGAIN, NULL);
}

static void timer_event(void)
{
	uint64_t times;
	struct err e;

	if (read(sh->timer, &times, sizeof(times)) < 0)
		return;
	if (sh->phase == BETWEEN)
		run_again();
	else if (sh->phase == RUNNING && sh->kill_at)
		shimrun_signal(&sh->run, SIGKILL, false, &e);
}

/* A signal may also tell of a start that failed, or that the container was stopped. */
static void child_event(void)
{
	struct signalfd_siginfo si;
	int code;

	while (read(sh->child, &si, sizeof(si)) > 0)
		;
	shimlog_reap();
	health(shimhealth_reap());
	if (sh->phase == RUNNING && shimrun_ended(&sh->run, WNOHANG, &code))
		ended(code);
}

/* What nobody waits for. The socket goes last: as long as it lies there somebody will look for what
 * is left, if we are killed. */
static void clean(void)
{
	struct err e;

	shimpeer_unlisten();
	if (shimrun_clear(&sh->run, &e))
		log_warn("shim", "%s: %s", sh->l.id, e.text);
	if (!sh->l.auto_remove || sh->phase != ENDED)
		unlinkat(sh->dir, SHIM_SOCK, 0);
	if (sh->phase == ENDED && sh->l.auto_remove && home_clean(&sh->home, sh->l.id, &e))
		log_warn("shim", "%s: %s", sh->l.id, e.text);
	for (size_t i = 0; sh->phase == ENDED && sh->l.auto_remove && i < sh->spec.volumes.n; i++)
		home_clean_volume(&sh->home, sh->spec.volumes.v[i]);
	fd_autoclose(&sh->lock);
	if (sh->phase == ENDED && sh->spec.network)
		sh->net->keep();
}

void shim_start(struct shimpeer *p)
{
	struct err e;

	if (sh->phase != ARMED) {
		err_set(&e, ERR_CONFLICT, "container is already running");
		shimpeer_reply(p, SHIM_START, &e);
		return;
	}
	if (launch(&e)) {
		fail(&e, p, NULL);
		return;
	}
	record_run(true);
	shimpeer_wait(p, sh->l.auto_remove ? SHIMPEER_REMOVAL : SHIMPEER_EXIT, SHIM_WAIT);
	shimpeer_reply(p, SHIM_START, NULL);
	if (sh->l.soon && write_state(&e))
		log_warn("shim", "%s: %s", sh->l.id, e.text);
	record_run(false);
	shimbirth_stdio(2, 2);
	if (sh->spec.cgroup && cgroup_move(sh->l.shims_cgroup, 0, &e))
		log_debug("shim", "%s: stays in its caller's cgroup: %s", sh->l.id, e.text);
	if (!sh->l.soon)
		mem_trim();
}

static void event(uint64_t data, uint32_t events)
{
	struct shimpeer_request q;

	if (data & SHIMIO_EVENT)
		shimio_event((uint32_t)(data & 0xffff), events);
	else if (data & SHIMHEALTH_EVENT)
		health(shimhealth_event((uint32_t)(data & 0xffff)));
	else if (data & SHIMNET_EVENT)
		sh->net->event((uint32_t)(data & 0xffff), events);
	else if (data & SHIMLOG_EVENT)
		shimlog_event((uint32_t)(data & 0xffff));
	else if (data == EV_CHILD)
		child_event();
	else if (data == EV_TIMER)
		timer_event();
	else if ((data & SHIMPEER_EVENT) && shimpeer_event((uint32_t)(data & 0xffff), &q))
		shimserve(&q);
}

static void loop(void)
{
	const struct timespec ms1 = {0, 1000000};
	struct epoll_event ev[16];
	bool cleaned = false;

	for (;;) {
		int n;

		if (sh->phase == ENDED && !cleaned) {
			if (sh->l.auto_remove) /* those who were answered go first */
				nanosleep(&ms1, NULL);
			clean();
			cleaned = true;
		}
		if (sh->phase == ENDED && shimio_done())
			return;
		if (sh->phase == ARMED && !shimpeer_any() && !shimio_clients()) {
			shimio_end();
			clean();
			return;
		}
		n = epoll_wait(sh->ep, ev, 16, -1);
		for (int i = 0; i < n && !(sh->phase == ENDED && !cleaned); i++)
			event(ev[i].data.u64, ev[i].events);
	}
}

static void be_early(const char *birth, int *host)
{
	const char *text = birth + 1;
	AUTO_FD int kept = -1;

	if (*birth != SHIM_BIRTH_CALLER)
		shimns_enter_network();
	if (*text)
		kept = sh->net->kept(text);
	if (shimns_network(host, kept))
		fd_autoclose(host);
	else if (*text)
		sh->net->early(*host);
}

int shim_main(const char *birth, const struct shimnet *net)
{
	int host = -1;
	struct err e;

	if (!shimbirth_self())
		return 125;
	sh->lock = sh->dir = sh->ep = sh->home.data = sh->home.exec = sh->child = sh->timer = -1;
	sh->net = net;
	if (birth) { /* there is time now, and for looking around */
		be_early(birth, &host);
		cgroup_mode();
	}
	if (arm(host, &e)) {
		if (sh->dir >= 0)
			unlinkat(sh->dir, SHIM_SOCK, 0);
		shimpeer_tell(SHIM_FD_LAUNCH, SHIM_ARMED, &e);
		return 125;
	}
	shimpeer_add(SHIM_FD_LAUNCH);
	shimpeer_tell(SHIM_FD_LAUNCH, SHIM_ARMED, NULL);
	/* a failure is told at the start; a runtime would tell its own twice */
	if (sh->l.soon && !sh->spec.runtime)
		shimrun_make(&sh->run, &sh->io, &e);
	loop();
	return 0;
}
