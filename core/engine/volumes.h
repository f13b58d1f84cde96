/* SPDX-License-Identifier: Apache-2.0 */
/*
 * volumes: named and anonymous ones of the local driver. What a container mounts is in mounts.h.
 *
 *   data-root/volumes/<name>/  volume.json (driver, options, labels, created) and _data; made
 *                              complete in tmp/ and renamed, so what is there is whole
 *   data-root/volumes/.lock    shared: from the moment a create looks at a volume until the record
 *                              that uses it is written; exclusive: removal
 *   data-root/volumes/.rm/     one empty file <container>.<volume> for each anonymous volume that
 *                              goes with its --rm container, made before the volume is: what a
 *                              crash leaves is found by these, not by reading every volume
 *
 * A volume with options (type, o, device) is mounted for each container in the container's own
 * mount namespace, straight at its destination, and never on the host's _data as Docker does it: so
 * nothing is left mounted by a crash, and nothing has to be counted. What differs: a tmpfs volume
 * is not shared between the containers that use it, and the host does not see its content.
 *
 * Who uses a volume is read from the containers' records, never counted. A volume is a name in the
 * lock order: name < container < network < store.
 */
#ifndef ENGINE_VOLUMES_H
#define ENGINE_VOLUMES_H

#include <stdbool.h>
#include <stdint.h>

#include "base/err.h"
#include "base/json.h"
#include "base/mem.h"
#include "engine/engine.h"

#define VOLUMES_ANONYMOUS "com.docker.volume.anonymous" /* a label */

struct volumes_one { /* in the arena; labels and options are "key=value" */
	const char *name, *driver;
	int64_t created; /* ns since 1970 */
	struct strs labels, options;
};

/* Takes the lock: F_RDLCK or F_WRLCK. Closing it is the release. */
int volumes_lock(struct engine *en, int type, struct err *e);

/* ERR_NOTFOUND "get x: no such volume"; a damaged record is ERR_INVALID. */
int volumes_get(struct engine *en, struct arena *a, const char *name, struct volumes_one *ret,
		struct err *e);
/* All that can be read, sorted by name; others are warned of. */
int volumes_all(struct engine *en, struct arena *a, struct volumes_one **ret, size_t *ret_n,
		struct err *e);

/* Docker's rules for a name, a driver, the options. */
int volumes_check(const struct volumes_one *v, struct err *e);
/* Makes it, or takes the existing one of that name: ERR_CONFLICT where options were given and are
 * not the same. The caller holds the lock shared. owner: the ID of the container
 * that is being made and that it goes with, until volumes_own or home_forget_volume says otherwise,
 * or NULL. durable: synced. *ret_new may be NULL. */
int volumes_make(struct engine *en, struct arena *a, const struct volumes_one *v, const char *owner,
		 bool durable, struct volumes_one *ret, bool *ret_new, struct err *e);
/* What becomes of its anonymous volumes if who is about to remove the container is killed behind
 * that: they go too, or stay. mounts: the record's "Mounts". */
void volumes_own(struct engine *en, const struct json *mounts, const char *id, bool own);
/* One that already was there is used by a container that is not its owner: it stays then. The
 * caller holds the lock shared. */
int volumes_share(struct engine *en, const char *name, struct err *e);

/* What was removed is in trash/ under this name ("": nothing was) until volumes_clean. */
struct volumes_trash {
	char name[80];
};
/* DELETE: ERR_CONFLICT "volume is in use - [id]"; force: a missing one is success. Takes the lock.
 */
int volumes_remove(struct engine *en, struct arena *a, const char *name, bool force,
		   struct volumes_trash *ret, struct err *e);
/* The same without a look at who uses it; the caller holds the lock exclusively. */
int volumes_take_away(struct engine *en, const char *name, struct volumes_trash *ret,
		      struct err *e);
void volumes_clean(struct engine *en, const struct volumes_trash *t);
/* IDs of the containers that use it. */
int volumes_users(struct engine *en, struct arena *a, const char *name, struct strs *ret,
		  struct err *e);

/* After removal of a container with -v or --rm: its anonymous volumes that nobody else uses.
 * mounts: its record's "Mounts". */
void volumes_drop(struct engine *en, struct arena *a, const struct json *mounts, const char *id);
/* Anonymous volumes whose --rm container is gone. */
void volumes_reap(struct engine *en);

/* The value of a label or option; NULL: not there. */
const char *volumes_value(const struct strs *map, const char *key);
/* data-root/volumes/<name>/_data, absolute. */
const char *volumes_path(struct engine *en, struct arena *a, const char *name);
/* Docker's Volume object. */
void volumes_write(struct engine *en, struct json_w *w, const char *key,
		   const struct volumes_one *v);

#endif
