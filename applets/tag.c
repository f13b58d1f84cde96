/* SPDX-License-Identifier: Apache-2.0 */
/* tag: a further name for an image. The engine parses the name, so that every client's names mean
 * the same. */
#include "applets/applet.h"

#include "wire/target.h"

static int tag_main(struct applet_ctx *c)
{
	struct client_conn cc = {.fd = -1};
	struct client_answer answer;
	AUTO_BUF target = BUF_INIT;
	struct err e;
	int rc;

	buf_str(&target, "/images/");
	target_quote(&target, c->argv[0]);
	buf_str(&target, "/tag?repo=");
	target_quote(&target, c->argv[1]);
	if (client_dial(&c->client, &cc, &e))
		return applet_fail(&e, 1);
	rc = client_call(&cc, c->a, "POST", target.data, NULL, &answer, &e);
	client_close(&cc);
	return rc ? applet_fail(&e, 1) : 0;
}

APPLET(tag, .name = "tag", .alias = "image tag", .usage = "SOURCE_IMAGE[:TAG] TARGET_IMAGE[:TAG]",
       .brief = "Create a tag TARGET_IMAGE that refers to SOURCE_IMAGE", .min_args = 2,
       .max_args = 2, .main = tag_main);
