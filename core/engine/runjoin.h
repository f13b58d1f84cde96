/* SPDX-License-Identifier: Apache-2.0 */
/*
 * runjoin: --pid, --ipc and --network container:NAME, with Docker's rules and words. Here is what
 * the engine knows of the other container: that there is one, that it runs, that it shares. Which
 * process that is, is asked by the shim once more, at the moment of each run (container/join.h).
 */
#ifndef ENGINE_RUNJOIN_H
#define ENGINE_RUNJOIN_H

#include "container/spec.h"
#include "engine/engine.h"
#include "engine/request.h"

/* Whether Docker lets containers share this kind. */
bool runjoin_may(enum spec_ns ns);
/* At create: names become IDs, in r and in r->host, so that a rename changes nothing.
 * ERR_NOTFOUND (of another one's network only at the start, as Docker). What does not go together
 * with another one's network is ERR_INVALID. */
int runjoin_names(struct engine *en, struct arena *a, struct request *r, struct err *e);

struct runjoin_peer {
	const struct request *req; /* whose host name is used, and whose ID */
	const char *id;
	const char *rdir; /* and whose hosts, hostname, resolv.conf; NULL: the container's own */
};
/* At the start: resolves each s->ns_path of mode SPEC_NS_PATH to "container:<id>". *net is filled
 * where the network is another one's. ERR_CONFLICT: it does not run. */
int runjoin_build(struct engine *en, struct arena *a, struct spec *s, struct runjoin_peer *net,
		  struct err *e);

/* For an exec: whose host name a process gets. *net says the container's own before, and does after
 * where the owner is gone. Touches nothing of a container that joins no network. */
int runjoin_owner(struct engine *en, struct arena *a, struct runjoin_peer *net, struct err *e);

#endif
