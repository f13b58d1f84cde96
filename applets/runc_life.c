/* SPDX-License-Identifier: Apache-2.0 */
/* proa-runc create, start, run, kill, delete, pause, resume, update. */
#include "applets/runc.h"
#include "base/file.h"
#include "container/bundle_linux.h"
#include "container/cgroup.h"
#include "container/ocirun.h"
#include "engine/signals.h"
#include "wire/conn.h"

#include <fcntl.h>
#include <limits.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

static struct {
	const char *bundle;
	struct ocirun_options o;
	int64_t fds;
	bool detach, keep, no_keyring, no_subreaper, force, all;
} opt = {.bundle = "."};

static struct {
	const char *file;
	struct spec_resources r;
} change = {.r = {.swappiness = -1}};

#define COMMON                                                                                     \
	{"bundle", 'b', OPTION_STR, &opt.bundle, "dir", "The bundle (default: here)", NULL},       \
		{"console-socket",                                                                 \
		 0,                                                                                \
		 OPTION_STR,                                                                       \
		 &opt.o.console,                                                                   \
		 "path",                                                                           \
		 "A UNIX socket that is sent the terminal",                                        \
		 NULL},                                                                            \
		{"pid-file", 0, OPTION_STR, &opt.o.pid_file, "path", "Where its PID is written",   \
		 NULL},                                                                            \
		{"no-pivot", 0, OPTION_BOOL, &opt.o.no_pivot, NULL, "Move the root, for ramdisks", \
		 NULL},                                                                            \
		{"no-new-keyring",                                                                 \
		 0,                                                                                \
		 OPTION_BOOL,                                                                      \
		 &opt.no_keyring,                                                                  \
		 NULL,                                                                             \
		 "Accepted, and a keyring made nevertheless",                                      \
		 NULL},                                                                            \
	{                                                                                          \
		"preserve-fds", 0, OPTION_INT, &opt.fds, "int", "Only 0 is supported", NULL        \
	}
#define END                                                                                        \
	{                                                                                          \
		NULL, 0, OPTION_BOOL, NULL, NULL, NULL, NULL                                       \
	}

const struct option_def runc_life_create_options[] = {COMMON, END};
const struct option_def runc_life_run_options[] = {
	COMMON,
	{"detach", 'd', OPTION_BOOL, &opt.detach, NULL, "Do not wait for its end", NULL},
	{"keep", 0, OPTION_BOOL, &opt.keep, NULL, "Keep its state after the end", NULL},
	{"no-subreaper", 0, OPTION_BOOL, &opt.no_subreaper, NULL, "Accepted", NULL},
	END};
const struct option_def runc_life_delete_options[] = {{"force", 'f', OPTION_BOOL, &opt.force, NULL,
						       "Kill it first if it runs", NULL},
						      END};
const struct option_def runc_life_kill_options[] = {{"all", 'a', OPTION_BOOL, &opt.all, NULL,
						     "To all its processes", NULL},
						    END};
const struct option_def runc_life_update_options[] = {
	{"resources", 'r', OPTION_STR, &change.file, "file", "JSON of the limits, - for stdin",
	 NULL},
	{"memory", 0, OPTION_SWAP, &change.r.memory, "bytes", "Memory", NULL},
	{"memory-reservation", 0, OPTION_SWAP, &change.r.memory_reservation, "bytes",
	 "Memory reservation", NULL},
	{"memory-swap", 0, OPTION_SWAP, &change.r.memory_swap, "bytes", "Memory and swap", NULL},
	{"cpu-share", 0, OPTION_INT, &change.r.cpu_shares, "int", "CPU shares", NULL},
	{"cpu-quota", 0, OPTION_INT, &change.r.cpu_quota, "us", "CPU quota", NULL},
	{"cpu-period", 0, OPTION_INT, &change.r.cpu_period, "us", "CPU period", NULL},
	{"cpu-rt-runtime", 0, OPTION_INT, &change.r.cpu_rt_runtime, "us", "Real-time", NULL},
	{"cpu-rt-period", 0, OPTION_INT, &change.r.cpu_rt_period, "us", "Real-time period", NULL},
	{"cpuset-cpus", 0, OPTION_STR, &change.r.cpuset_cpus, "list", "CPUs", NULL},
	{"cpuset-mems", 0, OPTION_STR, &change.r.cpuset_mems, "list", "Memory nodes", NULL},
	{"pids-limit", 0, OPTION_INT, &change.r.pids, "int", "Processes", NULL},
	{"blkio-weight", 0, OPTION_INT, &change.r.blkio_weight, "int", "Block IO weight", NULL},
	END};

/* ---- create, start, run */

static int create(struct runc *r, struct spawn_proc *p, struct err *e)
{
	char path[PATH_MAX];
	struct err why;
	int rc;

	if (opt.fds)
		return err_set(e, ERR_UNSUPPORTED, "--preserve-fds %lld is not supported",
			       (long long)opt.fds);
	if (!realpath(opt.bundle, path))
		return err_sys(e, "bundle %s", opt.bundle);
	rc = ocihome_make(r->c.a, r->root, r->c.argv[0], arena_strdup(r->c.a, path), &r->h, e);
	if (!rc)
		rc = ocirun_create(&r->h, &opt.o, p, e);
	if (rc && r->h.dir >= 0)
		ocihome_remove(&r->h, &why);
	return rc;
}

int runc_life_create(struct runc *r, struct err *e)
{
	struct spawn_proc p;

	return create(r, &p, e);
}

int runc_life_start(struct runc *r, struct err *e)
{
	return runc_open(r, e) || ocirun_start(r->c.a, &r->h, e) ? -1 : 0;
}

/* The terminal goes through us, where there is nobody else to take it. */
static int foreground(struct runc *r, struct spawn_proc *p, int *ret_master, struct err *e)
{
	AUTO_FD int ours = -1, theirs = -1;
	int sp[2];
	char byte;

	if (opt.detach || opt.o.console)
		return create(r, p, e);
	if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, sp))
		return err_sys(e, "socketpair");
	ours = sp[0];
	theirs = sp[1];
	opt.o.console_fd = theirs;
	if (create(r, p, e))
		return -1;
	if (r->h.spec.tty && (conn_recv_fd(ours, &byte, 1, ret_master) != 1 || *ret_master < 0))
		return err_sys(e, "the terminal did not come");
	return 0;
}

int runc_life_run(struct runc *r, struct err *e)
{
	AUTO_FD int master = -1;
	struct spawn_proc p;
	struct err why;
	int code;

	if (!opt.detach)
		runc_wait_prepare();
	if (foreground(r, &p, &master, e))
		return -1;
	if (ocirun_start(r->c.a, &r->h, e)) {
		ocirun_delete(r->c.a, &r->h, true, &why);
		return -1;
	}
	if (opt.detach)
		return 0;
	fd_autoclose(&r->h.lock);
	code = runc_wait(p.pid, master, e);
	if (!opt.keep && ocirun_delete(r->c.a, &r->h, true, e))
		return -1;
	return code;
}

/* ---- the rest */

int runc_life_kill(struct runc *r, struct err *e)
{
	int sig = SIGTERM;

	if (r->c.argc > 1 && signals_parse(r->c.argv[1], &sig, e))
		return -1;
	return runc_open(r, e) ? -1 : ocirun_kill(&r->h, sig, opt.all, e);
}

int runc_life_delete(struct runc *r, struct err *e)
{
	if (runc_open(r, e))
		return opt.force && e->kind == ERR_NOTFOUND ? 0 : -1;
	return ocirun_delete(r->c.a, &r->h, opt.force, e);
}

static int freeze(struct runc *r, enum ocihome_status from, int (*act)(const char *, struct err *),
		  struct err *e)
{
	enum ocihome_status s;

	if (runc_open(r, e))
		return -1;
	s = ocihome_status(&r->h);
	if (s != from && !(from == OCI_RUNNING && s == OCI_CREATED))
		return err_set(e, ERR_CONFLICT, "container %s is not %s: %s", r->h.id,
			       ocihome_status_name(from), ocihome_status_name(s));
	return r->h.spec.cgroup ? act(r->h.spec.cgroup, e)
				: err_set(e, ERR_UNSUPPORTED, "there are no control groups here");
}

int runc_life_pause(struct runc *r, struct err *e)
{
	return freeze(r, OCI_RUNNING, cgroup_freeze, e);
}

int runc_life_resume(struct runc *r, struct err *e)
{
	return freeze(r, OCI_PAUSED, cgroup_thaw, e);
}

static int read_change(struct runc *r, struct err *e)
{
	bool in = !strcmp(change.file, "-");
	AUTO_FD int fd =
		openat(AT_FDCWD, in ? "/proc/self/fd/0" : change.file, O_RDONLY | O_CLOEXEC);
	AUTO_BUF b = BUF_INIT;
	const struct json *v;

	if (fd < 0)
		return err_sys(e, "--resources %s", change.file);
	if (file_read_fd(fd, change.file, BUNDLE_MAX, &b, e))
		return -1;
	v = json_parse(r->c.a, b.data ? b.data : "", b.len, BUNDLE_MAX, "--resources", e);
	return v ? bundle_linux_resources(r->c.a, v, &change.r, e) : -1;
}

int runc_life_update(struct runc *r, struct err *e)
{
	if (runc_open(r, e) || (change.file && read_change(r, e)))
		return -1;
	if (ocihome_status(&r->h) == OCI_STOPPED)
		return ocirun_not_running(&r->h, e);
	return r->h.spec.cgroup ? cgroup_update(r->h.spec.cgroup, &change.r, e)
				: err_set(e, ERR_UNSUPPORTED, "there are no control groups here");
}
