/* SPDX-License-Identifier: Apache-2.0 */
/*
 * netup_place: one endpoint of a running container, put up and taken down: addresses, the pair of
 * interfaces, the file that tells others. A part of netup.h, in the shim.
 */
#ifndef ENGINE_NETUP_PLACE_H
#define ENGINE_NETUP_PLACE_H

#include "container/home.h"
#include "engine/netplan.h"
#include "network/link.h"

struct netup_ctx {
	const struct home *home;
	const char *container, *name; /* ID and name */
	struct hostnet *host;
	struct nl *own; /* rtnetlink of the container's namespace, where the caller is */
};

struct netup_place {
	struct netplan_endpoint p;
	bool alone; /* this kernel has no bridges: there is none, and the container has loopback */
	struct prefix ip4, ip6; /* addr.len 0: none */
	struct addr gw4, gw6;
	char id[65];
	uint8_t mac[6];
	char far[LINK_NAME];
	int index; /* its */
	bool nat;
};

/* ret->p is filled. number: of the interface. On failure nothing is left. */
int netup_place_up(const struct netup_ctx *c, struct netup_place *ret, int number, struct err *e);
/* For a container that will be on this network as its first, a namespace that was kept
 * (netup_kept.h) or -1. */
const char *netup_place_early_text(struct arena *a, const struct networks_one *o,
				   const char *table);
int netup_place_kept(int exec, const char *text);
/* In that one, a look at what it has; in a new one, in a shim that does not know its plan yet, the
 * pair of interfaces without addresses, now that another processor has time for it. */
void netup_place_early(const struct netup_ctx *c);
/* Such a pair, made in a new namespace where the caller is, is kept in dir. */
void netup_place_keep(const struct netup_ctx *c, const char *text, int dir);
/* The endpoint file, anew. */
int netup_place_tell(const struct netup_ctx *c, const struct netup_place *p, struct err *e);
/* Its published ports can be reached from itself. */
int netup_place_hairpin(const struct netup_ctx *c, const struct netup_place *p, struct err *e);
/* live: the container's namespace goes on, so its interface is deleted (disconnect). */
void netup_place_down(const struct netup_ctx *c, const struct netup_place *p, bool live);
/* The near end's name, from the endpoint's ID. */
void netup_place_near(const char *id, char ret[LINK_NAME]);

#endif
