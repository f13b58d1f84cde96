/* SPDX-License-Identifier: Apache-2.0 */
/*
 * mounts: what a container mounts because somebody asked for it, settled once, at create.
 *
 * A record holds two arrays: "Mounts" are Docker's MountPoint objects, for inspect and for who uses
 * a volume; "MountSpecs" (the structs below) say what each start does, with nothing left to be
 * decided: images' VOLUMEs and -v without a source have got their anonymous volume by then,
 * --volumes-from is resolved, an image is its layers. --tmpfs is in neither, as with Docker.
 */
#ifndef ENGINE_MOUNTS_H
#define ENGINE_MOUNTS_H

#include <stdbool.h>

#include "base/err.h"
#include "base/json.h"
#include "base/mem.h"

struct mounts_one {	    /* in the arena; texts are never NULL */
	const char *type;   /* bind volume tmpfs image */
	const char *name;   /* a volume's; an image's ID */
	const char *source; /* bind: absolute; volume: its directory; image: as it was called */
	const char *dest;   /* absolute, clean */
	const char *mode;   /* what stood behind the last ':' of -v, for inspect */
	const char *driver; /* of a volume */
	const char *propagation;
	const char *subpath; /* of a volume or an image, relative */
	const char *data;    /* tmpfs: options, as --tmpfs has them */
	bool ro, nocopy;
	bool flat;		     /* bind: not what is mounted below */
	bool flat_ro;		     /* read-only, but not what is mounted below */
	bool force_ro;		     /* read-only with what is mounted below, or an error */
	bool make_source;	     /* bind */
	bool anonymous;		     /* volume: made for this container, with a name of its own */
	bool other;		     /* of --volumes-from: nothing is copied into it */
	bool empty_check;	     /* from VOLUME or -v /path: a file there is an error */
	struct strs labels, options; /* "key=value"; of a volume to be made, then of the volume */
	struct strs layers;	     /* image: diff IDs, bottom first */
};

struct mounts {
	struct arena *a;
	struct mounts_one *v;
	size_t n, cap;
};

#define MOUNTS_MAX 4096

/* An empty one: texts "", everything else zero. */
struct mounts_one mounts_none(const char *type);
/* Adds m, whose dest is cleaned here. ERR_INVALID "Duplicate mount point: x". replace: takes the
 * place of one with the same dest instead. */
int mounts_add(struct mounts *l, struct mounts_one m, bool replace, struct err *e);
bool mounts_has(const struct mounts *l, const char *dest);

/* Both arrays, nothing where there is none. */
void mounts_write(struct json_w *w, const struct mounts *l);
/* The array "MountSpecs" (NULL: none). */
int mounts_read(struct arena *a, const struct json *specs, struct mounts *ret, struct err *e);

/* Removes "//", "/./" and "/../" from an absolute path. */
const char *mounts_clean(struct arena *a, const char *path);

#endif
