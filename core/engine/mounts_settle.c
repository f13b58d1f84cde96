/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Docker's order: --volumes-from first, which all others replace; -v and --mount, where the same
 * place twice is an error; then the image's VOLUMEs and -v /path, which give way to anything.
 */
#include "engine/mounts_settle.h"

#include <fcntl.h>
#include <string.h>

#include "base/file.h"
#include "base/rand.h"
#include "container/home.h"
#include "engine/containers.h"
#include "engine/images.h"
#include "engine/mounts_parse.h"
#include "engine/volumes.h"

struct settle {
	struct engine *en;
	struct arena *a;
	const struct request *r;
	const char *id;
	struct mounts_plan p;
};

/* ---- what is asked for */

static int from_one(struct settle *s, const char *text, struct err *e)
{
	const char *colon = strrchr(text, ':');
	const char *ref = colon ? arena_strndup(s->a, text, (size_t)(colon - text)) : text;
	struct containers_one c;
	struct mounts theirs;
	bool ro;

	if (!*ref)
		return *text ? err_set(e, ERR_INVALID, "malformed volumes-from specification: %s",
				       text)
			     : err_set(e, ERR_INVALID,
				       "volumes-from specification cannot be an empty string");
	if (mounts_parse_mode(s->a, colon ? colon + 1 : "", &ro, e) ||
	    containers_load(s->en, s->a, ref, &c, e) ||
	    mounts_read(s->a, json_get(c.record, "MountSpecs"), &theirs, e))
		return -1;
	for (size_t i = 0; i < theirs.n; i++) {
		struct mounts_one m = theirs.v[i];

		m.ro |= ro;
		m.mode = "";
		m.other = true;
		m.anonymous = false;
		if (mounts_add(&s->p.l, m, true, e))
			return -1;
	}
	return 0;
}

/* --tmpfs has a list of its own. */
static bool has_tmpfs(const struct settle *s, const char *dest)
{
	for (size_t i = 0; i < s->r->tmpfs.n; i++) {
		const char *t = s->r->tmpfs.v[i];

		if (!strcmp(mounts_clean(s->a, arena_strndup(s->a, t, strcspn(t, "="))), dest))
			return true;
	}
	return false;
}

static int image_volumes(struct settle *s, struct err *e)
{
	for (size_t i = 0; i < s->r->volumes.n; i++) {
		struct mounts_one m = mounts_none("volume");

		m.dest = s->r->volumes.v[i];
		m.driver = *s->r->volume_driver ? s->r->volume_driver : "local";
		m.anonymous = m.empty_check = true;
		if (m.dest[0] == '/') {
			const char *dest = mounts_clean(s->a, m.dest);

			if (mounts_has(&s->p.l, dest) || has_tmpfs(s, dest))
				continue;
		}
		if (mounts_add(&s->p.l, m, false, e))
			return err_wrap(e, "volume");
	}
	return 0;
}

/* Those of --volumes-from are replaced, so each list is parsed by itself first. */
static int gather(struct settle *s, struct err *e)
{
	struct mounts own = {.a = s->a};
	struct json_iter it = json_iter(s->r->mounts);
	const struct json *v;

	for (size_t i = 0; i < s->r->volumes_from.n; i++)
		if (from_one(s, s->r->volumes_from.v[i], e))
			return -1;
	for (size_t i = 0; i < s->r->binds.n; i++)
		if (mounts_parse_bind(&own, s->r->binds.v[i], s->r->volume_driver, e))
			return -1;
	while ((v = json_next(&it, NULL)))
		if (mounts_parse_mount(&own, v, e))
			return -1;
	for (size_t i = 0; i < own.n; i++) {
		if (has_tmpfs(s, own.v[i].dest))
			return err_set(e, ERR_INVALID, "Duplicate mount point: %s", own.v[i].dest);
		if (mounts_add(&s->p.l, own.v[i], true, e))
			return -1;
	}
	return image_volumes(s, e);
}

/* ---- what it takes */

static int settle_volume(struct settle *s, struct mounts_one *m, struct err *e)
{
	struct volumes_one v = {.driver = m->driver, .options = m->options, .labels = m->labels};
	const char *owner = NULL;
	struct volumes_one made;
	bool new;

	if (m->anonymous) {
		char name[65];

		rand_hex(name, 64);
		m->name = arena_strdup(s->a, name);
		strs_add(s->a, &v.labels, arena_strdup(s->a, VOLUMES_ANONYMOUS "="));
		owner = s->id;
	}
	v.name = m->name;
	if (m->other ? volumes_get(s->en, s->a, m->name, &made, e)
		     : volumes_make(s->en, s->a, &v, owner, !owner || !s->r->auto_remove, &made,
				    &new, e))
		return -1;
	if (m->anonymous)
		strs_add(s->a, &s->p.anonymous, arena_strdup(s->a, m->name));
	else if (volumes_value(&made.labels, VOLUMES_ANONYMOUS) && volumes_share(s->en, m->name, e))
		return -1;
	m->source = volumes_path(s->en, s->a, m->name);
	m->options = made.options;
	return 0;
}

static int settle_image(struct settle *s, struct mounts_one *m, struct err *e)
{
	struct images_image im;

	if (images_resolve(s->en, s->a, m->other ? m->name : m->source, &s->p.pins[s->p.npins], &im,
			   e))
		return -1;
	s->p.npins++;
	m->name = im.id;
	m->layers = im.diff_ids;
	return 0;
}

static int settle_all(struct settle *s, struct err *e)
{
	struct mounts *l = &s->p.l;

	s->p.pins = arena_array(s->a, l->n + 1, sizeof(*s->p.pins));
	for (size_t i = 0; i < l->n; i++)
		s->p.pins[i] = (struct store_pin)STORE_PIN_INIT;
	for (size_t i = 0; i < l->n; i++) {
		struct mounts_one *m = &l->v[i];

		if (!strcmp(m->type, "volume")) {
			if (s->p.lock < 0)
				s->p.lock = volumes_lock(s->en, F_RDLCK, e);
			if (s->p.lock < 0 || settle_volume(s, m, e))
				return -1;
		} else if (!strcmp(m->type, "image") && settle_image(s, m, e)) {
			return -1;
		}
	}
	return 0;
}

int mounts_settle(struct engine *en, struct arena *a, const struct request *r, const char *id,
		  struct mounts_plan *ret, struct err *e)
{
	struct settle s = {.en = en, .a = a, .r = r, .id = id, .p = {.l = {.a = a}, .lock = -1}};

	s.p.owner = r->auto_remove;
	if (gather(&s, e) || settle_all(&s, e)) {
		mounts_settle_end(en, &s.p, id, false);
		return -1;
	}
	*ret = s.p;
	return 0;
}

int mounts_settle_layers(const struct mounts_plan *p, int cdir, struct err *e)
{
	AUTO_BUF b = BUF_INIT;

	for (size_t i = 0; i < p->l.n; i++)
		for (size_t k = 0; k < p->l.v[i].layers.n; k++)
			buf_printf(&b, "%s\n", p->l.v[i].layers.v[k]);
	return b.len ? file_write_atomic(cdir, "layers.mounts", b.data, b.len, 0600, FILE_NOSYNC, e)
		     : 0;
}

void mounts_settle_end(struct engine *en, struct mounts_plan *p, const char *id, bool keep)
{
	struct home h = containers_home(en);
	struct volumes_trash t;
	struct err why;

	for (size_t i = 0; !(keep && p->owner) && i < p->anonymous.n; i++) {
		if (!keep && !volumes_take_away(en, p->anonymous.v[i], &t, &why))
			volumes_clean(en, &t);
		home_forget_volume(&h, id, p->anonymous.v[i]);
	}
	for (size_t i = 0; i < p->npins; i++)
		images_unpin(en, &p->pins[i]);
	p->npins = 0;
	fd_autoclose(&p->lock);
}
