/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The fields of a container as docker ps shows them. Status is the engine's text; what is cut here
 * (IDs, commands, mounts, second names) is whole with --no-trunc.
 */
#include "applets/format_container.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "applets/table.h"
#include "applets/template_text.h"

const struct format_column format_container_columns[] = {
	{"Command", "COMMAND"},	  {"CreatedAt", "CREATED AT"},
	{"ID", "CONTAINER ID"},	  {"Image", "IMAGE"},
	{"Labels", "LABELS"},	  {"LocalVolumes", "LOCAL VOLUMES"},
	{"Mounts", "MOUNTS"},	  {"Names", "NAMES"},
	{"Networks", "NETWORKS"}, {"Platform", "PLATFORM"},
	{"Ports", "PORTS"},	  {"RunningFor", "CREATED"},
	{"Size", "SIZE"},	  {"State", "STATE"},
	{"Status", "STATUS"},	  {NULL, NULL},
};

/* How many columns of a terminal a character takes: those of East Asia two. */
static size_t columns_of(int64_t r)
{
	static const int64_t wide[][2] = {
		{0x1100, 0x115f}, {0x2e80, 0xa4cf},   {0xac00, 0xd7a3},
		{0xf900, 0xfaff}, {0xfe30, 0xfe6f},   {0xff00, 0xff60},
		{0xffe0, 0xffe6}, {0x1f300, 0x1faff}, {0x20000, 0x3fffd},
	};

	for (size_t i = 0; i < sizeof(wide) / sizeof(*wide); i++)
		if (r >= wide[i][0] && r <= wide[i][1])
			return 2;
	return 1;
}

/* At most `most` columns, the ellipsis among them. */
static void put_short(struct buf *b, const char *s, size_t most, bool no_trunc)
{
	size_t n = strlen(s), used = 0, cut = 0, len;
	int64_t r;

	for (size_t at = 0; at < n; at += len) {
		len = template_text_rune(s + at, n - at, &r);
		used += columns_of(r);
		if (used < most)
			cut = at + len;
	}
	buf_append(b, s, no_trunc || used <= most ? n : cut);
	if (!no_trunc && used > most)
		buf_str(b, "…");
}

static void put_command(struct json_w *w, const struct json *v, bool no_trunc)
{
	AUTO_BUF b = BUF_INIT, quoted = BUF_INIT;

	put_short(&b, json_str(json_get(v, "Command"), ""), 20, no_trunc);
	template_text_quote(&quoted, b.data, b.len, '"', false);
	json_w_str(w, "Command", quoted.data);
}

static const char *cut_id(struct arena *a, const char *id)
{
	return arena_strndup(a, strncmp(id, "sha256:", 7) ? id : id + 7, 12);
}

/* "name:tag@digest" is "name:tag"; the image's own ID is cut like one. */
static const char *image_of(struct arena *a, const struct json *v, bool no_trunc)
{
	const char *image = json_str(json_get(v, "Image"), "");
	const char *id = json_str(json_get(v, "ImageID"), ""), *at = strchr(image, '@'), *tag;

	if (!*image)
		return "<no image>";
	if (no_trunc)
		return image;
	if (!strcmp(cut_id(a, image), cut_id(a, id)))
		return cut_id(a, id);
	tag = at ? memrchr(image, ':', (size_t)(at - image)) : NULL;
	return tag && !memchr(tag, '/', (size_t)(at - tag))
		       ? arena_strndup(a, image, (size_t)(at - image))
		       : image;
}

/* Without no_trunc the first name that is no link's ("other/alias"). */
static const char *names_of(struct arena *a, const struct json *v, bool no_trunc)
{
	struct json_iter it = json_iter(json_get(v, "Names"));
	const struct json *x;
	AUTO_BUF b = BUF_INIT;

	while ((x = json_next(&it, NULL))) {
		const char *name = json_str(x, "");

		name += *name == '/';
		if (!no_trunc && !strchr(name, '/'))
			return name;
		buf_printf(&b, "%s%s", b.len ? "," : "", name);
	}
	return arena_strdup(a, b.data ? b.data : "");
}

static void put_mounts(struct json_w *w, const struct json *v, bool no_trunc)
{
	struct json_iter it = json_iter(json_get(v, "Mounts"));
	const struct json *m;
	AUTO_BUF b = BUF_INIT;
	char local[24];
	int n = 0;

	while ((m = json_next(&it, NULL))) {
		const char *name = json_str(json_get(m, "Name"), "");

		if (b.len)
			buf_char(&b, ',');
		put_short(&b, *name ? name : json_str(json_get(m, "Source"), ""), 15, no_trunc);
		n += !strcmp(json_str(json_get(m, "Driver"), ""), "local");
	}
	snprintf(local, sizeof(local), "%d", n);
	json_w_str(w, "LocalVolumes", local);
	json_w_str(w, "Mounts", b.data ? b.data : "");
}

static int by_text(const void *x, const void *y)
{
	return strcmp(*(char *const *)x, *(char *const *)y);
}

static void put_networks(struct json_w *w, const struct json *v)
{
	AUTO_ARENA a = ARENA_INIT;
	AUTO_BUF b = BUF_INIT;
	struct json_iter it = json_iter(json_get(json_get(v, "NetworkSettings"), "Networks"));
	struct strs all = {0};
	const char *key;

	while (json_next(&it, &key))
		strs_add(&a, &all, arena_strdup(&a, key));
	if (all.n)
		qsort(all.v, all.n, sizeof(*all.v), by_text);
	for (size_t i = 0; i < all.n; i++)
		buf_printf(&b, "%s%s", i ? "," : "", all.v[i]);
	json_w_str(w, "Networks", b.data ? b.data : "");
}

/* ---- ports */

struct port {
	const char *ip, *type;
	int64_t private, public, last; /* last: of a run of neighbours that are alike */
};

static int by_port(const void *x, const void *y)
{
	const struct port *a = x, *b = y;
	int c;

	if (a->private != b->private)
		return a->private < b->private ? -1 : 1;
	c = strcmp(a->ip, b->ip);
	if (c)
		return c;
	return a->public != b->public ? (a->public < b->public ? -1 : 1) : strcmp(a->type, b->type);
}

/* Published under another number: such a port stands alone and behind the others. */
static bool is_mapped(const struct port *p)
{
	return *p->ip && p->public != p->private;
}

static void put_port(struct buf *b, const struct port *p)
{
	AUTO_BUF range = BUF_INIT;

	buf_printf(&range, "%lld", (long long)p->private);
	if (p->last != p->private)
		buf_printf(&range, "-%lld", (long long)p->last);
	buf_str(b, b->len ? ", " : "");
	if (*p->ip)
		buf_printf(b, strchr(p->ip, ':') ? "[%s]:" : "%s:", p->ip);
	if (is_mapped(p))
		buf_printf(b, "%lld->", (long long)p->public);
	else if (*p->ip)
		buf_printf(b, "%s->", range.data);
	buf_printf(b, "%s/%s", range.data, p->type);
}

/* The run that a port of the same kind is at, or NULL. */
static struct port *run_of(struct port *runs, size_t n, const struct port *p)
{
	for (size_t i = 0; i < n; i++)
		if (!strcmp(runs[i].ip, p->ip) && !strcmp(runs[i].type, p->type))
			return &runs[i];
	return NULL;
}

/* Docker's order: runs that a gap ended, the last run of each kind, then what is mapped. */
static void put_runs(struct buf *b, const struct port *p, size_t n, struct port *runs)
{
	struct port *run;
	size_t count = 0;

	for (size_t i = 0; i < n; i++) {
		if (is_mapped(&p[i]))
			continue;
		run = run_of(runs, count, &p[i]);
		if (!run) {
			runs[count++] = p[i];
		} else if (run->last + 1 == p[i].private) {
			run->last = p[i].private;
		} else {
			put_port(b, run);
			*run = p[i];
		}
	}
	for (size_t i = 0; i < count; i++)
		put_port(b, &runs[i]);
	for (size_t i = 0; i < n; i++)
		if (is_mapped(&p[i]))
			put_port(b, &p[i]);
}

static void put_ports(struct json_w *w, const struct json *list)
{
	AUTO_ARENA a = ARENA_INIT;
	AUTO_BUF b = BUF_INIT;
	struct port *p = arena_array(&a, 2 * json_len(list) + 1, sizeof(*p));
	struct json_iter it = json_iter(list);
	const struct json *v;
	size_t n = 0;

	for (; (v = json_next(&it, NULL)); n++) {
		p[n].ip = json_str(json_get(v, "IP"), "");
		p[n].type = json_str(json_get(v, "Type"), "");
		p[n].private = p[n].last = json_int(json_get(v, "PrivatePort"), 0);
		p[n].public = json_int(json_get(v, "PublicPort"), 0);
	}
	qsort(p, n, sizeof(*p), by_port);
	put_runs(&b, p, n, p + n);
	json_w_str(w, "Ports", b.data ? b.data : "");
}

static void put_size(struct json_w *w, const struct json *v)
{
	int64_t all = json_int(json_get(v, "SizeRootFs"), 0);
	char rw[32], root[32], text[96];

	table_size(json_int(json_get(v, "SizeRw"), 0), rw);
	table_size(all, root);
	if (all > 0)
		snprintf(text, sizeof(text), "%s (virtual %s)", rw, root);
	else
		snprintf(text, sizeof(text), "%s", rw);
	json_w_str(w, "Size", text);
}

int format_container(struct format *f, const struct json *v, bool no_trunc, struct err *e)
{
	AUTO_ARENA a = ARENA_INIT;
	AUTO_BUF b = BUF_INIT;
	struct json_w w = JSON_W(&b);
	int64_t created = json_int(json_get(v, "Created"), 0);
	const char *id = json_str(json_get(v, "Id"), "");
	char time[64];

	json_w_obj(&w, NULL);
	put_command(&w, v, no_trunc);
	if (format_wants(f, "CreatedAt")) {
		table_time(created, time);
		json_w_str(&w, "CreatedAt", time);
	}
	json_w_str(&w, "ID", no_trunc ? id : cut_id(&a, id));
	json_w_str(&w, "Image", image_of(&a, v, no_trunc));
	if (format_wants(f, "Labels"))
		format_labels(&w, json_get(v, "Labels"));
	if (format_wants(f, "Mounts"))
		put_mounts(&w, v, no_trunc);
	json_w_str(&w, "Names", names_of(&a, v, no_trunc));
	if (format_wants(f, "Networks"))
		put_networks(&w, v);
	json_w_null(&w, "Platform");
	put_ports(&w, json_get(v, "Ports"));
	table_ago(created, time);
	json_w_str(&w, "RunningFor", time);
	if (format_wants(f, "Size"))
		put_size(&w, v);
	json_w_str(&w, "State", json_str(json_get(v, "State"), ""));
	json_w_str(&w, "Status", json_str(json_get(v, "Status"), ""));
	json_w_end(&w);
	return format_row(f, &b, e);
}
