/* SPDX-License-Identifier: Apache-2.0 */
/*
 * proa-runc: an OCI runtime with runc's command line, for podman, containerd and dockerd.
 *
 * Those find an error in the --log file as one JSON object, or on stderr; so nothing else is ever
 * written to that file, and warnings go to stderr only where nobody asked for a log: stderr is the
 * container's own under an engine.
 *
 * Commands that put a process into a container first execute themselves again from a read-only
 * clone of our binary (selfexe.h): from in there /proc/PID/exe leads to it.
 */
#include "applets/runc.h"
#include "base/file.h"
#include "base/log.h"
#include "base/stamp.h"
#include "base/version.h"
#include "container/selfexe.h"

#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/statvfs.h>

#define DEFAULT_ROOT "/run/proa-runc"

static struct {
	const char *root, *log, *format, *rootless;
	bool debug, systemd, version;
} global = {.root = DEFAULT_ROOT};

static const struct option_def options[] = {
	{"root", 0, OPTION_STR, &global.root, "dir", "Where containers' state is", NULL},
	{"log", 0, OPTION_STR, &global.log, "file", "Write an error there too", NULL},
	{"log-format", 0, OPTION_STR, &global.format, "string", "text or json", NULL},
	{"rootless", 0, OPTION_STR, &global.rootless, "string", "Accepted: auto or false", NULL},
	{"debug", 0, OPTION_BOOL, &global.debug, NULL, "Say more on stderr", NULL},
	{"systemd-cgroup", 0, OPTION_BOOL, &global.systemd, NULL,
	 "Accepted: the group is made where systemd would", NULL},
	{"version", 'v', OPTION_BOOL, &global.version, NULL, "Print the version and quit", NULL},
	{NULL, 0, OPTION_BOOL, NULL, NULL, NULL, NULL},
};

static const struct command {
	const char *name, *usage;
	int min_args, max_args;
	bool enters; /* a process of ours goes into the container */
	bool warns;  /* what a bundle asks for and does not get is told */
	int (*main)(struct runc *r, struct err *e);
	const struct option_def *options;
} commands[] = {
	{"create", "ID", 1, 1, true, true, runc_life_create, runc_life_create_options},
	{"start", "ID", 1, 1, false, false, runc_life_start, NULL},
	{"run", "ID", 1, 1, true, true, runc_life_run, runc_life_run_options},
	{"exec", "ID [COMMAND ARG...]", 1, -1, true, false, runc_exec, runc_exec_options},
	{"kill", "ID [SIGNAL]", 1, 2, false, false, runc_life_kill, runc_life_kill_options},
	{"delete", "ID", 1, 1, false, false, runc_life_delete, runc_life_delete_options},
	{"pause", "ID", 1, 1, false, false, runc_life_pause, NULL},
	{"resume", "ID", 1, 1, false, false, runc_life_resume, NULL},
	{"update", "ID", 1, 1, false, true, runc_life_update, runc_life_update_options},
	{"state", "ID", 1, 1, false, false, runc_look_state, NULL},
	{"list", "", 0, 0, false, false, runc_look_list, runc_look_list_options},
	{"ps", "ID", 1, -1, false, false, runc_look_ps, runc_look_ps_options},
	{"events", "ID", 1, 1, false, false, runc_look_events, runc_look_events_options},
	{"features", "", 0, 0, false, false, runc_look_features, NULL},
	{"spec", "", 0, 0, false, false, runc_look_spec, runc_look_spec_options},
};
#define NCOMMANDS (sizeof(commands) / sizeof(*commands))

int runc_open(struct runc *r, struct err *e)
{
	return ocihome_open(r->c.a, r->root, r->c.argv[0], &r->h, e);
}

/* One line as logrus has it. */
static void write_log(const struct err *e)
{
	AUTO_BUF b = BUF_INIT;
	struct json_w w = JSON_W(&b);
	AUTO_FD int fd = openat(AT_FDCWD, global.log,
				O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC | O_NOCTTY, 0644);
	char now[STAMP_LEN];

	if (fd < 0)
		return;
	stamp_format(stamp_now(), now);
	if (global.format && !strcmp(global.format, "json")) {
		json_w_obj(&w, NULL);
		json_w_str(&w, "level", "error");
		json_w_str(&w, "msg", e->text);
		json_w_str(&w, "time", now);
		json_w_end(&w);
		buf_char(&b, '\n');
	} else {
		buf_printf(&b, "time=\"%s\" level=error msg=\"%s\"\n", now, e->text);
	}
	if (file_write_all(fd, b.data, b.len))
		fprintf(stderr, "proa-runc: --log %s cannot be written\n", global.log);
}

static int fail(const struct err *e)
{
	fprintf(stderr, "proa-runc: %s\n", e->text);
	if (global.log)
		write_log(e);
	return 1;
}

static int help(const struct command *k)
{
	const struct option_def *t = k ? k->options : options;

	printf("Usage: proa-runc [GLOBAL OPTIONS] %s %s\n", k ? k->name : "COMMAND",
	       k ? k->usage : "[OPTIONS] ...");
	for (size_t i = 0; !k && i < NCOMMANDS; i++)
		printf("  %s %s\n", commands[i].name, commands[i].usage);
	for (t = option_skip(t); t; t = option_skip(t + 1))
		printf("  --%s %s  %s\n", t->name, t->arg ? t->arg : "", t->help);
	return 0;
}

/* Returns when this is what runs already. argv: ours from the start. */
static int from_clone(char **argv, struct err *e)
{
	AUTO_FD int exe = openat(AT_FDCWD, "/proc/self/exe", O_PATH | O_CLOEXEC);
	AUTO_FD int fd = -1;
	struct statvfs v;

	if (exe >= 0 && !fstatvfs(exe, &v) && (v.f_flag & ST_RDONLY))
		return 0;
	if (file_mkdirs(global.root, 0700, e))
		return -1;
	fd = selfexe_open(global.root, e);
	return fd < 0 ? -1 : selfexe_exec(fd, argv, environ, e);
}

static int run_command(struct applet_ctx *c, const struct command *k, char **argv0)
{
	static const struct applet cmdline = {.flags = APPLET_CMDLINE};
	struct runc r = {.c = {.a = c->a, .self = &cmdline}, .root = global.root};
	struct err e;
	int rc;

	r.h.dir = r.h.lock = -1;
	rc = option_parse(&r.c, k->options, options, c->argc - 1, c->argv + 1, &e);
	if (rc > 0)
		return help(k);
	if (!rc && (r.c.argc < k->min_args || (k->max_args >= 0 && r.c.argc > k->max_args)))
		rc = err_set(&e, ERR_INVALID, "%s: wrong number of arguments, it takes: %s",
			     k->name, *k->usage ? k->usage : "none");
	if (!rc && *global.root != '/')
		rc = err_set(&e, ERR_INVALID, "--root %s: not an absolute path", global.root);
	log_set(global.debug ? LOG_DEBUG : k->warns && !global.log ? LOG_WARN : LOG_ERROR, 2);
	if (!rc && k->enters)
		rc = from_clone(argv0, &e);
	if (!rc)
		rc = k->main(&r, &e);
	ocihome_close(&r.h);
	return rc < 0 ? fail(&e) : rc;
}

static int runc_main(struct applet_ctx *c)
{
	char **argv0 = c->argv - 1;
	struct err e;
	int rc;

	argv0[0] = arena_strdup(c->a, "proa-runc"); /* also where it is `proa runc` */
	c->self = NULL;				    /* options end at the command's name */
	rc = option_parse(c, NULL, options, c->argc, c->argv, &e);
	if (rc < 0)
		return fail(&e);
	if (global.version) {
		printf("runc version " PROA_VERSION " (proa)\nspec: 1.0.2\n");
		return 0;
	}
	if (rc || !c->argc || !strcmp(c->argv[0], "help"))
		return help(NULL);
	for (size_t i = 0; i < NCOMMANDS; i++)
		if (!strcmp(commands[i].name, c->argv[0]))
			return run_command(c, &commands[i], argv0);
	err_set(&e, ERR_INVALID, "unknown command '%.100s': see proa-runc --help", c->argv[0]);
	return fail(&e);
}

APPLET(runc, .name = "runc", .usage = "COMMAND", .brief = "an OCI runtime", .flags = APPLET_HIDDEN,
       .main = runc_main);
