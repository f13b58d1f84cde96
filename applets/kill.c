/* SPDX-License-Identifier: Apache-2.0 */
/* proa kill: a signal to the first process of each container. */
#include "applets/each.h"
#include "wire/target.h"

static const char *sig;

static const struct option_def options[] = {
	{"signal", 's', OPTION_STR, &sig, "string", "Signal to send (default SIGKILL)", NULL},
	{NULL, 0, OPTION_BOOL, NULL, NULL, NULL, NULL},
};

static int kill_main(struct applet_ctx *c)
{
	AUTO_BUF rest = BUF_INIT;

	buf_str(&rest, "/kill?");
	if (sig && *sig) {
		buf_str(&rest, "signal=");
		target_quote(&rest, sig);
	}
	return each_post(c, rest.data);
}

APPLET(kill, .name = "kill", .alias = "container kill",
       .usage = "[OPTIONS] CONTAINER [CONTAINER...]",
       .brief = "Kill one or more running containers", .options = options, .min_args = 1,
       .max_args = -1, .main = kill_main);
