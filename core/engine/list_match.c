/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Which filter means what is Docker's, as the records in tests/data/docker-28.5/filters show it: a
 * name is a regular expression found anywhere in it (with and without the slash before it; one that
 * is none matches nothing), an ID is matched by its beginning, an ancestor is an image or any that
 * was built upon it. What is understood of Go's expressions: base/pattern.h.
 * A port is that of a container that runs: publish is where the host has it, expose the container's
 * own, and either will do.
 */
#include "engine/list_match.h"
#include "base/stamp.h"
#include "engine/images.h"
#include "engine/shape.h"

#include <errno.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>

static bool has(const struct strs *list, const char *s)
{
	for (size_t i = 0; i < list->n; i++)
		if (!strcmp(list->v[i], s))
			return true;
	return false;
}

/* ---- once */

static int init_status(struct list_match *m, struct err *e)
{
	for (size_t i = 0; i < m->f->status.n; i++) {
		const char *v = m->f->status.v[i];
		int k = STATUS_CREATED;

		while (k <= STATUS_DEAD && strcmp(v, status_word((enum status_kind)k)))
			k++;
		if (k > STATUS_DEAD)
			return err_set(e, ERR_INVALID,
				       "invalid filter 'status=%.64s': invalid value for state "
				       "(%.64s): must be one of created, running, paused, "
				       "restarting, removing, exited, dead",
				       v, v);
		m->status |= 1U << k;
	}
	return 0;
}

static int init_health(const struct list_match *m, struct err *e)
{
	static const char *const words[] = {"none", "starting", "healthy", "unhealthy"};

	for (size_t i = 0; i < m->f->health.n; i++) {
		const char *v = m->f->health.v[i];
		size_t k = 0;

		while (k < 4 && strcmp(v, words[k]))
			k++;
		if (k == 4)
			return err_set(e, ERR_INVALID,
				       "invalid filter 'health=%.64s': invalid value for health "
				       "(%.64s): must be one of none, starting, healthy, unhealthy",
				       v, v);
	}
	return 0;
}

static int init_exited(struct list_match *m, struct arena *a, struct err *e)
{
	m->exited = arena_array(a, m->f->exited.n + 1, sizeof(*m->exited));
	for (size_t i = 0; i < m->f->exited.n; i++) {
		const char *v = m->f->exited.v[i];
		char *end;
		long n;

		errno = 0;
		n = strtol(v, &end, 10);
		if (end == v || *end || errno || n < INT_MIN || n > INT_MAX)
			return err_set(
				e, ERR_INVALID,
				"invalid filter 'exited=%.64s': strconv.Atoi: parsing \"%.64s\": "
				"invalid syntax: an exit status is a number",
				v, v);
		m->exited[i] = (int)n;
	}
	return 0;
}

#define PORT_HINT ": a port is like 80, 80-90 or 53/udp"

static int port_number(const char *text, size_t n, const char *what, uint16_t *ret, struct err *e)
{
	bool digits = n && strspn(text, "0123456789") >= n;

	if (!digits || n > 5 || atoi(text) > 65535)
		return err_set(e, ERR_INVALID,
			       "error while looking up for %s: strconv.ParseUint: parsing "
			       "\"%.*s\": %s" PORT_HINT,
			       what, (int)n, text,
			       digits ? "value out of range" : "invalid syntax");
	*ret = (uint16_t)atoi(text);
	return 0;
}

/* 80, 80-90, each also with /tcp, /udp or /sctp behind it; another word there is no port of any
 * container's. */
static int add_port(struct arena *a, const char *key, const char *v, struct netshow_ports_asked *q,
		    struct err *e)
{
	const char *what = arena_printf(a, "%s %.64s", key, v);
	size_t n = strcspn(v, "/"), first = strcspn(v, "-/");
	const char *to = first < n ? v + first + 1 : v;
	uint16_t ignored;
	struct err why;

	if (!n)
		return err_set(e, ERR_INVALID,
			       "error while looking up for %s: Empty string specified for "
			       "ports." PORT_HINT,
			       what);
	if (port_number(v, first, what, &q->v[q->n].low, e) ||
	    port_number(to, n - (size_t)(to - v), what, &q->v[q->n].high, e))
		return -1;
	if (q->v[q->n].high < q->v[q->n].low)
		return err_set(e, ERR_INVALID,
			       "error while looking up for %s: Invalid range specified for the "
			       "Port: %.*s" PORT_HINT,
			       what, (int)n, v);
	if (!reqnet_port(arena_printf(a, "1%s", v + n), &ignored, &q->v[q->n].proto, &why))
		q->n++;
	return 0;
}

static int init_ports(struct arena *a, const char *key, const struct strs *list,
		      struct netshow_ports_asked *ret, struct err *e)
{
	ret->v = arena_array(a, list->n + 1, sizeof(*ret->v));
	for (size_t i = 0; i < list->n; i++)
		if (add_port(a, key, list->v[i], ret, e))
			return -1;
	return 0;
}

static int init_tasks(struct list_match *m, struct err *e)
{
	static const char *const words[] = {"true", "1", "false", "0"};
	const struct strs *l = &m->f->is_task;

	for (size_t i = 0; i < l->n; i++) {
		size_t k = 0;

		while (k < 4 && strcmp(l->v[i], words[k]))
			k++;
		if (k == 4 || l->n > 1)
			return err_set(e, ERR_INVALID, "invalid filter 'is-task=[%.64s]'", l->v[i]);
		m->tasks = k < 2;
	}
	return 0;
}

static int created_of(struct engine *en, struct arena *a, const char *ref, int64_t *ret,
		      struct err *e)
{
	struct containers_one c;
	char id[65];

	if (containers_find(en, ref, id, e) || containers_look(en, a, id, &c, e))
		return -1;
	return stamp_parse(json_str(json_get(c.record, "Created"), ""), ret, e);
}

static int init_times(struct engine *en, struct arena *a, struct list_match *m, struct err *e)
{
	int64_t t;

	m->before = INT64_MAX;
	m->since = INT64_MIN;
	for (size_t i = 0; i < m->f->before.n; i++) {
		if (created_of(en, a, m->f->before.v[i], &t, e))
			return -1;
		m->before = t < m->before ? t : m->before;
	}
	for (size_t i = 0; i < m->f->since.n; i++) {
		if (created_of(en, a, m->f->since.v[i], &t, e))
			return -1;
		m->since = t > m->since ? t : m->since;
	}
	return 0;
}

/* Adds every image whose parents lead to one that is there already: a round for each generation. */
static int add_children(struct engine *en, struct arena *a, struct strs *images, struct err *e)
{
	struct strs ids = {0};
	size_t before;

	if (store_image_ids(&en->store, a, &ids, e))
		return -1;
	do {
		before = images->n;
		for (size_t i = 0; i < ids.n; i++) {
			const char *own = arena_printf(a, "sha256:%s", ids.v[i]);
			struct store_image im;
			struct err gone;

			if (has(images, own) ||
			    store_image_get(&en->store, a, ids.v[i], &im, &gone) || !*im.parent ||
			    !has(images, arena_printf(a, "sha256:%s", im.parent)))
				continue;
			strs_printf(a, images, "%s", own);
		}
	} while (images->n > before);
	return 0;
}

static int init_ancestors(struct engine *en, struct arena *a, struct list_match *m, struct err *e)
{
	for (size_t i = 0; i < m->f->ancestor.n; i++) {
		const char *id, *name;
		struct err none;

		if (!images_find(en, a, m->f->ancestor.v[i], &id, &name, &none))
			strs_printf(a, &m->images, "sha256:%s", id);
	}
	return m->images.n ? add_children(en, a, &m->images, e) : 0;
}

static void init_names(struct list_match *m, struct arena *a)
{
	const struct strs *l = &m->f->name;

	m->names = arena_array(a, l->n + 1, sizeof(*m->names));
	m->names_good = arena_array(a, l->n + 1, sizeof(*m->names_good));
	for (size_t i = 0; i < l->n; i++)
		m->names_good[i] = !pattern_compile(l->v[i], &m->names[i]);
}

int list_match_init(struct engine *en, struct arena *a, const struct list_filter *f,
		    struct list_match *ret, struct err *e)
{
	*ret = (struct list_match){.f = f};
	if (init_status(ret, e) || init_health(ret, e) || init_exited(ret, a, e) ||
	    init_ports(a, "publish", &f->publish, &ret->publish, e) ||
	    init_ports(a, "expose", &f->expose, &ret->expose, e) || init_tasks(ret, e) ||
	    init_times(en, a, ret, e) || init_ancestors(en, a, ret, e))
		return -1;
	init_names(ret, a);
	return 0;
}

/* ---- for each */

static bool name_fits(const struct list_match *m, struct arena *a, const char *name)
{
	const char *with = arena_printf(a, "/%s", name);

	if (!m->f->name.n || has(&m->f->name, with) || has(&m->f->name, name))
		return true;
	for (size_t i = 0; i < m->f->name.n; i++)
		if (m->names_good[i] &&
		    (pattern_match(&m->names[i], with) || pattern_match(&m->names[i], name)))
			return true;
	return false;
}

static bool id_fits(const struct strs *want, const char *id)
{
	for (size_t i = 0; i < want->n; i++)
		if (!strncmp(id, want->v[i], strlen(want->v[i])))
			return true;
	return !want->n;
}

static bool labels_fit(const struct strs *want, struct arena *a, const struct json *labels)
{
	for (size_t i = 0; i < want->n; i++) {
		size_t n = strcspn(want->v[i], "=");
		const struct json *v = json_get(labels, arena_strndup(a, want->v[i], n));

		if (!v || (want->v[i][n] && strcmp(json_str(v, ""), want->v[i] + n + 1)))
			return false;
	}
	return true;
}

static bool exit_fits(const struct list_match *m, const struct list_row *r)
{
	for (size_t i = 0; i < m->f->exited.n; i++)
		if (r->st.state.exit_code == m->exited[i] && r->st.kind == STATUS_EXITED)
			return true;
	return !m->f->exited.n;
}

static bool volume_fits(const struct strs *want, const struct json *mounts)
{
	struct json_iter it = json_iter(mounts);
	const struct json *v;

	while (want->n && (v = json_next(&it, NULL))) {
		const char *name = json_str(json_get(v, "Name"), "");

		if (has(want, *name ? name : json_str(json_get(v, "Source"), "")) ||
		    has(want, json_str(json_get(v, "Destination"), "")))
			return true;
	}
	return !want->n;
}

static bool health_fits(const struct strs *want, const char *health)
{
	return !want->n || has(want, *health ? health : "none");
}

static bool network_fits(const struct list_filter *f, const struct list_row *r)
{
	for (size_t i = 0; i < f->network.n; i++)
		if (netshow_on(&r->net, f->network.v[i]))
			return true;
	return !f->network.n;
}

static bool port_fits(const struct list_match *m, const struct list_row *r)
{
	return (!m->f->publish.n && !m->f->expose.n) ||
	       netshow_has_port(&r->net, &m->publish, &m->expose);
}

bool list_match(const struct list_match *m, struct arena *a, const struct list_row *r)
{
	const struct list_filter *f = m->f;
	const struct json *record = r->c->record;
	bool runs = r->st.state.running;

	if ((!runs && !f->all && f->limit <= 0 && !m->status) ||
	    (m->status && !(m->status & 1U << r->st.kind)) || m->tasks || r->created >= m->before ||
	    r->created <= m->since)
		return false;
	return id_fits(&f->id, r->c->id) && name_fits(m, a, r->c->name) &&
	       (!f->ancestor.n || has(&m->images, r->c->image)) && exit_fits(m, r) &&
	       health_fits(&f->health, r->health) && network_fits(f, r) && port_fits(m, r) &&
	       volume_fits(&f->volume, json_get(record, "Mounts")) &&
	       labels_fit(&f->label, a, json_get(json_get(record, "Config"), "Labels"));
}
