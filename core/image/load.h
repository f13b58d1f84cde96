/* SPDX-License-Identifier: Apache-2.0 */
/*
 * load: an archive of images (docker-archive, OCI layout, or both in one as Docker 25 writes) from
 * a stream into the store, in one pass.
 *
 * Which members are layers is only said at the end or in the middle of such an archive, so each
 * member is judged by its first bytes: tar, gzip and zstd are unpacked at once into a temporary
 * layer, anything small is kept in memory. The manifests then say what belongs together; a layer
 * counts only if it has the diff ID that the config names and the digest that its blob is called
 * by. Nothing is visible before all of an image is checked and synced.
 */
#ifndef IMAGE_LOAD_H
#define IMAGE_LOAD_H

#include "image/platform.h"
#include "image/store.h"
#include "image/tar.h"

struct load_opts {
	const struct platform *platform; /* NULL: the host's */
	/* Called with one line of text ("Loaded image: busybox:latest"). May be NULL. */
	void (*say)(void *ctx, const char *line);
	void *ctx;
	int64_t max_json; /* all small members together; 0: 64 MiB */
};

/* read gives the archive's bytes, compressed or not. */
int load_stream(const struct store *s, tar_read_fn *read, void *ctx, const struct load_opts *o,
		struct err *e);

#endif
