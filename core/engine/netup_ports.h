/* SPDX-License-Identifier: Apache-2.0 */
/*
 * netup_ports: a container's published ports. A port is its rule and a socket that is bound to it
 * in the host's namespace and never used: so no other container and no program of the host can have
 * it too, and it is free again at the moment its shim is gone, however that ended. A part of
 * netup.h, in the shim.
 */
#ifndef ENGINE_NETUP_PORTS_H
#define ENGINE_NETUP_PORTS_H

#include "engine/netup_place.h"

struct netup_ports {
	struct netup_port { /* as published */
		uint16_t port, host_port;
		uint8_t proto;
		struct addr ip; /* len 0: every address */
		bool ipv6;	/* reached over that too */
		int relay;	/* its socket, if that listens */
	} * v;
	size_t n;
	struct nft_port *rules;
	size_t nrules;
	int *held;
	size_t nheld;
	bool published;
};

/* Binds. *ret is zero before the first time, and never released: it is a shim's. where: the
 * endpoint with the default route. */
int netup_ports_hold(const struct netup_ctx *c, const struct netplan *p,
		     const struct netup_place *where, struct netup_ports *ret, struct err *e);
/* Rules. What stands in others' way without a socket is a dead one's and is replaced. */
int netup_ports_publish(const struct netup_ctx *c, const char *table, struct netup_ports *p,
			const struct netup_place *where, struct err *e);
void netup_ports_withdraw(struct hostnet *h, const char *table, struct netup_ports *p);
/* "Ports" of NETPLAN_LIVE. */
void netup_ports_write(struct json_w *w, struct arena *a, const struct netplan *plan,
		       const struct netup_ports *p);
/* From that: the rules of a container that is gone. where: its addresses. */
void netup_ports_forget(struct hostnet *h, struct arena *a, const char *table,
			const struct json *live);

#endif
