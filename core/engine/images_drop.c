/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Docker names deleted layers by chain ID, the hash of a layer with all below it, so those are
 * printed, although layers are stored by diff ID here. A layer is deleted when the sweep found that
 * nothing else names it.
 */
#include "engine/images_drop.h"

#include <stdio.h>
#include <string.h>

#include "base/log.h"
#include "image/layers.h"
#include "engine/images_rows.h"

int images_drop_ref(struct images_drop *d, const char *ref, struct err *e)
{
	if (store_ref_del(&d->en->store, ref, e))
		return -1;
	strs_add(d->a, &d->untagged, arena_strdup(d->a, images_rows_familiar(d->a, ref)));
	return 0;
}

int images_drop_image(struct images_drop *d, const char *id, struct err *e)
{
	struct store_image im = {.id = id};
	struct err why;

	if (store_image_get(&d->en->store, d->a, id, &im, &why))
		log_warn("image", "%s", why.text);
	if (store_image_del(&d->en->store, id, e))
		return -1;
	d->gone = arena_grow(d->a, d->gone, d->ngone, &d->cap, sizeof(*d->gone));
	d->gone[d->ngone++] = im;
	return 0;
}

bool images_drop_has(const struct strs *list, const char *s)
{
	for (size_t i = 0; i < list->n; i++)
		if (!strcmp(list->v[i], s))
			return true;
	return false;
}

struct pinned {
	struct images_drop *d;
	struct strs *ret;
};

static void on_pin(void *ctx, const char *kind, const char *name)
{
	struct pinned *p = ctx;

	if (!strcmp(kind, "image"))
		strs_add(p->d->a, p->ret, arena_strdup(p->d->a, name));
}

int images_drop_pinned(struct images_drop *d, struct strs *ret, struct err *e)
{
	struct pinned p = {d, ret};

	return store_pin_each(&d->en->store, on_pin, &p, e);
}

static void line(struct json_w *w, const char *key, const char *text)
{
	json_w_obj(w, NULL);
	json_w_str(w, key, text);
	json_w_end(w);
}

static void chain_ids(const struct store_image *im, char (*ret)[65])
{
	for (size_t i = 0; i < im->nlayers; i++)
		layers_chain(i ? ret[i - 1] : NULL, im->layers[i].diff_id, ret[i]);
}

/* The image's layers that went with this sweep, topmost first; each is told once. */
static void write_gone(struct images_drop *d, const struct store_image *im, struct strs *left,
		       struct json_w *w)
{
	char(*chain)[65] = arena_array(d->a, STORE_MAX_LAYERS + 1, sizeof(*chain));

	line(w, "Deleted", arena_printf(d->a, "sha256:%s", im->id));
	chain_ids(im, chain);
	for (size_t i = im->nlayers; i-- > 0;) {
		for (size_t k = 0; k < left->n; k++) {
			if (strcmp(left->v[k], im->layers[i].diff_id))
				continue;
			left->v[k] = arena_strdup(d->a, "");
			line(w, "Deleted", arena_printf(d->a, "sha256:%s", chain[i]));
			break;
		}
	}
}

int images_drop_finish(struct images_drop *d, struct json_w *w, const char *key, struct err *e)
{
	struct strs layers = {0};

	if (d->ngone && sweep_mark_and_move(d->en, d->a, &layers, &d->bytes, e))
		return -1;
	json_w_arr(w, key);
	for (size_t i = 0; i < d->untagged.n; i++)
		line(w, "Untagged", d->untagged.v[i]);
	for (size_t i = 0; i < d->ngone; i++)
		write_gone(d, &d->gone[i], &layers, w);
	json_w_arr_end(w);
	return 0;
}
