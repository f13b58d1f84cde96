/* SPDX-License-Identifier: Apache-2.0 */
/* inspect_config: the object Config of a container: what it runs. */
#ifndef ENGINE_INSPECT_CONFIG_H
#define ENGINE_INSPECT_CONFIG_H

#include "base/json.h"
#include "engine/containers.h"

/* mac: what was asked for, or "". */
void inspect_config(struct json_w *w, struct arena *a, const struct containers_one *c,
		    const char *mac);

#endif
