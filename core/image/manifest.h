/* SPDX-License-Identifier: Apache-2.0 */
/*
 * manifest: the JSON documents of images: OCI and Docker manifests, indexes, configs, and the
 * manifest.json of `docker save`.
 *
 * All of it is input from outside: sizes and counts are bounded, digests must be sha256 and well
 * formed, media types known, and whatever is missing or of the wrong type is ERR_INVALID with the
 * name of the document. Results live in the arena given. Needs no file system: a fuzz target covers
 * it.
 */
#ifndef IMAGE_MANIFEST_H
#define IMAGE_MANIFEST_H

#include <stdbool.h>
#include <stdint.h>

#include "base/err.h"
#include "base/json.h"
#include "base/mem.h"
#include "image/platform.h"

#define MANIFEST_OCI_INDEX "application/vnd.oci.image.index.v1+json"
#define MANIFEST_OCI "application/vnd.oci.image.manifest.v1+json"
#define MANIFEST_OCI_CONFIG "application/vnd.oci.image.config.v1+json"
#define MANIFEST_OCI_LAYER "application/vnd.oci.image.layer.v1.tar"
#define MANIFEST_DOCKER_LIST "application/vnd.docker.distribution.manifest.list.v2+json"
#define MANIFEST_DOCKER "application/vnd.docker.distribution.manifest.v2+json"

struct manifest_desc {
	const char *media_type;
	const char *hex; /* of the digest */
	int64_t size;
	bool has_platform;
	struct platform platform;
	const char *name; /* of the annotations: what the image is called, or NULL */
	bool attestation; /* no image: BuildKit's provenance and the like */
};

enum manifest_kind { MANIFEST_KIND_IMAGE, MANIFEST_KIND_INDEX };

struct manifest {
	enum manifest_kind kind;
	struct manifest_desc config; /* of an image */
	struct manifest_desc *list;  /* layers of an image, bottom first; members of an index */
	size_t n;
};
int manifest_parse(struct arena *a, const char *data, size_t len, const char *what,
		   struct manifest *ret, struct err *e);

/* manifest.json of a docker-archive. */
struct manifest_docker {
	const char *config; /* member names */
	struct strs layers; /* bottom first */
	struct strs tags;   /* as written */
};
int manifest_docker_parse(struct arena *a, const char *data, size_t len,
			  struct manifest_docker **ret, size_t *ret_n, struct err *e);

struct manifest_config {
	const struct json *root;   /* the whole document */
	const struct json *config; /* its "config", may be NULL */
	struct platform platform;
	int64_t created;      /* ns; 0: absent or unreadable */
	struct strs diff_ids; /* hex, bottom first */
};
int manifest_config_parse(struct arena *a, const char *data, size_t len, const char *what,
			  struct manifest_config *ret, struct err *e);

/* Of the members of an index the best for `want`; NULL if none fits. Members for which usable()
 * says no are left out (NULL: all count). */
typedef bool manifest_usable_fn(void *ctx, const struct manifest_desc *d);
const struct manifest_desc *manifest_choose(const struct manifest *index,
					    const struct platform *want, bool strict,
					    manifest_usable_fn *usable, void *ctx);

#endif
