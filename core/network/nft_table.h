/* SPDX-License-Identifier: Apache-2.0 */
/*
 * nft_table: what of the table is there once, whatever networks it holds: the base chains, and the
 * sets and maps that networks and ports are elements of (network/nft.h).
 */
#ifndef NETWORK_NFT_TABLE_H
#define NETWORK_NFT_TABLE_H

#include "network/nftmsg.h"

enum {
	NFT_TABLE_DNAT4,     /* of ports: the host's address, protocol, port: the container's */
	NFT_TABLE_DNAT4_ANY, /* the same for every address of the host's */
	NFT_TABLE_DNAT6,
	NFT_TABLE_DNAT6_ANY,
	NFT_TABLE_OPEN4, /* routed ports: the container's address, protocol, port */
	NFT_TABLE_OPEN6,
	NFT_TABLE_FROM, /* bridges: the chain for what comes from them */
	NFT_TABLE_TO,
	NFT_TABLE_BRIDGES,
	NFT_TABLE_MASQ4, /* subnets: the chain for what leaves them */
	NFT_TABLE_MASQ6,
	NFT_TABLE_SETS
};
extern const struct nftmsg_set nft_table_sets[NFT_TABLE_SETS];

/* The two families' differences; IPv4 first. */
struct nft_table_family {
	uint8_t nfproto, len, icmp;
	uint8_t src, dst;  /* offsets in the packet's head */
	int open, masq;	   /* sets */
	const char *guard; /* chain */
};
extern const struct nft_table_family nft_table_families[2];

/* Into b: the table, with its base chains as they should be. */
void nft_table_put(struct nftmsg *b);
/* The chain that drops what is forwarded in this family and neither from nor to a bridge of ours.
 */
void nft_table_guard(struct nftmsg *b, const struct nft_table_family *f);
/* After a batch that only makes things: what is not found there is an expression, or a type of
 * chain, that the kernel lacks. Returns -1. */
int nft_table_unsupported(struct err *e);
/* There is no nfnetlink at all. Returns -1. */
int nft_table_none(struct err *e);

#endif
