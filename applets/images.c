/* SPDX-License-Identifier: Apache-2.0 */
/*
 * images: the table that Docker prints, one line per name; an image without a name is <none>. The
 * engine gives one object per image, newest first.
 */
#include "applets/applet.h"

#include <stdio.h>
#include <string.h>
#include <time.h>

#include "applets/filters.h"
#include "applets/table.h"

static bool all, digests, no_trunc, quiet;
static struct strs filter_list;
static const char *format;

static const struct option_def images_options[] = {
	{.name = "all",
	 .letter = 'a',
	 .type = OPTION_BOOL,
	 .value = &all,
	 .help = "Show all images (default hides intermediate images)"},
	{.name = "digests", .type = OPTION_BOOL, .value = &digests, .help = "Show digests"},
	{.name = "filter",
	 .letter = 'f',
	 .type = OPTION_LIST,
	 .value = &filter_list,
	 .arg = "filter",
	 .help = "Filter output based on conditions provided"},
	{.name = "format",
	 .type = OPTION_STR,
	 .value = &format,
	 .arg = "string",
	 .help = "table or json"},
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

struct row {
	const char *repository, *tag, *digest, *id;
	int64_t created, size;
};

/* "host:5000/a:tag" -> at the tag's colon; NULL where there is none. */
static char *tag_colon(char *ref)
{
	char *slash = strrchr(ref, '/');

	return strrchr(slash ? slash : ref, ':');
}

static void print_json(const struct row *r)
{
	AUTO_BUF b = BUF_INIT;
	struct json_w w = JSON_W(&b);
	char size[32], since[48], at[40] = "";
	time_t t = (time_t)r->created;
	struct tm tm;

	table_size(r->size, size);
	table_ago(r->created, since);
	if (gmtime_r(&t, &tm))
		strftime(at, sizeof(at), "%Y-%m-%d %H:%M:%S +0000 UTC", &tm);
	json_w_obj(&w, NULL);
	json_w_str(&w, "Containers", "N/A");
	json_w_str(&w, "CreatedAt", at);
	json_w_str(&w, "CreatedSince", since);
	json_w_str(&w, "Digest", r->digest);
	json_w_str(&w, "ID", r->id);
	json_w_str(&w, "Repository", r->repository);
	json_w_str(&w, "SharedSize", "N/A");
	json_w_str(&w, "Size", size);
	json_w_str(&w, "Tag", r->tag);
	json_w_str(&w, "UniqueSize", "N/A");
	json_w_end(&w);
	puts(b.data);
}

static void print_row(struct table *t, const struct row *r)
{
	char size[32], since[48];

	if (quiet) {
		puts(r->id);
		return;
	}
	if (format && !strcmp(format, "json")) {
		print_json(r);
		return;
	}
	table_size(r->size, size);
	table_ago(r->created, since);
	table_cell(t, r->repository);
	table_cell(t, r->tag);
	if (digests)
		table_cell(t, r->digest);
	table_cell(t, r->id);
	table_cell(t, since);
	table_cell(t, size);
}

/* The digest that belongs to the repository, or <none>. */
static const char *digest_of(const struct json *list, const char *repository)
{
	struct json_iter it = json_iter(list);
	size_t n = strlen(repository);
	const struct json *v;

	while ((v = json_next(&it, NULL))) {
		const char *s = json_str(v, "");

		if (!strncmp(s, repository, n) && s[n] == '@')
			return s + n + 1;
	}
	return "<none>";
}

static void print_image(struct table *t, const struct json *v)
{
	const struct json *tags = json_get(v, "RepoTags"), *list = json_get(v, "RepoDigests"), *x;
	struct json_iter it = json_iter(tags);
	struct row r = {"<none>",
			"<none>",
			"<none>",
			table_id(t->a, json_str(json_get(v, "Id"), ""), no_trunc),
			json_int(json_get(v, "Created"), 0),
			json_int(json_get(v, "Size"), 0)};

	while ((x = json_next(&it, NULL))) {
		char *ref = arena_strdup(t->a, json_str(x, "")), *colon = tag_colon(ref);

		if (!colon)
			continue;
		*colon = 0;
		r.repository = ref;
		r.tag = colon + 1;
		r.digest = digest_of(list, ref);
		print_row(t, &r);
	}
	if (json_len(tags))
		return;
	it = json_iter(list);
	while ((x = json_next(&it, NULL))) {
		char *ref = arena_strdup(t->a, json_str(x, "")), *at = strchr(ref, '@');

		if (!at)
			continue;
		*at = 0;
		r.repository = ref;
		r.digest = at + 1;
		print_row(t, &r);
	}
	if (!json_len(list))
		print_row(t, &r);
}

static int get(struct applet_ctx *c, const struct json **ret, struct err *e)
{
	struct client_conn cc = {.fd = -1};
	AUTO_BUF target = BUF_INIT;
	AUTO_BUF reference = BUF_INIT;
	int rc;

	if (format && strcmp(format, "json") && strcmp(format, "table"))
		return err_set(e, ERR_UNSUPPORTED,
			       "--format: only table and json are known so far");
	if (c->argc)
		buf_printf(&reference, "reference=%s", c->argv[0]);
	buf_printf(&target, "/images/json?all=%d&digests=%d", all, digests);
	if (filters_add(&target, &filter_list, reference.data, e) ||
	    client_dial(&c->client, &cc, e))
		return -1;
	rc = client_json(&cc, c->a, "GET", target.data, NULL, ret, e);
	client_close(&cc);
	return rc;
}

static int images_main(struct applet_ctx *c)
{
	const struct json *list, *v;
	struct json_iter it;
	struct table t;
	struct err e;

	if (get(c, &list, &e))
		return applet_fail(&e, 1);
	table_init(&t, c->a, digests ? 6 : 5);
	table_cell(&t, "REPOSITORY");
	table_cell(&t, "TAG");
	if (digests)
		table_cell(&t, "DIGEST");
	table_cell(&t, "IMAGE ID");
	table_cell(&t, "CREATED");
	table_cell(&t, "SIZE");
	it = json_iter(list);
	while ((v = json_next(&it, NULL)))
		print_image(&t, v);
	if (!quiet && !(format && !strcmp(format, "json")))
		table_print(&t);
	return 0;
}

APPLET(images, .name = "images", .alias = "image ls, image list",
       .usage = "[OPTIONS] [REPOSITORY[:TAG]]", .brief = "List images", .options = images_options,
       .min_args = 0, .max_args = 1, .main = images_main);
