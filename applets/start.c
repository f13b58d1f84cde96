/* SPDX-License-Identifier: Apache-2.0 */
/*
 * proa start: each container on its own and its name printed; with -a or -i one, whose output,
 * signals and exit status are ours.
 */
#include "applets/each.h"
#include "applets/session.h"

#include <stdio.h>

static struct {
	bool attach, interactive;
	const char *keys, *checkpoint, *checkpoint_dir;
} f;

static const struct option_def options[] = {
	{"attach", 'a', OPTION_BOOL, &f.attach, NULL, "Attach STDOUT/STDERR and forward signals",
	 NULL},
	{"checkpoint", 0, OPTION_STR, &f.checkpoint, "string", "Restore from a checkpoint", NULL},
	{"checkpoint-dir", 0, OPTION_STR, &f.checkpoint_dir, "string",
	 "Where checkpoints are stored", NULL},
	{"detach-keys", 0, OPTION_STR, &f.keys, "string", "Key sequence for detaching", NULL},
	{"interactive", 'i', OPTION_BOOL, &f.interactive, NULL, "Attach the container's STDIN",
	 NULL},
	{NULL, 0, OPTION_BOOL, NULL, NULL, NULL, NULL},
};

static int attached(struct session *s, int *ret, struct err *e)
{
	const char *target = each_target(s->c, s->c->argv[0], "/json", e);
	const struct json *v, *config;

	*ret = 1;
	if (session_keys(s, f.keys, e) || !target || client_dial(&s->c->client, &s->main, e) ||
	    client_json(&s->main, s->c->a, "GET", target, NULL, &v, e))
		return -1;
	config = json_get(v, "Config");
	s->id = json_str(json_get(v, "Id"), "");
	s->tty = json_bool(json_get(config, "Tty"), false);
	s->in = f.interactive && json_bool(json_get(config, "OpenStdin"), false);
	s->out = s->err = true;
	s->sig_proxy = !s->tty;
	s->remove = json_bool(json_get(json_get(v, "HostConfig"), "AutoRemove"), false);
	if (!session_foreground(s, ret, e))
		return 0;
	*ret = 1;
	return -1;
}

static int plain(struct applet_ctx *c)
{
	struct client_conn cc = {.fd = -1};
	struct client_answer ans;
	AUTO_BUF failed = BUF_INIT;
	bool ok = true;
	struct err e;

	if (client_dial(&c->client, &cc, &e))
		return applet_fail(&e, 1);
	for (int i = 0; i < c->argc; i++) {
		const char *name = c->argv[i], *target = each_target(c, name, "/start", &e);

		if (target && !client_call(&cc, c->a, "POST", target, NULL, &ans, &e)) {
			printf("%s\n", name);
			continue;
		}
		applet_fail(&e, 1);
		ok = false;
		buf_printf(&failed, "%s%s", failed.len ? ", " : "", name);
	}
	client_close(&cc);
	if (ok)
		return 0;
	err_set(&e, ERR_INVALID, "failed to start containers: %s", failed.data ? failed.data : "");
	return applet_fail(&e, 1);
}

static int start_main(struct applet_ctx *c)
{
	struct session s = SESSION(c);
	int status = 1;
	struct err e;

	if (f.checkpoint || f.checkpoint_dir) {
		err_set(&e, ERR_UNSUPPORTED,
			"--checkpoint: there are no checkpoints here: start it without");
		return applet_fail(&e, 1);
	}
	if (!f.attach && !f.interactive)
		return plain(c);
	if (c->argc > 1) {
		err_set(&e, ERR_INVALID, "you cannot start and attach multiple containers at once");
		return applet_fail(&e, 1);
	}
	if (attached(&s, &status, &e))
		applet_fail(&e, 1);
	session_close(&s);
	return status;
}

APPLET(start, .name = "start", .alias = "container start",
       .usage = "[OPTIONS] CONTAINER [CONTAINER...]",
       .brief = "Start one or more stopped containers", .options = options, .min_args = 1,
       .max_args = -1, .main = start_main);
