/* SPDX-License-Identifier: Apache-2.0 */
/* volume inspect: what is known of each volume, as `inspect --type volume` prints it. */
#include "applets/inspect.h"

static const char *format;

static const struct option_def options[] = {
	{"format", 'f', OPTION_STR, &format, "string", INSPECT_FORMAT_HELP, NULL},
	{NULL, 0, OPTION_BOOL, NULL, NULL, NULL, NULL},
};

static int inspect_main(struct applet_ctx *c)
{
	return inspect_args(c, "volume", format, false);
}

APPLET(volume_inspect, .name = "volume inspect", .usage = "[OPTIONS] VOLUME [VOLUME...]",
       .brief = "Display detailed information on one or more volumes", .options = options,
       .min_args = 1, .max_args = -1, .main = inspect_main);
