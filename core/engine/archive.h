/* SPDX-License-Identifier: Apache-2.0 */
/*
 * archive: files into and out of a container, as tar streams.
 *
 * A path is the container's; the last component is not followed unless "/" or "/." is behind it, as
 * Docker has it. What is not there is ERR_NOTFOUND "Could not find the file x in container y".
 */
#ifndef ENGINE_ARCHIVE_H
#define ENGINE_ARCHIVE_H

#include <stdbool.h>

#include "base/buf.h"
#include "base/err.h"
#include "base/mem.h"
#include "engine/engine.h"
#include "image/tar.h"

/* The object of X-Docker-Container-Path-Stat. */
int archive_stat(struct engine *en, struct arena *a, const char *ref, const char *path,
		 struct buf *json, struct err *e);
/* begin gets that object before the first byte is written. */
typedef int archive_begin_fn(void *ctx, const struct buf *json, struct err *e);
int archive_get(struct engine *en, struct arena *a, const char *ref, const char *path,
		archive_begin_fn *begin, tar_write_fn *write, void *ctx, struct err *e);

struct archive_put {
	const char *path; /* an existing directory */
	bool keep_kind;	  /* noOverwriteDirNonDir */
	bool own;	  /* copyUIDGID: everything becomes the container's user's */
};
/* The archive may be compressed as a layer may. */
int archive_put(struct engine *en, struct arena *a, const char *ref, const struct archive_put *o,
		tar_read_fn *read, void *ctx, struct err *e);
/* All of its root, without what is mounted there. */
int archive_export(struct engine *en, struct arena *a, const char *ref, tar_write_fn *write,
		   void *ctx, struct err *e);

#endif
