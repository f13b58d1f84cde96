/* SPDX-License-Identifier: Apache-2.0 */
/* volume update: for cluster volumes only, in Docker too; any other is refused in its words. */
#include "applets/applet.h"

#include "wire/target.h"

static const char *availability;

static const struct option_def options[] = {
	{"availability", 0, OPTION_STR, &availability, "string",
	 "Cluster Volume availability (\"active\", \"pause\", \"drain\")", NULL},
	{NULL, 0, OPTION_BOOL, NULL, NULL, NULL, NULL},
};

static int update_main(struct applet_ctx *c)
{
	struct client_conn cc = {.fd = -1};
	AUTO_BUF target = BUF_INIT;
	const struct json *v;
	struct err e;
	int rc;

	buf_str(&target, "/volumes/");
	target_quote(&target, c->argv[0]);
	if (client_dial(&c->client, &cc, &e))
		return applet_fail(&e, 1);
	rc = client_json(&cc, c->a, "GET", target.data, NULL, &v, &e);
	client_close(&cc);
	if (!rc)
		err_set(&e, ERR_INVALID, "can only update cluster volumes");
	return applet_fail(&e, 1);
}

APPLET(volume_update, .name = "volume update", .usage = "[OPTIONS] VOLUME",
       .brief = "Update a volume (cluster volumes only)", .options = options, .min_args = 1,
       .max_args = 1, .main = update_main);
