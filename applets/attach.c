/* SPDX-License-Identifier: Apache-2.0 */
/*
 * proa attach: our stdin, stdout and stderr become those of a container that runs. The exit status
 * is the container's; 1 where a person left it by the detach keys, as with Docker's client, whose
 * words for it are the message.
 */
#include "applets/each.h"
#include "applets/session.h"

#include <unistd.h>

static struct {
	bool no_stdin, sig_proxy;
	const char *keys;
} f = {.sig_proxy = true};

static const struct option_def options[] = {
	{"detach-keys", 0, OPTION_STR, &f.keys, "string", "Key sequence for detaching", NULL},
	{"no-stdin", 0, OPTION_BOOL, &f.no_stdin, NULL, "Do not attach STDIN", NULL},
	{"sig-proxy", 0, OPTION_BOOL, &f.sig_proxy, NULL,
	 "Pass signals on to the process (default true)", NULL},
	{NULL, 0, OPTION_BOOL, NULL, NULL, NULL, NULL},
};

static int check_state(const struct json *state, struct err *e)
{
	if (!json_bool(json_get(state, "Running"), false))
		return err_set(e, ERR_CONFLICT,
			       "You cannot attach to a stopped container, start it first");
	if (json_bool(json_get(state, "Paused"), false))
		return err_set(e, ERR_CONFLICT,
			       "You cannot attach to a paused container, unpause it first");
	if (json_bool(json_get(state, "Restarting"), false))
		return err_set(e, ERR_CONFLICT,
			       "You cannot attach to a restarting container, wait until it is "
			       "running");
	return 0;
}

static int attach(struct session *s, int *ret, struct err *e)
{
	const char *target = each_target(s->c, s->c->argv[0], "/json", e);
	const struct json *v, *config;

	*ret = 1;
	if (session_keys(s, f.keys, e) || !target || client_dial(&s->c->client, &s->main, e) ||
	    client_json(&s->main, s->c->a, "GET", target, NULL, &v, e) ||
	    check_state(json_get(v, "State"), e))
		return -1;
	config = json_get(v, "Config");
	s->id = json_str(json_get(v, "Id"), "");
	s->tty = json_bool(json_get(config, "Tty"), false);
	s->in = !f.no_stdin && json_bool(json_get(config, "OpenStdin"), false);
	s->out = s->err = true;
	s->sig_proxy = f.sig_proxy && !s->tty;
	if (s->tty && s->in && !isatty(0))
		return err_set(e, ERR_INVALID,
			       "the input device is not a TTY: use --no-stdin to watch only");
	if (session_ask_wait(s, "not-running", e) || session_follow(s, ret, e))
		return -1;
	if (!s->detached)
		return 0;
	*ret = 1;
	return err_set(e, ERR_NONE, "read escape sequence");
}

static int attach_main(struct applet_ctx *c)
{
	struct session s = SESSION(c);
	int status = 1;
	struct err e;

	if (attach(&s, &status, &e))
		applet_fail(&e, 1);
	session_close(&s);
	return status;
}

APPLET(attach, .name = "attach", .alias = "container attach", .usage = "[OPTIONS] CONTAINER",
       .brief = "Attach local standard input, output, and error streams to a running container",
       .options = options, .min_args = 1, .max_args = 1, .main = attach_main);
