/* SPDX-License-Identifier: Apache-2.0 */
/*
 * netconnect: a container that exists is connected to one more network, or taken off one. The
 * container's record says it first (NetworkingConfig), under its lock, then its shim does it, if it
 * runs. Killed in between, the same command again does the rest. What the shim cannot do is taken
 * out of the record again.
 */
#ifndef ENGINE_NETCONNECT_H
#define ENGINE_NETCONNECT_H

#include "base/err.h"
#include "base/json.h"
#include "base/mem.h"
#include "engine/engine.h"

/* settings: EndpointSettings, or NULL. */
int netconnect_join(struct engine *en, struct arena *a, const char *network, const char *container,
		    const struct json *settings, struct err *e);
/* force: also from one that is not there any more. */
int netconnect_leave(struct engine *en, struct arena *a, const char *network, const char *container,
		     bool force, struct err *e);

#endif
