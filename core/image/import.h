/* SPDX-License-Identifier: Apache-2.0 */
/* import: the tar of a root file system becomes an image of one layer. */
#ifndef IMAGE_IMPORT_H
#define IMAGE_IMPORT_H

#include "image/platform.h"
#include "image/store.h"
#include "image/tar.h"

struct import_opts {
	const char *ref;     /* canonical, or NULL */
	const char *message; /* history's comment */
	struct strs changes; /* Dockerfile instructions: CMD ENTRYPOINT ENV EXPOSE HEALTHCHECK LABEL
			      * ONBUILD STOPSIGNAL USER VOLUME WORKDIR */
	const struct platform *platform; /* NULL: the host's */
};

/* ret_id: hex of the new image. */
int import_stream(const struct store *s, tar_read_fn *read, void *ctx, const struct import_opts *o,
		  char ret_id[65], struct err *e);

#endif
