/* SPDX-License-Identifier: Apache-2.0 */
/* inspect_host: the object HostConfig of a container, with the defaults for what was not given. */
#ifndef ENGINE_INSPECT_HOST_H
#define ENGINE_INSPECT_HOST_H

#include "base/json.h"
#include "engine/containers.h"

void inspect_host(struct json_w *w, struct engine *en, struct arena *a,
		  const struct containers_one *c);

#endif
