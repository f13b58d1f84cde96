/* SPDX-License-Identifier: Apache-2.0 */
/* The history that a config tells, newest first. Steps without a layer have size 0; only the image
 * itself has an ID here, what lies below it was never an image of this store. */
#include <string.h>

#include "base/stamp.h"
#include "engine/images.h"
#include "image/ref.h"

struct step {
	const struct json *v;
	int64_t size;
};

static int write_tags(struct engine *en, struct arena *a, const char *id, struct json_w *w,
		      struct err *e)
{
	struct store_ref *refs;
	size_t n, found = 0;

	if (store_ref_list(&en->store, a, &refs, &n, e))
		return -1;
	for (size_t i = 0; i < n; i++) {
		struct err ignored;
		struct ref r;

		if (strcmp(refs[i].id, id) || strchr(refs[i].ref, '@') ||
		    ref_parse_normalized(a, refs[i].ref, &r, &ignored))
			continue;
		if (!found++)
			json_w_arr(w, "Tags");
		json_w_str(w, NULL, ref_familiar(a, &r));
	}
	if (found)
		json_w_arr_end(w);
	else
		json_w_null(w, "Tags");
	return 0;
}

static int write_step(struct engine *en, struct arena *a, const struct images_image *im,
		      const struct step *s, bool top, struct json_w *w, struct err *e)
{
	int64_t created = 0;
	struct err ignored;

	if (stamp_parse(json_str(json_get(s->v, "created"), ""), &created, &ignored))
		created = 0;
	json_w_obj(w, NULL);
	json_w_str(w, "Comment", json_str(json_get(s->v, "comment"), ""));
	json_w_int(w, "Created", created / 1000000000);
	json_w_str(w, "CreatedBy", json_str(json_get(s->v, "created_by"), ""));
	json_w_str(w, "Id", top ? im->id : "<missing>");
	json_w_int(w, "Size", s->size);
	if (!top)
		json_w_null(w, "Tags");
	else if (write_tags(en, a, im->record.id, w, e))
		return -1;
	json_w_end(w);
	return 0;
}

int images_history(struct engine *en, const char *name, struct buf *json, struct err *e)
{
	AUTO_ARENA a = ARENA_INIT;
	struct json_w w = JSON_W(json);
	struct images_image im;
	const struct json *history, *v;
	struct json_iter it;
	struct step *steps;
	size_t n = 0, layer = 0;

	w.verbatim = true;
	if (images_resolve(en, &a, name, NULL, &im, e))
		return -1;
	history = json_get(im.root, "history");
	if (json_typeof(history) != JSON_ARR)
		history = NULL;
	steps = arena_array(&a, json_len(history) + 1, sizeof(*steps));
	it = json_iter(history);
	while ((v = json_next(&it, NULL))) {
		bool none = json_bool(json_get(v, "empty_layer"), false);

		steps[n].v = v;
		if (!none && layer < im.record.nlayers)
			steps[n].size = im.record.layers[layer++].size;
		n++;
	}
	json_w_arr(&w, NULL);
	for (size_t i = n; i-- > 0;)
		if (write_step(en, &a, &im, &steps[i], i + 1 == n, &w, e))
			return -1;
	json_w_arr_end(&w);
	return 0;
}
