/* SPDX-License-Identifier: Apache-2.0 */
/*
 * proa wait: the exit status of each container, in the order given. All are asked first, so that
 * one with --rm which ends while an earlier one is waited for is still known.
 */
#include "applets/each.h"

#include <stdio.h>

#define TOGETHER 12

static int ask(struct applet_ctx *c, const char *name, struct client_conn *cc, struct err *e)
{
	const char *target = each_target(c, name, "/wait", e);
	struct client_answer ans;

	return !target || client_dial(&c->client, cc, e) ||
			       client_call(cc, c->a, "POST", target, NULL, &ans, e)
		       ? -1
		       : 0;
}

static int code(struct applet_ctx *c, struct client_conn *cc, int *ret, struct err *e)
{
	AUTO_BUF b = BUF_INIT;
	const struct json *v;

	if (http_read_all(cc->h, 65536, &b, e))
		return -1;
	v = json_parse(c->a, b.data, b.len, 65536, "the engine's answer", e);
	if (!v)
		return -1;
	*ret = (int)json_int(json_get(v, "StatusCode"), 125);
	return 0;
}

static int wait_main(struct applet_ctx *c)
{
	int status = 0, n;

	for (int at = 0; at < c->argc; at += n) {
		struct client_conn cc[TOGETHER] = {0};
		struct err e[TOGETHER];
		int rc[TOGETHER];

		n = c->argc - at < TOGETHER ? c->argc - at : TOGETHER;
		for (int i = 0; i < n; i++)
			rc[i] = ask(c, c->argv[at + i], &cc[i], &e[i]);
		for (int i = 0; i < n; i++) {
			int v = 125;

			if (rc[i] || code(c, &cc[i], &v, &e[i]))
				status = applet_fail(&e[i], 1);
			else
				printf("%d\n", v);
			fflush(stdout);
			client_close(&cc[i]);
		}
	}
	return status;
}

APPLET(wait, .name = "wait", .alias = "container wait", .usage = "CONTAINER [CONTAINER...]",
       .brief = "Block until one or more containers stop, then print their exit codes",
       .min_args = 1, .max_args = -1, .main = wait_main);
