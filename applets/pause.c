/* SPDX-License-Identifier: Apache-2.0 */
/* proa pause: the processes of each container stand still where they are. */
#include "applets/each.h"

static int pause_main(struct applet_ctx *c)
{
	return each_post(c, "/pause");
}

APPLET(pause, .name = "pause", .alias = "container pause", .usage = "CONTAINER [CONTAINER...]",
       .brief = "Pause all processes within one or more containers", .min_args = 1, .max_args = -1,
       .main = pause_main);
