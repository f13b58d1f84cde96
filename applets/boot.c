/* SPDX-License-Identifier: Apache-2.0 */
/*
 * proa boot: once after the machine came up, for an init script or a unit: what ran when it went
 * down is started again where its restart policy says so. Prints the name of each.
 */
#include "applets/applet.h"

#include <stdio.h>

static int boot_main(struct applet_ctx *c)
{
	struct client_conn cc = {.fd = -1};
	const struct json *answer = NULL, *v;
	struct json_iter it;
	int status = 0;
	struct err e;

	if (client_dial(&c->client, &cc, &e) ||
	    client_json(&cc, c->a, "POST", "/proa/boot", NULL, &answer, &e)) {
		client_close(&cc);
		return applet_fail(&e, 1);
	}
	it = json_iter(json_get(answer, "Started"));
	while ((v = json_next(&it, NULL)))
		printf("%s\n", json_str(v, ""));
	it = json_iter(json_get(answer, "Failed"));
	while ((v = json_next(&it, NULL))) {
		err_set(&e, ERR_SYS, "%s was not started: %s", json_str(json_get(v, "Name"), ""),
			json_str(json_get(v, "Error"), ""));
		status = applet_fail(&e, 1);
	}
	client_close(&cc);
	return status;
}

APPLET(boot, .name = "boot", .usage = "",
       .brief = "Start what ran when the machine went down, by its restart policy", .min_args = 0,
       .max_args = 0, .main = boot_main);
