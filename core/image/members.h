/* SPDX-License-Identifier: Apache-2.0 */
/*
 * members: what an image archive holds, collected in one pass while it streams by: small documents
 * in memory, layers unpacked into temporaries, the rest by name only.
 *
 * Names are keys here and never touch a file system.
 */
#ifndef IMAGE_MEMBERS_H
#define IMAGE_MEMBERS_H

#include "image/layers.h"
#include "image/store.h"
#include "image/tar.h"

enum member_kind {
	MEMBER_DATA,  /* in memory */
	MEMBER_LAYER, /* unpacked: tmp */
	MEMBER_KNOWN, /* a layer that the store has already: r holds its digests */
	MEMBER_LINK,  /* another name of `link` */
	MEMBER_OTHER, /* nothing usable; `why` says why */
};

struct member {
	struct member *next;
	const char *name; /* cleaned: no "./", no "//" */
	enum member_kind kind;
	const char *link, *why;
	const char *data; /* MEMBER_DATA */
	size_t len;
	char sha[65]; /* of the member's bytes; "" for a link or other */
	struct layers_tmp tmp;
};

#define MEMBERS_BUCKETS 1024
struct members {
	const struct store *s;
	struct store_pin *pin;
	struct arena a;
	struct member *bucket[MEMBERS_BUCKETS];
	size_t n;
	int64_t in_memory, max_memory;
};

/* Reads the whole archive. On failure too the caller ends with members_release. */
int members_read(struct members *m, tar_read_fn *read, void *ctx, struct err *e);
/* By name, through links (at most 16). NULL where there is none. */
struct member *members_find(struct members *m, const char *name);
/* Removes what was unpacked and not committed. */
void members_release(struct members *m);

#endif
