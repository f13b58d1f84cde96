/* SPDX-License-Identifier: Apache-2.0 */
/* save: images as one archive on stdout or in a file. */
#include "applets/applet.h"

#include "applets/outfile.h"
#include "wire/target.h"

static const char *output, *format, *platform;

static const struct option_def save_options[] = {
	{.name = "format",
	 .type = OPTION_STR,
	 .value = &format,
	 .arg = "string",
	 .help = "docker-archive or oci-archive (default: both in one)"},
	{.name = "output",
	 .letter = 'o',
	 .type = OPTION_STR,
	 .value = &output,
	 .arg = "string",
	 .help = "Write to a file, instead of STDOUT"},
	{.name = "platform",
	 .type = OPTION_STR,
	 .value = &platform,
	 .arg = "string",
	 .help = "Save only the given platform: os/arch[/variant]"},
	{0},
};

static void make_target(struct applet_ctx *c, struct buf *b)
{
	buf_str(b, "/images/get?");
	for (int i = 0; i < c->argc; i++) {
		buf_str(b, i ? "&names=" : "names=");
		target_quote(b, c->argv[i]);
	}
	if (format) {
		buf_str(b, "&format=");
		target_quote(b, format);
	}
	if (platform) {
		buf_str(b, "&platform=");
		target_quote(b, platform);
	}
}

static int save_main(struct applet_ctx *c)
{
	struct client_conn cc = {.fd = -1};
	struct client_answer answer;
	AUTO_BUF target = BUF_INIT;
	struct err e;
	int rc;

	make_target(c, &target);
	if (outfile_check(output, "save image", &e) || client_dial(&c->client, &cc, &e))
		return applet_fail(&e, 1);
	rc = client_call(&cc, c->a, "GET", target.data, NULL, &answer, &e) ||
	     outfile_write(&cc, output, &e);
	client_close(&cc);
	return rc ? applet_fail(&e, 1) : 0;
}

APPLET(save, .name = "save", .alias = "image save", .usage = "[OPTIONS] IMAGE [IMAGE...]",
       .brief = "Save one or more images to an archive (streamed to STDOUT by default)",
       .options = save_options, .min_args = 1, .max_args = -1, .main = save_main);
