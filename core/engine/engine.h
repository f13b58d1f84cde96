/* SPDX-License-Identifier: Apache-2.0 */
/*
 * engine: where everything of one installation lives, shared by all operations.
 *
 * A struct engine is opened by each worker (a process per connection) and holds directory
 * descriptors only: no state lives in memory that is not on disk first. The operations are in
 * images.h and containers.h of this room; they take decoded requests and know nothing of HTTP.
 *
 * Lock order, always: name < container < network < store.
 */
#ifndef ENGINE_ENGINE_H
#define ENGINE_ENGINE_H

#include "base/err.h"
#include "base/mem.h"
#include "image/store.h"

struct engine_config {
	const char *data_root; /* /var/lib/proa */
	const char *exec_root; /* /run/proa */
	const char
		*storage_driver;   /* "overlay", "btrfs", "vfs"; NULL or "": the first that works */
	const char *cgroup_parent; /* "/proa" */
};

#define ENGINE_DATA_ROOT "/var/lib/proa"
#define ENGINE_EXEC_ROOT "/run/proa"

struct engine {
	struct engine_config c; /* absolute paths, defaults filled in; in the arena given */
	int data, exec;		/* the two roots */
	int containers, names;	/* of data-root */
	int run_containers;	/* exec-root/containers */
	int exec_trash;		/* exec-root/trash */
	int trash;		/* data-root/trash: the store's own descriptor */
	struct store store;	/* images, layers, pins: image/store.h */
};

/* Makes what is missing (0711 roots, 0700 below), mounts a tmpfs on exec-root where it is on a disk
 * (a failure there is a debug line). ERR_FORBIDDEN without root: the text says what to do. */
int engine_open(const struct engine_config *c, struct arena *a, struct engine *ret, struct err *e);
void engine_close(struct engine *en);

#endif
