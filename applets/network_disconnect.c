/* SPDX-License-Identifier: Apache-2.0 */
/* network disconnect: a container, running or not, is taken off a network. */
#include "applets/applet.h"

#include "wire/target.h"

static bool force;

static const struct option_def options[] = {
	{"force", 'f', OPTION_BOOL, &force, NULL,
	 "Force the container to disconnect from a network", NULL},
	{NULL, 0, OPTION_BOOL, NULL, NULL, NULL, NULL},
};

static int disconnect_main(struct applet_ctx *c)
{
	struct client_conn cc = {.fd = -1};
	AUTO_BUF body = BUF_INIT, target = BUF_INIT;
	struct json_w w = JSON_W(&body);
	struct client_answer ans;
	struct err e;
	int rc;

	json_w_obj(&w, NULL);
	json_w_str(&w, "Container", c->argv[1]);
	json_w_bool(&w, "Force", force);
	json_w_end(&w);
	if (client_dial(&c->client, &cc, &e))
		return applet_fail(&e, 1);
	buf_str(&target, "/networks/");
	target_quote(&target, c->argv[0]);
	buf_str(&target, "/disconnect");
	rc = client_call(&cc, c->a, "POST", target.data, &body, &ans, &e);
	client_close(&cc);
	return rc ? applet_fail(&e, 1) : 0;
}

APPLET(network_disconnect, .name = "network disconnect", .usage = "[OPTIONS] NETWORK CONTAINER",
       .brief = "Disconnect a container from a network", .options = options, .min_args = 2,
       .max_args = 2, .main = disconnect_main);
