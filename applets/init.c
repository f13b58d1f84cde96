/* SPDX-License-Identifier: Apache-2.0 */
/*
 * proa-init (docker-init): pid 1 of a container that was started with --init (container/init.h).
 */
#include "applets/applet.h"
#include "container/init.h"

static int init_applet(struct applet_ctx *c)
{
	/* it wants its own name too, which the dispatcher took off */
	return init_main(c->argc + 1, c->argv - 1);
}

APPLET(init, .name = "init", .usage = "", .brief = "pid 1 in a container", .flags = APPLET_HIDDEN,
       .main = init_applet);
