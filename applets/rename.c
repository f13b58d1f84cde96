/* SPDX-License-Identifier: Apache-2.0 */
/* proa rename: another name for a container. Says nothing when it went well, as Docker's does. */
#include "applets/each.h"
#include "wire/target.h"

static int rename_main(struct applet_ctx *c)
{
	struct client_conn cc = {.fd = -1};
	AUTO_BUF rest = BUF_INIT;
	struct client_answer ans;
	const char *target;
	struct err e;
	int rc;

	if (!*c->argv[0] || !*c->argv[1]) {
		err_set(&e, ERR_INVALID, "Neither old nor new names may be empty: give both");
		return applet_fail(&e, 1);
	}
	buf_str(&rest, "/rename?name=");
	target_quote(&rest, c->argv[1]);
	target = each_target(c, c->argv[0], rest.data, &e);
	rc = !target || client_dial(&c->client, &cc, &e) ||
	     client_call(&cc, c->a, "POST", target, NULL, &ans, &e);
	client_close(&cc);
	return rc ? applet_fail(&e, 1) : 0;
}

APPLET(rename, .name = "rename", .alias = "container rename", .usage = "CONTAINER NEW_NAME",
       .brief = "Rename a container", .min_args = 2, .max_args = 2, .main = rename_main);
