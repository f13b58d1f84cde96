/* SPDX-License-Identifier: Apache-2.0 */
/*
 * tar_pax: the records of one pax extended header ("%d key=value\n"), taken apart for tar.c. All
 * memory is in the arena given. A record with an empty value counts as absent, of a repeated key
 * the last one counts (POSIX pax, "pax Extended Header Keyword Precedence").
 */
#ifndef IMAGE_TAR_PAX_H
#define IMAGE_TAR_PAX_H

#include "base/err.h"
#include "base/mem.h"
#include "image/tar.h"

struct tar_pax {
	const char *path, *linkpath, *uname, *gname; /* NULL: absent */
	const char *uid, *gid, *size, *mtime, *atime;
	struct tar_xattr *xattrs;
	size_t nxattrs, xattrs_cap;
	/* GNU.sparse.* */
	const char *major, *minor, *name, *realsize, *map, *numblocks;
	struct tar_extent *extents; /* of format 0.0, which repeats offset and numbytes */
	size_t nextents, extents_cap;
	int half; /* an offset still waits for its numbytes */
	struct strs other;
};

int tar_pax_parse(struct tar_pax *p, struct arena *a, const char *data, size_t n, struct err *e);
/* Seconds with an optional fraction, beyond nanoseconds cut off; *ret_nsec is never negative. */
int tar_pax_time(const char *text, int64_t *ret_sec, int32_t *ret_nsec, struct err *e);
/* A decimal number, the whole text. */
int tar_pax_int(const char *text, int64_t *ret, struct err *e);
/* Format 0.1: "offset,len,offset,len..." of numblocks pairs; fills p->extents. */
int tar_pax_map(struct tar_pax *p, struct arena *a, struct err *e);
/* Appends to a vector in the arena; ERR_INVALID beyond TAR_MAX_SPARSE. */
int tar_pax_extent(struct arena *a, struct tar_extent **v, size_t *n, size_t *cap, int64_t offset,
		   int64_t len, struct err *e);

#endif
