/* SPDX-License-Identifier: Apache-2.0 */
/*
 * nftmsg: what nftables is told, put together: one batch is one transaction on one table, made of
 * tables, chains, sets, elements and rules; a rule is a row of expressions (nftx_), each a small
 * step of the kernel's machine on 16 registers of 4 bytes. Names and numbers of registers, hooks
 * and keys are those of linux/netfilter/nf_tables.h.
 *
 * Exports: nftmsg_ nftx_
 */
#ifndef NETWORK_NFTMSG_H
#define NETWORK_NFTMSG_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"
#include "network/netlink.h"

#define NFTMSG_NAME 40 /* bytes that a chain's name fits into */
#define NFTX_NONE 0xff /* no register */

struct nftmsg {
	struct nl_msg m;
	uint8_t family; /* NFPROTO_ */
	const char *table;
	size_t nest, list; /* open: of the rule's expressions or the elements */
	uint32_t sets;
};

struct nftmsg_set {
	const char *name;
	uint32_t type, data_type; /* what nft prints them as; NFT_DATA_VERDICT */
	uint8_t len, data_len;	  /* bytes, each part padded to 4; data_len 0: a set, no map */
	bool interval;
};

/* gen: the generation that the tables must be at still, or 0. */
void nftmsg_begin(struct nftmsg *b, uint8_t family, const char *table, uint32_t gen);
/* Sends the batch and forgets it. e->sys: ESTALE or ERESTART where gen has passed. */
int nftmsg_do(struct nl *n, struct nftmsg *b, struct err *e, const char *what);

void nftmsg_table(struct nftmsg *b, bool del);
/* hook < 0: a chain that others lead to. nat: of type nat, else filter. */
void nftmsg_chain(struct nftmsg *b, const char *name, int hook, int priority, bool nat);
void nftmsg_chain_del(struct nftmsg *b, const char *name);
void nftmsg_chain_empty(struct nftmsg *b, const char *name);
void nftmsg_set(struct nftmsg *b, const struct nftmsg_set *s);

/* Elements: any number of them between the two. */
void nftmsg_elements(struct nftmsg *b, const char *set, bool del, bool exclusive);
/* data: NULL for none. */
void nftmsg_element(struct nftmsg *b, const void *key, size_t len, const void *data,
		    size_t data_len);
/* One that leads to a chain (NULL: none, and it is one of a set, or to delete); last: of an
 * interval, the first address that is not in it. */
void nftmsg_element_goto(struct nftmsg *b, const void *key, size_t len, const char *chain,
			 bool last);
void nftmsg_elements_end(struct nftmsg *b);

void nftmsg_rule(struct nftmsg *b, const char *chain);
void nftmsg_rule_end(struct nftmsg *b);

/* Registers are numbered 0 to 15 here. */
void nftx_meta(struct nftmsg *b, uint32_t key, uint8_t reg);
void nftx_payload(struct nftmsg *b, uint32_t base, uint32_t offset, uint32_t len, uint8_t reg);
void nftx_cmp(struct nftmsg *b, uint32_t op, uint8_t reg, const void *data, size_t len);
/* What of key (ct state, ct status) is in mask: goes on if any. */
void nftx_ct_any(struct nftmsg *b, uint32_t key, uint32_t mask);
/* Goes on if the destination is an address of this machine. */
void nftx_local(struct nftmsg *b);
/* Goes on if reg is in the set; to: the register for what it leads to, or NFTX_NONE; verdict: it
 * leads to chains. */
void nftx_lookup(struct nftmsg *b, const char *set, uint8_t reg, uint8_t to, bool verdict);
void nftx_verdict(struct nftmsg *b, int verdict, const char *chain);
void nftx_load(struct nftmsg *b, uint8_t reg, const void *data, size_t len);
/* port NFTX_NONE: the address only. */
void nftx_nat(struct nftmsg *b, uint32_t type, uint32_t family, uint8_t addr, uint8_t port);
void nftx_masquerade(struct nftmsg *b);

/* Goes on if the interface that key tells the name of is this one (op NFT_CMP_EQ), or is not. */
void nftx_interface(struct nftmsg *b, uint32_t key, uint32_t op, const char *name);
/* Goes on if the packet is one of NFPROTO_. */
void nftx_family(struct nftmsg *b, uint8_t nfproto);
/* Goes on if the connection was led elsewhere by a rule of DNAT. */
void nftx_translated(struct nftmsg *b);
/* A verdict, and the rule's end. */
void nftx_end(struct nftmsg *b, int verdict);

/* A question about one thing of the table; flags NLM_F_DUMP: about all of its kind. The caller adds
 * attributes and calls nl_ask. */
void nftmsg_question(struct nl_msg *m, uint16_t type, uint16_t flags, uint8_t family);

#endif
