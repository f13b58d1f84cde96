/* SPDX-License-Identifier: Apache-2.0 */
/*
 * lower: what the layers of a container show together, without mounting them: for any driver, and
 * for single names. The init layer is the lowest.
 */
#ifndef ENGINE_LOWER_H
#define ENGINE_LOWER_H

#include <stdbool.h>
#include <sys/stat.h>

#include "base/err.h"
#include "base/mem.h"
#include "engine/engine.h"

struct lower {
	int *fds; /* topmost first; in the arena */
	size_t n;
};

int lower_open(struct engine *en, struct arena *a, const struct strs *diff_ids, struct lower *ret,
	       struct err *e);
void lower_close(struct lower *l);
/* Whether path (relative, clean) is there; *ret_init: the init layer alone has it. */
bool lower_stat(const struct lower *l, const char *path, struct stat *ret, bool *ret_init);
/* The names in the directory of that path. */
void lower_names(const struct lower *l, struct arena *a, const char *path, struct strs *ret);
/* Overlay's marks: of a deleted name, of a directory that hides those below. */
bool lower_is_whiteout(const struct stat *st);
bool lower_is_opaque(int dirfd);

#endif
