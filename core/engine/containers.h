/* SPDX-License-Identifier: Apache-2.0 */
/*
 * containers: finding, loading, removing them. What a crash left is picked up by reap.h.
 *
 * A container is "running" if its liveness lock (data-root/containers/<id>/lock) is held and its
 * state says so. A state that says running while the lock is free means that the shim was killed:
 * whoever notices (containers_settle, called by everything that asks) kills what is left of the
 * container and records 137. See container/home.h for the files.
 */
#ifndef ENGINE_CONTAINERS_H
#define ENGINE_CONTAINERS_H

#include <stdbool.h>

#include "base/err.h"
#include "base/mem.h"
#include "container/home.h"
#include "engine/engine.h"
#include "engine/request.h"

#define CONTAINERS_RECORD_MAX (8 << 20)

struct containers_one { /* in the arena */
	char id[65];
	const char *name;
	const char *image; /* "sha256:<hex>" */
	struct request req;
	const struct json *record; /* config.json */
	const struct json *mounts; /* its "MountSpecs": mounts.h */
	const char *cdir, *rdir;   /* its directories in data-root and exec-root, absolute */
};

/* By ID, name or unique start of an ID. ERR_NOTFOUND "No such container: x". */
int containers_find(struct engine *en, const char *ref, char ret_id[65], struct err *e);
int containers_load(struct engine *en, struct arena *a, const char *ref, struct containers_one *ret,
		    struct err *e);

/* By full ID and for those who look at many: the record is read, but of the request only what
 * status_of needs is decoded, and cdir and rdir are NULL. ERR_NOTFOUND where there is none (yet).
 */
int containers_look(struct engine *en, struct arena *a, const char *id, struct containers_one *ret,
		    struct err *e);

/* Fills cdir and rdir. */
void containers_paths(struct engine *en, struct arena *a, struct containers_one *c);

/* The two roots as home.h takes them. */
struct home containers_home(const struct engine *en);
/* The container's cgroup. */
const char *containers_cgroup(struct engine *en, struct arena *a, const struct request *r,
			      const char *id);

/* A connection to its shim. ERR_UNAVAILABLE: it has none. */
int containers_shim(struct engine *en, const char *id, struct err *e);
/* Takes the liveness lock: its fd. ERR_CONFLICT while a shim holds it. What is locked may be in the
 * trash already, where it was moved after the lock was opened: the next look says so. */
int containers_lock(struct engine *en, const char *id, struct err *e);
/* A shim has it. One whose container has ended is about to let it go. */
bool containers_held(const struct engine *en, const char *id);
/* In the trash, and somebody who holds its lock is at work there. */
bool containers_leaving(const struct engine *en, const char *id);
/* Between two tries: half a millisecond at first, then ten. */
void containers_nap(int try);
/* Waits some seconds for one that has ended its work, or is being torn down by the kernel. */
int containers_lock_soon(struct engine *en, const char *id, struct err *e);
/* With the lock held: cleans up after a shim that was killed. ERR_NOTFOUND if that removed the
 * container (--rm). */
int containers_settle(struct engine *en, struct arena *a, const struct containers_one *c,
		      struct err *e);

/* DELETE: force also takes one that is running. It is out of sight when this returns;
 * containers_clean then deletes its files. volumes: the caller is about to drop its volumes. */
int containers_remove(struct engine *en, struct arena *a, const char *ref, bool force, bool volumes,
		      char ret_id[65], struct err *e);
void containers_clean(struct engine *en, const char *id);

#endif
