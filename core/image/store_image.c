/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Image records. A record repeats what its config says about layers, with sizes, so that `images`
 * and the sweeper read one small file per image and no config. It is written last and synced: the
 * record is the image.
 *
 * One that comes with a name is written as .<id>.new first. The reference is what makes it an
 * image: whoever sees the two (its writer, or the first who looks after his death) renames the
 * record.
 *
 * {"v":1,"id":hex,"manifest":hex,"parent":hex,"created":ns,"added":ns,
 *  "layers":[{"diff":hex,"blob":hex,"size":n}]}
 */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/file.h"
#include "base/json.h"
#include "image/store.h"

#define RECORD_VERSION 1

static int write_record(const struct store *s, const struct store_image *im, const char *name,
			struct err *e)
{
	AUTO_BUF b = BUF_INIT;
	struct json_w w = JSON_W(&b);

	json_w_obj(&w, NULL);
	json_w_int(&w, "v", RECORD_VERSION);
	json_w_str(&w, "id", im->id);
	json_w_str(&w, "manifest", im->manifest ? im->manifest : "");
	json_w_str(&w, "parent", im->parent ? im->parent : "");
	json_w_int(&w, "created", im->created);
	json_w_int(&w, "added", im->added);
	json_w_arr(&w, "layers");
	for (size_t i = 0; i < im->nlayers; i++) {
		json_w_obj(&w, NULL);
		json_w_str(&w, "diff", im->layers[i].diff_id);
		json_w_str(&w, "blob", im->layers[i].blob ? im->layers[i].blob : "");
		json_w_int(&w, "size", im->layers[i].size);
		json_w_end(&w);
	}
	json_w_arr_end(&w);
	json_w_end(&w);
	if (file_write_atomic(s->records, name, b.data, b.len, 0600, FILE_SYNC, e))
		return err_wrap(e, "record of image sha256:%.12s", im->id);
	return 0;
}

static bool has(const struct store *s, const char *name)
{
	return !faccessat(s->records, name, F_OK, AT_SYMLINK_NOFOLLOW);
}

int store_image_put(const struct store *s, const struct store_image *im, struct err *e)
{
	return has(s, im->id) ? 0 : write_record(s, im, im->id, e);
}

/* ---- with a name */

#define STAGED_LEN 69 /* . id .new */

static void staged_name(const char *id, char ret[STAGED_LEN + 1])
{
	snprintf(ret, STAGED_LEN + 1, ".%s.new", id);
}

static bool is_staged(const char *name, char ret_id[65])
{
	if (strlen(name) != STAGED_LEN || *name != '.' || strcmp(name + 65, ".new"))
		return false;
	memcpy(ret_id, name + 1, 64);
	ret_id[64] = 0;
	return store_is_hex(ret_id);
}

/* Somebody else may have been faster. */
static int reveal(const struct store *s, const char *id, struct err *e)
{
	char staged[STAGED_LEN + 1];

	staged_name(id, staged);
	if (renameat(s->records, staged, s->records, id) && (errno != ENOENT || !has(s, id)))
		return err_sys(e, "record of image sha256:%.12s", id);
	return 0;
}

/* 1: it is an image now; 0: there is none, or no name for it. */
static int adopt(const struct store *s, const char *id)
{
	AUTO_ARENA a = ARENA_INIT;
	char staged[STAGED_LEN + 1];
	struct store_ref *refs;
	struct err why;
	size_t n;

	staged_name(id, staged);
	if (!has(s, staged) || store_ref_list(s, &a, &refs, &n, &why))
		return 0;
	while (n--)
		if (!strcmp(refs[n].id, id))
			return !reveal(s, id, &why);
	return 0;
}

int store_image_put_named(const struct store *s, const struct store_image *im, const char *ref,
			  struct err *e)
{
	char staged[STAGED_LEN + 1];

	if (!ref || has(s, im->id))
		return store_image_put(s, im, e) || (ref && store_ref_put(s, ref, im->id, NULL, e))
			       ? -1
			       : 0;
	staged_name(im->id, staged);
	if (write_record(s, im, staged, e))
		return -1;
	if (store_ref_put(s, ref, im->id, NULL, e)) {
		unlinkat(s->records, staged, 0);
		return -1;
	}
	return reveal(s, im->id, e);
}

int store_image_settle(const struct store *s, struct err *e)
{
	DIR *d = file_dir(s->records);
	struct dirent *de;
	char id[65];

	if (!d)
		return err_sys(e, "read %s/images/records", s->root);
	while ((de = readdir(d)))
		if (is_staged(de->d_name, id) && !adopt(s, id))
			unlinkat(s->records, de->d_name, 0);
	closedir(d);
	return 0;
}

/* ---- reading */

/* A digest or "", from our own record: anything else means damage. */
static const char *hex_or_empty(const struct json *v)
{
	const char *t = json_str(v, "");

	return !*t || store_is_hex(t) ? t : NULL;
}

static int damaged(const char *id, struct err *e)
{
	return err_set(
		e, ERR_INVALID,
		"the record of image sha256:%.12s is damaged: remove images/records/%s below the "
		"data root and load the image again",
		id, id);
}

static int read_layers(const struct json *list, struct arena *a, struct store_image *im)
{
	struct json_iter it = json_iter(list);
	const struct json *v;

	if (json_len(list) > STORE_MAX_LAYERS)
		return -1;
	im->layers = arena_array(a, json_len(list) + 1, sizeof(*im->layers));
	while ((v = json_next(&it, NULL))) {
		struct store_layer *l = &im->layers[im->nlayers++];

		l->diff_id = json_str(json_get(v, "diff"), "");
		l->blob = hex_or_empty(json_get(v, "blob"));
		l->size = json_int(json_get(v, "size"), 0);
		if (!store_is_hex(l->diff_id) || !l->blob || l->size < 0)
			return -1;
		im->size += l->size;
	}
	return 0;
}

int store_image_get(const struct store *s, struct arena *a, const char *id, struct store_image *ret,
		    struct err *e)
{
	AUTO_BUF b = BUF_INIT;
	const struct json *v;
	struct store_image im = {0};

	if (!store_is_hex(id))
		return err_set(e, ERR_NOTFOUND, "No such image: %s", id);
	if (file_read(s->records, id, STORE_MAX_JSON, &b, e) &&
	    (e->kind != ERR_NOTFOUND || !adopt(s, id) ||
	     file_read(s->records, id, STORE_MAX_JSON, &b, e))) {
		if (e->kind == ERR_NOTFOUND)
			return err_set(e, ERR_NOTFOUND, "No such image: sha256:%s", id);
		return -1;
	}
	v = json_parse(a, b.data ? b.data : "", b.len, STORE_MAX_JSON, "image record", e);
	if (!v || json_int(json_get(v, "v"), 0) != RECORD_VERSION)
		return damaged(id, e);
	im.id = json_str(json_get(v, "id"), "");
	im.manifest = hex_or_empty(json_get(v, "manifest"));
	im.parent = hex_or_empty(json_get(v, "parent"));
	im.created = json_int(json_get(v, "created"), 0);
	im.added = json_int(json_get(v, "added"), 0);
	if (strcmp(im.id, id) || !im.manifest || !im.parent ||
	    read_layers(json_get(v, "layers"), a, &im))
		return damaged(id, e);
	*ret = im;
	return 0;
}

int store_image_del(const struct store *s, const char *id, struct err *e)
{
	if (unlinkat(s->records, id, 0) && errno != ENOENT)
		return err_sys(e, "remove the record of image sha256:%.12s", id);
	if (fsync(s->records))
		return err_sys(e, "sync images/records");
	return 0;
}

static int cmp(const void *a, const void *b)
{
	return strcmp(*(char *const *)a, *(char *const *)b);
}

int store_image_find(const struct store *s, struct arena *a, const char *prefix, struct strs *ret,
		     struct err *e)
{
	DIR *d = file_dir(s->records);
	size_t n = strlen(prefix), had = ret->n;
	struct dirent *de;
	char id[65];

	if (!d)
		return err_sys(e, "read %s/images/records", s->root);
	while ((de = readdir(d)))
		if (is_staged(de->d_name, id) && adopt(s, id)) {
			ret->n = had; /* from the start, for it may be met again */
			rewinddir(d);
		} else if (store_is_hex(de->d_name) && !strncmp(de->d_name, prefix, n)) {
			strs_add(a, ret, arena_strdup(a, de->d_name));
		}
	closedir(d);
	if (ret->n > had)
		qsort(ret->v + had, ret->n - had, sizeof(*ret->v), cmp);
	return 0;
}

int store_image_ids(const struct store *s, struct arena *a, struct strs *ret, struct err *e)
{
	return store_image_find(s, a, "", ret, e);
}
