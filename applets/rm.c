/* SPDX-License-Identifier: Apache-2.0 */
/*
 * proa rm: removes containers. Each on its own: one that cannot be removed does not keep the
 * others.
 */
#include "applets/each.h"
#include "base/buf.h"
#include "wire/target.h"

#include <stdio.h>

static bool force, volumes, link_only;

static const struct option_def options[] = {
	{"force", 'f', OPTION_BOOL, &force, NULL, "Remove a running container (with SIGKILL)",
	 NULL},
	{"link", 'l', OPTION_BOOL, &link_only, NULL, "Remove the link, not the container", NULL},
	{"volumes", 'v', OPTION_BOOL, &volumes, NULL, "Remove its anonymous volumes", NULL},
	{NULL, 0, OPTION_BOOL, NULL, NULL, NULL, NULL},
};

static int remove_one(struct applet_ctx *c, struct client_conn *cc, const char *name, struct err *e)
{
	const char *rest = arena_printf(c->a, "?force=%d&v=%d", force, volumes), *target;
	struct client_answer ans;
	AUTO_BUF link = BUF_INIT;

	if (!*name)
		return err_set(e, ERR_INVALID, "container name cannot be empty");
	if (link_only) { /* "name/alias" */
		buf_str(&link, "/containers/");
		target_quote(&link, name + (*name == '/'));
		buf_str(&link, "?link=1");
		target = link.data;
	} else {
		target = each_target(c, name, rest, e);
	}
	return target ? client_call(cc, c->a, "DELETE", target, NULL, &ans, e) : -1;
}

static int rm_main(struct applet_ctx *c)
{
	struct client_conn cc = {.fd = -1};
	int status = 0;
	struct err e;

	if (client_dial(&c->client, &cc, &e))
		return applet_fail(&e, 1);
	for (int i = 0; i < c->argc; i++) {
		if (!remove_one(c, &cc, c->argv[i], &e)) {
			printf("%s\n", c->argv[i]);
		} else if (!force || e.kind != ERR_NOTFOUND) {
			status = applet_fail(&e, 1);
		} else {
			applet_fail(&e, 0); /* Docker's rm -f says so and is content */
		}
	}
	client_close(&cc);
	return status;
}

APPLET(rm, .name = "rm", .alias = "container rm, container remove",
       .usage = "[OPTIONS] CONTAINER [CONTAINER...]", .brief = "Remove one or more containers",
       .options = options, .min_args = 1, .max_args = -1, .main = rm_main);
