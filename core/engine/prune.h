/* SPDX-License-Identifier: Apache-2.0 */
/* prune: removes all containers that do not run. */
#ifndef ENGINE_PRUNE_H
#define ENGINE_PRUNE_H

#include "base/err.h"
#include "base/json.h"
#include "base/mem.h"
#include "engine/engine.h"

struct prune_filter { /* until: created before; label: all of them; not_label: none of them */
	struct strs until, label, not_label;
};

/* The answer of POST /containers/prune goes into w, the IDs into ret_ids: their files still have to
 * be deleted by containers_clean. */
int prune_containers(struct engine *en, struct arena *a, const struct prune_filter *f,
		     struct json_w *w, struct strs *ret_ids, struct err *e);

#endif
