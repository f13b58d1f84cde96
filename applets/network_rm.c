/* SPDX-License-Identifier: Apache-2.0 */
/* network rm: each on its own: one that is in use does not keep the others. */
#include "applets/applet.h"

#include <stdio.h>

#include "wire/target.h"

static bool force;

static const struct option_def options[] = {
	{"force", 'f', OPTION_BOOL, &force, NULL, "Do not error if the network does not exist",
	 NULL},
	{NULL, 0, OPTION_BOOL, NULL, NULL, NULL, NULL},
};

static int remove_one(struct applet_ctx *c, struct client_conn *cc, const char *name, struct err *e)
{
	AUTO_BUF target = BUF_INIT;
	struct client_answer ans;

	if (!*name)
		return err_set(e, ERR_INVALID, "a network's name is empty");
	buf_str(&target, "/networks/");
	target_quote(&target, name);
	return client_call(cc, c->a, "DELETE", target.data, NULL, &ans, e);
}

static int rm_main(struct applet_ctx *c)
{
	struct client_conn cc = {.fd = -1};
	int status = 0;
	struct err e;

	if (client_dial(&c->client, &cc, &e))
		return applet_fail(&e, 1);
	for (int i = 0; i < c->argc; i++) {
		if (!remove_one(c, &cc, c->argv[i], &e))
			puts(c->argv[i]);
		else if (!force || e.kind != ERR_NOTFOUND)
			status = applet_fail(&e, 1);
	}
	client_close(&cc);
	return status;
}

APPLET(network_rm, .name = "network rm", .alias = "network remove",
       .usage = "[OPTIONS] NETWORK [NETWORK...]", .brief = "Remove one or more networks",
       .options = options, .min_args = 1, .max_args = -1, .main = rm_main);
