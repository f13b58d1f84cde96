/* SPDX-License-Identifier: Apache-2.0 */
/*
 * netlinks: the old --link on the default network: lines in hosts and variables that tell where
 * another container is. (On other networks a link is a name for dnsd.h.)
 */
#ifndef ENGINE_NETLINKS_H
#define ENGINE_NETLINKS_H

#include "engine/engine.h"
#include "engine/request.h"
#include "network/addr.h"

struct netlinks_one {
	struct addr ip;
	struct strs names; /* its alias, host name, name */
};
struct netlinks { /* in the arena */
	struct netlinks_one *v;
	size_t n;
	struct strs env; /* "WEB_PORT=tcp://..." */
};

/* At create. ERR_NOTFOUND, in Docker's words: a container that is not there. */
int netlinks_check(struct engine *en, struct arena *a, const struct request *r, struct err *e);
/* At the start of container `name`. ERR_CONFLICT: one of them does not run. */
int netlinks_find(struct engine *en, struct arena *a, const struct request *r, const char *name,
		  struct netlinks *ret, struct err *e);

#endif
