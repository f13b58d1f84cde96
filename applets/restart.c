/* SPDX-License-Identifier: Apache-2.0 */
/* proa restart: stop and start. Several at once: each may take its whole time to stop. */
#include "applets/each.h"

static struct {
	int64_t timeout;
	bool timeout_set;
	const char *signal;
} f;

static const struct option_def options[] = {
	{"signal", 's', OPTION_STR, &f.signal, "string", "Signal to send to the container", NULL},
	{"timeout", 't', OPTION_INT, &f.timeout, "int",
	 "Seconds to wait before killing the container (-1: no end)", &f.timeout_set},
	{"time", 0, OPTION_INT, &f.timeout, "int", "The same as --timeout", &f.timeout_set},
	{NULL, 0, OPTION_BOOL, NULL, NULL, NULL, NULL},
};

static int restart_main(struct applet_ctx *c)
{
	return each_post_together(c, each_stop_query(c, "restart",
						     f.timeout_set ? &f.timeout : NULL, f.signal));
}

APPLET(restart, .name = "restart", .alias = "container restart",
       .usage = "[OPTIONS] CONTAINER [CONTAINER...]", .brief = "Restart one or more containers",
       .options = options, .min_args = 1, .max_args = -1, .main = restart_main);
