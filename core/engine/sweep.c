/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Mark and sweep over files instead of reference counts: a count is wrong after the first crash
 * between two writes, marks are made from what is there. It costs one small read per image and
 * container (about 10 us each), and only rmi and prune pay it.
 *
 * An image record that cannot be read stops the sweep: what it names is unknown, and a layer that
 * is kept costs less than one that is lost.
 */
#include "engine/sweep.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/file.h"
#include "base/fs.h"
#include "base/json.h"
#include "base/log.h"
#include "base/rand.h"
#include "engine/containers.h"
#include "image/layers.h"

#define MAX_LAYERS_FILE (STORE_MAX_LAYERS * 80)
#define BUCKETS 4096

struct mark {
	struct mark *next;
	const char *name;
	char kind; /* 'l'ayer, 'b'lob, 't'mp, 'c'hain */
};

struct sweep {
	struct engine *en;
	struct arena *a;
	struct mark *bucket[BUCKETS];
	struct strs *layers; /* what goes; may be NULL */
	int64_t bytes;
	int chains; /* data-root/btrfs, or -1 */
};

static unsigned hash(const char *s)
{
	unsigned h = 5381;

	while (*s)
		h = h * 33 + (unsigned char)*s++;
	return h % BUCKETS;
}

static bool marked(const struct sweep *w, char kind, const char *name)
{
	const struct mark *m = w->bucket[hash(name)];

	while (m && (m->kind != kind || strcmp(m->name, name)))
		m = m->next;
	return m;
}

static void mark(struct sweep *w, char kind, const char *name)
{
	struct mark *m;

	if (!*name || marked(w, kind, name))
		return;
	m = arena_alloc(w->a, sizeof(*m));
	*m = (struct mark){w->bucket[hash(name)], arena_strdup(w->a, name), kind};
	w->bucket[hash(name)] = m;
}

/* Calls fn for each name in the directory but "." and "..". */
typedef int name_fn(struct sweep *w, const char *name, struct err *e);

static int each_name(struct sweep *w, int dirfd, name_fn *fn, struct err *e)
{
	DIR *d = file_dir(dirfd);
	int rc = 0;
	struct dirent *de;

	if (!d)
		return err_sys(e, "read a directory of the store");
	while (!rc && (de = readdir(d)))
		if (strcmp(de->d_name, ".") && strcmp(de->d_name, ".."))
			rc = fn(w, de->d_name, e);
	closedir(d);
	return rc;
}

/* The image's flat subvolume, where there is driver btrfs. */
static void mark_chain(struct sweep *w, const struct store_image *im)
{
	char chain[2][65] = {"none", "none"};

	for (size_t i = 0; i < im->nlayers; i++)
		layers_chain(i ? chain[(i + 1) % 2] : NULL, im->layers[i].diff_id, chain[i % 2]);
	mark(w, 'c', chain[(im->nlayers + 1) % 2]);
}

static int mark_image(struct sweep *w, const char *name, struct err *e)
{
	struct store_image im;

	if (!store_is_hex(name))
		return 0;
	if (store_image_get(&w->en->store, w->a, name, &im, e))
		return -1;
	mark(w, 'b', im.id);
	mark(w, 'b', im.manifest);
	for (size_t i = 0; i < im.nlayers; i++)
		mark(w, 'l', im.layers[i].diff_id);
	if (w->chains >= 0)
		mark_chain(w, &im);
	return 0;
}

static void mark_lines(struct sweep *w, char *text)
{
	char *end;

	for (; text && (end = strchr(text, '\n')); text = end + 1) {
		*end = 0;
		mark(w, 'l', text);
	}
}

/* "layers": its image's; "layers.mounts": those of images that it mounts. */
static int mark_container(struct sweep *w, int dirfd, const char *id, struct err *e)
{
	static const char *const names[] = {"layers", "layers.mounts"};
	char path[300];

	for (int i = 0; i < 2; i++) {
		AUTO_BUF b = BUF_INIT;

		snprintf(path, sizeof(path), "%s/%s", id, names[i]);
		if (!file_read(dirfd, path, MAX_LAYERS_FILE << i * 6, &b, e))
			mark_lines(w, b.data);
		else if (e->kind != ERR_NOTFOUND)
			return err_wrap(e, "layers of container %.12s", id);
	}
	return 0;
}

static int mark_containers(struct sweep *w, int dirfd, struct err *e)
{
	DIR *d = file_dir(dirfd);
	struct dirent *de;
	int rc = 0;

	if (!d)
		return err_sys(e, "read containers");
	while (!rc && (de = readdir(d))) {
		if (de->d_name[0] != '.')
			rc = mark_container(w, dirfd, de->d_name, e);
	}
	closedir(d);
	return rc;
}

static void mark_pinned(void *ctx, const char *kind, const char *name)
{
	struct sweep *w = ctx;

	mark(w, kind[0], name);
	if (!strcmp(kind, "image"))
		mark(w, 'b', name);
}

static int mark_all(struct sweep *w, struct err *e)
{
	struct store *s = &w->en->store;

	if (store_image_settle(s, e) || each_name(w, s->records, mark_image, e) ||
	    mark_containers(w, w->en->containers, e) ||
	    mark_containers(w, w->en->run_containers, e))
		return -1;
	return store_pin_each(s, mark_pinned, w, e);
}

static int to_trash(struct sweep *w, int dirfd, const char *name, struct err *e)
{
	char id[33], to[48];

	rand_hex(id, 32);
	snprintf(to, sizeof(to), "image-%s", id);
	if (renameat(dirfd, name, w->en->store.trash, to) && errno != ENOENT)
		return err_sys(e, "move %s to the trash", name);
	return 0;
}

static int sweep_layer(struct sweep *w, const char *name, struct err *e)
{
	struct layers_meta m = {0};
	struct err ignored;

	if (!store_is_hex(name) || marked(w, 'l', name))
		return 0;
	if (!layers_meta_get(&w->en->store, name, &m, &ignored))
		w->bytes += m.size;
	if (w->layers)
		strs_add(w->a, w->layers, arena_strdup(w->a, name));
	return to_trash(w, w->en->store.layers, name, e);
}

static int sweep_chain(struct sweep *w, const char *name, struct err *e)
{
	return marked(w, 'c', name) ? 0 : to_trash(w, w->chains, name, e);
}

static int sweep_tmp(struct sweep *w, const char *name, struct err *e)
{
	return marked(w, 't', name) ? 0 : to_trash(w, w->en->store.tmp, name, e);
}

/* Nobody writes while the lock is held exclusively: a half-written file is a dead writer's. */
static bool half_written(const char *name)
{
	size_t n = strlen(name);

	return *name == '.' && n > 4 && !strcmp(name + n - 4, ".tmp");
}

static int sweep_blob(struct sweep *w, const char *name, struct err *e)
{
	bool dead = store_is_hex(name) ? !marked(w, 'b', name) : half_written(name);

	if (dead && unlinkat(w->en->store.blobs, name, 0) && errno != ENOENT)
		return err_sys(e, "remove blob %s", name);
	return 0;
}

static int sweep_half_record(struct sweep *w, const char *name, struct err *e)
{
	(void)e;
	if (half_written(name))
		unlinkat(w->en->store.records, name, 0);
	return 0;
}

static int sweep_half_ref(struct sweep *w, const char *name, struct err *e)
{
	(void)e;
	if (half_written(name))
		unlinkat(w->en->store.refs, name, 0);
	return 0;
}

static int sweep_alias(struct sweep *w, const char *name, struct err *e)
{
	(void)e;
	if (faccessat(w->en->store.aliases, name, F_OK, 0) && errno == ENOENT)
		unlinkat(w->en->store.aliases, name, 0);
	return 0;
}

static int sweep_map(struct sweep *w, const char *name, struct err *e)
{
	(void)e;
	if (faccessat(w->en->store.blobmap, name, F_OK, 0) && errno == ENOENT)
		unlinkat(w->en->store.blobmap, name, 0);
	return 0;
}

int sweep_mark_and_move(struct engine *en, struct arena *a, struct strs *ret_layers,
			int64_t *ret_bytes, struct err *e)
{
	AUTO_FD int chains =
		openat(en->data, "btrfs", O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	struct sweep w = {.en = en, .a = a, .layers = ret_layers, .chains = chains};
	struct store *s = &en->store;

	if (mark_all(&w, e))
		return err_wrap(e, "nothing was cleaned up");
	if (each_name(&w, s->layers, sweep_layer, e) || each_name(&w, s->tmp, sweep_tmp, e) ||
	    each_name(&w, s->blobs, sweep_blob, e) ||
	    each_name(&w, s->records, sweep_half_record, e) ||
	    each_name(&w, s->refs, sweep_half_ref, e) ||
	    each_name(&w, s->aliases, sweep_alias, e) || each_name(&w, s->blobmap, sweep_map, e) ||
	    (chains >= 0 && each_name(&w, chains, sweep_chain, e)))
		return -1;
	if (ret_bytes)
		*ret_bytes = w.bytes;
	return 0;
}

static int delete_one(struct sweep *w, const char *name, struct err *e)
{
	struct err why;

	(void)e;
	if (fs_remove_tree(w->en->store.trash, name, &why))
		log_debug("image", "trash/%s stays for now: %s", name, why.text);
	return 0;
}

int sweep_empty_trash(struct engine *en, struct err *e)
{
	struct sweep w = {.en = en};

	return each_name(&w, en->store.trash, delete_one, e);
}

int sweep_all(struct engine *en, struct err *e)
{
	AUTO_ARENA a = ARENA_INIT;
	int lock = store_lock(&en->store, F_WRLCK, e);
	int rc;

	if (lock < 0)
		return -1;
	rc = sweep_mark_and_move(en, &a, NULL, NULL, e);
	close(lock);
	return rc ? -1 : sweep_empty_trash(en, e);
}

static int count(struct sweep *w, const char *name, struct err *e)
{
	(void)name;
	(void)e;
	w->bytes++;
	return 0;
}

/* Containers in the trash are their own commands' business. */
static int count_ours(struct sweep *w, const char *name, struct err *e)
{
	return strncmp(name, "image-", 6) ? 0 : count(w, name, e);
}

void sweep_stale(struct engine *en)
{
	struct sweep w = {.en = en};
	struct err e;

	if (each_name(&w, en->store.tmp, count, &e) || each_name(&w, en->store.pins, count, &e) ||
	    each_name(&w, en->store.trash, count_ours, &e) || (w.bytes && sweep_all(en, &e)))
		log_warn("image", "what an earlier command left stays: %s", e.text);
}

void sweep_dead(struct engine *en)
{
	if (store_pin_dead(&en->store))
		sweep_stale(en);
}

/* ---- who uses an image */

static bool is_running(int dirfd, const char *id)
{
	char path[300];
	AUTO_FD int fd = -1;

	snprintf(path, sizeof(path), "%s/lock", id);
	fd = openat(dirfd, path, O_RDWR | O_NOFOLLOW | O_CLOEXEC);
	return fd >= 0 && file_locked(fd, F_WRLCK) == 1;
}

struct users {
	struct engine *en;
	struct arena *a;
	const char *image;
	struct sweep_user *v;
	size_t n, cap;
};

static void add_user(struct users *u, const char *id, const char *image, const char *ref)
{
	u->v = arena_grow(u->a, u->v, u->n, &u->cap, sizeof(*u->v));
	u->v[u->n++] = (struct sweep_user){arena_strdup(u->a, id),
					   is_running(u->en->containers, id), image, ref};
}

static void look_at(struct users *u, int dirfd, const char *id)
{
	AUTO_BUF b = BUF_INIT;
	const struct json *v;
	const char *hex;
	struct err why;
	char path[300];

	snprintf(path, sizeof(path), "%s/config.json", id);
	if (file_read(dirfd, path, CONTAINERS_RECORD_MAX, &b, &why)) {
		if (why.kind != ERR_NOTFOUND)
			log_warn("image", "container %.12s passed over: %s", id, why.text);
		return;
	}
	v = json_parse(u->a, b.data ? b.data : "", b.len, CONTAINERS_RECORD_MAX, "config.json",
		       &why);
	hex = store_digest_hex(json_str(json_get(v, "Image"), ""));
	if (hex && (!u->image || !strcmp(hex, u->image)))
		add_user(u, id, hex, json_str(json_get(json_get(v, "Config"), "Image"), ""));
}

static int look_below(struct users *u, int dirfd, struct err *e)
{
	DIR *d = file_dir(dirfd);
	struct dirent *de;

	if (!d)
		return err_sys(e, "read containers");
	while ((de = readdir(d)))
		if (de->d_name[0] != '.')
			look_at(u, dirfd, de->d_name);
	closedir(d);
	return 0;
}

int sweep_users(struct engine *en, struct arena *a, const char *image, struct sweep_user **ret,
		size_t *ret_n, struct err *e)
{
	struct users u = {.en = en, .a = a, .image = image};

	if (look_below(&u, en->containers, e) || look_below(&u, en->run_containers, e))
		return -1;
	*ret = u.v;
	*ret_n = u.n;
	return 0;
}
