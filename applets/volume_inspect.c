/* SPDX-License-Identifier: Apache-2.0 */
/*
 * volume inspect: a JSON array of what is known of each volume. One that is not there is said on
 * stderr; the others are still shown.
 */
#include "applets/applet.h"

#include <stdio.h>
#include <string.h>

#include "wire/target.h"

static const char *format;

static const struct option_def options[] = {
	{"format", 'f', OPTION_STR, &format, "string", "json: one line per volume", NULL},
	{NULL, 0, OPTION_BOOL, NULL, NULL, NULL, NULL},
};

static int get(struct applet_ctx *c, const char *name, const struct json **ret, struct err *e)
{
	struct client_conn cc = {.fd = -1};
	AUTO_BUF target = BUF_INIT;
	int rc;

	buf_str(&target, "/volumes/");
	target_quote(&target, name);
	if (client_dial(&c->client, &cc, e))
		return -1;
	rc = client_json(&cc, c->a, "GET", target.data, NULL, ret, e);
	client_close(&cc);
	return rc;
}

static int inspect_main(struct applet_ctx *c)
{
	AUTO_BUF b = BUF_INIT;
	const struct json *v;
	int status = 0, shown = 0;
	struct err e;

	if (format && strcmp(format, "json")) {
		err_set(&e, ERR_UNSUPPORTED, "--format: only json is known so far");
		return applet_fail(&e, 1);
	}
	for (int i = 0; i < c->argc; i++) {
		if (get(c, c->argv[i], &v, &e)) {
			fflush(stdout);
			status = applet_fail(&e, 1);
			continue;
		}
		if (format) {
			json_dump(&b, v);
			buf_char(&b, '\n');
			continue;
		}
		buf_str(&b, shown++ ? ",\n    " : "[\n    ");
		json_indent(&b, v, "    ", "    ");
	}
	if (!format)
		buf_str(&b, shown ? "\n]\n" : "[]\n");
	if (b.data)
		fputs(b.data, stdout);
	return status;
}

APPLET(volume_inspect, .name = "volume inspect", .usage = "[OPTIONS] VOLUME [VOLUME...]",
       .brief = "Display detailed information on one or more volumes", .options = options,
       .min_args = 1, .max_args = -1, .main = inspect_main);
