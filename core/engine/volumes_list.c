/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Prune holds the lock of volumes for its whole decision: a container that is being created comes
 * before it, and its record is read, or after it. Sizes are walked, as Docker does, by a stack of
 * paths that are opened again from the volume's own directory: however deep it is, one descriptor
 * is open, and nothing leads out of it.
 */
#include "engine/volumes_list.h"
#include "engine/disksize.h"
#include "engine/labels.h"

#include <fcntl.h>
#include <string.h>

#include "base/log.h"

/* As a filter's value means it: somewhere in it, "^" and "$" at its ends. */
static bool name_matches(const char *name, const char *pattern)
{
	bool start = *pattern == '^';
	size_t n = strlen(pattern += start), len = strlen(name);
	bool end = n && pattern[n - 1] == '$';

	n -= end;
	if (n > len)
		return false;
	for (size_t i = 0; i + n <= len; i++) {
		if ((!start || !i) && (!end || i + n == len) && !strncmp(name + i, pattern, n))
			return true;
	}
	return false;
}

static bool any_name(const struct strs *want, const char *name)
{
	for (size_t i = 0; i < want->n; i++)
		if (name_matches(name, want->v[i]))
			return true;
	return !want->n;
}

static bool any_same(const struct strs *want, const char *text)
{
	for (size_t i = 0; i < want->n; i++)
		if (!strcmp(text, want->v[i]))
			return true;
	return !want->n;
}

static int want_bool(const char *key, const struct strs *list, int *ret, struct err *e)
{
	static const char *const yes[] = {"true", "1", "True", "TRUE", "t", "T"};
	static const char *const no[] = {"false", "0", "False", "FALSE", "f", "F"};
	const char *v = list->n ? list->v[0] : "";

	*ret = -1;
	for (size_t i = 0; i < 6; i++) {
		if (!strcmp(v, yes[i]))
			*ret = 1;
		if (!strcmp(v, no[i]))
			*ret = 0;
	}
	if (list->n > 1 || (list->n && *ret < 0))
		return err_set(e, ERR_INVALID, "invalid filter '%s=[%.100s]'", key, v);
	return 0;
}

static int list_into(struct engine *en, struct arena *a, const struct volumes_filter *f,
		     struct json_w *w, struct err *e)
{
	struct volumes_one *v;
	int dangling;
	size_t n;

	if (want_bool("dangling", &f->dangling, &dangling, e) || volumes_all(en, a, &v, &n, e))
		return -1;
	for (size_t i = 0; i < n; i++) {
		struct strs users = {0};

		if (!any_name(&f->name, v[i].name) || !any_same(&f->driver, v[i].driver) ||
		    !labels_fit(&v[i].labels, &f->label, &f->not_label))
			continue;
		if (dangling >= 0 && volumes_users(en, a, v[i].name, &users, e))
			return -1;
		if (dangling < 0 || (users.n == 0) == dangling)
			volumes_write(en, w, NULL, &v[i]);
	}
	return 0;
}

int volumes_list(struct engine *en, const struct volumes_filter *f, struct buf *json, struct err *e)
{
	AUTO_ARENA a = ARENA_INIT;
	struct json_w w = JSON_W(json);

	w.verbatim = true;
	json_w_obj(&w, NULL);
	json_w_arr(&w, "Volumes");
	if (list_into(en, &a, f, &w, e))
		return -1;
	json_w_arr_end(&w);
	json_w_null(&w, "Warnings");
	json_w_end(&w);
	return 0;
}

/* ---- prune */

static int64_t size_of(struct engine *en, const struct volumes_trash *t)
{
	AUTO_FD int root =
		openat(en->trash, t->name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);

	return root < 0 ? 0 : disksize_below(root, "_data");
}

/* Those that nobody uses are in the trash afterwards, one volumes_trash for each name. */
static int take_away(struct engine *en, struct arena *a, const struct volumes_filter *f, bool all,
		     struct strs *ret, struct volumes_trash **ret_trash, struct err *e)
{
	AUTO_FD int lock = volumes_lock(en, F_WRLCK, e);
	struct volumes_one *v;
	size_t n;

	if (lock < 0 || volumes_all(en, a, &v, &n, e))
		return -1;
	*ret_trash = arena_array(a, n + 1, sizeof(**ret_trash));
	for (size_t i = 0; i < n; i++) {
		struct strs users = {0};

		if (v[i].options.n || (!all && !volumes_value(&v[i].labels, VOLUMES_ANONYMOUS)) ||
		    !labels_fit(&v[i].labels, &f->label, &f->not_label))
			continue;
		if (volumes_users(en, a, v[i].name, &users, e))
			return -1;
		if (users.n)
			continue;
		if (volumes_take_away(en, v[i].name, &(*ret_trash)[ret->n], e))
			return -1;
		strs_add(a, ret, arena_strdup(a, v[i].name));
	}
	return 0;
}

int volumes_list_prune(struct engine *en, const struct volumes_filter *f, struct buf *json,
		       struct err *e)
{
	AUTO_ARENA a = ARENA_INIT;
	struct json_w w = JSON_W(json);
	struct volumes_trash *trash;
	struct strs names = {0};
	int64_t bytes = 0;
	int all;

	if (want_bool("all", &f->all, &all, e) || take_away(en, &a, f, all == 1, &names, &trash, e))
		return -1;
	for (size_t i = 0; i < names.n; i++) {
		bytes += size_of(en, &trash[i]);
		volumes_clean(en, &trash[i]);
	}
	json_w_obj(&w, NULL);
	json_w_strs(&w, "VolumesDeleted", names.n ? &names : NULL);
	json_w_int(&w, "SpaceReclaimed", bytes);
	json_w_end(&w);
	return 0;
}
