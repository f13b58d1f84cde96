/* SPDX-License-Identifier: Apache-2.0 */
/*
 * bridge: a bridge network on this machine: interface, addresses, forwarding, rules.
 *
 * bridge_up is the repair too: whatever of it is missing or was taken away by somebody is made,
 * what is there stays (containers may hang on it). A process that was killed in it at any point
 * leaves something that the next call completes.
 */
#ifndef NETWORK_BRIDGE_H
#define NETWORK_BRIDGE_H

#include "network/hostnet.h"
#include "network/nft.h"

struct bridge_conf {
	struct nft_network net;
	const char *table;
	uint32_t mtu;		       /* 0: the kernel's */
	const struct prefix *gateways; /* the bridge's own addresses, with the subnet's length */
	size_t ngateways;
	bool ipv6; /* has IPv6 subnets; else IPv6 is switched off on it */
};

/* Enters h itself. *ret_index: the interface's. ERR_UNSUPPORTED: this kernel has no bridges.
 * ERR_CONFLICT: the name belongs to an interface that is no bridge, or an address is in use
 * elsewhere. *ret_nat false: all is there but no NAT, because the kernel has no nf_tables. */
int bridge_up(struct hostnet *h, const struct bridge_conf *c, int *ret_index, bool *ret_nat,
	      struct err *e);
/* The quick look before each container: is there anything to repair? */
bool bridge_is_up(struct hostnet *h, const struct bridge_conf *c, int *ret_index);
/* Whether what one container sends to another passes our rules (br_netfilter). If so, the rules
 * keep those of a network with no_icc apart; if not, isolated ports must. (These would also stop
 * what a published port leads from one to the other where br_netfilter keeps it on the bridge.) */
bool bridge_filters(struct hostnet *h);
/* Takes everything away. Not there: no error. */
int bridge_down(struct hostnet *h, const struct bridge_conf *c, struct err *e);

#endif
