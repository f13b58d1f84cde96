/* SPDX-License-Identifier: Apache-2.0 */
/*
 * link: interfaces, their addresses and routes, by rtnetlink (rtnetlink(7)).
 *
 * Everything is made in as few messages as the kernel takes: a veth pair comes with both ends
 * named, the far one born in its namespace, the near one on its bridge and up. Interfaces are never
 * moved between namespaces and seldom deleted one by one: both wait for an RCU barrier (31 ms);
 * a namespace that ends takes its ends of pairs along, and so their near ends.
 */
#ifndef NETWORK_LINK_H
#define NETWORK_LINK_H

#include <stdbool.h>
#include <stdint.h>

#include "base/err.h"
#include "network/addr.h"
#include "network/netlink.h"

#define LINK_NAME 16 /* IFNAMSIZ */

struct link_info {
	int index, master; /* master: the bridge that it is a port of; 0: none */
	bool up;
	uint32_t mtu;
	uint8_t mac[6];
	char kind[16];	/* "bridge", "veth", "" for hardware */
	char alias[32]; /* what somebody wrote on it */
};

/* ERR_NOTFOUND where there is none. */
int link_get(struct nl *n, const char *name, struct link_info *ret, struct err *e);
/* A bridge, up. mtu 0: the kernel's. mac: NULL for one of the kernel's choice. ERR_CONFLICT: the
 * name is taken. *ret_index may be NULL. */
int link_bridge(struct nl *n, const char *name, uint32_t mtu, const uint8_t mac[6], int *ret_index,
		struct err *e);

struct link_pair {
	const char *near, *far;
	int bridge; /* the near end's, 0: none; it is up */
	int netns;  /* the far end's namespace; it is down there */
	uint32_t mtu;
	const uint8_t *mac; /* the far end's, or NULL */
	int far_index;	    /* 0: of the kernel's choice */
	bool isolated;	    /* it and other such ports of the bridge do not see each other (4.18) */
};
int link_veth(struct nl *n, const struct link_pair *p, struct err *e);
int link_up(struct nl *n, int index, struct err *e);
/* The same with addresses, and mac (or NULL), in one go. Where all are of IPv4 it will have none of
 * IPv6 either. */
int link_start(struct nl *n, int index, const uint8_t mac[6], const struct prefix *p, size_t count,
	       struct err *e);
/* Writes on it. */
int link_alias(struct nl *n, int index, const char *text, struct err *e);
int link_delete(struct nl *n, int index, struct err *e);
/* What goes from one port of the bridge to another passes the rules of IP, if this kernel has
 * br_netfilter, whatever the machine's default is. */
int link_filter(struct nl *n, int bridge, struct err *e);
/* A bridge's port that passes nothing on any more. */
int link_quiet(struct nl *n, const char *name, struct err *e);
/* One that may send back out of it what came in: where bridged packets go through the rules of IP
 * (br_netfilter), one that is led back to its sender stays on the bridge. */
int link_hairpin(struct nl *n, const char *name, struct err *e);

/* One more address; there already: no error. */
int link_address(struct nl *n, int index, const struct prefix *p, struct err *e);
/* dst NULL: the default route. Another one there is replaced. */
int link_route(struct nl *n, int index, const struct prefix *dst, const struct addr *gateway,
	       struct err *e);
/* Every address and route of this namespace, for a choice of subnets that meets none. */
typedef int link_subnet(void *ctx, const struct prefix *p, struct err *e);
int link_subnets(struct nl *n, link_subnet *each, void *ctx, struct err *e);

#endif
