/* SPDX-License-Identifier: Apache-2.0 */
/* proa export: the root of a container as a tar, on stdout or in a file that appears when whole. */
#include "applets/each.h"
#include "applets/outfile.h"

static const char *output;

static const struct option_def export_options[] = {
	{"output", 'o', OPTION_STR, &output, "string", "Write to a file, instead of STDOUT", NULL},
	{NULL, 0, OPTION_BOOL, NULL, NULL, NULL, NULL},
};

static int export_main(struct applet_ctx *c)
{
	struct client_conn cc = {.fd = -1};
	struct client_answer answer;
	const char *target;
	struct err e;
	int rc;

	if (outfile_check(output, "export container", &e))
		return applet_fail(&e, 1);
	target = each_target(c, c->argv[0], "/export", &e);
	rc = !target || client_dial(&c->client, &cc, &e) ||
	     client_call(&cc, c->a, "GET", target, NULL, &answer, &e) ||
	     outfile_write(&cc, output, &e);
	client_close(&cc);
	return rc ? applet_fail(&e, 1) : 0;
}

APPLET(export, .name = "export", .alias = "container export", .usage = "[OPTIONS] CONTAINER",
       .brief = "Export a container's filesystem as a tar archive", .options = export_options,
       .min_args = 1, .max_args = 1, .main = export_main);
