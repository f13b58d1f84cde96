/* SPDX-License-Identifier: Apache-2.0 */
/* image inspect: what is known of each image, as `inspect --type image` prints it. */
#include "applets/inspect.h"

static const char *format;

static const struct option_def options[] = {
	{"format", 'f', OPTION_STR, &format, "string", INSPECT_FORMAT_HELP, NULL},
	{NULL, 0, OPTION_BOOL, NULL, NULL, NULL, NULL},
};

static int inspect_main(struct applet_ctx *c)
{
	return inspect_args(c, "image", format, false);
}

APPLET(image_inspect, .name = "image inspect", .usage = "[OPTIONS] IMAGE [IMAGE...]",
       .brief = "Display detailed information on one or more images", .options = options,
       .min_args = 1, .max_args = -1, .main = inspect_main);
