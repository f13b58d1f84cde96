/* SPDX-License-Identifier: Apache-2.0 */
/*
 * proa rm: removes containers. Each on its own: one that cannot be removed does not keep the
 * others.
 */
#include "applets/applet.h"
#include "wire/target.h"

#include <stdio.h>
#include <string.h>

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
	AUTO_BUF target = BUF_INIT;
	struct client_answer ans;

	if (!*name)
		return err_set(e, ERR_INVALID, "a container's name is empty");
	buf_str(&target, "/containers/");
	target_quote(&target, name);
	buf_printf(&target, "?force=%d&v=%d", force, volumes);
	return client_call(cc, c->a, "DELETE", target.data, NULL, &ans, e);
}

static int rm_main(struct applet_ctx *c)
{
	struct client_conn cc = {.fd = -1};
	int status = 0;
	struct err e;

	if (link_only) {
		err_set(&e, ERR_UNSUPPORTED, "--link: networks are not built yet");
		return applet_fail(&e, 1);
	}
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
