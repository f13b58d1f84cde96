/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Every name, order and time in the archive is a function of the images: members sorted, time
 * stamps 0, owners 0. A layer is its original tar again (record.h), so its digest is its diff ID
 * and skopeo, umoci and Docker read the archive alike.
 *
 * Two passes over small things only: sizes of layers come from their records, so headers are
 * written before a layer is read, and nothing is spooled.
 */
#include "image/save.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/json.h"
#include "base/sha256.h"
#include "image/layers.h"
#include "image/manifest.h"
#include "image/ref.h"

struct blob {
	const char *hex;
	const char *data; /* NULL: the layer of this diff ID */
	int64_t size;
};

struct save {
	const struct store *s;
	const struct save_item *items;
	size_t n;
	struct arena a;
	struct tar_writer w;
	struct blob *blobs;
	size_t nblobs;
	const char **configs, **manifests; /* hex, per item */
	int64_t *sizes;			   /* of the manifests */
};

static void add_blob(struct save *v, const char *hex, const char *data, int64_t size)
{
	v->blobs[v->nblobs++] = (struct blob){hex, data, size};
}

static int cmp_blob(const void *a, const void *b)
{
	return strcmp(((const struct blob *)a)->hex, ((const struct blob *)b)->hex);
}

static void write_desc(struct json_w *w, const char *key, const char *type, const char *hex,
		       int64_t size)
{
	char digest[72];

	snprintf(digest, sizeof(digest), "sha256:%s", hex);
	json_w_obj(w, key);
	json_w_str(w, "mediaType", type);
	json_w_str(w, "digest", digest);
	json_w_int(w, "size", size);
}

static int plan_image(struct save *v, size_t i, struct err *e)
{
	const struct store_image *im = &v->items[i].image;
	AUTO_BUF config = BUF_INIT;
	AUTO_BUF b = BUF_INIT;
	struct json_w w = JSON_W(&b);
	char hex[65];

	if (store_blob_get(v->s, im->id, &config, e))
		return -1;
	add_blob(v, im->id, arena_strndup(&v->a, config.data ? config.data : "", config.len),
		 (int64_t)config.len);
	json_w_obj(&w, NULL);
	json_w_int(&w, "schemaVersion", 2);
	json_w_str(&w, "mediaType", MANIFEST_OCI);
	write_desc(&w, "config", MANIFEST_OCI_CONFIG, im->id, (int64_t)config.len);
	json_w_end(&w);
	json_w_arr(&w, "layers");
	for (size_t k = 0; k < im->nlayers; k++) {
		struct layers_meta m;

		if (layers_meta_get(v->s, im->layers[k].diff_id, &m, e))
			return -1;
		add_blob(v, im->layers[k].diff_id, NULL, m.tar_size);
		write_desc(&w, NULL, MANIFEST_OCI_LAYER, im->layers[k].diff_id, m.tar_size);
		json_w_end(&w);
	}
	json_w_arr_end(&w);
	json_w_end(&w);
	sha256_hex_of(b.data, b.len, hex);
	v->manifests[i] = arena_strdup(&v->a, hex);
	v->sizes[i] = (int64_t)b.len;
	v->configs[i] = im->id;
	add_blob(v, v->manifests[i], arena_strndup(&v->a, b.data, b.len), (int64_t)b.len);
	return 0;
}

static int plan(struct save *v, enum save_format format, struct err *e)
{
	size_t most = 0, kept = 0;

	for (size_t i = 0; i < v->n; i++)
		most += v->items[i].image.nlayers + 2;
	v->blobs = arena_array(&v->a, most + 1, sizeof(*v->blobs));
	v->configs = arena_array(&v->a, v->n + 1, sizeof(*v->configs));
	v->manifests = arena_array(&v->a, v->n + 1, sizeof(*v->manifests));
	v->sizes = arena_array(&v->a, v->n + 1, sizeof(*v->sizes));
	for (size_t i = 0; i < v->n; i++) {
		if (plan_image(v, i, e))
			return err_wrap(e, "image sha256:%.12s", v->items[i].image.id);
		if (format == SAVE_DOCKER)
			v->nblobs--; /* its manifest, the last */
	}
	qsort(v->blobs, v->nblobs, sizeof(*v->blobs), cmp_blob);
	for (size_t i = 0; i < v->nblobs; i++)
		if (!kept || strcmp(v->blobs[kept - 1].hex, v->blobs[i].hex))
			v->blobs[kept++] = v->blobs[i];
	v->nblobs = kept;
	return 0;
}

static int write_head(struct save *v, const char *name, char type, int64_t size, struct err *e)
{
	struct tar_entry t = {.name = name,
			      .link = "",
			      .uname = "",
			      .gname = "",
			      .type = type,
			      .mode = type == TAR_DIR ? 0755 : 0644,
			      .size = size};

	return tar_writer_entry(&v->w, &t, e);
}

static int write_file(struct save *v, const char *name, const char *data, size_t len, struct err *e)
{
	if (write_head(v, name, TAR_FILE, (int64_t)len, e))
		return -1;
	return tar_writer_data(&v->w, data, len, e);
}

static int to_member(void *ctx, const void *data, size_t n, struct err *e)
{
	return tar_writer_data(ctx, data, n, e);
}

static int write_blobs(struct save *v, struct err *e)
{
	char name[96];

	if (write_head(v, "blobs/", TAR_DIR, 0, e) || write_head(v, "blobs/sha256/", TAR_DIR, 0, e))
		return -1;
	for (size_t i = 0; i < v->nblobs; i++) {
		const struct blob *b = &v->blobs[i];

		snprintf(name, sizeof(name), "blobs/sha256/%s", b->hex);
		if (b->data) {
			if (write_file(v, name, b->data, (size_t)b->size, e))
				return -1;
		} else if (write_head(v, name, TAR_FILE, b->size, e) ||
			   layers_tar(v->s, b->hex, to_member, &v->w, e)) {
			return -1;
		}
	}
	return 0;
}

static void index_entry(struct save *v, struct json_w *w, size_t i, const char *ref)
{
	const char *tag = ref ? strrchr(ref, ':') : NULL;

	write_desc(w, NULL, MANIFEST_OCI, v->manifests[i], v->sizes[i]);
	if (tag) {
		json_w_obj(w, "annotations");
		json_w_str(w, "io.containerd.image.name", ref);
		json_w_str(w, "org.opencontainers.image.ref.name", tag + 1);
		json_w_end(w);
	}
	json_w_end(w);
}

static int write_index(struct save *v, struct err *e)
{
	AUTO_BUF b = BUF_INIT;
	struct json_w w = JSON_W(&b);

	json_w_obj(&w, NULL);
	json_w_int(&w, "schemaVersion", 2);
	json_w_str(&w, "mediaType", MANIFEST_OCI_INDEX);
	json_w_arr(&w, "manifests");
	for (size_t i = 0; i < v->n; i++) {
		for (size_t k = 0; k < v->items[i].refs.n; k++)
			index_entry(v, &w, i, v->items[i].refs.v[k]);
		if (!v->items[i].refs.n)
			index_entry(v, &w, i, NULL);
	}
	json_w_arr_end(&w);
	json_w_end(&w);
	return write_file(v, "index.json", b.data, b.len, e);
}

static const char *familiar(struct save *v, const char *ref)
{
	struct err ignored;
	struct ref r;

	return ref_parse_normalized(&v->a, ref, &r, &ignored) ? ref : ref_familiar(&v->a, &r);
}

static int write_manifest(struct save *v, struct err *e)
{
	AUTO_BUF b = BUF_INIT;
	struct json_w w = JSON_W(&b);
	char name[96];

	json_w_arr(&w, NULL);
	for (size_t i = 0; i < v->n; i++) {
		const struct save_item *it = &v->items[i];

		json_w_obj(&w, NULL);
		snprintf(name, sizeof(name), "blobs/sha256/%s", v->configs[i]);
		json_w_str(&w, "Config", name);
		if (it->refs.n)
			json_w_arr(&w, "RepoTags");
		else
			json_w_null(&w, "RepoTags");
		for (size_t k = 0; k < it->refs.n; k++)
			json_w_str(&w, NULL, familiar(v, it->refs.v[k]));
		if (it->refs.n)
			json_w_arr_end(&w);
		json_w_arr(&w, "Layers");
		for (size_t k = 0; k < it->image.nlayers; k++) {
			snprintf(name, sizeof(name), "blobs/sha256/%s",
				 it->image.layers[k].diff_id);
			json_w_str(&w, NULL, name);
		}
		json_w_arr_end(&w);
		json_w_end(&w);
	}
	json_w_arr_end(&w);
	return write_file(v, "manifest.json", b.data, b.len, e);
}

struct name_tag {
	const char *name, *tag, *id;
};

static int cmp_name_tag(const void *a, const void *b)
{
	const struct name_tag *x = a, *y = b;
	int c = strcmp(x->name, y->name);

	return c ? c : strcmp(x->tag, y->tag);
}

/* repositories: {"busybox":{"latest":ID}}, for readers from before Docker 1.10. */
static int write_repositories(struct save *v, struct err *e)
{
	AUTO_BUF b = BUF_INIT;
	struct json_w w = JSON_W(&b);
	struct name_tag *list;
	size_t n = 0;

	for (size_t i = 0; i < v->n; i++)
		n += v->items[i].refs.n;
	list = arena_array(&v->a, n + 1, sizeof(*list));
	n = 0;
	for (size_t i = 0; i < v->n; i++) {
		for (size_t k = 0; k < v->items[i].refs.n; k++) {
			char *shown = arena_strdup(&v->a, familiar(v, v->items[i].refs.v[k]));
			char *colon = strrchr(shown, ':');

			if (!colon)
				continue;
			*colon = 0;
			list[n++] = (struct name_tag){shown, colon + 1, v->configs[i]};
		}
	}
	qsort(list, n, sizeof(*list), cmp_name_tag);
	json_w_obj(&w, NULL);
	for (size_t i = 0; i < n; i++) {
		if (!i || strcmp(list[i - 1].name, list[i].name))
			json_w_obj(&w, list[i].name);
		json_w_str(&w, list[i].tag, list[i].id);
		if (i + 1 == n || strcmp(list[i + 1].name, list[i].name))
			json_w_end(&w);
	}
	json_w_end(&w);
	return n ? write_file(v, "repositories", b.data, b.len, e) : 0;
}

static int write_all(struct save *v, enum save_format format, struct err *e)
{
	static const char layout[] = "{\"imageLayoutVersion\":\"1.0.0\"}";

	if (write_blobs(v, e))
		return -1;
	if (format != SAVE_DOCKER && write_index(v, e))
		return -1;
	if (format != SAVE_OCI && write_manifest(v, e))
		return -1;
	if (format != SAVE_DOCKER && write_file(v, "oci-layout", layout, sizeof(layout) - 1, e))
		return -1;
	if (format != SAVE_OCI && write_repositories(v, e))
		return -1;
	return tar_writer_end(&v->w, e);
}

int save_stream(const struct store *s, const struct save_item *items, size_t n,
		enum save_format format, tar_write_fn *write, void *ctx, struct err *e)
{
	struct save v = {.s = s, .items = items, .n = n, .a = ARENA_INIT};
	int rc;

	tar_writer_init(&v.w, write, ctx);
	rc = plan(&v, format, e) || write_all(&v, format, e) ? -1 : 0;
	arena_release(&v.a);
	return rc;
}
