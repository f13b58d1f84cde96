/* SPDX-License-Identifier: Apache-2.0 */
/*
 * One pass over the records, one over the references, joined in memory. Nothing is locked: a list
 * is a look, and an image that goes meanwhile is simply not in it.
 */
#include "engine/images_rows.h"
#include "engine/until.h"

#include <stdlib.h>
#include <string.h>

#include "base/glob.h"
#include "base/log.h"
#include "image/manifest.h"
#include "image/ref.h"

static int by_created(const void *a, const void *b)
{
	const struct images_row *x = a, *y = b;

	if (x->im.created != y->im.created)
		return x->im.created < y->im.created ? 1 : -1;
	return strcmp(x->im.id, y->im.id);
}

static void read_config(struct engine *en, struct arena *a, struct images_row *row)
{
	AUTO_BUF b = BUF_INIT;
	struct manifest_config c;
	struct err why;

	if (store_blob_get(&en->store, row->im.id, &b, &why) ||
	    manifest_config_parse(a, b.data ? b.data : "", b.len, "config", &c, &why))
		log_warn("image", "%s", why.text);
	else
		row->config = c.config;
}

static struct images_row *row_of(struct images_row *rows, size_t n, const char *id)
{
	for (size_t i = 0; i < n; i++)
		if (!strcmp(rows[i].im.id, id))
			return &rows[i];
	return NULL;
}

static int join_refs(struct engine *en, struct arena *a, struct images_row *rows, size_t n,
		     struct err *e)
{
	struct store_ref *refs;
	size_t nrefs;

	if (store_ref_list(&en->store, a, &refs, &nrefs, e))
		return -1;
	for (size_t i = 0; i < nrefs; i++) {
		struct images_row *row = row_of(rows, n, refs[i].id);

		if (!row)
			continue;
		strs_add(a, strchr(refs[i].ref, '@') ? &row->digests : &row->tags,
			 arena_strdup(a, refs[i].ref));
		if (refs[i].tagged > row->tagged)
			row->tagged = refs[i].tagged;
	}
	return 0;
}

int images_rows_load(struct engine *en, struct arena *a, struct images_row **ret, size_t *ret_n,
		     struct err *e)
{
	struct images_row *rows;
	struct strs ids = {0};
	size_t n = 0;

	if (store_image_ids(&en->store, a, &ids, e))
		return -1;
	rows = arena_array(a, ids.n + 1, sizeof(*rows));
	for (size_t i = 0; i < ids.n; i++) {
		struct err why;

		if (!store_image_get(&en->store, a, ids.v[i], &rows[n].im, &why))
			read_config(en, a, &rows[n++]);
		else if (why.kind != ERR_NOTFOUND)
			log_warn("image", "passed over: %s", why.text);
	}
	for (size_t i = 0; i < n; i++) {
		struct images_row *p =
			*rows[i].im.parent ? row_of(rows, n, rows[i].im.parent) : NULL;

		if (p)
			p->parent = true;
	}
	if (join_refs(en, a, rows, n, e))
		return -1;
	qsort(rows, n, sizeof(*rows), by_created);
	*ret = rows;
	*ret_n = n;
	return 0;
}

const char *images_rows_familiar(struct arena *a, const char *ref)
{
	struct err ignored;
	struct ref r;

	return ref_parse_normalized(a, ref, &r, &ignored) ? ref : ref_familiar(a, &r);
}

void images_rows_write(struct json_w *w, const char *key, struct arena *a, const struct strs *refs)
{
	json_w_arr(w, key);
	for (size_t i = 0; i < refs->n; i++)
		json_w_str(w, NULL, images_rows_familiar(a, refs->v[i]));
	json_w_arr_end(w);
}

/* ---- filters */

static bool has_label(const struct json *config, const char *want)
{
	const struct json *labels = json_get(config, "Labels");
	size_t n = strcspn(want, "=");
	AUTO_ARENA a = ARENA_INIT;
	const struct json *v = json_get(labels, arena_strndup(&a, want, n));

	return v && (!want[n] || !strcmp(json_str(v, ""), want + n + 1));
}

static bool labels_fit(const struct images_filter *f, const struct images_row *row)
{
	for (size_t i = 0; i < f->label.n; i++)
		if (!has_label(row->config, f->label.v[i]))
			return false;
	for (size_t i = 0; i < f->not_label.n; i++)
		if (has_label(row->config, f->not_label.v[i]))
			return false;
	return true;
}

static bool reference_fits(struct arena *a, const char *pattern, const char *ref)
{
	struct err ignored;
	struct ref r;

	if (ref_parse_normalized(a, ref, &r, &ignored))
		return false;
	return glob_match(pattern, ref_familiar(a, &r)) ||
	       glob_match(pattern, ref_familiar_name(a, &r));
}

/* Leaves the references that match; false if there is none. */
static bool references_fit(struct arena *a, const struct images_filter *f, struct images_row *row)
{
	struct strs *lists[] = {&row->tags, &row->digests};
	size_t all = 0;

	if (!f->reference.n)
		return true;
	for (size_t l = 0; l < 2; l++) {
		struct strs kept = {0};

		for (size_t i = 0; i < lists[l]->n; i++)
			for (size_t k = 0; k < f->reference.n; k++)
				if (reference_fits(a, f->reference.v[k], lists[l]->v[i])) {
					strs_add(a, &kept, lists[l]->v[i]);
					break;
				}
		*lists[l] = kept;
		all += kept.n;
	}
	return all > 0;
}

/* What the filter's values come down to. */
struct limits {
	int64_t before, since;
	int dangling; /* -1: both */
};

static int created_of(struct engine *en, struct arena *a, const char *name, int64_t *ret,
		      struct err *e)
{
	struct images_image im;

	if (images_resolve(en, a, name, NULL, &im, e))
		return -1;
	*ret = im.record.created;
	return 0;
}

static int parse_limits(struct engine *en, struct arena *a, const struct images_filter *f,
			struct limits *l, struct err *e)
{
	int64_t t;

	*l = (struct limits){INT64_MAX, INT64_MIN, -1};
	for (size_t i = 0; i < f->dangling.n; i++) {
		const char *v = f->dangling.v[i];

		if (!strcmp(v, "true") || !strcmp(v, "1"))
			l->dangling = 1;
		else if (!strcmp(v, "false") || !strcmp(v, "0"))
			l->dangling = 0;
		else
			return err_set(e, ERR_INVALID, "invalid filter 'dangling=[%s]'", v);
	}
	for (size_t i = 0; i < f->before.n; i++) {
		if (created_of(en, a, f->before.v[i], &t, e))
			return -1;
		l->before = t < l->before ? t : l->before;
	}
	for (size_t i = 0; i < f->since.n; i++) {
		if (created_of(en, a, f->since.v[i], &t, e))
			return -1;
		l->since = t > l->since ? t : l->since;
	}
	for (size_t i = 0; i < f->until.n; i++) {
		if (until_parse(f->until.v[i], &t, e))
			return -1;
		l->before = t < l->before ? t : l->before;
	}
	return 0;
}

int images_rows_filter(struct engine *en, struct arena *a, const struct images_filter *f,
		       struct images_row *rows, size_t *n, struct err *e)
{
	struct limits l;
	size_t kept = 0;

	if (parse_limits(en, a, f, &l, e))
		return -1;
	for (size_t i = 0; i < *n; i++) {
		struct images_row *row = &rows[i];
		bool dangling = !row->tags.n && !row->digests.n;

		if ((l.dangling >= 0 && l.dangling != dangling) || row->im.created >= l.before ||
		    row->im.created <= l.since || !labels_fit(f, row) ||
		    (dangling && row->parent && !f->all) || !references_fit(a, f, row))
			continue;
		rows[kept++] = *row;
	}
	*n = kept;
	return 0;
}
