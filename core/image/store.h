/* SPDX-License-Identifier: Apache-2.0 */
/*
 * store: images at rest: records, names, blobs, the lock and the pins.
 *
 *   images/blobs/sha256/<hex>  configs and manifests, byte for byte as they came
 *   images/records/<hex>       one JSON file per image, named by its ID (the digest of the config)
 *   images/refs/<name>         one JSON file per reference, which says the image's ID
 *   layers/                    see layers.h
 *   pins/<random>              what a living writer holds, under an OFD lock of that writer
 *   tmp/ trash/                temporaries; what is only waiting to be deleted
 *   images/lock                the store lock
 *
 * An image exists exactly if its record exists; the record is written last, after everything that
 * it names is on the disk. There is no index.json: it would be one file that every tag rewrites;
 * save writes one where the OCI layout asks for it.
 *
 * A layer, blob or temporary is alive if a record, a container or a pin with a living holder names
 * it. Writers check that a thing exists and pin it while they hold the store lock shared; the
 * sweeper marks and renames what is dead to trash/ while it holds it exclusively.
 *
 * Hex digests are 64 lower-case digits without "sha256:" wherever a parameter is called hex, id or
 * diff_id. Any process of the engine may call everything here.
 */
#ifndef IMAGE_STORE_H
#define IMAGE_STORE_H

#include <stdbool.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/err.h"
#include "base/mem.h"

#define STORE_MAX_LAYERS 127	 /* as overlay and Docker have it */
#define STORE_MAX_JSON (8 << 20) /* one config, manifest or index */

struct store {		  /* directory descriptors */
	const char *root; /* the data-root's absolute path */
	int data;
	int images, blobs, records, refs;
	int layers, aliases, blobmap; /* layers/, layers/l, layers/blobs */
	int tmp, pins, trash;
};

/* Makes what is missing below data (a descriptor of the data-root, duplicated) and opens it. root
 * must outlive the store. */
int store_open(int data, const char *root, struct store *ret, struct err *e);
void store_close(struct store *s);

/* The store lock: F_RDLCK (writers that check and pin) or F_WRLCK (the sweeper, rmi). Waits.
 * Returns a descriptor; closing it is the release. */
int store_lock(const struct store *s, int type, struct err *e);

/* ---- pins */
struct store_pin {
	int fd;
	char name[33];
};
#define STORE_PIN_INIT                                                                             \
	{                                                                                          \
		-1, ""                                                                             \
	}
/* A new pin, locked by this process. */
int store_pin_new(const struct store *s, struct store_pin *ret, struct err *e);
/* Adds one line: kind "layer", "blob", "image" or "tmp", and its name. The caller holds the store
 * lock (shared) and has just seen that the thing exists (a tmp is created afterwards). */
int store_pin_add(struct store_pin *p, const char *kind, const char *name, struct err *e);
/* For a temporary that will be created: takes the store lock itself. The sweeper removes whatever
 * below tmp/ no pin names. */
int store_pin_tmp(const struct store *s, struct store_pin *p, const char *name, struct err *e);
/* Unlinks and closes. Does nothing on an empty pin. */
void store_pin_release(const struct store *s, struct store_pin *p);
/* Calls fn for each line of each pin whose holder lives; pins of the dead are unlinked. The caller
 * holds the store lock exclusively. */
typedef void store_pin_fn(void *ctx, const char *kind, const char *name);
int store_pin_each(const struct store *s, store_pin_fn *fn, void *ctx, struct err *e);
/* Whether there is a pin whose holder is dead: something to sweep. Without any lock. */
bool store_pin_dead(const struct store *s);

/* ---- blobs */
bool store_blob_has(const struct store *s, const char *hex);
/* Writes the bytes, synced, unless they are there already; hex is computed. */
int store_blob_put(const struct store *s, const void *data, size_t len, char ret_hex[65],
		   struct err *e);
/* Reads a blob and checks it against its name. */
int store_blob_get(const struct store *s, const char *hex, struct buf *b, struct err *e);

/* ---- image records */
struct store_layer {
	const char *diff_id; /* hex */
	const char *blob;    /* hex of the compressed blob it came as, or "" */
	int64_t size;	     /* sum of its files, as Docker counts */
};

struct store_image {		    /* everything in the arena given */
	const char *id;		    /* hex */
	const char *manifest;	    /* hex of the manifest it came with, kept as a blob; or "" */
	struct store_layer *layers; /* bottom first */
	size_t nlayers;
	int64_t size;	    /* sum of the layers' */
	int64_t created;    /* ns since 1970, from the config; 0: none */
	int64_t added;	    /* when it came here */
	const char *parent; /* hex of the image it was built upon here, or "" */
};
/* Writes the record, synced. An existing one stays as it is (identity is content). */
int store_image_put(const struct store *s, const struct store_image *im, struct err *e);
/* The same with a reference (NULL: none), as one act: who is killed in it leaves both or neither.
 * The caller holds the lock shared. */
int store_image_put_named(const struct store *s, const struct store_image *im, const char *ref,
			  struct err *e);
/* Decides about records that were put with a name by somebody who was killed. The caller holds the
 * lock exclusively. */
int store_image_settle(const struct store *s, struct err *e);
/* ERR_NOTFOUND; a damaged record is ERR_INVALID. */
int store_image_get(const struct store *s, struct arena *a, const char *id, struct store_image *ret,
		    struct err *e);
/* Removes the record only; the caller holds the lock exclusively and sweeps. */
int store_image_del(const struct store *s, const char *id, struct err *e);
/* IDs of all images, sorted. */
int store_image_ids(const struct store *s, struct arena *a, struct strs *ret, struct err *e);
/* The IDs that begin with prefix (hex digits): appended to ret. */
int store_image_find(const struct store *s, struct arena *a, const char *prefix, struct strs *ret,
		     struct err *e);

/* ---- references */
struct store_ref {
	const char *ref; /* canonical: "docker.io/library/busybox:latest" or "...@sha256:..." */
	const char *id;	 /* hex of the image */
	int64_t tagged;	 /* ns since 1970 */
};
/* Points ref to the image, synced, replacing what it pointed to; *ret_old (may be NULL) is that
 * image's hex or "". */
int store_ref_put(const struct store *s, const char *ref, const char *id, char ret_old[65],
		  struct err *e);
/* ERR_NOTFOUND. */
int store_ref_get(const struct store *s, struct arena *a, const char *ref, struct store_ref *ret,
		  struct err *e);
int store_ref_del(const struct store *s, const char *ref, struct err *e);
/* All of them, sorted by ref. */
int store_ref_list(const struct store *s, struct arena *a, struct store_ref **ret, size_t *ret_n,
		   struct err *e);

/* true for 64 lower-case hex digits. */
bool store_is_hex(const char *s);
/* "sha256:<hex>" -> hex, or NULL if it is anything else. */
const char *store_digest_hex(const char *digest);

#endif
