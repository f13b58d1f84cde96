/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Hooks for the moment between the namespaces and the root's change: the child, whose mounts all
 * stand but whose root is still the host's tree, waits at a socket until those of the runtime's
 * side have run. What comes back is its own PID, which it cannot know and its hooks are told.
 *
 * A process that waits at its gate answers for itself: start connects, and reads from that very
 * connection whether execve succeeded.
 */
#include "container/ocirun.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#include "base/file.h"
#include "base/log.h"
#include "container/cgroup.h"
#include "container/enter.h"
#include "container/ocihook.h"
#include "container/orphan.h"
#include "container/rootfs.h"
#include "wire/conn.h"

#define KILL_MS 10000

/* ---- create */

struct making {
	struct ocihome *h;
	int ours, theirs; /* a socket's ends */
};

static int write_pid(const char *path, pid_t pid, struct err *e)
{
	const char *slash = path ? strrchr(path, '/') : NULL;
	AUTO_FD int dir = -1;
	char text[PATH_MAX];
	int n;

	if (!path)
		return 0;
	snprintf(text, sizeof(text), "%.*s", slash ? (int)(slash - path + 1) : 1,
		 slash ? path : ".");
	dir = openat(AT_FDCWD, text, O_PATH | O_DIRECTORY | O_CLOEXEC);
	if (dir < 0)
		return err_sys(e, "--pid-file %s", path);
	n = snprintf(text, sizeof(text), "%d", (int)pid);
	return file_write_atomic(dir, slash ? slash + 1 : path, text, (size_t)n, 0644, FILE_NOSYNC,
				 e)
		       ? err_wrap(e, "--pid-file")
		       : 0;
}

static int open_console(const struct spec *s, const struct ocirun_options *o, struct spawn_io *io,
			int *ret_sock, struct err *e)
{
	if (!s->tty) {
		if (o->console)
			return err_set(e, ERR_INVALID,
				       "--console-socket: the process has no terminal");
		*io = (struct spawn_io){.out = 1, .err = 2, .console_sock = -1};
		return 0;
	}
	*io = (struct spawn_io){.in = -1, .out = -1, .err = -1, .console_sock = o->console_fd};
	if (o->console_fd)
		return 0;
	if (!o->console)
		return err_set(e, ERR_INVALID,
			       "the process wants a terminal: give --console-socket");
	*ret_sock = io->console_sock = conn_unix(AT_FDCWD, o->console, SOCK_STREAM, e);
	return *ret_sock < 0 ? err_wrap(e, "--console-socket") : 0;
}

/* In the child. */
static int before_root(void *arg, struct err *e)
{
	struct making *m = arg;

	close(m->ours);
	if (write(m->theirs, "", 1) != 1 ||
	    file_read_full(m->theirs, &m->h->pid, sizeof(m->h->pid)) != 1)
		_exit(127); /* nobody waits for us any more */
	return ocihook_run(m->h, BUNDLE_CREATE_CONTAINER, OCI_CREATING, e);
}

static int before_command(void *arg, struct err *e)
{
	const struct making *m = arg;

	return ocihook_run(m->h, BUNDLE_START_CONTAINER, OCI_CREATED, e);
}

/* Where the child has failed before it came so far, spawn_gated says why. */
static int meet_child(struct ocihome *h, int ours, const struct spawn_proc *p, struct err *e)
{
	char byte;

	if (file_read_full(ours, &byte, 1) != 1)
		return 0;
	h->pid = p->pid;
	h->born = orphan_born(p->pid);
	if (ocihome_write(h, e) || ocihook_run(h, BUNDLE_PRESTART, OCI_CREATING, e) ||
	    ocihook_run(h, BUNDLE_CREATE_RUNTIME, OCI_CREATING, e))
		return -1;
	/* one that was killed meanwhile is spawn_gated's */
	send(ours, &h->pid, sizeof(h->pid), MSG_NOSIGNAL);
	return 0;
}

static int set_up(struct ocihome *h, const struct ocirun_options *o, struct cgroup *cg,
		  struct spawn_proc *p, struct err *e)
{
	AUTO_FD int console = -1, gate = -1, ours = -1, theirs = -1;
	struct making m = {.h = h};
	struct spawn_io io;
	struct stat st;
	int sp[2];

	if (stat(h->spec.dir, &st) || !S_ISDIR(st.st_mode))
		return err_set(e, ERR_INVALID, "root.path: %s is no directory", h->spec.dir);
	if (open_console(&h->spec, o, &io, &console, e))
		return -1;
	if (h->spec.cgroup && cgroup_setup(&h->spec, cg, e))
		return -1;
	gate = conn_unix_listen(h->dir, OCIHOME_GATE, SOCK_STREAM, 0600, e);
	if (gate < 0)
		return -1;
	io.gate = gate;
	if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, sp))
		return err_sys(e, "socketpair");
	m.ours = ours = sp[0];
	m.theirs = theirs = sp[1];
	io.before_root = before_root;
	io.before_command = before_command;
	io.arg = &m;
	if (o->no_pivot)
		rootfs_force_move(1);
	if (spawn_make(&h->spec, h->spec.cgroup ? cg : NULL, &io, -1, p, e))
		return -1;
	fd_autoclose(&theirs);
	return meet_child(h, ours, p, e) || spawn_gated(p, e) || write_pid(o->pid_file, p->pid, e)
		       ? -1
		       : 0;
}

int ocirun_create(struct ocihome *h, const struct ocirun_options *o, struct spawn_proc *ret,
		  struct err *e)
{
	struct spawn_proc p = {0, -1, -1, -1, -1};
	struct cgroup cg = {.v2dir = -1};
	struct err why;
	int rc = set_up(h, o, &cg, &p, e);

	cgroup_close(&cg);
	if (rc) {
		spawn_drop(&p);
		if (h->spec.cgroup && cgroup_teardown(h->spec.cgroup, &why))
			log_warn("runc", "%s", why.text);
		return -1;
	}
	file_unlock(h->lock); /* of which the child has a copy */
	*ret = p;
	return 0;
}

/* ---- start */

int ocirun_not_running(const struct ocihome *h, struct err *e)
{
	return err_set(e, ERR_CONFLICT, "container not running: %s", h->id);
}

int ocirun_start(struct arena *a, struct ocihome *h, struct err *e)
{
	AUTO_FD int conn = -1;
	enum ocihome_status s;
	struct err why;

	if (ocihome_lock(a, h, e))
		return -1;
	s = ocihome_status(h);
	if (s != OCI_CREATED)
		return err_set(e, ERR_CONFLICT, "cannot start a container that is %s: %s",
			       ocihome_status_name(s), h->id);
	conn = conn_unix(h->dir, OCIHOME_GATE, SOCK_STREAM, e);
	if (conn < 0)
		return e->kind == ERR_UNAVAILABLE ? ocirun_not_running(h, e) : -1;
	if (spawn_pass(conn, e))
		return -1;
	if (unlinkat(h->dir, OCIHOME_GATE, 0))
		return err_sys(e, "remove the gate of %s", h->id);
	if (ocihook_run(h, BUNDLE_POSTSTART, OCI_RUNNING, &why))
		log_warn("runc", "poststart: %s", why.text);
	return 0;
}

/* ---- what runs */

int ocirun_exec(struct ocihome *h, const struct ocirun_options *o, struct spawn_proc *ret,
		struct err *e)
{
	AUTO_FD int console = -1;
	struct spawn_io io;
	enum ocihome_status s = ocihome_status(h);

	if (s == OCI_PAUSED)
		return err_set(e, ERR_CONFLICT, "cannot exec in a paused container: %s", h->id);
	if (s != OCI_RUNNING && s != OCI_CREATED)
		return ocirun_not_running(h, e);
	if (open_console(&h->spec, o, &io, &console, e) ||
	    enter_make(&h->spec, h->pid, h->born, &io, ret, e))
		return -1;
	if (write_pid(o->pid_file, ret->pid, e)) {
		spawn_drop(ret);
		return -1;
	}
	enter_go(ret);
	return enter_await(ret, e);
}

/* The one that was born then, and no other that has its number by now. */
static int signal_first(const struct ocihome *h, int sig, struct err *e)
{
	AUTO_FD int fd = (int)syscall(SYS_pidfd_open, h->pid, 0);
	int rc;

	if (orphan_born(h->pid) != h->born)
		return ocirun_not_running(h, e);
	rc = fd >= 0 ? (int)syscall(SYS_pidfd_send_signal, fd, sig, NULL, 0) : kill(h->pid, sig);
	if (rc)
		return errno == ESRCH ? ocirun_not_running(h, e)
				      : err_sys(e, "send signal %d to %s", sig, h->id);
	return 0;
}

static int signal_all(const struct ocihome *h, int sig, struct err *e)
{
	AUTO_ARENA a = ARENA_INIT;
	size_t n = 0;
	int *pids;

	if (sig == SIGKILL)
		return cgroup_kill(h->spec.cgroup, e);
	if (cgroup_pids(h->spec.cgroup, &a, &pids, &n))
		return ocirun_not_running(h, e);
	for (size_t i = 0; i < n; i++)
		kill(pids[i], sig);
	return 0;
}

int ocirun_kill(const struct ocihome *h, int sig, bool all, struct err *e)
{
	struct err why;

	if (all && h->spec.cgroup) /* also of one that has ended: others may be left */
		return cgroup_exists(h->spec.cgroup) ? signal_all(h, sig, e)
						     : ocirun_not_running(h, e);
	if (ocihome_status(h) == OCI_STOPPED)
		return ocirun_not_running(h, e);
	if (signal_first(h, sig, e))
		return -1;
	if (sig == SIGKILL && h->spec.cgroup && cgroup_frozen(h->spec.cgroup))
		cgroup_thaw(h->spec.cgroup, &why);
	return 0;
}

/* ---- delete */

static int await_end(const struct ocihome *h, struct err *e)
{
	const struct timespec ms1 = {0, 1000000};
	AUTO_FD int fd = (int)syscall(SYS_pidfd_open, h->pid, 0);
	struct pollfd p = {.fd = fd, .events = POLLIN};

	for (int i = 0; i < KILL_MS && orphan_born(h->pid) == h->born; i++) {
		if (fd < 0)
			nanosleep(&ms1, NULL);
		else if (poll(&p, 1, KILL_MS) > 0)
			return 0;
	}
	return orphan_born(h->pid) == h->born
		       ? err_set(e, ERR_SYS, "container %s does not end: process %d is stuck",
				 h->id, h->pid)
		       : 0;
}

int ocirun_delete(struct arena *a, struct ocihome *h, bool force, struct err *e)
{
	enum ocihome_status s;
	struct err why;

	if (ocihome_lock(a, h, e))
		return -1;
	s = ocihome_status(h);
	if (!force && (s == OCI_RUNNING || s == OCI_PAUSED))
		return err_set(e, ERR_CONFLICT,
			       "cannot delete container %s that is not stopped: %s", h->id,
			       ocihome_status_name(s));
	if (s != OCI_STOPPED && h->pid > 0) {
		if (signal_first(h, SIGKILL, &why))
			log_debug("runc", "%s", why.text);
		if (h->spec.cgroup && cgroup_frozen(h->spec.cgroup))
			cgroup_thaw(h->spec.cgroup, &why);
		if (await_end(h, e))
			return -1;
	}
	if (h->spec.cgroup && cgroup_teardown(h->spec.cgroup, e))
		return -1;
	if (ocihook_run(h, BUNDLE_POSTSTOP, OCI_STOPPED, &why))
		log_warn("runc", "poststop: %s", why.text);
	return ocihome_remove(h, e);
}
