/* SPDX-License-Identifier: Apache-2.0 */
/* networks_list: Docker's Network object, and the operations over all networks: ls, prune. */
#ifndef ENGINE_NETWORKS_LIST_H
#define ENGINE_NETWORKS_LIST_H

#include "base/buf.h"
#include "engine/networks.h"

struct networks_filter { /* every list: any of its values may match; empty: all match */
	struct strs dangling, driver, id, label, not_label, name, scope, type, until;
};

/* Docker's Network object. users: with the containers that are on it. */
int networks_list_write(struct engine *en, struct arena *a, struct json_w *w, const char *key,
			const struct networks_one *o, bool users, struct err *e);
/* An array of them, without their containers. */
int networks_list(struct engine *en, struct arena *a, const struct networks_filter *f,
		  struct buf *json, struct err *e);
/* {"NetworksDeleted":[...]}: those that no running container is on, but for the three that are
 * always there and those that hold settings for others. */
int networks_list_prune(struct engine *en, struct arena *a, const struct networks_filter *f,
			struct buf *json, struct err *e);

#endif
