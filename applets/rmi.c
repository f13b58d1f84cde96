/* SPDX-License-Identifier: Apache-2.0 */
/*
 * rmi: one request per image, so that a refusal of one does not keep the others. With --force an
 * image that is not there is said, but is no failure, as in Docker.
 */
#include "applets/applet.h"

#include <stdio.h>

#include "wire/target.h"

static bool force, noprune;

static const struct option_def rmi_options[] = {
	{.name = "force",
	 .letter = 'f',
	 .type = OPTION_BOOL,
	 .value = &force,
	 .help = "Force removal of the image"},
	{.name = "no-prune",
	 .type = OPTION_BOOL,
	 .value = &noprune,
	 .help = "Do not delete untagged parents"},
	{0},
};

static int remove_one(struct applet_ctx *c, const char *name, struct err *e)
{
	struct client_conn cc = {.fd = -1};
	const struct json *list, *v;
	AUTO_BUF target = BUF_INIT;
	struct json_iter it;
	int rc;

	buf_str(&target, "/images/");
	target_quote(&target, name);
	buf_printf(&target, "?force=%d&noprune=%d", force, noprune);
	if (client_dial(&c->client, &cc, e))
		return -1;
	rc = client_json(&cc, c->a, "DELETE", target.data, NULL, &list, e);
	client_close(&cc);
	if (rc)
		return -1;
	it = json_iter(list);
	while ((v = json_next(&it, NULL))) {
		const char *untagged = json_str(json_get(v, "Untagged"), NULL);

		if (untagged)
			printf("Untagged: %s\n", untagged);
		else
			printf("Deleted: %s\n", json_str(json_get(v, "Deleted"), ""));
	}
	return 0;
}

static int rmi_main(struct applet_ctx *c)
{
	int status = 0;
	struct err e;

	for (int i = 0; i < c->argc; i++) {
		if (!remove_one(c, c->argv[i], &e))
			continue;
		applet_fail(&e, 1);
		if (!force || e.kind != ERR_NOTFOUND)
			status = 1;
	}
	return status;
}

APPLET(rmi, .name = "rmi", .alias = "image rm, image remove", .usage = "[OPTIONS] IMAGE [IMAGE...]",
       .brief = "Remove one or more images", .options = rmi_options, .min_args = 1, .max_args = -1,
       .main = rmi_main);
