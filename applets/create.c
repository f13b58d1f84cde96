/* SPDX-License-Identifier: Apache-2.0 */
/* proa create: what run does before it starts, and the ID. 125 for a wrong command line, 1 for what
 * the engine refuses. */
#include "applets/applet.h"
#include "applets/creating.h"
#include "applets/runflags.h"

#include <stdio.h>

static int create_main(struct applet_ctx *c)
{
	struct client_conn conn = {.fd = -1};
	const char *id = NULL;
	struct runflags f = {.sent = false};
	struct err e;

	if (!runflags_parse(&f, &e))
		id = creating_container(c, &f, &conn, NULL, &e);
	client_close(&conn);
	if (!id)
		return applet_fail(&e, f.sent || e.kind == ERR_CONFLICT ? 1 : 125);
	printf("%s\n", id);
	return 0;
}

APPLET(create, .name = "create", .alias = "container create",
       .usage = "[OPTIONS] IMAGE [COMMAND] [ARG...]", .brief = "Create a new container",
       .options = runflags_create, .flags = APPLET_CMDLINE, .min_args = 1, .max_args = -1,
       .main = create_main);
