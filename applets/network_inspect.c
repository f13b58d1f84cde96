/* SPDX-License-Identifier: Apache-2.0 */
/* network inspect: what is known of each network. Only a swarm's have more to say with -v. */
#include "applets/inspect.h"

static const char *format;
static bool verbose;

static const struct option_def options[] = {
	{"format", 'f', OPTION_STR, &format, "string", INSPECT_FORMAT_HELP, NULL},
	{"verbose", 'v', OPTION_BOOL, &verbose, NULL, "Verbose output for diagnostics", NULL},
	{NULL, 0, OPTION_BOOL, NULL, NULL, NULL, NULL},
};

static int inspect_main(struct applet_ctx *c)
{
	return inspect_args(c, "network", format, false);
}

APPLET(network_inspect, .name = "network inspect", .usage = "[OPTIONS] NETWORK [NETWORK...]",
       .brief = "Display detailed information on one or more networks", .options = options,
       .min_args = 1, .max_args = -1, .main = inspect_main);
