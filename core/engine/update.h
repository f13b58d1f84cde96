/* SPDX-License-Identifier: Apache-2.0 */
/* update: other limits and another restart policy for a container that exists, running or not. */
#ifndef ENGINE_UPDATE_H
#define ENGINE_UPDATE_H

#include "base/err.h"
#include "base/json.h"
#include "base/mem.h"
#include "engine/engine.h"

/* body: the API's UpdateConfig; what is zero, "" or absent stays. All of it or nothing: where the
 * kernel refuses for a running container, limits and record are as they were. ERR_INVALID and
 * ERR_CONFLICT in Docker's words. */
int update_container(struct engine *en, struct arena *a, const char *ref, const struct json *body,
		     struct err *e);

#endif
