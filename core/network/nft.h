/* SPDX-License-Identifier: Apache-2.0 */
/*
 * nft: our one nftables table (family inet), by nfnetlink, with no program: NAT, who may reach
 * whom, published ports. Others' tables are never touched, and what they drop stays dropped: an
 * accept of ours ends only our own chain.
 *
 * Everything that differs per network or port is an element of a map or set, or a chain that a map
 * leads to, so that the 10,000th costs what the first does and is taken away by its key. Each call
 * is one transaction: it happens or it does not.
 */
#ifndef NETWORK_NFT_H
#define NETWORK_NFT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"
#include "network/addr.h"
#include "network/netlink.h"

enum nft_mode {			     /* com.docker.network.bridge.gateway_mode_ipv[46] */
		NFT_NAT,	     /* out: masqueraded; in: only published ports */
		NFT_NAT_UNPROTECTED, /* out: masqueraded; in: every port */
		NFT_ROUTED, /* no NAT; in: published ports (and ICMP), at the container's address */
		NFT_ISOLATED, /* the host itself has no address on the bridge */
};

struct nft_network {
	const char *key;    /* of its chains: 12 hex digits */
	const char *bridge; /* the interface */
	const struct prefix *subnets;
	size_t nsubnets;
	enum nft_mode mode4, mode6;
	bool internal; /* nothing in, nothing out, but for the host's own address on it */
	bool no_icc;   /* its containers reach each other by published ports only (see
			  bridge_filters) */
	bool masquerade;
	struct addr snat4, snat6; /* com.docker.network.host_ipv[46]: instead of masquerading; len
				     0: none */
};

enum { NFT_GUARD4 = 1, NFT_GUARD6 = 2 }; /* bits, in the order of nft_table_families */

/* The table with its base chains, and the network's chains and elements: makes what is missing,
 * replaces what is there. guard: drop from now on what is forwarded in this family and neither from
 * nor to a bridge of ours (it was us who switched forwarding on); one that is there stays.
 * ERR_UNSUPPORTED: no nf_tables in this kernel, or not enough of it. */
int nft_up(struct nl *n, const char *table, const struct nft_network *c, unsigned guard,
	   struct err *e);
/* Whether its chains are there (one short question). */
bool nft_is_up(struct nl *n, const char *table, const char *key);
/* Which guards are there. */
unsigned nft_guard(struct nl *n, const char *table);
/* Whether this kernel has nf_tables (one short question). */
bool nft_usable(struct nl *n);
/* Not there: no error. The table stays. */
int nft_down(struct nl *n, const char *table, const struct nft_network *c, struct err *e);
/* Whether the table is there and no network in it. *ret_gen: for nft_end; *ret_guard: whom it
 * guards. */
bool nft_idle(struct nl *n, const char *table, uint32_t *ret_gen, unsigned *ret_guard);
/* Removes the table, if nothing has changed since nft_idle: else -1. */
int nft_end(struct nl *n, const char *table, uint32_t gen, struct err *e);

#endif
