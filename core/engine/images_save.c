/* SPDX-License-Identifier: Apache-2.0 */
/*
 * From names to what save.h writes: an ID gives an image without names, a repository all its tags,
 * and an image asked for by several names is written once with all of them. Everything is pinned
 * before the first byte goes out.
 */
#include <string.h>

#include "engine/images.h"
#include "image/ref.h"

struct plan {
	struct engine *en;
	struct arena *a;
	struct save_item *items;
	struct store_pin *pins;
	size_t n;
};

static int add(struct plan *p, const char *text, const char *ref, const struct platform *want,
	       struct err *e)
{
	struct store_pin pin = STORE_PIN_INIT;
	struct images_image im;
	char have[96], asked[96];
	size_t i = 0;

	if (images_resolve(p->en, p->a, text, &pin, &im, e))
		return -1;
	if (want && !platform_fit(want, &im.platform, 1)) {
		images_unpin(p->en, &pin);
		platform_text(&im.platform, have, sizeof(have));
		platform_text(want, asked, sizeof(asked));
		return err_set(e, ERR_NOTFOUND, "image %s is for %s, not for %s as asked", text,
			       have, asked);
	}
	while (i < p->n && strcmp(p->items[i].image.id, im.record.id))
		i++;
	if (i == p->n) {
		p->items[i].image = im.record;
		p->pins[p->n++] = pin;
	} else {
		images_unpin(p->en, &pin);
	}
	for (size_t k = 0; ref && k < p->items[i].refs.n; k++)
		if (!strcmp(p->items[i].refs.v[k], ref))
			return 0;
	if (ref)
		strs_add(p->a, &p->items[i].refs, arena_strdup(p->a, ref));
	return 0;
}

/* All tags of the repository (canonical name, without tag). */
static int add_repository(struct plan *p, const char *text, const char *name,
			  const struct store_ref *refs, size_t nrefs, const struct platform *want,
			  struct err *e)
{
	size_t len = strlen(name), found = 0;

	for (size_t i = 0; i < nrefs; i++) {
		if (strncmp(refs[i].ref, name, len) || refs[i].ref[len] != ':' ||
		    strchr(refs[i].ref, '@'))
			continue;
		found++;
		if (add(p, refs[i].ref, refs[i].ref, want, e))
			return -1;
	}
	return found ? 0 : add(p, text, NULL, want, e);
}

static int add_name(struct plan *p, const char *text, const struct store_ref *refs, size_t nrefs,
		    const struct platform *want, struct err *e)
{
	struct err ignored;
	struct ref r;

	if (store_is_hex(text) || !strncmp(text, "sha256:", 7) ||
	    ref_parse_normalized(p->a, text, &r, &ignored))
		return add(p, text, NULL, want, e);
	if (!r.tag && !r.digest)
		return add_repository(p, text, ref_name(p->a, &r), refs, nrefs, want, e);
	return add(p, text, r.tag && !r.digest ? ref_full(p->a, &r) : NULL, want, e);
}

static int run(struct plan *p, const struct strs *names, enum save_format format,
	       const struct platform *want, tar_write_fn *write, void *ctx, struct err *e)
{
	struct store_ref *refs;
	size_t nrefs, most;

	if (store_ref_list(&p->en->store, p->a, &refs, &nrefs, e))
		return -1;
	most = names->n + nrefs + 1;
	p->items = arena_array(p->a, most, sizeof(*p->items));
	p->pins = arena_array(p->a, most, sizeof(*p->pins));
	for (size_t i = 0; i < names->n; i++)
		if (add_name(p, names->v[i], refs, nrefs, want, e))
			return -1;
	return save_stream(&p->en->store, p->items, p->n, format, write, ctx, e);
}

int images_save(struct engine *en, const struct strs *names, enum save_format format,
		const struct platform *platform, tar_write_fn *write, void *ctx, struct err *e)
{
	AUTO_ARENA a = ARENA_INIT;
	struct plan p = {.en = en, .a = &a};
	int rc = run(&p, names, format, platform, write, ctx, e);

	for (size_t i = 0; i < p.n; i++)
		images_unpin(en, &p.pins[i]);
	return rc;
}
