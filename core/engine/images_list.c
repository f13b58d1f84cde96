/* SPDX-License-Identifier: Apache-2.0 */
/* The list of images, in the field order of Docker's answers. Sizes are the records', summed there;
 * shared sizes are counted only when asked for, as they need every image. */
#include <stdio.h>
#include <string.h>

#include "engine/images_rows.h"
#include "engine/sweep.h"

/* Bytes of the row's layers that another image has too. */
static int64_t shared_size(const struct images_row *rows, size_t n, const struct images_row *row)
{
	int64_t sum = 0;

	for (size_t l = 0; l < row->im.nlayers; l++) {
		const char *diff = row->im.layers[l].diff_id;
		bool found = false;

		for (size_t i = 0; i < n && !found; i++)
			for (size_t k = 0; &rows[i] != row && k < rows[i].im.nlayers && !found; k++)
				found = !strcmp(rows[i].im.layers[k].diff_id, diff);
		sum += found ? row->im.layers[l].size : 0;
	}
	return sum;
}

static void digest(struct json_w *w, const char *key, const char *hex)
{
	char text[72];

	snprintf(text, sizeof(text), "%s%s", *hex ? "sha256:" : "", hex);
	json_w_str(w, key, text);
}

/* How many containers an image has. */
static int64_t used_by(const struct sweep_user *users, size_t n, const char *id)
{
	int64_t count = 0;

	for (size_t i = 0; i < n; i++)
		count += !strcmp(users[i].image, id);
	return count;
}

int images_list(struct engine *en, const struct images_filter *f, bool digests, bool shared,
		struct buf *json, struct err *e)
{
	AUTO_ARENA a = ARENA_INIT;
	struct json_w w = JSON_W(json);
	struct images_row *rows;
	struct sweep_user *users;
	size_t n, nusers;

	(void)digests; /* they cost nothing here: always shown, as by Docker since API 1.22 */
	w.verbatim = true;
	if (images_rows_load(en, &a, &rows, &n, e) || images_rows_filter(en, &a, f, rows, &n, e) ||
	    sweep_users(en, &a, NULL, &users, &nusers, e))
		return -1;
	json_w_arr(&w, NULL);
	for (size_t i = 0; i < n; i++) {
		const struct images_row *r = &rows[i];
		const struct json *labels = json_get(r->config, "Labels");

		json_w_obj(&w, NULL);
		json_w_int(&w, "Containers", used_by(users, nusers, r->im.id));
		json_w_int(&w, "Created", r->im.created / 1000000000);
		digest(&w, "Id", r->im.id);
		if (json_typeof(labels) == JSON_OBJ)
			json_w_val(&w, "Labels", labels);
		else
			json_w_null(&w, "Labels");
		digest(&w, "ParentId", r->im.parent);
		images_rows_write(&w, "RepoDigests", &a, &r->digests);
		images_rows_write(&w, "RepoTags", &a, &r->tags);
		json_w_int(&w, "SharedSize", shared ? shared_size(rows, n, r) : -1);
		json_w_int(&w, "Size", r->im.size);
		json_w_end(&w);
	}
	json_w_arr_end(&w);
	return 0;
}
