/* SPDX-License-Identifier: Apache-2.0 */
/*
 * {"label":["a=b","c"],"dangling":["true"]}: values of one key are gathered, in the order given.
 * The key "label!=x" of a person is the key "label!" of the API.
 */
#include "applets/filters.h"

#include <string.h>

#include "base/json.h"
#include "wire/target.h"

static size_t key_len(const char *f)
{
	return strcspn(f, "=");
}

static bool same_key(const char *a, const char *b)
{
	return key_len(a) == key_len(b) && !strncmp(a, b, key_len(a));
}

static void write_filters(const struct strs *all, struct buf *out)
{
	AUTO_ARENA a = ARENA_INIT;
	struct json_w w = JSON_W(out);

	json_w_obj(&w, NULL);
	for (size_t i = 0; i < all->n; i++) {
		size_t first = 0;

		while (!same_key(all->v[first], all->v[i]))
			first++;
		if (first < i)
			continue;
		json_w_arr(&w, arena_strndup(&a, all->v[i], key_len(all->v[i])));
		for (size_t k = i; k < all->n; k++)
			if (same_key(all->v[k], all->v[i]))
				json_w_str(&w, NULL, all->v[k] + key_len(all->v[k]) + 1);
		json_w_arr_end(&w);
	}
	json_w_end(&w);
}

void filters_add(struct buf *target, const struct strs *filters, const char *extra)
{
	AUTO_ARENA a = ARENA_INIT;
	AUTO_BUF text = BUF_INIT;
	struct strs all = {0};

	for (size_t i = 0; i < filters->n; i++)
		strs_add(&a, &all, arena_strdup(&a, filters->v[i]));
	if (extra)
		strs_add(&a, &all, arena_strdup(&a, extra));
	if (!all.n)
		return;
	write_filters(&all, &text);
	buf_str(target, "&filters=");
	target_quote(target, text.data);
}
