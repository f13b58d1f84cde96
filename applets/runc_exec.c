/* SPDX-License-Identifier: Apache-2.0 */
/* proa-runc exec: one more process in a container, from a process.json or from arguments. */
#include "applets/runc.h"
#include "base/file.h"
#include "container/caps.h"
#include "container/ocirun.h"
#include "wire/conn.h"

#include <fcntl.h>
#include <string.h>
#include <sys/socket.h>

static struct {
	struct ocirun_options o;
	const char *process, *cwd, *user, *apparmor, *selinux;
	struct strs env, groups, caps;
	bool detach, tty, no_new_privs, ignore_paused;
	int64_t fds;
} opt;

const struct option_def runc_exec_options[] = {
	{"process", 'p', OPTION_STR, &opt.process, "file", "JSON of the process", NULL},
	{"console-socket", 0, OPTION_STR, &opt.o.console, "path", "It is sent the terminal", NULL},
	{"pid-file", 0, OPTION_STR, &opt.o.pid_file, "path", "Where its PID is written", NULL},
	{"detach", 'd', OPTION_BOOL, &opt.detach, NULL, "Do not wait for its end", NULL},
	{"tty", 't', OPTION_BOOL, &opt.tty, NULL, "Give it a terminal", NULL},
	{"user", 'u', OPTION_STR, &opt.user, "uid[:gid]", "As whom", NULL},
	{"additional-gids", 'g', OPTION_LIST, &opt.groups, "list", "More groups", NULL},
	{"cwd", 0, OPTION_STR, &opt.cwd, "dir", "Where", NULL},
	{"env", 'e', OPTION_LIST, &opt.env, "list", "Environment", NULL},
	{"cap", 'c', OPTION_LIST, &opt.caps, "list", "More capabilities", NULL},
	{"apparmor", 0, OPTION_STR, &opt.apparmor, "string", "AppArmor profile", NULL},
	{"process-label", 0, OPTION_STR, &opt.selinux, "string", "SELinux label", NULL},
	{"no-new-privs", 0, OPTION_BOOL, &opt.no_new_privs, NULL, "No new privileges", NULL},
	{"ignore-paused", 0, OPTION_BOOL, &opt.ignore_paused, NULL, "Not supported", NULL},
	{"preserve-fds", 0, OPTION_INT, &opt.fds, "int", "Only 0 is supported", NULL},
	{NULL, 0, OPTION_BOOL, NULL, NULL, NULL, NULL},
};

static int from_file(struct runc *r, struct spec *s, struct err *e)
{
	AUTO_BUF b = BUF_INIT;
	const struct json *v;

	if (r->c.argc > 1)
		return err_set(e, ERR_INVALID, "exec: --process or a command, not both");
	if (file_read(AT_FDCWD, opt.process, BUNDLE_MAX, &b, e))
		return err_wrap(e, "--process");
	v = json_parse(r->c.a, b.data ? b.data : "", b.len, BUNDLE_MAX, opt.process, e);
	return v ? bundle_process(r->c.a, v, s, e) : -1;
}

static int from_arguments(struct runc *r, struct spec *s, struct err *e)
{
	uint64_t bit;

	if (r->c.argc < 2)
		return err_set(e, ERR_INVALID, "exec: there is no command to run");
	s->args = (struct strs){0};
	for (int i = 1; i < r->c.argc; i++)
		strs_add(r->c.a, &s->args, r->c.argv[i]);
	for (size_t i = 0; i < opt.env.n; i++)
		strs_add(r->c.a, &s->env, opt.env.v[i]);
	s->tty = opt.tty;
	if (opt.cwd)
		s->cwd = opt.cwd;
	if (opt.user)
		s->user = strchr(opt.user, ':') ? opt.user : arena_printf(r->c.a, "%s:0", opt.user);
	if (opt.user || opt.groups.n)
		s->groups = opt.groups;
	for (size_t i = 0; i < opt.caps.n; i++) {
		if (caps_parse(opt.caps.v[i], &bit, e))
			return -1;
		s->caps |= bit;
	}
	return 0;
}

int runc_exec(struct runc *r, struct err *e)
{
	AUTO_FD int master = -1, ours = -1, theirs = -1;
	struct spec *s = &r->h.spec;
	struct spawn_proc p;
	int sp[2];
	char byte;

	if (opt.fds)
		return err_set(e, ERR_UNSUPPORTED, "--preserve-fds %lld is not supported",
			       (long long)opt.fds);
	if (runc_open(r, e) || (opt.process ? from_file(r, s, e) : from_arguments(r, s, e)))
		return -1;
	if (opt.apparmor)
		s->apparmor = opt.apparmor;
	if (opt.selinux)
		s->selinux = opt.selinux;
	s->no_new_privs |= opt.no_new_privs;
	if (!opt.detach) {
		runc_wait_prepare();
		if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, sp))
			return err_sys(e, "socketpair");
		ours = sp[0];
		theirs = sp[1];
		if (s->tty && !opt.o.console)
			opt.o.console_fd = theirs;
	}
	if (ocirun_exec(&r->h, &opt.o, &p, e))
		return -1;
	if (opt.detach)
		return 0;
	if (opt.o.console_fd && conn_recv_fd(ours, &byte, 1, &master) != 1)
		return err_sys(e, "the terminal did not come");
	return runc_wait(p.pid, master, e);
}
