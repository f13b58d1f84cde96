/* SPDX-License-Identifier: Apache-2.0 */
/*
 * cplocal: the local side of cp, and the rules by which source and destination decide where a copy
 * goes and what it is called (Docker's, which are those of cp -a with a few more errors). Paths are
 * texts; a "/" or "/." behind one means something.
 */
#ifndef APPLETS_CPLOCAL_H
#define APPLETS_CPLOCAL_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "api/client.h"

struct cplocal_end {
	const char *path;
	bool exists, dir;
	const char
		*rebase; /* what its entries are called instead of the path's base; NULL: as it */
};

/* Absolute, clean, with the "/" or "/." that was behind it. */
const char *cplocal_absolute(struct arena *a, const char *path);
/* The directory and the name of a path: "/a/b/" is "/a", "b"; "/a/b/." is "/a/b", ".". */
void cplocal_split(struct arena *a, const char *path, const char **ret_dir, const char **ret_base);
/* What a link's target is to be called: path as asked for, to as it is. */
const char *cplocal_rebase(struct arena *a, const char *path, const char **to);

/* A local source: links on the way followed, the last only with follow or where "/" is behind it.
 */
int cplocal_source(struct arena *a, const char *path, bool follow, struct cplocal_end *ret,
		   struct err *e);
/* A local destination: through links, and it need not exist. */
int cplocal_target(struct arena *a, const char *path, struct cplocal_end *ret, struct err *e);
/* Into which directory to unpack, and the name of what is copied there; NULL: its own. */
int cplocal_plan(struct arena *a, const struct cplocal_end *src, const struct cplocal_end *dst,
		 const char **ret_dir, const char **ret_name, struct err *e);

/* A pipe on which a child packs the source as `name`. At the end it says how many bytes on a second
 * one. */
int cplocal_pack(const struct cplocal_end *src, const char *name, pid_t *ret_pid, int *ret_size,
		 struct arena *a, struct err *e);
/* Unpacks the answer's body in dir: entries that begin with base, and those alone, as `name`. */
int cplocal_unpack(struct client_conn *cc, const char *dir, const char *base, const char *name,
		   int64_t *ret_size, struct err *e);

#endif
