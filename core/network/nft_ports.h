/* SPDX-License-Identifier: Apache-2.0 */
/*
 * nft_ports: published ports in our table, and the redirection of name queries inside a container's
 * namespace. Each call is one transaction, however many ports there are.
 *
 * Exports: nft_publish nft_unpublish nft_redirect_dns
 */
#ifndef NETWORK_NFT_PORTS_H
#define NETWORK_NFT_PORTS_H

#include "network/nft.h"

struct nft_port {
	uint8_t proto;	  /* IPPROTO_TCP, UDP, SCTP */
	struct addr host; /* len 4/16; all zero: every local address of that family */
	uint16_t host_port;
	struct addr to; /* the container's */
	uint16_t port;
	bool routed; /* no translation: opens `port` at `to` */
};
/* ERR_CONFLICT: one of them is there already; nothing was done. */
int nft_publish(struct nl *n, const char *table, const struct nft_port *p, size_t count,
		struct err *e);
/* Those that are not there are no error. */
int nft_unpublish(struct nl *n, const char *table, const struct nft_port *p, size_t count,
		  struct err *e);
/* In a container's own namespace (n is of it): queries to 127.0.0.11 port 53 go to these ports
 * there, so that port 53 stays free for the container (table "proa-dns"). */
int nft_redirect_dns(struct nl *n, uint16_t udp, uint16_t tcp, struct err *e);

#endif
