/* SPDX-License-Identifier: Apache-2.0 */
/*
 * rmi, with Docker's rules and words: by name it takes the name away, and the image with the last
 * name; by ID it takes all names, if that is not ambiguous or forced. A running container, and an
 * image built upon this one, hold it whatever is forced; a stopped container gives way to force
 * (its layers stay as long as it does: sweep.h).
 */
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/file.h"
#include "engine/images_drop.h"
#include "engine/images_rows.h"

struct removal {
	struct images_drop d;
	const char *id;	  /* hex */
	const char *name; /* familiar, as it was found; the digest if it was found by ID */
	bool by_id, force;
	struct strs refs; /* canonical, all that point to the image */
	struct sweep_user *users;
	size_t nusers;
	bool pinned; /* another command is just using it */
	bool parent; /* another image was built upon it */
};

static int look(struct removal *r, struct err *e)
{
	struct store *s = &r->d.en->store;
	struct strs pinned = {0}, ids = {0};
	struct store_ref *refs;
	size_t n;

	if (store_ref_list(s, r->d.a, &refs, &n, e) || images_drop_pinned(&r->d, &pinned, e) ||
	    sweep_users(r->d.en, r->d.a, r->id, &r->users, &r->nusers, e) ||
	    store_image_ids(s, r->d.a, &ids, e))
		return -1;
	for (size_t i = 0; i < n; i++)
		if (!strcmp(refs[i].id, r->id))
			strs_add(r->d.a, &r->refs, arena_strdup(r->d.a, refs[i].ref));
	r->pinned = images_drop_has(&pinned, r->id);
	for (size_t i = 0; i < ids.n && !r->parent; i++) {
		struct store_image im;
		struct err ignored;

		r->parent = !store_image_get(s, r->d.a, ids.v[i], &im, &ignored) &&
			    !strcmp(im.parent, r->id);
	}
	return 0;
}

/* One reference, or a tag and digests of the same repository. */
static bool single(const struct removal *r)
{
	size_t tags = 0;

	for (size_t i = 0; i < r->refs.n; i++)
		tags += strchr(r->refs.v[i], '@') == NULL;
	return tags <= 1;
}

/* Without force: may the image go? soft: also what force would overrule. */
static int conflict(const struct removal *r, bool soft, struct err *e)
{
	const struct sweep_user *stopped = NULL;

	if (r->parent)
		return err_set(
			e, ERR_CONFLICT,
			"conflict: unable to delete %.12s (cannot be forced) - image has dependent "
			"child images",
			r->id);
	for (size_t i = 0; i < r->nusers; i++) {
		if (r->users[i].running)
			return err_set(
				e, ERR_CONFLICT,
				"conflict: unable to delete %.12s (cannot be forced) - image is "
				"being used by running container %.12s",
				r->id, r->users[i].container);
		stopped = &r->users[i];
	}
	if (!soft)
		return 0;
	if (stopped)
		return err_set(
			e, ERR_CONFLICT,
			"conflict: unable to delete %.12s (must be forced) - image is being used "
			"by stopped container %.12s",
			r->id, stopped->container);
	if (r->pinned)
		return err_set(
			e, ERR_CONFLICT,
			"conflict: unable to delete %.12s (must be forced) - image is being used "
			"by another command: try again",
			r->id);
	return 0;
}

/* The canonical form of the name that the image was found by. */
static const char *own_ref(const struct removal *r)
{
	struct store_ref *refs;
	size_t n;
	struct err ignored;

	if (store_ref_list(&r->d.en->store, r->d.a, &refs, &n, &ignored))
		return NULL;
	for (size_t i = 0; i < n; i++)
		if (!strcmp(images_rows_familiar(r->d.a, refs[i].ref), r->name))
			return refs[i].ref;
	return NULL;
}

/* Takes the name away; *ret_done: that was all. */
static int by_name(struct removal *r, bool *ret_done, struct err *e)
{
	const char *ref = own_ref(r);
	struct err ignored;

	if (!r->force && single(r) && r->nusers)
		return err_set(
			e, ERR_CONFLICT,
			"conflict: unable to remove repository reference \"%s\" (must force) - "
			"container %.12s is using its referenced image %.12s",
			r->name, r->users[0].container, r->id);
	if (!r->force && single(r) && r->pinned)
		return conflict(r, true, e);
	if (!ref)
		return err_set(e, ERR_NOTFOUND, "No such image: %s", r->name);
	if (!single(r) || conflict(r, !r->force, &ignored)) {
		*ret_done = true;
		return images_drop_ref(&r->d, ref, e);
	}
	return 0;
}

static int remove_locked(struct removal *r, struct json_w *w, struct err *e)
{
	bool done = false;

	if (look(r, e))
		return -1;
	if (r->by_id) {
		if (!single(r) && !r->force)
			return err_set(
				e, ERR_CONFLICT,
				"conflict: unable to delete %.12s (must be forced) - image is "
				"referenced in multiple repositories",
				r->id);
		if (conflict(r, !r->force, e))
			return -1;
	} else if (by_name(r, &done, e)) {
		return -1;
	}
	for (size_t i = 0; !done && i < r->refs.n; i++)
		if (images_drop_ref(&r->d, r->refs.v[i], e))
			return -1;
	if (!done && images_drop_image(&r->d, r->id, e))
		return -1;
	return images_drop_finish(&r->d, w, NULL, e);
}

int images_remove(struct engine *en, const char *name, bool force, bool noprune, struct buf *json,
		  struct err *e)
{
	AUTO_ARENA a = ARENA_INIT;
	struct removal r = {.d = {.en = en, .a = &a}, .force = force};
	struct json_w w = JSON_W(json);
	int lock, rc;

	(void)noprune; /* there are no untagged parents to prune: layers are not images here */
	lock = store_lock(&en->store, F_WRLCK, e);
	if (lock < 0)
		return -1;
	rc = images_find(en, &a, name, &r.id, &r.name, e);
	if (!rc) {
		r.by_id = !strncmp(r.name, "sha256:", 7);
		rc = remove_locked(&r, &w, e);
	}
	close(lock);
	return rc;
}
