/* SPDX-License-Identifier: Apache-2.0 */
/* proa stop: asks a container to end, and after its time makes it. Several at once. */
#include "applets/each.h"

static int stop_main(struct applet_ctx *c)
{
	return each_stop(c, "stop");
}

APPLET(stop, .name = "stop", .alias = "container stop",
       .usage = "[OPTIONS] CONTAINER [CONTAINER...]",
       .brief = "Stop one or more running containers", .options = each_stop_options, .min_args = 1,
       .max_args = -1, .main = stop_main);
