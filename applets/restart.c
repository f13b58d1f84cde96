/* SPDX-License-Identifier: Apache-2.0 */
/* proa restart: stop and start. Several at once: each may take its whole time to stop. */
#include "applets/each.h"

static int restart_main(struct applet_ctx *c)
{
	return each_stop(c, "restart");
}

APPLET(restart, .name = "restart", .alias = "container restart",
       .usage = "[OPTIONS] CONTAINER [CONTAINER...]", .brief = "Restart one or more containers",
       .options = each_stop_options, .min_args = 1, .max_args = -1, .main = restart_main);
