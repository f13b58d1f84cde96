/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Strictness where doubt could be used: a document that is both manifest and index (it would mean
 * two things under one digest), digests that are no sha256, negative sizes, unknown media types and
 * more layers than overlay takes are refused. Leniency where writers differ: mediaType may be
 * absent, and annotations and platforms are optional.
 *
 * Images of schema version 1 were last written in 2017 and are refused by name.
 */
#include "image/manifest.h"

#include <string.h>

#include "base/stamp.h"
#include "image/store.h"

#define MAX_MEMBERS 1024 /* of an index */
#define MAX_IMAGES 4096	 /* of a manifest.json */

static bool one_of(const char *s, const char *const *list)
{
	for (; *list; list++)
		if (!strcmp(s, *list))
			return true;
	return false;
}

static const char *const index_types[] = {MANIFEST_OCI_INDEX, MANIFEST_DOCKER_LIST, NULL};
static const char *const image_types[] = {MANIFEST_OCI, MANIFEST_DOCKER, NULL};
static const char *const config_types[] = {MANIFEST_OCI_CONFIG,
					   "application/vnd.docker.container.image.v1+json", NULL};
static const char *const layer_types[] = {
	MANIFEST_OCI_LAYER,
	(MANIFEST_OCI_LAYER "+gzip"),
	(MANIFEST_OCI_LAYER "+zstd"),
	"application/vnd.oci.image.layer.nondistributable.v1.tar",
	"application/vnd.oci.image.layer.nondistributable.v1.tar+gzip",
	"application/vnd.oci.image.layer.nondistributable.v1.tar+zstd",
	"application/vnd.docker.image.rootfs.diff.tar",
	"application/vnd.docker.image.rootfs.diff.tar.gzip",
	"application/vnd.docker.image.rootfs.diff.tar.zstd",
	"application/vnd.docker.image.rootfs.foreign.diff.tar",
	"application/vnd.docker.image.rootfs.foreign.diff.tar.gzip",
	NULL,
};

static int parse_platform(const struct json *v, struct manifest_desc *d, struct err *e)
{
	const char *os = NULL, *arch = NULL, *variant = NULL;

	if (json_want_str(v, "os", &os, e) || json_want_str(v, "architecture", &arch, e) ||
	    json_want_str(v, "variant", &variant, e))
		return -1;
	if (!os || !arch)
		return 0;
	d->has_platform = true;
	platform_from(os, arch, variant, &d->platform);
	d->attestation = !strcmp(os, "unknown");
	return 0;
}

static int parse_desc(const struct json *v, struct manifest_desc *ret, struct err *e)
{
	struct manifest_desc d = {.media_type = "", .size = -1};
	const struct json *notes = json_get(v, "annotations");
	const char *digest = NULL;

	if (json_typeof(v) != JSON_OBJ)
		return err_set(e, ERR_INVALID, "a descriptor is no object");
	if (json_want_str(v, "mediaType", &d.media_type, e) ||
	    json_want_str(v, "digest", &digest, e) || json_want_int(v, "size", &d.size, e))
		return -1;
	d.hex = store_digest_hex(digest);
	if (!d.hex)
		return err_set(e, ERR_INVALID, "digest \"%s\" is not sha256: and 64 hex digits",
			       digest ? digest : "");
	if (d.size < 0)
		return err_set(e, ERR_INVALID, "the size of sha256:%.12s is missing or negative",
			       d.hex);
	if (parse_platform(json_get(v, "platform"), &d, e))
		return -1;
	d.name = json_str(json_get(notes, "io.containerd.image.name"), NULL);
	if (!d.name)
		d.name = json_str(json_get(notes, "org.opencontainers.image.ref.name"), NULL);
	if (json_get(notes, "vnd.docker.reference.type"))
		d.attestation = true;
	*ret = d;
	return 0;
}

static int parse_list(struct arena *a, const struct json *list, size_t max, const char *what,
		      struct manifest *m, struct err *e)
{
	struct json_iter it = json_iter(list);
	const struct json *v;

	if (json_typeof(list) != JSON_ARR)
		return err_set(e, ERR_INVALID, "%s is no list", what);
	if (json_len(list) > max)
		return err_set(e, ERR_INVALID, "%zu %s: at most %zu are supported", json_len(list),
			       what, max);
	m->list = arena_array(a, json_len(list) + 1, sizeof(*m->list));
	while ((v = json_next(&it, NULL)))
		if (parse_desc(v, &m->list[m->n++], e))
			return err_wrap(e, "%s[%zu]", what, m->n - 1);
	return 0;
}

static int parse_image(struct arena *a, const struct json *root, struct manifest *m, struct err *e)
{
	m->kind = MANIFEST_KIND_IMAGE;
	if (parse_desc(json_get(root, "config"), &m->config, e))
		return err_wrap(e, "config");
	if (!one_of(m->config.media_type, config_types))
		return err_set(e, ERR_INVALID,
			       "not a container image: its config has media type \"%s\"",
			       m->config.media_type);
	if (parse_list(a, json_get(root, "layers"), STORE_MAX_LAYERS, "layers", m, e))
		return -1;
	for (size_t i = 0; i < m->n; i++)
		if (!one_of(m->list[i].media_type, layer_types))
			return err_set(e, ERR_INVALID, "layers[%zu] has unknown media type \"%s\"",
				       i, m->list[i].media_type);
	return 0;
}

static int parse_root(struct arena *a, const struct json *root, struct manifest *m, struct err *e)
{
	const char *type = NULL;
	int64_t version = 0;
	bool index = json_get(root, "manifests"), image = json_get(root, "layers");

	if (json_typeof(root) != JSON_OBJ)
		return err_set(e, ERR_INVALID, "not a JSON object");
	if (json_want_str(root, "mediaType", &type, e) ||
	    json_want_int(root, "schemaVersion", &version, e))
		return -1;
	if (version == 1)
		return err_set(e, ERR_INVALID,
			       "schema version 1 is not supported: build or push the image again");
	if (version != 2)
		return err_set(e, ERR_INVALID, "schemaVersion is not 2");
	if (index == image)
		return err_set(e, ERR_INVALID,
			       index ? "both manifests and layers are there"
				     : "neither manifests nor layers are there");
	if (type && *type && !one_of(type, index ? index_types : image_types))
		return err_set(e, ERR_INVALID, "unknown or wrong media type \"%s\"", type);
	if (image)
		return parse_image(a, root, m, e);
	m->kind = MANIFEST_KIND_INDEX;
	return parse_list(a, json_get(root, "manifests"), MAX_MEMBERS, "manifests", m, e);
}

int manifest_parse(struct arena *a, const char *data, size_t len, const char *what,
		   struct manifest *ret, struct err *e)
{
	const struct json *root = json_parse(a, data, len, STORE_MAX_JSON, what, e);
	struct manifest m = {0};

	if (!root)
		return -1;
	if (parse_root(a, root, &m, e))
		return err_wrap(e, "%s", what);
	*ret = m;
	return 0;
}

static int parse_docker(struct arena *a, const struct json *v, struct manifest_docker *d,
			struct err *e)
{
	bool set;

	if (json_typeof(v) != JSON_OBJ)
		return err_set(e, ERR_INVALID, "an entry is no object");
	if (json_want_str(v, "Config", &d->config, e) ||
	    json_want_strs(v, "Layers", a, &d->layers, &set, e) ||
	    json_want_strs(v, "RepoTags", a, &d->tags, &set, e))
		return -1;
	if (!d->config || !*d->config)
		return err_set(e, ERR_INVALID, "Config is missing");
	if (d->layers.n > STORE_MAX_LAYERS)
		return err_set(e, ERR_INVALID, "%zu layers: at most %d are supported", d->layers.n,
			       STORE_MAX_LAYERS);
	return 0;
}

int manifest_docker_parse(struct arena *a, const char *data, size_t len,
			  struct manifest_docker **ret, size_t *ret_n, struct err *e)
{
	const struct json *root = json_parse(a, data, len, STORE_MAX_JSON, "manifest.json", e), *v;
	struct json_iter it = json_iter(root);
	struct manifest_docker *list;
	size_t n = 0;

	if (!root)
		return -1;
	if (json_typeof(root) != JSON_ARR || !json_len(root) || json_len(root) > MAX_IMAGES)
		return err_set(e, ERR_INVALID, "manifest.json: not a list of 1 to %d images",
			       MAX_IMAGES);
	list = arena_array(a, json_len(root), sizeof(*list));
	while ((v = json_next(&it, NULL)))
		if (parse_docker(a, v, &list[n++], e))
			return err_wrap(e, "manifest.json[%zu]", n - 1);
	*ret = list;
	*ret_n = n;
	return 0;
}

static int parse_diff_ids(struct arena *a, const struct json *rootfs, struct strs *ret,
			  struct err *e)
{
	struct strs ids = {0};
	const char *type = NULL;
	bool set;

	if (json_want_str(rootfs, "type", &type, e) ||
	    json_want_strs(rootfs, "diff_ids", a, &ids, &set, e))
		return -1;
	if (json_typeof(rootfs) != JSON_OBJ || !type || strcmp(type, "layers"))
		return err_set(e, ERR_INVALID, "rootfs is missing or not of type \"layers\"");
	if (ids.n > STORE_MAX_LAYERS)
		return err_set(e, ERR_INVALID, "%zu layers: at most %d are supported", ids.n,
			       STORE_MAX_LAYERS);
	for (size_t i = 0; i < ids.n; i++) {
		const char *hex = store_digest_hex(ids.v[i]);

		if (!hex)
			return err_set(e, ERR_INVALID, "diff_ids[%zu] is no sha256 digest", i);
		strs_add(a, ret, arena_strdup(a, hex));
	}
	return 0;
}

static int parse_config(struct arena *a, const struct json *root, struct manifest_config *c,
			struct err *e)
{
	const char *os = NULL, *arch = NULL, *variant = NULL;
	struct err ignored;

	if (json_typeof(root) != JSON_OBJ)
		return err_set(e, ERR_INVALID, "not a JSON object");
	c->root = root;
	c->config = json_get(root, "config");
	if (json_typeof(c->config) != JSON_OBJ && json_typeof(c->config) != JSON_NULL)
		return err_set(e, ERR_INVALID, "config is no object");
	if (json_want_str(root, "os", &os, e) || json_want_str(root, "architecture", &arch, e) ||
	    json_want_str(root, "variant", &variant, e))
		return -1;
	platform_from(os ? os : "linux", arch, variant, &c->platform);
	if (stamp_parse(json_str(json_get(root, "created"), ""), &c->created, &ignored) ||
	    c->created < 0) /* Go's zero time, year 1, means none */
		c->created = 0;
	return parse_diff_ids(a, json_get(root, "rootfs"), &c->diff_ids, e);
}

int manifest_config_parse(struct arena *a, const char *data, size_t len, const char *what,
			  struct manifest_config *ret, struct err *e)
{
	const struct json *root = json_parse(a, data, len, STORE_MAX_JSON, what, e);
	struct manifest_config c = {0};

	if (!root)
		return -1;
	if (parse_config(a, root, &c, e))
		return err_wrap(e, "%s", what);
	*ret = c;
	return 0;
}

const struct manifest_desc *manifest_choose(const struct manifest *index,
					    const struct platform *want, bool strict,
					    manifest_usable_fn *usable, void *ctx)
{
	const struct manifest_desc *best = NULL;
	int best_fit = 0;

	for (size_t i = 0; i < index->n; i++) {
		const struct manifest_desc *d = &index->list[i];
		/* without a platform it is for whoever asks, but a named one is better */
		int fit = d->has_platform ? platform_fit(want, &d->platform, strict) : 1;

		if (d->attestation || fit <= best_fit || (usable && !usable(ctx, d)))
			continue;
		best = d;
		best_fit = fit;
	}
	return best;
}
