/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Those that go together are asked all at once, a connection each, and their answers are read in
 * the order of the command line: what a person reads is the same as one after the other, and ten
 * containers that take ten seconds to stop take ten and not a hundred.
 */
#include "applets/each.h"
#include "wire/target.h"

#include <stdio.h>
#include <string.h>

#define TOGETHER 12 /* connections; client.c keeps 16 in mind */

const char *each_target(struct applet_ctx *c, const char *name, const char *rest, struct err *e)
{
	AUTO_BUF target = BUF_INIT;

	if (!*name) {
		err_set(e, ERR_INVALID, "invalid container name or ID: value is empty");
		return NULL;
	}
	if (strchr(name + 1, '/')) { /* it would be another path */
		err_set(e, ERR_NOTFOUND, "No such container: %.300s", name);
		return NULL;
	}
	buf_str(&target, "/containers/");
	target_quote(&target, name);
	buf_str(&target, rest);
	return arena_strndup(c->a, target.data, target.len);
}

static int told(const char *name, int rc, const struct err *e)
{
	if (rc)
		return applet_fail(e, 1);
	printf("%s\n", name);
	return 0;
}

int each_post(struct applet_ctx *c, const char *rest)
{
	struct client_conn cc = {.fd = -1};
	int status = 0;
	struct err e;

	if (client_dial(&c->client, &cc, &e))
		return applet_fail(&e, 1);
	for (int i = 0; i < c->argc; i++) {
		const char *target = each_target(c, c->argv[i], rest, &e);
		struct client_answer ans;
		int rc = target ? client_call(&cc, c->a, "POST", target, NULL, &ans, &e) : -1;

		status |= told(c->argv[i], rc, &e);
	}
	client_close(&cc);
	return status;
}

static int ask(struct applet_ctx *c, struct client_conn *cc, const char *name, const char *rest,
	       struct err *e)
{
	const char *target = each_target(c, name, rest, e);

	return !target || client_dial(&c->client, cc, e) ||
			       client_ask(cc, c->a, "POST", target, NULL, e)
		       ? -1
		       : 0;
}

static int post_together(struct applet_ctx *c, const char *rest)
{
	int status = 0;

	for (int at = 0; at < c->argc; at += TOGETHER) {
		int n = c->argc - at < TOGETHER ? c->argc - at : TOGETHER;
		struct client_conn cc[TOGETHER] = {0};
		struct err e[TOGETHER];
		int rc[TOGETHER];

		for (int i = 0; i < n; i++)
			rc[i] = ask(c, &cc[i], c->argv[at + i], rest, &e[i]);
		for (int i = 0; i < n; i++) {
			const struct json *none;

			if (!rc[i])
				rc[i] = client_told(&cc[i], c->a, &none, &e[i]);
			status |= told(c->argv[at + i], rc[i], &e[i]);
			fflush(stdout);
			client_close(&cc[i]);
		}
	}
	return status;
}

/* ---- stop and restart */

static struct {
	int64_t timeout;
	bool timeout_set;
	const char *signal;
} stop;

const struct option_def each_stop_options[] = {
	{"signal", 's', OPTION_STR, &stop.signal, "string", "Signal to send to the container",
	 NULL},
	{"timeout", 't', OPTION_INT, &stop.timeout, "int",
	 "Seconds to wait before killing the container (-1: no end)", &stop.timeout_set},
	{"time", 0, OPTION_INT, &stop.timeout, "int", "The same as --timeout", &stop.timeout_set},
	{NULL, 0, OPTION_BOOL, NULL, NULL, NULL, NULL},
};

int each_stop(struct applet_ctx *c, const char *verb)
{
	AUTO_BUF b = BUF_INIT;

	buf_printf(&b, "/%s?", verb);
	if (stop.timeout_set)
		buf_printf(&b, "t=%lld&", (long long)stop.timeout);
	if (stop.signal && *stop.signal) {
		buf_str(&b, "signal=");
		target_quote(&b, stop.signal);
	}
	return post_together(c, arena_strndup(c->a, b.data, b.len));
}
