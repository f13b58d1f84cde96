/* SPDX-License-Identifier: Apache-2.0 */
/*
 * images: what can be done with images, as operations of the product.
 *
 * Who creates a container calls images_resolve, then images_rootfs with the container's own
 * directory; the latter leaves there a file "layers" (one diff ID a line), from which the sweeper
 * knows what the container needs even after its image was forced away. Between the two the pin of
 * images_resolve holds everything; release it when the container's record is written.
 */
#ifndef ENGINE_IMAGES_H
#define ENGINE_IMAGES_H

#include <stdbool.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/err.h"
#include "base/json.h"
#include "base/mem.h"
#include "engine/engine.h"
#include "image/driver.h"
#include "image/platform.h"
#include "image/save.h"
#include "image/store.h"

struct images_image {	  /* in the arena given */
	const char *id;	  /* "sha256:<hex>" */
	const char *name; /* as to be shown: the familiar reference it was found by, or the ID */
	struct store_image record;
	const struct json *root;   /* the config document */
	const struct json *config; /* its "config": Cmd, Entrypoint, Env, ...; may be NULL */
	struct strs diff_ids;	   /* hex, bottom first */
	struct platform platform;
};

/* A name, name:tag, name@digest, ID or unique start of an ID. ERR_NOTFOUND "No such image:
 * x:latest". With pin (made by this call, released by the caller with images_unpin) the image and
 * its layers stay until then; NULL: only a look. */
int images_resolve(struct engine *en, struct arena *a, const char *ref_or_id, struct store_pin *pin,
		   struct images_image *ret, struct err *e);
/* Only the hex ID, and the familiar name or "sha256:<hex>" if it was found by ID. */
int images_find(struct engine *en, struct arena *a, const char *ref_or_id, const char **ret_id,
		const char **ret_name, struct err *e);
void images_unpin(struct engine *en, struct store_pin *pin);

/* Prepares the writable root of a container in its directory (cdir, whose absolute path is cpath)
 * with the installation's storage driver: the fields for its spec. Idempotent. diff_ids NULL: those
 * of the "layers" file written by an earlier call. */
int images_rootfs(struct engine *en, struct arena *a, const struct strs *diff_ids, int cdir,
		  const char *cpath, struct driver_rootfs *ret, struct err *e);

/* That file: the driver it was made with, and the diff IDs, bottom first, added to ret. */
int images_layers(int cdir, struct arena *a, const char **ret_driver, struct strs *ret,
		  struct err *e);

/* Image names of these operations are as a person types them. */
int images_tag(struct engine *en, const char *source, const char *target, struct err *e);

struct images_filter { /* every list: any of its values may match; empty: all match */
	bool all;
	struct strs dangling, label, not_label, before, since, reference, until;
};
/* The array of /images/json. */
int images_list(struct engine *en, const struct images_filter *f, bool digests, bool shared_size,
		struct buf *json, struct err *e);
/* The objects of /images/{name}/json and /images/{name}/history. */
int images_inspect(struct engine *en, const char *name, struct buf *json, struct err *e);
int images_history(struct engine *en, const char *name, struct buf *json, struct err *e);

/* What these two remove is in trash/ afterwards: answer first, then call sweep_empty_trash.
 * The array of DELETE /images/{name}: [{"Untagged":..},{"Deleted":..}]. */
int images_remove(struct engine *en, const char *name, bool force, bool noprune, struct buf *json,
		  struct err *e);
/* {"ImagesDeleted":[...],"SpaceReclaimed":n} */
int images_prune(struct engine *en, const struct images_filter *f, struct buf *json, struct err *e);

/* names: as typed; a bare repository stands for all its tags. */
int images_save(struct engine *en, const struct strs *names, enum save_format format,
		const struct platform *platform, tar_write_fn *write, void *ctx, struct err *e);

#endif
