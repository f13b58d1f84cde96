/* SPDX-License-Identifier: Apache-2.0 */
/*
 * netlinks: the old --link on the default network: lines in hosts and variables that tell where
 * another container is. (On other networks a link is a name for dnsd.h.)
 */
#ifndef ENGINE_NETLINKS_H
#define ENGINE_NETLINKS_H

#include <stdbool.h>

#include "engine/containers.h"
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

bool netlinks_wanted(const struct request *r);
/* At create: names become IDs, in r and in r->host, so that a rename changes nothing.
 * ERR_NOTFOUND, in Docker's words: a container that is not there. */
int netlinks_names(struct engine *en, struct arena *a, struct request *r, struct err *e);
/* At the start of container `name`. ERR_CONFLICT: one of them does not run. One that was removed
 * is no link any more. */
int netlinks_find(struct engine *en, struct arena *a, const struct request *r, const char *name,
		  struct netlinks *ret, struct err *e);
/* As inspect shows them: "/other:/name/alias". */
void netlinks_show(struct engine *en, struct arena *a, const struct containers_one *c,
		   struct strs *ret);
/* ref: "name/alias". The variables and hosts of a run are what they were at its start. */
int netlinks_remove(struct engine *en, struct arena *a, const char *ref, struct err *e);

#endif
