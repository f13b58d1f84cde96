/* SPDX-License-Identifier: Apache-2.0 */
/*
 * proa exec: create and start on one connection, which then is the stream. Without a terminal our
 * own engine does both in one request, and the stream's last frame is the exit code; another engine
 * answers the create as ever, and the rest is asked for. With a terminal the exec's ID is needed,
 * to tell its size.
 *
 * Exit status: the command's; 126 and 127 where it could not be executed (so says the exec's
 * record, as for Docker's client), 128 where no process could be made for another reason; 1 for
 * what the engine refused; 125 for a wrong command line.
 */
#include "applets/applet.h"
#include "applets/each.h"
#include "applets/runvalues.h"
#include "applets/stream.h"
#include "applets/term.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

#define ANSWER_MAX 65536

static struct {
	struct strs env, env_file;
	const char *user, *workdir, *keys;
	bool detach, interactive, privileged, tty;
} f;

static const struct option_def options[] = {
	{"detach", 'd', OPTION_BOOL, &f.detach, NULL, "Run the command in the background", NULL},
	{"detach-keys", 0, OPTION_STR, &f.keys, "string", "Key sequence for detaching", NULL},
	{"env", 'e', OPTION_LIST, &f.env, "list", "Set environment variables", NULL},
	{"env-file", 0, OPTION_LIST, &f.env_file, "list", "Read environment variables from a file",
	 NULL},
	{"interactive", 'i', OPTION_BOOL, &f.interactive, NULL,
	 "Keep STDIN open even if not attached", NULL},
	{"privileged", 0, OPTION_BOOL, &f.privileged, NULL,
	 "Give the command all capabilities and no filter", NULL},
	{"tty", 't', OPTION_BOOL, &f.tty, NULL, "Allocate a pseudo-TTY", NULL},
	{"user", 'u', OPTION_STR, &f.user, "string", "User or UID (name|uid[:group|gid])", NULL},
	{"workdir", 'w', OPTION_STR, &f.workdir, "string", "Working directory", NULL},
	{NULL, 0, OPTION_BOOL, NULL, NULL, NULL, NULL},
};

static void size(struct json_w *w)
{
	unsigned rows, cols;

	if (!f.tty || term_size(0, &rows, &cols))
		return;
	json_w_arr(w, "ConsoleSize");
	json_w_int(w, NULL, rows);
	json_w_int(w, NULL, cols);
	json_w_arr_end(w);
}

static int write_config(struct applet_ctx *c, struct buf *b, struct err *e)
{
	struct json_w w = JSON_W(b);
	struct strs cmd = {0}, env = {0};

	if (runvalues_env(c->a, &f.env_file, &f.env, &env, e))
		return -1;
	for (int i = 1; i < c->argc; i++)
		strs_add(c->a, &cmd, c->argv[i]);
	json_w_obj(&w, NULL);
	json_w_bool(&w, "AttachStdin", f.interactive && !f.detach);
	json_w_bool(&w, "AttachStdout", !f.detach);
	json_w_bool(&w, "AttachStderr", !f.detach);
	json_w_bool(&w, "Tty", f.tty);
	json_w_strs(&w, "Cmd", &cmd);
	if (env.n)
		json_w_strs(&w, "Env", &env);
	if (f.user && *f.user)
		json_w_str(&w, "User", f.user);
	if (f.workdir && *f.workdir)
		json_w_str(&w, "WorkingDir", f.workdir);
	if (f.keys && *f.keys)
		json_w_str(&w, "DetachKeys", f.keys);
	if (f.privileged)
		json_w_bool(&w, "Privileged", true);
	size(&w);
	json_w_end(&w);
	return 0;
}

static void write_start(struct buf *b)
{
	struct json_w w = JSON_W(b);

	json_w_obj(&w, NULL);
	json_w_bool(&w, "Detach", f.detach);
	json_w_bool(&w, "Tty", f.tty);
	size(&w);
	json_w_end(&w);
}

static int ask_code(struct applet_ctx *c, const char *id, int *ret, struct err *e)
{
	struct client_conn cc = {.fd = -1};
	const struct json *v;
	int rc;

	if (client_dial(&c->client, &cc, e))
		return -1;
	rc = client_json(&cc, c->a, "GET", arena_printf(c->a, "/exec/%s/json", id), NULL, &v, e);
	client_close(&cc);
	if (!rc)
		*ret = (int)json_int(json_get(v, "ExitCode"), 0);
	return rc;
}

/* id NULL: the stream is there already. */
static int foreground(struct applet_ctx *c, struct client_conn *cc, const char *id, int *ret,
		      struct err *e)
{
	struct keys keys = {.n = 0};
	struct stream s = {.client = &c->client,
			   .conn = cc,
			   .path = arena_printf(c->a, "/exec/%s", id ? id : ""),
			   .tty = f.tty,
			   .in = f.interactive,
			   .keys = f.tty ? &keys : NULL};
	AUTO_BUF body = BUF_INIT;
	int rc;

	write_start(&body);
	if (keys_parse(&keys, f.keys, e) || stream_begin(&s, e))
		return -1;
	rc = (id && client_hijack(cc, c->a, arena_printf(c->a, "%s/start?exitcode=1", s.path),
				  &body, e)) ||
	     stream_run(&s, e);
	stream_end();
	if (rc)
		return -1;
	if (s.detached) /* Docker's client: status 1, and its words */
		return err_set(e, ERR_NONE, "read escape sequence");
	if (s.exit_code < 0 && id)
		return ask_code(c, id, ret, e);
	if (s.exit_code < 0)
		return err_set(e, ERR_UNAVAILABLE, "the engine was cut off before the end");
	*ret = s.exit_code;
	return 0;
}

static int background(struct applet_ctx *c, struct client_conn *cc, const char *id, struct err *e)
{
	AUTO_BUF body = BUF_INIT;
	struct client_answer ans;

	write_start(&body);
	return client_call(cc, c->a, "POST", arena_printf(c->a, "/exec/%s/start", id), &body, &ans,
			   e);
}

static const char *read_id(struct applet_ctx *c, struct client_conn *cc, struct err *e)
{
	AUTO_BUF b = BUF_INIT;
	const struct json *v;
	const char *id;

	if (http_read_all(cc->h, ANSWER_MAX, &b, e))
		return NULL;
	v = json_parse(c->a, b.data, b.len, ANSWER_MAX, "the engine's answer", e);
	if (!v)
		return NULL;
	id = json_str(json_get(v, "Id"), "");
	if (*id)
		return id;
	err_set(e, ERR_UNAVAILABLE, "the engine gave no exec ID");
	return NULL;
}

static int run(struct applet_ctx *c, struct client_conn *cc, int *ret, struct err *e)
{
	const char *target = each_target(c, c->argv[0], "/exec", e), *id;
	bool at_once = !f.detach && !f.tty;
	AUTO_BUF body = BUF_INIT;
	struct client_answer ans;
	struct keys keys;

	*ret = 1;
	if (runvalues_env_check(&f.env, e)) {
		*ret = 125; /* a flag's value */
		return -1;
	}
	if (!target || keys_parse(&keys, f.keys, e))
		return -1;
	if (f.interactive && f.tty && !f.detach && !isatty(0))
		return err_set(e, ERR_INVALID,
			       "the input device is not a TTY: leave out -t, or -i");
	if (at_once)
		target = arena_printf(c->a, "%s?start=1&exitcode=1", target);
	/* where the engine is local its worker comes up while we write the request */
	if (client_dial(&c->client, cc, e) || write_config(c, &body, e) ||
	    client_call(cc, c->a, "POST", target, &body, &ans, e))
		return -1;
	if (ans.status == 200 && at_once)
		return foreground(c, cc, NULL, ret, e);
	id = read_id(c, cc, e);
	if (!id)
		return -1;
	if (!f.detach)
		return foreground(c, cc, id, ret, e);
	if (background(c, cc, id, e))
		return -1;
	*ret = 0;
	return 0;
}

static int exec_main(struct applet_ctx *c)
{
	struct client_conn cc = {.fd = -1};
	struct err e;
	int status;

	if (run(c, &cc, &status, &e))
		status = applet_fail(&e, status);
	client_close(&cc);
	return status;
}

APPLET(exec, .name = "exec", .alias = "container exec",
       .usage = "[OPTIONS] CONTAINER COMMAND [ARG...]",
       .brief = "Execute a command in a running container", .options = options,
       .flags = APPLET_CMDLINE, .min_args = 2, .max_args = -1, .main = exec_main);
