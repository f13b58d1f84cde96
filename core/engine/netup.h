/* SPDX-License-Identifier: Apache-2.0 */
/*
 * netup: a container's networks, put up and taken down by its shim: addresses leased, interfaces,
 * routes, published ports, hosts and resolv.conf, the name server. The functions of
 * container/shimnet.h, and what is left to do for a shim that was killed.
 *
 * The intent is on disk before the act: a lease names its owner before the address is on an
 * interface, and the live file its ports before they are published.
 */
#ifndef ENGINE_NETUP_H
#define ENGINE_NETUP_H

#include "container/shimnet.h"
#include "engine/engine.h"
#include "engine/request.h"

extern const struct shimnet netup_shimnet;

/* What a shim can prepare for this request, for its early(); "" where that is nothing. */
const char *netup_early(struct engine *en, struct arena *a, const struct request *r);
/* After a shim that was killed, with the container's lock held and its processes dead: leases,
 * endpoint files and rules of it. Idempotent. */
int netup_clean(struct engine *en, struct arena *a, const char *id, struct err *e);

#endif
