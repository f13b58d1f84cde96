/* SPDX-License-Identifier: Apache-2.0 */
/*
 * volumes: named and anonymous ones of the local driver, and what a container's mounts are.
 *
 * data-root/volumes/<name>/ holds volume.json (driver, options, labels, created, anonymous) and
 * _data. A volume with options (type, o, device) is mounted on _data while a container that runs
 * uses it. Who uses a volume is read from the containers' records, never counted.
 *
 * A container's record holds "Mounts": Docker's MountPoint objects ({"Type","Name","Source",
 * "Destination","Driver","Mode","RW","Propagation"}), settled at create: images' VOLUMEs and -v
 * without a source have got their anonymous volume by then, --volumes-from is resolved. Lock order:
 * name < container < network < store; a volume is a name.
 */
#ifndef ENGINE_VOLUMES_H
#define ENGINE_VOLUMES_H

#include <stdbool.h>

#include "base/err.h"
#include "base/json.h"
#include "base/mem.h"
#include "engine/engine.h"
#include "engine/request.h"

/* At create, after request_merge: makes the volumes that are missing and writes the array "Mounts"
 * into w. What it made new is taken away again by volumes_undo with the same ID. */
int volumes_settle(struct engine *en, struct arena *a, const struct request *r, const char *id,
		   struct json_w *w, struct err *e);
void volumes_undo(struct engine *en, const char *id);
/* At removal of a container with -v or --rm: its anonymous volumes that nobody else uses. mounts:
 * the record's "Mounts". */
void volumes_drop(struct engine *en, struct arena *a, const struct json *mounts, const char *id);

#endif
