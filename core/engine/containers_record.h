/* SPDX-License-Identifier: Apache-2.0 */
/*
 * containers_record: changing what is written down about a container that exists (update, rename).
 *
 * The liveness lock cannot guard that: a shim holds it for the whole run. So there is one more file
 * to lock, below the container's data directory. Order: the name's, then this one, then liveness.
 */
#ifndef ENGINE_CONTAINERS_RECORD_H
#define ENGINE_CONTAINERS_RECORD_H

#include "base/buf.h"
#include "base/err.h"
#include "engine/containers.h"

/* Takes the lock, waiting for others who change the record: its fd. Load the container after it.
 * ERR_NOTFOUND where it is gone. */
int containers_record_lock(struct engine *en, const char *id, struct err *e);
/* With the lock held: replaces (or adds) member `key` of config.json by `value`, JSON. Whole or not
 * at all, and as durable as the record was. */
int containers_record_put(struct engine *en, const struct containers_one *c, const char *key,
			  const struct buf *value, struct err *e);

/* The same in two steps, for what may still be refused when it has a place on the disk: stage, then
 * commit or drop, all under one lock. Killed in between, the old record stays. */
int containers_record_stage(struct engine *en, const struct containers_one *c, const char *key,
			    const struct buf *value, struct err *e);
int containers_record_commit(struct engine *en, const char *id, struct err *e);
void containers_record_drop(struct engine *en, const char *id);

#endif
