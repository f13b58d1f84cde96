/* SPDX-License-Identifier: Apache-2.0 */
/*
 * One image in the shape of API 1.51. Config has the fields that the OCI and Docker define for
 * images, in Docker's order; of those that are empty the ones that dockerd writes too, so that a
 * template finds .Config.Labels where there are none. What else old builders left in a config is
 * not shown.
 */
#include <stdio.h>
#include <string.h>

#include "base/stamp.h"
#include "engine/images.h"
#include "image/layers.h"
#include "image/ref.h"

static bool is_empty(const struct json *v)
{
	switch (json_typeof(v)) {
	case JSON_NULL:
		return true;
	case JSON_BOOL:
		return !json_bool(v, false);
	case JSON_STR:
		return !*json_str(v, "");
	case JSON_ARR:
	case JSON_OBJ:
		return !json_len(v);
	default:
		return false;
	}
}

static void write_config(struct json_w *w, const struct json *config)
{
	static const struct {
		const char *key;
		char empty; /* what stands for none: null, a string, or nothing (0) */
	} fields[] = {
		{"ArgsEscaped", 0},  {"Cmd", 'n'},	 {"Entrypoint", 'n'}, {"Env", 'n'},
		{"ExposedPorts", 0}, {"Healthcheck", 0}, {"Labels", 'n'},     {"OnBuild", 'n'},
		{"Shell", 0},	     {"StopSignal", 0},	 {"User", 's'},	      {"Volumes", 'n'},
		{"WorkingDir", 's'},
	};

	json_w_obj(w, "Config");
	for (size_t i = 0; i < sizeof(fields) / sizeof(*fields); i++) {
		const struct json *v = json_get(config, fields[i].key);

		if (!is_empty(v))
			json_w_val(w, fields[i].key, v);
		else if (fields[i].empty == 'n')
			json_w_null(w, fields[i].key);
		else if (fields[i].empty == 's')
			json_w_str(w, fields[i].key, "");
	}
	json_w_end(w);
}

/* RepoTags and RepoDigests; returns the time of the newest. */
static int write_refs(struct engine *en, struct arena *a, const char *id, struct json_w *w,
		      int64_t *ret_tagged, struct err *e)
{
	struct store_ref *refs;
	size_t n;

	if (store_ref_list(&en->store, a, &refs, &n, e))
		return -1;
	for (int digests = 0; digests < 2; digests++) {
		json_w_arr(w, digests ? "RepoDigests" : "RepoTags");
		for (size_t i = 0; i < n; i++) {
			struct err ignored;
			struct ref r;

			if (strcmp(refs[i].id, id) ||
			    digests != (strchr(refs[i].ref, '@') != NULL) ||
			    ref_parse_normalized(a, refs[i].ref, &r, &ignored))
				continue;
			json_w_str(w, NULL, ref_familiar(a, &r));
			if (refs[i].tagged > *ret_tagged)
				*ret_tagged = refs[i].tagged;
		}
		json_w_arr_end(w);
	}
	return 0;
}

static const char *comment_of(const struct json *root)
{
	const struct json *history = json_get(root, "history");
	const char *c = json_str(json_get(root, "comment"), "");
	size_t n = json_len(history);

	if (*c || !n)
		return c;
	return json_str(json_get(json_at(history, n - 1), "comment"), "");
}

/* Where the top layer is, in the words of Docker's overlay2. */
static void write_driver(struct engine *en, struct arena *a, const struct strs *ids,
			 struct json_w *w)
{
	struct err ignored;
	const struct driver *d = driver_pick(&en->store, en->exec, en->c.storage_driver, &ignored);
	AUTO_BUF lower = BUF_INIT;

	json_w_obj(w, "GraphDriver");
	json_w_obj(w, "Data");
	for (size_t i = ids->n; i-- > 1;)
		buf_printf(&lower, "%s%s/layers/%s/diff", lower.len ? ":" : "", en->c.data_root,
			   ids->v[i - 1]);
	if (lower.len)
		json_w_str(w, "LowerDir", lower.data);
	if (ids->n)
		json_w_str(w, "UpperDir",
			   arena_printf(a, "%s/layers/%s/diff", en->c.data_root,
					ids->v[ids->n - 1]));
	json_w_end(w);
	json_w_str(w, "Name", d ? d->name : "");
	json_w_end(w);
}

static void write_platform(const struct images_image *im, struct json_w *w)
{
	const char *variant = json_str(json_get(im->root, "variant"), "");
	const char *version = json_str(json_get(im->root, "os.version"), "");

	json_w_str(w, "Architecture", json_str(json_get(im->root, "architecture"), ""));
	if (*variant)
		json_w_str(w, "Variant", variant);
	json_w_str(w, "Os", json_str(json_get(im->root, "os"), "linux"));
	if (*version)
		json_w_str(w, "OsVersion", version);
}

static void write_rootfs(const struct images_image *im, struct json_w *w)
{
	char digest[72];

	json_w_obj(w, "RootFS");
	json_w_str(w, "Type", "layers");
	if (im->diff_ids.n) {
		json_w_arr(w, "Layers");
		for (size_t i = 0; i < im->diff_ids.n; i++) {
			snprintf(digest, sizeof(digest), "sha256:%s", im->diff_ids.v[i]);
			json_w_str(w, NULL, digest);
		}
		json_w_arr_end(w);
	}
	json_w_end(w);
}

int images_inspect(struct engine *en, const char *name, struct buf *json, struct err *e)
{
	AUTO_ARENA a = ARENA_INIT;
	struct json_w w = JSON_W(json);
	struct images_image im;
	int64_t tagged = 0;
	char when[STAMP_LEN] = STAMP_ZERO;

	w.verbatim = true;
	if (images_resolve(en, &a, name, NULL, &im, e))
		return -1;
	json_w_obj(&w, NULL);
	json_w_str(&w, "Id", im.id);
	if (write_refs(en, &a, im.record.id, &w, &tagged, e))
		return -1;
	json_w_str(&w, "Parent",
		   *im.record.parent ? arena_printf(&a, "sha256:%s", im.record.parent) : "");
	json_w_str(&w, "Comment", comment_of(im.root));
	if (json_get(im.root, "created"))
		json_w_str(&w, "Created", json_str(json_get(im.root, "created"), ""));
	json_w_str(&w, "DockerVersion", json_str(json_get(im.root, "docker_version"), ""));
	json_w_str(&w, "Author", json_str(json_get(im.root, "author"), ""));
	write_config(&w, im.config);
	write_platform(&im, &w);
	json_w_int(&w, "Size", im.record.size);
	write_driver(en, &a, &im.diff_ids, &w);
	write_rootfs(&im, &w);
	if (tagged)
		stamp_format(tagged, when);
	json_w_obj(&w, "Metadata");
	json_w_str(&w, "LastTagTime", when);
	json_w_end(&w);
	json_w_end(&w);
	return 0;
}
