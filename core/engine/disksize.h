/* SPDX-License-Identifier: Apache-2.0 */
/*
 * disksize: what a container or a volume takes on disk, as Docker counts: the sum of the sizes of
 * its files, of one with several names once. Walks its tree: only for those who ask for it.
 */
#ifndef ENGINE_DISKSIZE_H
#define ENGINE_DISKSIZE_H

#include <stdint.h>

#include "base/err.h"
#include "engine/engine.h"

struct disksize {
	int64_t rw;	/* of its own, changed and new files */
	int64_t rootfs; /* with those of its image */
};

/* ERR_NOTFOUND where it is gone. What changes meanwhile may be counted or not. */
int disksize_of(struct engine *en, const char *id, struct disksize *ret, struct err *e);

/* Of a tree. */
int64_t disksize_below(int dirfd, const char *path);

#endif
