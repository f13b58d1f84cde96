/* SPDX-License-Identifier: Apache-2.0 */
/*
 * One epoll loop, as in shim.c, with less to do: no lock, no cgroup of its own, nothing to tear
 * down. What the control groups of this machine are is looked up while the engine still reads the
 * container's record.
 *
 * The record of the end is written before any client is told: a client asks for the exit code as
 * soon as its stream has ended. How far the process has got is seen from the end of its status
 * pipe, in the loop: a container that is frozen, or whose file system hangs, holds up its exec but
 * not the requests to end it.
 */
#include "container/shimexec.h"
#include "base/file.h"
#include "base/fs.h"
#include "base/json.h"
#include "base/log.h"
#include "base/mem.h"
#include "container/cgroup.h"
#include "container/enter.h"
#include "container/orphan.h"
#include "container/process.h"
#include "container/shim.h"
#include "container/shimbirth.h"
#include "container/shimio.h"
#include "container/shimns.h"
#include "container/shimpeer.h"
#include "wire/conn.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/prctl.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define EV_CHILD 1u
#define EV_STATUS 2u
#define PRUNE_EACH 32 /* so many execs look once */

static struct {
	struct shimexec_launch l;
	struct arena a;
	struct spec spec;
	int dir, ep, child, listen;
	struct spawn_io io;
	struct spawn_proc proc;
	bool made, going, started, ended;
	struct shimpeer *starter; /* whose START is not answered yet */
	int starter_fd;
	struct shimexec_state state;
} sx;

/* ---- the record */

static int write_state(const char *error, struct err *e)
{
	AUTO_BUF b = BUF_INIT;
	struct json_w w = JSON_W(&b);

	json_w_obj(&w, NULL);
	json_w_int(&w, "Version", 1);
	json_w_bool(&w, "Running", sx.state.running);
	json_w_int(&w, "Pid", sx.state.pid);
	json_w_int(&w, "PidBorn", sx.state.born);
	json_w_int(&w, "ExitCode", sx.state.exit_code);
	if (error)
		json_w_str(&w, "Error", error);
	json_w_end(&w);
	return file_write_atomic(sx.dir, "state", b.data, b.len, 0600, FILE_NOSYNC, e);
}

int shimexec_read_state(int dir, struct shimexec_state *ret, struct err *e)
{
	AUTO_ARENA a = ARENA_INIT;
	AUTO_BUF b = BUF_INIT;
	const struct json *v;

	*ret = (struct shimexec_state){.started = false};
	if (file_read(dir, "state", SHIMEXEC_STATE_MAX, &b, e))
		return e->kind == ERR_NOTFOUND ? 0 : -1;
	v = json_parse(&a, b.data, b.len, SHIMEXEC_STATE_MAX, "the exec's state", e);
	if (!v)
		return -1;
	if (json_int(json_get(v, "Version"), 0) != 1)
		return err_set(e, ERR_UNSUPPORTED, "the exec's state was written by a newer proa");
	*ret = (struct shimexec_state){
		.started = true,
		.running = json_bool(json_get(v, "Running"), false),
		.pid = (int)json_int(json_get(v, "Pid"), 0),
		.born = json_int(json_get(v, "PidBorn"), 0),
		.exit_code = (int)json_int(json_get(v, "ExitCode"), 0),
	};
	return 0;
}

/* When the record was last written; 0: leave it, somebody is there. */
static time_t last_write(int all, const char *id)
{
	char path[300];
	struct stat st;

	snprintf(path, sizeof(path), "%s/" SHIM_SOCK, id);
	if (id[0] == '.' || !faccessat(all, path, F_OK, AT_SYMLINK_NOFOLLOW))
		return 0;
	snprintf(path, sizeof(path), "%s/state", id);
	if (fstatat(all, path, &st, AT_SYMLINK_NOFOLLOW) &&
	    fstatat(all, id, &st, AT_SYMLINK_NOFOLLOW))
		return 0;
	return st.st_mtime;
}

/* Records of the container's execs that nobody will ask for any more. */
static void prune(void)
{
	AUTO_FD int all = openat(sx.dir, "..", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	int fd = all < 0 ? -1 : fcntl(all, F_DUPFD_CLOEXEC, 0);
	DIR *d = fd < 0 ? NULL : fdopendir(fd);
	time_t now = time(NULL);
	struct dirent *de;
	struct err e;

	if (!d) {
		fd_autoclose(&fd);
		return;
	}
	while ((de = readdir(d))) {
		time_t t = last_write(all, de->d_name);

		if (t && now - t > SHIMEXEC_KEPT)
			fs_remove_tree(all, de->d_name, &e);
	}
	closedir(d);
}

/* ---- birth */

static int own_fds(struct err *e)
{
	int fds[] = {-1, -1, -1, SHIM_FD_LAUNCH, SHIM_FD_SELF};

	fds[0] = fds[1] = fds[2] = openat(AT_FDCWD, "/dev/null", O_RDWR | O_CLOEXEC);
	return fds[0] < 0 ? err_sys(e, "open /dev/null")
			  : process_fds(fds, sizeof(fds) / sizeof(*fds), e);
}

static int read_launch(struct err *e)
{
	AUTO_BUF b = BUF_INIT;
	ssize_t n = recv(SHIM_FD_LAUNCH, &sx.l, sizeof(sx.l), 0);

	if (n != sizeof(sx.l) || sx.l.version != SHIM_VERSION)
		return err_set(e, ERR_INVALID, "the shim of an exec is started by proa only");
	while (b.len < sx.l.spec_len) {
		char *p = buf_reserve(&b, SHIM_PIECE);

		n = b.len ? recv(SHIM_FD_LAUNCH, p, SHIM_PIECE, 0)
			  : conn_recv_fd(SHIM_FD_LAUNCH, p, SHIM_PIECE, &sx.listen);
		if (n <= 0)
			return err_sys(e, "read what the exec is to run");
		buf_advance(&b, (size_t)n);
	}
	if (sx.listen < 0)
		return err_set(e, ERR_INVALID, "no socket to listen on");
	return spec_decode(&sx.a, b.data, b.len, &sx.spec, e);
}

static int watch(int fd, uint32_t events, uint64_t data, struct err *e)
{
	struct epoll_event ev = {.events = events, .data.u64 = data};

	return epoll_ctl(sx.ep, EPOLL_CTL_ADD, fd, &ev) ? err_sys(e, "epoll") : 0;
}

static int arm(struct err *e)
{
	char path[1300];

	if (read_launch(e))
		return -1;
	snprintf(path, sizeof(path), "%s/containers/%s/" SHIMEXEC_DIR "/%s", sx.l.exec_root,
		 sx.l.id, sx.l.exec);
	sx.dir = openat(AT_FDCWD, path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (sx.dir < 0 || chdir("/"))
		return err_sys(e, "open %s", path);
	sx.ep = epoll_create1(EPOLL_CLOEXEC);
	if (sx.ep < 0)
		return err_sys(e, "epoll");
	sx.child = shimbirth_children(sx.ep, EV_CHILD, e);
	if (sx.child < 0 || shimio_open(sx.ep, sx.spec.tty, sx.spec.open_stdin, true, &sx.io, e))
		return -1;
	shimpeer_open(sx.ep);
	shimpeer_listen(fd_steal(&sx.listen));
	return 0;
}

/* ---- start and end */

static int make(struct err *e)
{
	if (sx.made)
		return 0;
	if (enter_make(&sx.spec, sx.l.pid, sx.l.born, &sx.io, &sx.proc, e))
		return -1;
	sx.made = true;
	return 0;
}

static void answer_start(const struct err *why)
{
	if (sx.starter && sx.starter->fd == sx.starter_fd) {
		shimpeer_reply(sx.starter, SHIM_START, why);
		shimpeer_wait(sx.starter, SHIMPEER_EXIT, SHIM_WAIT);
	}
	sx.starter = NULL;
}

static void finish(const char *error)
{
	struct err e;

	sx.ended = true;
	sx.state.running = false;
	if (write_state(error, &e))
		log_debug("shim", "exec %.12s: %s", sx.l.exec, e.text);
	shimpeer_facts(sx.state.pid, sx.state.exit_code, false);
	shimio_exit_code(sx.state.exit_code);
	shimio_end();
	shimpeer_answer(SHIMPEER_EXIT, NULL);
}

/* Docker looks for a user before it makes the process, and calls that a bad request. */
static int failed_code(const char *text)
{
	if (strstr(text, "matching entries in ") || strstr(text, "uids and gids must be "))
		return 1;
	return strstr(text, "ot a directory") ? 127 : process_exec_code(text, 128);
}

static void failed(const struct err *why)
{
	char line[sizeof(why->text) + 3];
	int n = snprintf(line, sizeof(line), "%s\r\n", why->text);

	sx.state.exit_code = failed_code(why->text);
	shimio_say(line, (size_t)n);
	answer_start(why);
	finish(why->text);
}

static void check_child(void)
{
	siginfo_t si = {.si_pid = 0};

	if (!sx.started || sx.ended)
		return;
	while (waitid(P_PID, (id_t)sx.proc.pid, &si, WEXITED | WNOHANG) < 0 && errno == EINTR)
		;
	if (!si.si_pid)
		return;
	sx.state.exit_code = si.si_code == CLD_EXITED ? si.si_status : 128 + si.si_status;
	finish(NULL);
}

static void child_event(void)
{
	struct signalfd_siginfo si;

	while (read(sx.child, &si, sizeof(si)) > 0)
		;
	check_child();
}

/* The record that it runs; out of the caller's session, mounts and control group. */
static void settle(void)
{
	struct err e;

	sx.state.born = orphan_born(sx.proc.pid);
	if (write_state(NULL, &e))
		log_debug("shim", "exec %.12s: %s", sx.l.exec, e.text);
	setsid();
	if (!sx.l.caller_ns && shimns_enter_mounts(sx.l.exec_root, sx.l.exec_root)) {
		cgroup_forget();
		if (chdir("/"))
			log_debug("shim", "exec %.12s: no working directory", sx.l.exec);
	}
	if (cgroup_move(sx.l.shims_cgroup, 0, &e))
		log_debug("shim", "exec %.12s stays in its caller's cgroup: %s", sx.l.exec, e.text);
}

/* The process has got to its command, or will never. */
static void status_event(void)
{
	struct err e;

	epoll_ctl(sx.ep, EPOLL_CTL_DEL, sx.proc.status, NULL);
	if (enter_await(&sx.proc, &e) || shimio_started(sx.spec.tty_rows, sx.spec.tty_cols, &e)) {
		spawn_drop(&sx.proc);
		failed(&e);
		return;
	}
	sx.started = true;
	sx.state.running = true;
	sx.state.pid = sx.proc.pid;
	shimpeer_facts(sx.proc.pid, 0, false);
	if (shimio_clients()) { /* the command's own time counts: the rest comes behind it */
		answer_start(NULL);
		/* one that has ended already needs no record of having run */
		check_child();
		if (!sx.ended)
			settle();
	} else {
		settle();
		answer_start(NULL);
	}
	check_child();
}

static void start(struct shimpeer *p)
{
	struct err e;

	if (sx.going) {
		err_set(&e, ERR_CONFLICT, "Error: Exec command %s is already running", sx.l.exec);
		shimpeer_reply(p, SHIM_START, &e);
		return;
	}
	sx.going = true;
	sx.starter = p;
	sx.starter_fd = p->fd;
	if (make(&e) || watch(sx.proc.status, 0, EV_STATUS, &e))
		failed(&e);
	else
		enter_go(&sx.proc);
}

/* ---- requests */

static void kill_request(struct shimpeer *p, int sig)
{
	struct err e;

	if (!sx.made || sx.ended) {
		err_set(&e, ERR_CONFLICT, "exec %.12s is not running", sx.l.exec);
		shimpeer_reply(p, SHIM_KILL, &e);
		return;
	}
	/* not reaped yet, so the number is still its own */
	shimpeer_reply(p, SHIM_KILL,
		       sig && kill(sx.proc.pid, sig) ? (err_sys(&e, "send signal %d", sig), &e)
						     : NULL);
}

static void resize(struct shimpeer *p, uint32_t arg)
{
	struct err e;

	sx.spec.tty_rows = arg >> 16;
	sx.spec.tty_cols = arg & 0xffff;
	shimpeer_reply(p, SHIM_RESIZE,
		       shimio_resize(sx.spec.tty_rows, sx.spec.tty_cols, &e) ? &e : NULL);
}

static void serve(struct shimpeer_request *r)
{
	struct err e;

	if (sx.ended && r->msg.op != SHIM_WAIT) {
		fd_autoclose(&r->fd);
		shimpeer_drop(r->from);
		return;
	}
	if (r->msg.op == SHIM_ATTACH && r->fd >= 0 && r->msg.arg <= r->n) {
		size_t nkeys = r->msg.arg;

		shimpeer_reply(r->from, SHIM_ATTACH,
			       shimio_attach(r->fd, r->msg.flags, r->ahead, nkeys, r->ahead + nkeys,
					     r->n - nkeys, &e)
				       ? &e
				       : NULL);
		return;
	}
	fd_autoclose(&r->fd);
	switch (r->msg.op) {
	case SHIM_START:
		start(r->from);
		break;
	case SHIM_WAIT:
		shimpeer_wait(r->from, SHIMPEER_EXIT, SHIM_WAIT);
		if (sx.ended)
			shimpeer_answer(SHIMPEER_EXIT, NULL);
		break;
	case SHIM_KILL:
		kill_request(r->from, (int)r->msg.arg);
		break;
	case SHIM_RESIZE:
		resize(r->from, r->msg.arg);
		break;
	default:
		err_set(&e, ERR_UNSUPPORTED, "unknown shim request %u", r->msg.op);
		shimpeer_reply(r->from, r->msg.op, &e);
	}
}

static void event(uint64_t data, uint32_t events)
{
	struct shimpeer_request r;

	if (data & SHIMIO_EVENT)
		shimio_event((uint32_t)(data & 0xffff), events);
	else if (data == EV_CHILD)
		child_event();
	else if (data == EV_STATUS && !sx.started && !sx.ended)
		status_event();
	else if ((data & SHIMPEER_EVENT) && shimpeer_event((uint32_t)(data & 0xffff), &r))
		serve(&r);
}

static void loop(void)
{
	struct epoll_event ev[16];

	while (sx.going || shimpeer_any() || shimio_clients()) {
		int n;

		if (sx.ended && shimio_done())
			return;
		n = epoll_wait(sx.ep, ev, 16, -1);
		for (int i = 0; i < n; i++)
			event(ev[i].data.u64, ev[i].events);
	}
}

static void clean(void)
{
	shimpeer_unlisten();
	unlinkat(sx.dir, SHIM_SOCK, 0);
	if (sx.made && !sx.started)
		spawn_drop(&sx.proc);
	if (sx.ended && getpid() % PRUNE_EACH == 0)
		prune();
}

int shimexec_main(void)
{
	struct stat st;
	struct err e;

	if (fstat(SHIM_FD_LAUNCH, &st) || !S_ISSOCK(st.st_mode) || fstat(SHIM_FD_SELF, &st) ||
	    own_fds(&e))
		return 125;
	prctl(PR_SET_DUMPABLE, 0, 0, 0, 0);
	process_signals();
	signal(SIGPIPE, SIG_IGN);
	sx.dir = sx.ep = sx.child = sx.listen = -1;
	sx.proc = (struct spawn_proc){0, -1, -1, -1, -1};
	cgroup_mode(); /* there is time now for looking around */
	if (arm(&e)) {
		if (sx.dir >= 0)
			unlinkat(sx.dir, SHIM_SOCK, 0);
		shimpeer_tell(SHIM_FD_LAUNCH, SHIM_ARMED, &e);
		return 125;
	}
	shimpeer_add(SHIM_FD_LAUNCH);
	shimpeer_tell(SHIM_FD_LAUNCH, SHIM_ARMED, NULL);
	make(&e); /* a failure is told at the start */
	loop();
	clean();
	return 0;
}
