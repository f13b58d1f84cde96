/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Overlay's upper directory holds just what changed, and marks; a tree of vfs or btrfs holds
 * everything and is compared with the layers, name by name. What the init layer has is the
 * engine's and no change: there it lies below the layers, here start made it in the tree.
 *
 * The container may be running: what goes away while it is looked at is not there.
 */
#include "engine/diff.h"
#include "base/json.h"
#include "engine/containers.h"
#include "engine/images.h"
#include "engine/lower.h"
#include "image/walk.h"

#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/xattr.h>

#define DIR_FLAGS (O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC)

struct level { /* a directory on the way to what is looked at */
	const char *path;
	bool told;
};

struct look {
	struct arena *a;
	struct lower lower;
	struct diff *d;
	struct level *v;
	size_t n, cap;
	bool tree; /* everything, not only changes */
};

static void add(struct look *l, const char *path, enum diff_kind kind)
{
	struct diff *d = l->d;

	d->v = arena_grow(l->a, d->v, d->n, &d->cap, sizeof(*d->v));
	d->v[d->n++] = (struct diff_change){arena_printf(l->a, "/%s", path), kind};
}

static bool inside(const char *dir, const char *path)
{
	size_t n = strlen(dir);

	return !strncmp(dir, path, n) && path[n] == '/';
}

/* A change, and with it the directories that hold it. */
static void tell(struct look *l, const char *path, enum diff_kind kind)
{
	for (size_t i = 0; i < l->n; i++)
		if (!l->v[i].told && inside(l->v[i].path, path)) {
			l->v[i].told = true;
			add(l, l->v[i].path, DIFF_MODIFIED);
		}
	add(l, path, kind);
}

static void leave_to(struct look *l, const char *path)
{
	while (l->n && !inside(l->v[l->n - 1].path, path))
		l->n--;
}

static void enter(struct look *l, const char *path, bool told)
{
	l->v = arena_grow(l->a, l->v, l->n, &l->cap, sizeof(*l->v));
	l->v[l->n++] = (struct level){arena_strdup(l->a, path), told};
}

static bool differs(const struct look *l, const struct stat *now, const struct stat *was)
{
	if (now->st_mode != was->st_mode || now->st_uid != was->st_uid ||
	    now->st_gid != was->st_gid || now->st_rdev != was->st_rdev)
		return true;
	if (S_ISDIR(now->st_mode))
		return false;
	return !l->tree || now->st_size != was->st_size ||
	       now->st_mtim.tv_sec != was->st_mtim.tv_sec ||
	       now->st_mtim.tv_nsec != was->st_mtim.tv_nsec;
}

/* What the layers have in a directory and it has not. */
static void missing(struct look *l, int dirfd, const char *path)
{
	struct strs names = {0};
	struct stat st;

	lower_names(&l->lower, l->a, path, &names);
	for (size_t i = 0; i < names.n; i++)
		if (fstatat(dirfd, names.v[i], &st, AT_SYMLINK_NOFOLLOW))
			tell(l, arena_printf(l->a, "%s%s%s", path, *path ? "/" : "", names.v[i]),
			     DIFF_DELETED);
}

static void one(struct look *l, const struct walk_item *it)
{
	struct stat was;
	bool init = false, there = lower_stat(&l->lower, it->path, &was, &init);
	bool changed = !there || differs(l, &it->st, &was);
	AUTO_FD int dir = -1;

	leave_to(l, it->path);
	if (!l->tree && lower_is_whiteout(&it->st)) {
		if (there && !init)
			tell(l, it->path, DIFF_DELETED);
		return;
	}
	if (there && init && l->tree && (was.st_mode & S_IFMT) == (it->st.st_mode & S_IFMT))
		changed = false;
	if (changed)
		tell(l, it->path, there ? DIFF_MODIFIED : DIFF_ADDED);
	if (!S_ISDIR(it->st.st_mode))
		return;
	enter(l, it->path, changed);
	if (!there || !S_ISDIR(was.st_mode))
		return;
	dir = openat(it->dirfd, it->name, DIR_FLAGS);
	if (dir >= 0 && (l->tree || lower_is_opaque(dir)))
		missing(l, dir, it->path);
}

static int by_path(const void *a, const void *b)
{
	return strcmp(((const struct diff_change *)a)->path, ((const struct diff_change *)b)->path);
}

static int look_at(struct look *l, int top, struct err *e)
{
	struct walk *w = walk_new(top, e);
	struct walk_item it;
	int rc;

	if (!w)
		return -1;
	walk_lenient(w);
	if (l->tree)
		missing(l, top, "");
	while ((rc = walk_next(w, &it, e)) > 0)
		one(l, &it);
	walk_free(w);
	if (l->d->n)
		qsort(l->d->v, l->d->n, sizeof(*l->d->v), by_path);
	return rc;
}

int diff_of(struct engine *en, struct arena *a, int cdir, struct diff *ret, struct err *e)
{
	struct look l = {.a = a, .d = ret};
	AUTO_FD int top = openat(cdir, "upper", DIR_FLAGS);
	struct strs ids = {0};
	const char *driver;
	int rc;

	*ret = (struct diff){.n = 0};
	if (images_layers(cdir, a, &driver, &ids, e))
		return -1;
	if (top < 0) {
		l.tree = true;
		top = openat(cdir, "tree", DIR_FLAGS);
	}
	if (top < 0)
		return err_sys(e, "open the container's root");
	if (lower_open(en, a, &ids, &l.lower, e))
		return -1;
	rc = look_at(&l, top, e);
	lower_close(&l.lower);
	return rc;
}

int diff_json(struct engine *en, struct arena *a, const char *ref, struct buf *json, struct err *e)
{
	struct json_w w = JSON_W(json);
	AUTO_FD int cdir = -1;
	struct diff d;
	char id[65];

	if (containers_find(en, ref, id, e))
		return -1;
	cdir = openat(en->containers, id, DIR_FLAGS);
	if (cdir < 0)
		return err_set(e, ERR_NOTFOUND, "No such container: %s", ref);
	if (diff_of(en, a, cdir, &d, e))
		return -1;
	if (!d.n)
		json_w_null(&w, NULL);
	else
		json_w_arr(&w, NULL);
	for (size_t i = 0; i < d.n; i++) {
		json_w_obj(&w, NULL);
		json_w_str(&w, "Path", d.v[i].path);
		json_w_int(&w, "Kind", d.v[i].kind);
		json_w_end(&w);
	}
	if (d.n)
		json_w_arr_end(&w);
	buf_char(json, '\n');
	return 0;
}
