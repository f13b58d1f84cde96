/* SPDX-License-Identifier: Apache-2.0 */
/*
 * proa top: the processes of a container. What follows its name are options of ps, which the engine
 * understands. Columns are 20 wide, as Docker prints them.
 */
#include "applets/each.h"
#include "wire/target.h"

#include <stdio.h>

#define WIDTH 17 /* and three spaces */

static void print_row(const struct json *row)
{
	struct json_iter it = json_iter(row);
	const struct json *v = json_next(&it, NULL), *next;

	for (; v; v = next) {
		next = json_next(&it, NULL);
		if (next)
			printf("%-*s   ", WIDTH, json_str(v, ""));
		else
			puts(json_str(v, ""));
	}
}

static int top_main(struct applet_ctx *c)
{
	struct client_conn cc = {.fd = -1};
	AUTO_BUF args = BUF_INIT;
	AUTO_BUF query = BUF_INIT;
	const struct json *answer = NULL, *row;
	const char *target;
	struct json_iter it;
	struct err e;
	int rc;

	buf_str(&query, "/top");
	for (int i = 1; i < c->argc; i++)
		buf_printf(&args, "%s%s", i > 1 ? " " : "", c->argv[i]);
	if (args.len) {
		buf_str(&query, "?ps_args=");
		target_quote(&query, args.data);
	}
	target = each_target(c, c->argv[0], query.data, &e);
	if (!target || client_dial(&c->client, &cc, &e))
		return applet_fail(&e, 1);
	rc = client_json(&cc, c->a, "GET", target, NULL, &answer, &e);
	client_close(&cc);
	if (rc)
		return applet_fail(&e, 1);
	print_row(json_get(answer, "Titles"));
	it = json_iter(json_get(answer, "Processes"));
	while ((row = json_next(&it, NULL)))
		print_row(row);
	return 0;
}

APPLET(top, .name = "top", .alias = "container top", .usage = "CONTAINER [ps OPTIONS]",
       .brief = "Display the running processes of a container", .flags = APPLET_CMDLINE,
       .min_args = 1, .max_args = -1, .main = top_main);
