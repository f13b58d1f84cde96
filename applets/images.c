/* SPDX-License-Identifier: Apache-2.0 */
/*
 * images: the table that Docker prints, one line per name; an image without a name is <none>. The
 * engine gives one object per image, newest first.
 */
#include "applets/applet.h"

#include <string.h>

#include "applets/filters.h"
#include "applets/format.h"
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
	 .type = OPTION_FILTER,
	 .value = &filter_list,
	 .arg = "filter",
	 .help = "Filter output based on conditions provided"},
	{.name = "format",
	 .type = OPTION_STR,
	 .value = &format,
	 .arg = "string",
	 .help = FORMAT_HELP},
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

static const struct format_column columns[] = {
	{"Containers", "CONTAINERS"},
	{"CreatedAt", "CREATED AT"},
	{"CreatedSince", "CREATED"},
	{"Digest", "DIGEST"},
	{"ID", "IMAGE ID"},
	{"Repository", "REPOSITORY"},
	{"SharedSize", "SHARED SIZE"},
	{"Size", "SIZE"},
	{"Tag", "TAG"},
	{"UniqueSize", "UNIQUE SIZE"},
	{"VirtualSize", "SIZE"},
	{NULL, NULL},
};

struct row {
	const char *repository, *tag, *digest, *id;
	int64_t created, size, containers;
};

/* "host:5000/a:tag" -> at the tag's colon; NULL where there is none. */
static char *tag_colon(char *ref)
{
	char *slash = strrchr(ref, '/');

	return strrchr(slash ? slash : ref, ':');
}

static int print_row(struct format *f, const struct row *r, struct err *e)
{
	AUTO_BUF b = BUF_INIT;
	struct json_w w = JSON_W(&b);
	char size[32], space[32], since[48], at[64], containers[24] = "N/A";

	table_size(r->size, size);
	table_space(r->size, space);
	if (r->containers >= 0) /* an engine before API 1.51 does not count them */
		snprintf(containers, sizeof(containers), "%lld", (long long)r->containers);
	table_ago(r->created, since);
	table_time(r->created, at);
	json_w_obj(&w, NULL);
	json_w_str(&w, "Containers", containers);
	json_w_str(&w, "CreatedAt", at);
	json_w_str(&w, "CreatedSince", since);
	json_w_str(&w, "Digest", r->digest);
	json_w_str(&w, "ID", r->id);
	json_w_str(&w, "Repository", r->repository);
	json_w_str(&w, "SharedSize", "N/A");
	json_w_str(&w, "Size", size);
	json_w_str(&w, "Tag", r->tag);
	json_w_str(&w, "UniqueSize", "N/A");
	json_w_str(&w, "VirtualSize", space);
	json_w_end(&w);
	return format_row(f, &b, e);
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

static int print_image(struct format *f, const struct json *v, struct err *e)
{
	const struct json *tags = json_get(v, "RepoTags"), *list = json_get(v, "RepoDigests"), *x;
	struct json_iter it = json_iter(tags);
	struct row r = {"<none>",
			"<none>",
			"<none>",
			table_id(f->a, json_str(json_get(v, "Id"), ""), no_trunc),
			json_int(json_get(v, "Created"), 0),
			json_int(json_get(v, "Size"), 0),
			json_int(json_get(v, "Containers"), -1)};

	while ((x = json_next(&it, NULL))) {
		char *ref = arena_strdup(f->a, json_str(x, "")), *colon = tag_colon(ref);

		if (!colon)
			continue;
		*colon = 0;
		r.repository = ref;
		r.tag = colon + 1;
		r.digest = digest_of(list, ref);
		if (print_row(f, &r, e))
			return -1;
	}
	if (json_len(tags))
		return 0;
	it = json_iter(list);
	while ((x = json_next(&it, NULL))) {
		char *ref = arena_strdup(f->a, json_str(x, "")), *at = strchr(ref, '@');

		if (!at)
			continue;
		*at = 0;
		r.repository = ref;
		r.digest = at + 1;
		if (print_row(f, &r, e))
			return -1;
	}
	return json_len(list) ? 0 : print_row(f, &r, e);
}

static int get(struct applet_ctx *c, const struct json **ret, struct err *e)
{
	struct client_conn cc = {.fd = -1};
	AUTO_BUF target = BUF_INIT;
	AUTO_BUF reference = BUF_INIT;
	int rc;

	if (c->argc)
		buf_printf(&reference, "reference=%s", c->argv[0]);
	buf_printf(&target, "/images/json?all=%d&digests=%d", all, digests);
	filters_add(&target, &filter_list, reference.data);
	if (client_dial(&c->client, &cc, e))
		return -1;
	rc = client_json(&cc, c->a, "GET", target.data, NULL, ret, e);
	client_close(&cc);
	return rc;
}

#define WITH_DIGESTS                                                                               \
	"table {{.Repository}}\t{{.Tag}}\t{{.Digest}}\t{{.ID}}\t{{.CreatedSince}}\t{{.Size}}"

/* The template that was asked for; --digests adds its column where a table lacks it. */
static int open_format(struct format *f, struct err *e)
{
	const char *def = quiet	    ? "{{.ID}}"
			  : digests ? WITH_DIGESTS
				    : "table {{.Repository}}\t{{.Tag}}\t{{.ID}}\t{{.CreatedSince}}"
				      "\t{{.Size}}";
	const char *text = format;

	f->raw = quiet	   ? "image_id: {{.ID}}"
		 : digests ? "repository: {{.Repository}}\ntag: {{.Tag}}\ndigest: {{.Digest}}\n"
			     "image_id: {{.ID}}\ncreated_at: {{.CreatedAt}}\n"
			     "virtual_size: {{.Size}}\n"
			   : "repository: {{.Repository}}\ntag: {{.Tag}}\nimage_id: {{.ID}}\n"
			     "created_at: {{.CreatedAt}}\nvirtual_size: {{.Size}}\n";
	if (text && digests && !strncmp(text, "table ", 6) && !format_uses(text, "Digest"))
		text = arena_printf(f->a, "%s\t{{.Digest}}", text);
	return format_open(f, text, def, e);
}

static int images_main(struct applet_ctx *c)
{
	struct format f = {.a = c->a, .columns = columns};
	const struct json *list, *v;
	struct json_iter it;
	struct err e;

	if (open_format(&f, &e) || get(c, &list, &e))
		return applet_fail(&e, 1);
	it = json_iter(list);
	while ((v = json_next(&it, NULL)))
		if (print_image(&f, v, &e))
			return applet_fail(&e, 1);
	return format_end(&f, &e) ? applet_fail(&e, 1) : 0;
}

APPLET(images, .name = "images", .alias = "image ls, image list",
       .usage = "[OPTIONS] [REPOSITORY[:TAG]]", .brief = "List images", .options = images_options,
       .min_args = 0, .max_args = 1, .main = images_main);
