/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Those that go together are asked all at once, a connection each, and their answers are read in
 * the order of the command line: what a person reads is the same as one after the other, and ten
 * containers that take ten seconds to stop take ten and not a hundred.
 */
#include "applets/each.h"
#include "wire/target.h"

#include <stdio.h>

#define TOGETHER 12 /* connections; client.c keeps 16 in mind */

const char *each_target(struct applet_ctx *c, const char *name, const char *rest, struct err *e)
{
	AUTO_BUF target = BUF_INIT;

	if (!*name) {
		err_set(e, ERR_INVALID, "invalid container name or ID: value is empty");
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

int each_post_together(struct applet_ctx *c, const char *rest)
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

const char *each_stop_query(struct applet_ctx *c, const char *verb, const int64_t *seconds,
			    const char *signal)
{
	AUTO_BUF b = BUF_INIT;

	buf_printf(&b, "/%s?", verb);
	if (seconds)
		buf_printf(&b, "t=%lld&", (long long)*seconds);
	if (signal && *signal) {
		buf_str(&b, "signal=");
		target_quote(&b, signal);
	}
	return arena_strndup(c->a, b.data, b.len);
}
