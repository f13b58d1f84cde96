/* SPDX-License-Identifier: Apache-2.0 */
/*
 * layers: unpacked layers on disk, each stored once whatever image it belongs to.
 *
 *   layers/<diff ID>/diff/      the files, in overlay's form (whiteouts are 0:0 devices)
 *   layers/<diff ID>/record     the tar record (record.h), which makes the tar byte-exact again
 *   layers/<diff ID>/meta.json  sizes, and the compressed blob it came as
 *   layers/l/<20 hex>           short alias of diff/, for overlay's mount options
 *   layers/blobs/<blob hex>     symlink that says which layer a compressed blob became
 *
 * Keyed by diff ID for every driver. architecture.md had chain IDs and a flat copy per layer for
 * vfs; a vfs container takes its copy from the same diffs instead (driver.h): no copy is kept for a
 * layer that is not at the top of anything, layers are shared between drivers, and load, save
 * and verification have one form to know.
 *
 * A layer appears by rename of a finished, synced temporary: it is whole or absent.
 */
#ifndef IMAGE_LAYERS_H
#define IMAGE_LAYERS_H

#include <stdint.h>

#include "image/store.h"
#include "image/tar.h"
#include "image/unpack.h"

#define LAYERS_ALIAS 20

/* A layer that is being unpacked in tmp/. */
struct layers_tmp {
	char name[33];
	int dir, diff, record; /* descriptors, -1 when closed */
	struct unpack *unpack;
	struct unpack_result r;
};

/* What a layer may take: the free space of the disk but for a reserve (max_bytes -1 where nothing
 * is left, which layers_tmp_begin refuses), its free inodes, and no ratio that only a bomb has. */
void layers_limits(const struct store *s, struct unpack_limits *ret);
/* Pins a temporary and begins to unpack into it. */
int layers_tmp_begin(const struct store *s, struct store_pin *pin, const struct unpack_limits *lim,
		     struct layers_tmp *ret, struct err *e);
/* Ends the stream and waits; t->r is filled, the temporary stays until commit or discard. */
int layers_tmp_finish(struct layers_tmp *t, struct err *e);
/* Closes everything and removes the temporary, at any stage. */
void layers_tmp_discard(const struct store *s, struct layers_tmp *t);

/* After store-wide sync (layers_sync): renames the temporary to its diff ID and pins that. If
 * the layer is there already the temporary is removed and the existing one is pinned. */
int layers_commit(const struct store *s, struct store_pin *pin, struct layers_tmp *t,
		  struct err *e);
/* One syncfs of the data-root's file system. */
int layers_sync(const struct store *s, struct err *e);
/* Makes the renames of layers_commit durable: before a record names the layers. */
int layers_sync_names(const struct store *s, struct err *e);

struct layers_meta {
	int64_t size;	  /* of its files, as Docker counts */
	int64_t tar_size; /* of the uncompressed tar */
	char blob[65];	  /* the compressed blob it came as; "" if plain tar */
	int64_t blob_size;
	char compression[8];
};
/* ERR_NOTFOUND if there is no such layer. */
int layers_meta_get(const struct store *s, const char *diff_id, struct layers_meta *ret,
		    struct err *e);
/* If the layer (by diff ID, or by the blob it came as) exists: pins it, fills ret_diff_id, returns
 * 1. 0: it does not. -1: *e. Takes the store lock (shared) itself. */
int layers_pin_blob(const struct store *s, struct store_pin *pin, const char *blob_hex,
		    char ret_diff_id[65], struct err *e);

/* Writes the layer's tar, byte-exact, verified at its end. */
int layers_tar(const struct store *s, const char *diff_id, tar_write_fn *write, void *ctx,
	       struct err *e);
/* The chain ID of a layer: of the hash of all below it and of itself. below: the chain ID of the
 * layer under it, NULL for the first; ret may not be below. */
void layers_chain(const char *below, const char *diff_id, char ret[65]);
/* Opens layers/<diff ID>/diff. */
int layers_open(const struct store *s, const char *diff_id, struct err *e);

#endif
