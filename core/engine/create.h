/* SPDX-License-Identifier: Apache-2.0 */
/* create: a new container, from a request to its files. Nothing runs. */
#ifndef ENGINE_CREATE_H
#define ENGINE_CREATE_H

#include "base/json.h"
#include "engine/containers.h"
#include "engine/engine.h"

/* body: Docker's create request. name NULL: a random one. platform NULL: the host's. Warnings are
 * lines for a person. *ret has no record. ERR_NOTFOUND "No such image: x:latest"; ERR_CONFLICT: the
 * name is taken. */
int create_container(struct engine *en, struct arena *a, const struct json *body, const char *name,
		     const char *platform, struct containers_one *ret, struct strs *warnings,
		     struct err *e);

#endif
