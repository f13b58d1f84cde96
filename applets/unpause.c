/* SPDX-License-Identifier: Apache-2.0 */
/* proa unpause: the processes of each container go on. */
#include "applets/each.h"

static int unpause_main(struct applet_ctx *c)
{
	return each_post(c, "/unpause");
}

APPLET(unpause, .name = "unpause", .alias = "container unpause",
       .usage = "CONTAINER [CONTAINER...]",
       .brief = "Unpause all processes within one or more containers", .min_args = 1,
       .max_args = -1, .main = unpause_main);
