/* SPDX-License-Identifier: Apache-2.0 */
/* proa diff: what a container changed in its root: A added, C changed, D deleted. */
#include "applets/each.h"

#include <stdio.h>

static int diff_main(struct applet_ctx *c)
{
	static const char kinds[] = "CAD";
	struct client_conn cc = {.fd = -1};
	const struct json *list, *v;
	struct json_iter it;
	const char *target;
	struct err e;
	int rc;

	target = each_target(c, c->argv[0], "/changes", &e);
	rc = !target || client_dial(&c->client, &cc, &e) ||
	     client_json(&cc, c->a, "GET", target, NULL, &list, &e);
	it = json_iter(rc ? NULL : list);
	while ((v = json_next(&it, NULL)))
		printf("%c %s\n", kinds[json_int(json_get(v, "Kind"), 0) % 3],
		       json_str(json_get(v, "Path"), ""));
	client_close(&cc);
	return rc ? applet_fail(&e, 1) : 0;
}

APPLET(diff, .name = "diff", .alias = "container diff", .usage = "CONTAINER",
       .brief = "Inspect changes to files or directories on a container's filesystem",
       .min_args = 1, .max_args = 1, .main = diff_main);
