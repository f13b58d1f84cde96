/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The archive is read to its end first (members.h), then every image in it is checked, and only
 * when all are good is anything committed: an archive is taken whole or not at all.
 *
 * manifest.json wins over index.json where both are there, as in Docker, unless a platform was
 * asked for: only the index can offer several.
 *
 * The commit holds the store lock shared from the first layer to the last reference, a few
 * milliseconds, so that neither prune nor rmi ever sees half an image.
 */
#include "image/load.h"

#include <fcntl.h>
#include <stdio.h>
#include <string.h>

#include "base/sha256.h"
#include "base/stamp.h"
#include "image/manifest.h"
#include "image/members.h"
#include "image/ref.h"
#include "image/source.h"

#define MAX_MEMORY (64LL << 20)
#define MAX_NESTING 4 /* index in index */

struct image { /* one that is to be loaded */
	struct image *next;
	const char *label; /* for messages */
	struct manifest_config config;
	const struct member *config_member, *manifest_member; /* manifest_member may be NULL */
	struct member *layers[STORE_MAX_LAYERS];
	struct strs refs; /* canonical */
};

struct load {
	const struct store *s;
	const struct load_opts *o;
	struct platform platform;
	struct store_pin pin;
	struct members m;
	struct image *images, **tail;
};

static const char *diff_id(const struct member *x)
{
	return x->tmp.r.diff_id;
}

/* The member, which must be of the kind wanted. */
static struct member *want(struct load *l, const char *name, int layer, struct err *e)
{
	struct member *x = members_find(&l->m, name);

	if (!x) {
		err_set(e, ERR_INVALID, "%s is not in the archive, which is incomplete", name);
		return NULL;
	}
	if (x->kind == MEMBER_OTHER) {
		err_set(e, ERR_INVALID, "%s cannot be used: %s", name, x->why);
		return NULL;
	}
	if (layer == (x->kind == MEMBER_DATA)) {
		err_set(e, ERR_INVALID,
			layer ? "%s is no layer: neither tar nor gzip nor zstd"
			      : "%s is no JSON document",
			name);
		return NULL;
	}
	return x;
}

/* A member that is called by a digest must have it. */
static int check_named(const struct member *x, struct err *e)
{
	const char *base = strrchr(x->name, '/');
	char hex[65];

	base = base ? base + 1 : x->name;
	snprintf(hex, sizeof(hex), "%.64s", base);
	if (!store_is_hex(hex) || !strcmp(hex, x->sha))
		return 0;
	if (strncmp(x->name, "blobs/sha256/", 13) && strcmp(base + 64, ".json"))
		return 0;
	return err_set(e, ERR_INVALID, "%s has digest sha256:%s: the archive is damaged", x->name,
		       x->sha);
}

static struct member *by_desc(struct load *l, const struct manifest_desc *d, int layer,
			      struct err *e)
{
	struct member *x = want(l, arena_printf(&l->m.a, "blobs/sha256/%s", d->hex), layer, e);

	if (!x)
		return NULL;
	if (strcmp(x->sha, d->hex)) {
		err_set(e, ERR_INVALID,
			"blob sha256:%s has digest sha256:%s: the archive is damaged", d->hex,
			x->sha);
		return NULL;
	}
	if (x->kind == MEMBER_DATA && (int64_t)x->len != d->size) {
		err_set(e, ERR_INVALID, "blob sha256:%.12s has %zu bytes, its descriptor says %lld",
			d->hex, x->len, (long long)d->size);
		return NULL;
	}
	return x;
}

/* Reads the config and compares the layers, already in im->layers, with its diff IDs. */
static int check_image(struct load *l, struct image *im, size_t nlayers, struct err *e)
{
	const struct member *c = im->config_member;
	struct strs *ids = &im->config.diff_ids;

	if (check_named(c, e) ||
	    manifest_config_parse(&l->m.a, c->data, c->len, c->name, &im->config, e))
		return -1;
	if (ids->n != nlayers)
		return err_set(e, ERR_INVALID, "%zu layers, but %zu diff IDs in its config",
			       nlayers, ids->n);
	for (size_t i = 0; i < nlayers; i++)
		if (strcmp(diff_id(im->layers[i]), ids->v[i]))
			return err_set(
				e, ERR_INVALID,
				"layer %zu (%s) has diff ID sha256:%s, its config says sha256:%s: "
				"the archive is damaged",
				i + 1, im->layers[i]->name, diff_id(im->layers[i]), ids->v[i]);
	return 0;
}

static int add_ref(struct load *l, struct image *im, const char *text, struct err *e)
{
	struct ref r;

	if (ref_parse_normalized(&l->m.a, text, &r, e))
		return err_wrap(e, "image name \"%s\"", text);
	if (r.digest && !r.tag)
		return 0; /* a digest names a manifest, which is not what is stored here */
	r.digest = NULL;
	ref_default_tag(&r);
	strs_add(&l->m.a, &im->refs, ref_full(&l->m.a, &r));
	return 0;
}

static struct image *new_image(struct load *l, const char *label)
{
	struct image *im = arena_alloc(&l->m.a, sizeof(*im));

	im->label = label;
	return im;
}

static void append(struct load *l, struct image *im)
{
	*l->tail = im;
	l->tail = &im->next;
}

/* ---- docker-archive */

static int docker_image(struct load *l, const struct manifest_docker *d, struct err *e)
{
	struct image *im = new_image(l, d->tags.n ? d->tags.v[0] : d->config);
	char have[96], asked[96];

	im->config_member = want(l, d->config, 0, e);
	if (!im->config_member)
		return -1;
	for (size_t i = 0; i < d->layers.n; i++) {
		im->layers[i] = want(l, d->layers.v[i], 1, e);
		if (!im->layers[i] || check_named(im->layers[i], e))
			return -1;
	}
	if (check_image(l, im, d->layers.n, e))
		return -1;
	for (size_t i = 0; i < d->tags.n; i++)
		if (add_ref(l, im, d->tags.v[i], e))
			return -1;
	if (l->o->platform && !platform_fit(l->o->platform, &im->config.platform, 1)) {
		platform_text(&im->config.platform, have, sizeof(have));
		platform_text(l->o->platform, asked, sizeof(asked));
		return err_set(e, ERR_NOTFOUND, "it is for %s, not for %s as asked", have, asked);
	}
	append(l, im);
	return 0;
}

static int docker_archive(struct load *l, const struct member *x, struct err *e)
{
	struct manifest_docker *list;
	size_t n;

	if (manifest_docker_parse(&l->m.a, x->data, x->len, &list, &n, e))
		return -1;
	for (size_t i = 0; i < n; i++)
		if (docker_image(l, &list[i], e))
			return err_wrap(e, "image %s",
					list[i].tags.n ? list[i].tags.v[0] : list[i].config);
	return 0;
}

/* ---- OCI layout */

static int oci_image(struct load *l, const struct member *x, const struct manifest *m,
		     const char *name, struct err *e)
{
	struct image *im = new_image(l, name ? name : x->name);

	im->manifest_member = x;
	im->config_member = by_desc(l, &m->config, 0, e);
	if (!im->config_member)
		return -1;
	for (size_t i = 0; i < m->n; i++) {
		im->layers[i] = by_desc(l, &m->list[i], 1, e);
		if (!im->layers[i])
			return -1;
	}
	if (check_image(l, im, m->n, e))
		return -1;
	/* a bare word is a tag without a name, as the OCI layout's annotation may have it */
	if (name && strpbrk(name, "/:") && add_ref(l, im, name, e))
		return -1;
	append(l, im);
	return 0;
}

static bool is_here(void *ctx, const struct manifest_desc *d)
{
	struct load *l = ctx;
	struct member *x = members_find(&l->m, arena_printf(&l->m.a, "blobs/sha256/%s", d->hex));

	return x && x->kind == MEMBER_DATA;
}

static const struct manifest_desc *choose(struct load *l, const struct manifest *index,
					  struct err *e)
{
	const struct manifest_desc *d =
		manifest_choose(index, &l->platform, l->o->platform != NULL, is_here, l);
	char asked[96];

	if (!d) {
		platform_text(&l->platform, asked, sizeof(asked));
		err_set(e, ERR_NOTFOUND, "no image for %s is in the archive: try --platform",
			asked);
	}
	return d;
}

/* One descriptor of index.json, through nested indexes. */
static int oci_desc(struct load *l, const struct manifest_desc *d, struct err *e)
{
	const char *name = d->name;

	for (int depth = 0; depth < MAX_NESTING; depth++) {
		const struct member *x = by_desc(l, d, 0, e);
		struct manifest m;

		if (!x || manifest_parse(&l->m.a, x->data, x->len, x->name, &m, e))
			return -1;
		if (m.kind == MANIFEST_KIND_IMAGE)
			return oci_image(l, x, &m, name, e);
		d = choose(l, &m, e);
		if (!d)
			return -1;
	}
	return err_set(e, ERR_INVALID, "indexes are nested more than %d deep", MAX_NESTING);
}

/* Do two members of index.json stand for one image on several platforms? */
static int same_image(const struct manifest_desc *a, const struct manifest_desc *b)
{
	if (!a->has_platform || !b->has_platform)
		return 0;
	return a->name == b->name || (a->name && b->name && !strcmp(a->name, b->name));
}

/* Takes what belongs to index->list[first] out of the index: marked, so that it is not taken twice.
 */
static void take_group(struct load *l, struct manifest *index, size_t first, struct manifest *ret)
{
	struct manifest_desc *d = &index->list[first];
	size_t n = 1;

	for (size_t k = first + 1; k < index->n; k++)
		n += (size_t)same_image(d, &index->list[k]);
	ret->list = arena_array(&l->m.a, n, sizeof(*ret->list));
	for (size_t k = first; k < index->n; k++) {
		struct manifest_desc *x = &index->list[k];

		if (x->attestation || (k != first && !same_image(d, x)))
			continue;
		ret->list[ret->n++] = *x;
		x->attestation = true;
	}
}

static int oci_layout(struct load *l, const struct member *x, struct err *e)
{
	struct manifest index;

	if (manifest_parse(&l->m.a, x->data, x->len, "index.json", &index, e))
		return -1;
	if (index.kind != MANIFEST_KIND_INDEX)
		return err_set(e, ERR_INVALID, "index.json is no index");
	for (size_t i = 0; i < index.n; i++) {
		const struct manifest_desc *d = &index.list[i];
		struct manifest group = {.kind = MANIFEST_KIND_INDEX};

		if (d->attestation)
			continue;
		take_group(l, &index, i, &group);
		if (!group.list)
			continue;
		d = group.n > 1 ? choose(l, &group, e) : &group.list[0];
		if (!d || oci_desc(l, d, e))
			return group.list[0].name ? err_wrap(e, "image %s", group.list[0].name)
						  : -1;
	}
	return 0;
}

/* ---- commit */

static void say(const struct load *l, const char *line)
{
	if (l->o->say)
		l->o->say(l->o->ctx, line);
}

static int commit_layers(struct load *l, const struct image *im, struct err *e)
{
	for (size_t i = 0; i < im->config.diff_ids.n; i++) {
		struct member *x = im->layers[i];

		/* a layer that stands twice in an image was committed the first time */
		if (x->kind == MEMBER_LAYER && *x->tmp.name &&
		    layers_commit(l->s, &l->pin, &x->tmp, e))
			return -1;
	}
	return 0;
}

static int put_record(struct load *l, const struct image *im, const char *id, struct err *e)
{
	struct store_image rec = {.id = id, .manifest = "", .parent = ""};
	char hex[65];

	if (im->manifest_member) {
		if (store_blob_put(l->s, im->manifest_member->data, im->manifest_member->len, hex,
				   e))
			return -1;
		rec.manifest = hex;
	}
	rec.created = im->config.created;
	rec.added = stamp_now();
	rec.nlayers = im->config.diff_ids.n;
	rec.layers = arena_array(&l->m.a, rec.nlayers + 1, sizeof(*rec.layers));
	for (size_t i = 0; i < rec.nlayers; i++) {
		struct layers_meta meta;

		if (layers_meta_get(l->s, im->config.diff_ids.v[i], &meta, e))
			return -1;
		rec.layers[i] = (struct store_layer){im->config.diff_ids.v[i],
						     arena_strdup(&l->m.a, meta.blob), meta.size};
	}
	return store_image_put(l->s, &rec, e);
}

static int put_refs(struct load *l, const struct image *im, const char *id, struct err *e)
{
	for (size_t i = 0; i < im->refs.n; i++) {
		struct ref r;
		const char *shown;
		char old[65];

		if (ref_parse_normalized(&l->m.a, im->refs.v[i], &r, e) ||
		    store_ref_put(l->s, im->refs.v[i], id, old, e))
			return -1;
		shown = ref_familiar(&l->m.a, &r);
		if (*old && strcmp(old, id))
			say(l, arena_printf(&l->m.a,
					    "The image %s already exists, renaming the old one "
					    "with ID sha256:%s to empty string",
					    shown, old));
		say(l, arena_printf(&l->m.a, "Loaded image: %s", shown));
	}
	if (!im->refs.n)
		say(l, arena_printf(&l->m.a, "Loaded image ID: sha256:%s", id));
	return 0;
}

static int commit(struct load *l, struct err *e)
{
	AUTO_FD int lock = -1;
	char id[65];

	if (layers_sync(l->s, e))
		return -1;
	lock = store_lock(l->s, F_RDLCK, e);
	if (lock < 0)
		return -1;
	for (struct image *im = l->images; im; im = im->next)
		if (commit_layers(l, im, e))
			return -1;
	if (layers_sync_names(l->s, e))
		return -1;
	for (struct image *im = l->images; im; im = im->next)
		if (store_blob_put(l->s, im->config_member->data, im->config_member->len, id, e) ||
		    put_record(l, im, id, e) || put_refs(l, im, id, e))
			return err_wrap(e, "image %s", im->label);
	return 0;
}

static int understand(struct load *l, struct err *e)
{
	const struct member *docker = members_find(&l->m, "manifest.json");
	const struct member *oci = members_find(&l->m, "index.json");

	if (docker && docker->kind != MEMBER_DATA)
		return err_set(e, ERR_INVALID, "manifest.json cannot be used: %s",
			       docker->why ? docker->why : "it is no JSON document");
	if (oci && oci->kind != MEMBER_DATA)
		return err_set(e, ERR_INVALID, "index.json cannot be used: %s",
			       oci->why ? oci->why : "it is no JSON document");
	if (!docker && !oci)
		return err_set(e, ERR_INVALID,
			       "neither manifest.json nor index.json is in the archive: "
			       "not an image of save or an OCI layout "
			       "(a bare root file system is for import)");
	if (docker && !(oci && l->o->platform))
		return docker_archive(l, docker, e);
	return oci_layout(l, oci, e);
}

static int load_all(struct load *l, tar_read_fn *read, void *ctx, struct err *e)
{
	struct source *src = source_open(read, ctx, "the archive", e);
	int rc = src ? members_read(&l->m, source_read, src, e) : -1;

	source_close(src);
	if (rc || understand(l, e))
		return -1;
	if (!l->images)
		return err_set(e, ERR_INVALID, "the archive holds no image");
	return commit(l, e);
}

int load_stream(const struct store *s, tar_read_fn *read, void *ctx, const struct load_opts *o,
		struct err *e)
{
	struct load l = {.s = s, .o = o, .pin = STORE_PIN_INIT};
	int rc;

	l.tail = &l.images;
	if (o->platform)
		l.platform = *o->platform;
	else
		platform_host(&l.platform);
	if (store_pin_new(s, &l.pin, e))
		return -1;
	l.m = (struct members){.s = s,
			       .pin = &l.pin,
			       .max_memory = o->max_json ? o->max_json : MAX_MEMORY};
	rc = load_all(&l, read, ctx, e);
	members_release(&l.m);
	store_pin_release(s, &l.pin);
	return rc ? err_wrap(e, "load") : 0;
}
