/* SPDX-License-Identifier: Apache-2.0 */
/* volumes_list: the operations over all volumes: ls, prune. */
#ifndef ENGINE_VOLUMES_LIST_H
#define ENGINE_VOLUMES_LIST_H

#include "base/buf.h"
#include "engine/volumes.h"

struct volumes_filter { /* every list: any of its values may match; empty: all match */
	struct strs dangling, driver, label, not_label, name, all;
};

/* {"Volumes":[...],"Warnings":null} */
int volumes_list(struct engine *en, const struct volumes_filter *f, struct buf *json,
		 struct err *e);
/* {"VolumesDeleted":[...],"SpaceReclaimed":n}: the anonymous ones that nobody uses; with all=true
 * the named ones too; never one with options, whose content is somewhere else. They are deleted
 * when this returns. */
int volumes_list_prune(struct engine *en, const struct volumes_filter *f, struct buf *json,
		       struct err *e);

#endif
