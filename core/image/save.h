/* SPDX-License-Identifier: Apache-2.0 */
/*
 * save: images of the store as one tar stream. Deterministic: equal images in equal order give
 * equal bytes (no clocks, no random names, members sorted), so an archive can be compared and
 * cached.
 *
 * SAVE_BOTH is what Docker writes since 25: an OCI layout that also holds manifest.json and
 * repositories. Layers are uncompressed, each stored once.
 */
#ifndef IMAGE_SAVE_H
#define IMAGE_SAVE_H

#include "image/store.h"
#include "image/tar.h"

enum save_format { SAVE_BOTH, SAVE_DOCKER /* without index.json and oci-layout */, SAVE_OCI };

struct save_item {
	struct store_image image;
	struct strs refs; /* canonical references to write with it */
};

/* The caller holds a pin on the images. */
int save_stream(const struct store *s, const struct save_item *items, size_t n,
		enum save_format format, tar_write_fn *write, void *ctx, struct err *e);

#endif
