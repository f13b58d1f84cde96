/* SPDX-License-Identifier: Apache-2.0 */
/*
 * networks_users: who is on a network right now: its endpoint files (network/endpoint.h) whose
 * container lives. host and none have no such files: there it is the containers that run with it.
 */
#ifndef ENGINE_NETWORKS_USERS_H
#define ENGINE_NETWORKS_USERS_H

#include "engine/networks.h"
#include "network/endpoint.h"

/* all: also those that are about to start, or have ended and are being taken down. */
int networks_users(struct engine *en, struct arena *a, const struct networks_one *o, bool all,
		   struct endpoint **ret, size_t *ret_n, struct err *e);
/* Cleans up after those whose shim was killed, and waits some seconds until all that is on it runs.
 */
void networks_users_settle(struct engine *en, struct arena *a, const struct networks_one *o);

#endif
