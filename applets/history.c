/* SPDX-License-Identifier: Apache-2.0 */
/* history: the steps that made an image, newest first, in Docker's table. */
#include "applets/applet.h"

#include <stdio.h>
#include <string.h>

#include "applets/format.h"
#include "applets/table.h"
#include "base/stamp.h"
#include "wire/target.h"

#define SHORT 45 /* characters of a command, the ellipsis among them */

static bool human = true, no_trunc, quiet;
static const char *format;

static const struct option_def history_options[] = {
	{.name = "format",
	 .type = OPTION_STR,
	 .value = &format,
	 .arg = "string",
	 .help = FORMAT_HELP},
	{.name = "human",
	 .letter = 'H',
	 .type = OPTION_BOOL,
	 .value = &human,
	 .help = "Print sizes and dates in human readable format (default true)"},
	{.name = "no-trunc",
	 .type = OPTION_BOOL,
	 .value = &no_trunc,
	 .help = "Don't truncate output"},
	{.name = "quiet",
	 .letter = 'q',
	 .type = OPTION_BOOL,
	 .value = &quiet,
	 .help = "Only show image IDs"},
	{0},
};

struct step {
	const char *id, *by, *comment;
	char created[48], at[STAMP_LEN], size[32];
};

/* Tabs would tear the table; long commands are cut at a character. */
static const char *shorten(struct arena *a, const char *by)
{
	char *s = arena_strdup(a, by);
	size_t chars = 0, cut = 0;

	for (size_t i = 0; s[i]; i++) {
		if (s[i] == '\t' || s[i] == '\n')
			s[i] = ' ';
		if (((unsigned char)s[i] & 0xc0) == 0x80)
			continue;
		if (chars++ == SHORT - 1)
			cut = i;
	}
	return no_trunc || chars <= SHORT ? s : arena_printf(a, "%.*s…", (int)cut, s);
}

static void read_step(struct arena *a, const struct json *v, struct step *s)
{
	int64_t created = json_int(json_get(v, "Created"), 0);
	int64_t size = json_int(json_get(v, "Size"), 0);

	s->id = table_id(a, json_str(json_get(v, "Id"), ""), no_trunc);
	s->by = shorten(a, json_str(json_get(v, "CreatedBy"), ""));
	s->comment = json_str(json_get(v, "Comment"), "");
	stamp_format(created * 1000000000, s->at);
	table_ago(created, s->created);
	table_size(size, s->size);
	if (!human) {
		snprintf(s->created, sizeof(s->created), "%s", s->at);
		snprintf(s->size, sizeof(s->size), "%lld", (long long)size);
	}
}

static int print_step(struct format *f, const struct step *s, struct err *e)
{
	AUTO_BUF b = BUF_INIT;
	struct json_w w = JSON_W(&b);

	json_w_obj(&w, NULL);
	json_w_str(&w, "Comment", s->comment);
	json_w_str(&w, "CreatedAt", s->at);
	json_w_str(&w, "CreatedBy", s->by);
	json_w_str(&w, "CreatedSince", s->created);
	json_w_str(&w, "ID", s->id);
	json_w_str(&w, "Size", s->size);
	json_w_end(&w);
	return format_row(f, &b, e);
}

static int get(struct applet_ctx *c, const struct json **ret, struct err *e)
{
	struct client_conn cc = {.fd = -1};
	AUTO_BUF target = BUF_INIT;
	int rc;

	buf_str(&target, "/images/");
	target_quote(&target, c->argv[0]);
	buf_str(&target, "/history");
	if (client_dial(&c->client, &cc, e))
		return -1;
	rc = client_json(&cc, c->a, "GET", target.data, NULL, ret, e);
	client_close(&cc);
	return rc;
}

static int history_main(struct applet_ctx *c)
{
	const struct format_column columns[] = {
		{"Comment", "COMMENT"},
		{"CreatedAt", "CREATED AT"},
		{"CreatedBy", "CREATED BY"},
		{"CreatedSince", human ? "CREATED" : "CREATED AT"},
		{"ID", "IMAGE"},
		{"Size", "SIZE"},
		{NULL, NULL},
	};
	struct format f = {.a = c->a, .columns = columns};
	const struct json *list, *v;
	struct json_iter it;
	struct step s;
	struct err e;

	if (format_open(&f, format,
			quiet ? "{{.ID}}"
			      : "table {{.ID}}\t{{.CreatedSince}}\t{{.CreatedBy}}\t{{.Size}}"
				"\t{{.Comment}}",
			&e) ||
	    get(c, &list, &e))
		return applet_fail(&e, 1);
	it = json_iter(list);
	while ((v = json_next(&it, NULL))) {
		read_step(c->a, v, &s);
		if (print_step(&f, &s, &e))
			return applet_fail(&e, 1);
	}
	return format_end(&f, &e) ? applet_fail(&e, 1) : 0;
}

APPLET(history, .name = "history", .alias = "image history", .usage = "[OPTIONS] IMAGE",
       .brief = "Show the history of an image", .options = history_options, .min_args = 1,
       .max_args = 1, .main = history_main);
