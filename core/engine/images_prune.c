/* SPDX-License-Identifier: Apache-2.0 */
/*
 * image prune: by default what has no name; with the filter dangling=false all that no container
 * uses. What another command has pinned is left alone, silently: it is in use.
 */
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "base/file.h"
#include "engine/images_drop.h"
#include "engine/images_rows.h"

static bool used(const struct sweep_user *users, size_t n, const char *id)
{
	for (size_t i = 0; i < n; i++)
		if (!strcmp(users[i].image, id))
			return true;
	return false;
}

static int drop_unused(struct images_drop *d, const struct images_filter *f, struct err *e)
{
	struct strs pinned = {0};
	struct sweep_user *users;
	struct images_row *rows;
	size_t n, nusers;

	if (sweep_users(d->en, d->a, NULL, &users, &nusers, e) ||
	    images_rows_load(d->en, d->a, &rows, &n, e) ||
	    images_rows_filter(d->en, d->a, f, rows, &n, e) || images_drop_pinned(d, &pinned, e))
		return -1;
	for (size_t i = 0; i < n; i++) {
		const struct images_row *r = &rows[i];

		if (r->parent || images_drop_has(&pinned, r->im.id) ||
		    used(users, nusers, r->im.id))
			continue;
		for (size_t k = 0; k < r->tags.n; k++)
			if (images_drop_ref(d, r->tags.v[k], e))
				return -1;
		for (size_t k = 0; k < r->digests.n; k++)
			if (images_drop_ref(d, r->digests.v[k], e))
				return -1;
		if (images_drop_image(d, r->im.id, e))
			return -1;
	}
	return 0;
}

int images_prune(struct engine *en, const struct images_filter *f, struct buf *json, struct err *e)
{
	AUTO_ARENA a = ARENA_INIT;
	struct images_drop d = {.en = en, .a = &a};
	struct json_w w = JSON_W(json);
	struct images_filter with = *f;
	int lock = store_lock(&en->store, F_WRLCK, e), rc;

	if (lock < 0)
		return -1;
	if (!with.dangling.n)
		strs_add(&a, &with.dangling, arena_strdup(&a, "true"));
	else if (!strcmp(with.dangling.v[0], "false") || !strcmp(with.dangling.v[0], "0"))
		with.dangling.n = 0; /* "not only dangling ones", unlike in a list */
	rc = drop_unused(&d, &with, e);
	json_w_obj(&w, NULL);
	if (!rc)
		rc = images_drop_finish(&d, &w, "ImagesDeleted", e);
	close(lock);
	if (rc)
		return -1;
	json_w_int(&w, "SpaceReclaimed", d.bytes);
	json_w_end(&w);
	return 0;
}
