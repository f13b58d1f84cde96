/* SPDX-License-Identifier: Apache-2.0 */
/*
 * One pass: each container's record and state are read, held against the filters, and written as
 * text at once, so that memory is the answer's and one record's, however many there are. The texts
 * are put in order at the end. The request is not decoded, which would cost more than everything
 * else: what a list shows is read off the record.
 *
 * An image's name is shown as it was asked for as long as it still means the container's image,
 * else the image's ID; that is looked up once for each name, as are networks.
 */
#include "engine/list.h"
#include "base/file.h"
#include "base/json.h"
#include "base/log.h"
#include "base/stamp.h"
#include "engine/containers.h"
#include "engine/disksize.h"
#include "engine/images.h"
#include "engine/list_match.h"
#include "engine/shape.h"
#include "engine/status.h"

#include <dirent.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>

struct text { /* one container's object */
	int64_t created;
	char id[65];
	size_t at, len;
};

struct name { /* what an image's name means now; "" nothing */
	struct name *next;
	const char *text, *id;
};

struct pass {
	struct engine *en;
	const struct list_filter *f;
	struct list_match match;
	struct arena *a; /* of the whole pass */
	struct name *names;
	struct netshow_known nets;
	int64_t now;
	struct buf all;
	struct text *v;
	size_t n, cap;
};

static const char *image_of_name(struct pass *p, const char *text)
{
	const char *id, *ignored;
	struct name *n;
	struct err none;

	for (n = p->names; n; n = n->next)
		if (!strcmp(n->text, text))
			return n->id;
	n = arena_alloc(p->a, sizeof(*n));
	*n = (struct name){p->names, arena_strdup(p->a, text), ""};
	p->names = n;
	if (!images_find(p->en, p->a, n->text, &id, &ignored, &none))
		n->id = id;
	return n->id;
}

static void write_image(struct pass *p, struct json_w *w, const struct containers_one *c,
			const struct json *config)
{
	const char *name = json_str(json_get(config, "Image"), "");
	const char *hex = store_digest_hex(c->image);

	json_w_str(w, "Image", hex && strcmp(image_of_name(p, name), hex) ? c->image : name);
	json_w_str(w, "ImageID", c->image);
}

static void write_command(struct json_w *w, struct arena *a, const struct json *config)
{
	struct strs entrypoint = {0}, cmd = {0};
	struct err e;
	bool set;

	json_want_strs(config, "Entrypoint", a, &entrypoint, &set, &e);
	json_want_strs(config, "Cmd", a, &cmd, &set, &e);
	json_w_str(w, "Command", shape_command(a, &entrypoint, &cmd));
}

static void write_map(struct json_w *w, struct arena *a, const char *key, const struct json *from,
		      bool always)
{
	struct strs list = {0};
	struct err e;

	if (!json_want_map(from, key, a, &list, &e) && (always || list.n))
		shape_map(w, a, key, &list);
}

static void write_size(struct pass *p, struct json_w *w, const char *id)
{
	struct disksize d;
	struct err gone;

	if (!p->f->size || disksize_of(p->en, id, &d, &gone))
		return;
	if (d.rw)
		json_w_int(w, "SizeRw", d.rw);
	if (d.rootfs)
		json_w_int(w, "SizeRootFs", d.rootfs);
}

static void write_row(struct pass *p, struct arena *a, const struct list_row *r)
{
	struct json_w w = JSON_W(&p->all);
	const struct containers_one *c = r->c;
	const struct json *config = json_get(c->record, "Config");
	const struct json *host = json_get(c->record, "HostConfig");
	const struct json *mounts = json_get(c->record, "Mounts");
	const char *network = json_str(json_get(host, "NetworkMode"), "");

	w.verbatim = true;
	json_w_obj(&w, NULL);
	json_w_str(&w, "Id", c->id);
	json_w_arr(&w, "Names");
	json_w_str(&w, NULL, arena_printf(a, "/%s", c->name));
	json_w_arr_end(&w);
	write_image(p, &w, c, config);
	write_command(&w, a, config);
	json_w_int(&w, "Created", r->created / 1000000000);
	netshow_ports(&w, "Ports", &r->net);
	write_size(p, &w, c->id);
	write_map(&w, a, "Labels", config, true);
	json_w_str(&w, "State", status_word(r->st.kind));
	json_w_str(&w, "Status", shape_status(a, &r->st, r->health, p->now));
	json_w_obj(&w, "HostConfig");
	json_w_str(&w, "NetworkMode", shape_network(network));
	write_map(&w, a, "Annotations", host, false);
	json_w_end(&w);
	netshow_networks(&w, "NetworkSettings", &r->net);
	if (json_typeof(mounts) == JSON_ARR)
		json_w_val(&w, "Mounts", mounts);
	else
		json_w_raw(&w, "Mounts", "[]", 2);
	json_w_end(&w);
}

static void keep(struct pass *p, const struct list_row *r, size_t at)
{
	if (p->n == p->cap) {
		p->cap = p->cap ? p->cap * 2 : 256;
		p->v = mem_realloc(p->v, p->cap * sizeof(*p->v));
	}
	p->v[p->n] = (struct text){.created = r->created, .at = at, .len = p->all.len - at};
	memcpy(p->v[p->n++].id, r->c->id, sizeof(r->c->id));
}

static bool has_check(const struct json *config)
{
	const struct json *test = json_get(json_get(config, "Healthcheck"), "Test");

	return json_len(test) && strcmp(json_str(json_at(test, 0), ""), "NONE");
}

static void look(struct pass *p, const char *id)
{
	AUTO_ARENA a = ARENA_INIT;
	struct containers_one c;
	struct list_row r = {.c = &c};
	struct shape_health h;
	size_t at = p->all.len;
	struct err e;

	if (containers_look(p->en, &a, id, &c, &e) ||
	    stamp_parse(json_str(json_get(c.record, "Created"), ""), &r.created, &e) ||
	    status_of(p->en, &a, &c, &r.st, &e)) {
		if (e.kind != ERR_NOTFOUND)
			log_warn("engine", "container %.12s passed over: %s", id, e.text);
		return;
	}
	shape_health(p->en, &a, id, has_check(json_get(c.record, "Config")), &r.st, &h);
	r.health = h.status;
	netshow_load(p->en, &a, &p->nets, &c, &r.st, &r.net);
	if (!list_match(&p->match, &a, &r))
		return;
	write_row(p, &a, &r);
	keep(p, &r, at);
}

static int newest_first(const void *a, const void *b)
{
	const struct text *x = a, *y = b;

	if (x->created != y->created)
		return x->created < y->created ? 1 : -1;
	return strcmp(x->id, y->id);
}

static void write_all(struct pass *p, struct buf *json)
{
	size_t n = p->n;

	if (n)
		qsort(p->v, n, sizeof(*p->v), newest_first);
	if (p->f->limit > 0 && (uint64_t)p->f->limit < n)
		n = (size_t)p->f->limit;
	buf_char(json, '[');
	for (size_t i = 0; i < n; i++) {
		if (i)
			buf_char(json, ',');
		buf_append(json, p->all.data + p->v[i].at, p->v[i].len);
	}
	buf_char(json, ']');
}

static int look_at_all(struct pass *p, struct err *e)
{
	DIR *d = file_dir(p->en->containers);
	struct dirent *de;

	if (!d)
		return err_sys(e, "read containers");
	while ((de = readdir(d)))
		if (store_is_hex(de->d_name))
			look(p, de->d_name);
	closedir(d);
	return 0;
}

int list_containers(struct engine *en, const struct list_filter *f, struct buf *json, struct err *e)
{
	AUTO_ARENA a = ARENA_INIT;
	struct pass p = {.en = en, .f = f, .a = &a, .nets = {en, &a, NULL}, .now = stamp_now()};
	int rc = list_match_init(en, &a, f, &p.match, e) || look_at_all(&p, e);

	if (!rc)
		write_all(&p, json);
	mem_autofree(&p.v);
	buf_release(&p.all);
	return rc ? -1 : 0;
}
