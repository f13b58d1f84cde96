/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Only the last message of a batch is to be acknowledged: the kernel answers a whole batch at once,
 * and thousands of answers would not fit into our socket; errors come unasked, before it.
 *
 * Attributes of nftables are numbers in network byte order; what is compared is in the order that
 * the kernel has it in (a packet's own, or the machine's).
 */
#include "network/nftmsg.h"

#include <arpa/inet.h>
#include <errno.h>
#include <linux/netfilter.h>
#include <linux/netfilter/nf_conntrack_common.h>
#include <linux/netfilter/nf_tables.h>
#include <linux/netfilter/nfnetlink.h>
#include <linux/netlink.h>
#include <linux/rtnetlink.h>
#include <net/if.h>
#include <stdio.h>
#include <string.h>

#define ELEMENTS_MAX (48 << 10) /* of one message: an attribute ends at 64 KiB */

static void head(struct nl_msg *m, uint16_t type, uint16_t flags, uint8_t family, uint16_t res)
{
	struct nfgenmsg g = {family, NFNETLINK_V0, htons(res)};

	nl_begin(m, type, flags, &g, sizeof(g));
}

void nftmsg_question(struct nl_msg *m, uint16_t type, uint16_t flags, uint8_t family)
{
	head(m, (uint16_t)(NFNL_SUBSYS_NFTABLES << 8 | type), flags, family, 0);
}

static void one(struct nftmsg *b, uint16_t type, uint16_t flags)
{
	nftmsg_question(&b->m, type, flags, b->family);
}

void nftmsg_begin(struct nftmsg *b, uint8_t family, const char *table, uint32_t gen)
{
	*b = (struct nftmsg){NL_MSG_INIT, family, table, 0, 0, 0};
	head(&b->m, NFNL_MSG_BATCH_BEGIN, 0, AF_UNSPEC, NFNL_SUBSYS_NFTABLES);
	if (gen)
		nl_put_be32(&b->m, NFNL_BATCH_GENID, gen);
}

int nftmsg_do(struct nl *n, struct nftmsg *b, struct err *e, const char *what)
{
	struct nlmsghdr h;

	memcpy(&h, b->m.b.data + b->m.at, sizeof(h));
	h.nlmsg_flags |= NLM_F_ACK;
	memcpy(b->m.b.data + b->m.at, &h, sizeof(h));
	head(&b->m, NFNL_MSG_BATCH_END, 0, AF_UNSPEC, NFNL_SUBSYS_NFTABLES);
	return nl_do(n, &b->m, e, "%s in nftables", what);
}

void nftmsg_table(struct nftmsg *b, bool del)
{
	one(b, del ? NFT_MSG_DELTABLE : NFT_MSG_NEWTABLE, del ? 0 : NLM_F_CREATE);
	nl_put_str(&b->m, NFTA_TABLE_NAME, b->table);
}

static void chain_head(struct nftmsg *b, uint16_t type, const char *name)
{
	one(b, type, type == NFT_MSG_NEWCHAIN ? NLM_F_CREATE : 0);
	nl_put_str(&b->m, NFTA_CHAIN_TABLE, b->table);
	nl_put_str(&b->m, NFTA_CHAIN_NAME, name);
}

void nftmsg_chain(struct nftmsg *b, const char *name, int hook, int priority, bool nat)
{
	size_t nest;

	chain_head(b, NFT_MSG_NEWCHAIN, name);
	if (hook < 0)
		return;
	nest = nl_nest(&b->m, NFTA_CHAIN_HOOK);
	nl_put_be32(&b->m, NFTA_HOOK_HOOKNUM, (uint32_t)hook);
	nl_put_be32(&b->m, NFTA_HOOK_PRIORITY, (uint32_t)priority);
	nl_nest_end(&b->m, nest);
	nl_put_be32(&b->m, NFTA_CHAIN_POLICY, NF_ACCEPT);
	nl_put_str(&b->m, NFTA_CHAIN_TYPE, nat ? "nat" : "filter");
}

void nftmsg_chain_del(struct nftmsg *b, const char *name)
{
	chain_head(b, NFT_MSG_DELCHAIN, name);
}

void nftmsg_chain_empty(struct nftmsg *b, const char *name)
{
	one(b, NFT_MSG_DELRULE, 0);
	nl_put_str(&b->m, NFTA_RULE_TABLE, b->table);
	nl_put_str(&b->m, NFTA_RULE_CHAIN, name);
}

void nftmsg_set(struct nftmsg *b, const struct nftmsg_set *s)
{
	struct nl_msg *m = &b->m;
	bool map = s->data_len || s->data_type == NFT_DATA_VERDICT;

	one(b, NFT_MSG_NEWSET, NLM_F_CREATE);
	nl_put_str(m, NFTA_SET_TABLE, b->table);
	nl_put_str(m, NFTA_SET_NAME, s->name);
	nl_put_be32(m, NFTA_SET_FLAGS,
		    (map ? NFT_SET_MAP : 0u) | (s->interval ? NFT_SET_INTERVAL : 0u));
	nl_put_be32(m, NFTA_SET_KEY_TYPE, s->type);
	nl_put_be32(m, NFTA_SET_KEY_LEN, s->len);
	if (map) {
		nl_put_be32(m, NFTA_SET_DATA_TYPE, s->data_type);
		nl_put_be32(m, NFTA_SET_DATA_LEN, s->data_len);
	}
	nl_put_be32(m, NFTA_SET_ID, ++b->sets);
}

/* ---- elements */

static void elements_head(struct nftmsg *b, uint16_t type, uint16_t flags, const char *set)
{
	one(b, type, flags);
	nl_put_str(&b->m, NFTA_SET_ELEM_LIST_TABLE, b->table);
	nl_put_str(&b->m, NFTA_SET_ELEM_LIST_SET, set);
	b->list = nl_nest(&b->m, NFTA_SET_ELEM_LIST_ELEMENTS);
}

void nftmsg_elements(struct nftmsg *b, const char *set, bool del, bool exclusive)
{
	elements_head(b, del ? NFT_MSG_DELSETELEM : NFT_MSG_NEWSETELEM,
		      (del ? 0 : NLM_F_CREATE) | (exclusive ? NLM_F_EXCL : 0), set);
}

/* A message that is full is ended, and one more begun with the same beginning. */
static void room(struct nftmsg *b)
{
	size_t first = b->m.at, len = b->list - first + sizeof(struct nlattr);
	char copy[256];

	if (b->m.b.len - b->list < ELEMENTS_MAX || len > sizeof(copy))
		return;
	memcpy(copy, b->m.b.data + first, len);
	nftmsg_elements_end(b);
	b->m.at = b->m.b.len;
	b->list = b->m.at + (b->list - first);
	buf_append(&b->m.b, copy, len);
}

static void value(struct nl_msg *m, uint16_t attr, const void *data, size_t len)
{
	size_t nest = nl_nest(m, attr);

	nl_put(m, NFTA_DATA_VALUE, data, len);
	nl_nest_end(m, nest);
}

static void verdict_of(struct nl_msg *m, uint16_t attr, int verdict, const char *chain)
{
	size_t data = nl_nest(m, attr), nest = nl_nest(m, NFTA_DATA_VERDICT);

	nl_put_be32(m, NFTA_VERDICT_CODE, (uint32_t)verdict);
	if (chain)
		nl_put_str(m, NFTA_VERDICT_CHAIN, chain);
	nl_nest_end(m, nest);
	nl_nest_end(m, data);
}

void nftmsg_element(struct nftmsg *b, const void *key, size_t len, const void *data,
		    size_t data_len)
{
	size_t nest;

	room(b);
	nest = nl_nest(&b->m, NFTA_LIST_ELEM);
	value(&b->m, NFTA_SET_ELEM_KEY, key, len);
	if (data)
		value(&b->m, NFTA_SET_ELEM_DATA, data, data_len);
	nl_nest_end(&b->m, nest);
}

void nftmsg_element_goto(struct nftmsg *b, const void *key, size_t len, const char *chain,
			 bool last)
{
	size_t nest = nl_nest(&b->m, NFTA_LIST_ELEM);

	value(&b->m, NFTA_SET_ELEM_KEY, key, len);
	if (last)
		nl_put_be32(&b->m, NFTA_SET_ELEM_FLAGS, NFT_SET_ELEM_INTERVAL_END);
	else if (chain)
		verdict_of(&b->m, NFTA_SET_ELEM_DATA, NFT_GOTO, chain);
	nl_nest_end(&b->m, nest);
}

void nftmsg_elements_end(struct nftmsg *b)
{
	nl_nest_end(&b->m, b->list);
}

/* ---- rules */

void nftmsg_rule(struct nftmsg *b, const char *chain)
{
	one(b, NFT_MSG_NEWRULE, NLM_F_CREATE | NLM_F_APPEND);
	nl_put_str(&b->m, NFTA_RULE_TABLE, b->table);
	nl_put_str(&b->m, NFTA_RULE_CHAIN, chain);
	b->list = nl_nest(&b->m, NFTA_RULE_EXPRESSIONS);
}

void nftmsg_rule_end(struct nftmsg *b)
{
	nl_nest_end(&b->m, b->list);
}

struct expression {
	size_t element, data;
};

static struct expression begin(struct nftmsg *b, const char *name)
{
	struct expression x = {.element = nl_nest(&b->m, NFTA_LIST_ELEM)};

	nl_put_str(&b->m, NFTA_EXPR_NAME, name);
	x.data = nl_nest(&b->m, NFTA_EXPR_DATA);
	return x;
}

static void end(struct nftmsg *b, struct expression x)
{
	nl_nest_end(&b->m, x.data);
	nl_nest_end(&b->m, x.element);
}

static void put_reg(struct nftmsg *b, uint16_t attr, uint8_t reg)
{
	nl_put_be32(&b->m, attr, NFT_REG32_00 + (uint32_t)reg);
}

void nftx_meta(struct nftmsg *b, uint32_t key, uint8_t reg)
{
	struct expression x = begin(b, "meta");

	nl_put_be32(&b->m, NFTA_META_KEY, key);
	put_reg(b, NFTA_META_DREG, reg);
	end(b, x);
}

void nftx_payload(struct nftmsg *b, uint32_t base, uint32_t offset, uint32_t len, uint8_t reg)
{
	struct expression x = begin(b, "payload");

	put_reg(b, NFTA_PAYLOAD_DREG, reg);
	nl_put_be32(&b->m, NFTA_PAYLOAD_BASE, base);
	nl_put_be32(&b->m, NFTA_PAYLOAD_OFFSET, offset);
	nl_put_be32(&b->m, NFTA_PAYLOAD_LEN, len);
	end(b, x);
}

void nftx_cmp(struct nftmsg *b, uint32_t op, uint8_t reg, const void *data, size_t len)
{
	struct expression x = begin(b, "cmp");

	put_reg(b, NFTA_CMP_SREG, reg);
	nl_put_be32(&b->m, NFTA_CMP_OP, op);
	value(&b->m, NFTA_CMP_DATA, data, len);
	end(b, x);
}

void nftx_ct_any(struct nftmsg *b, uint32_t key, uint32_t mask)
{
	struct expression x = begin(b, "ct");
	const uint32_t zero = 0;

	nl_put_be32(&b->m, NFTA_CT_KEY, key);
	put_reg(b, NFTA_CT_DREG, 0);
	end(b, x);
	x = begin(b, "bitwise");
	put_reg(b, NFTA_BITWISE_SREG, 0);
	put_reg(b, NFTA_BITWISE_DREG, 0);
	nl_put_be32(&b->m, NFTA_BITWISE_LEN, sizeof(mask));
	value(&b->m, NFTA_BITWISE_MASK, &mask, sizeof(mask));
	value(&b->m, NFTA_BITWISE_XOR, &zero, sizeof(zero));
	end(b, x);
	nftx_cmp(b, NFT_CMP_NEQ, 0, &zero, sizeof(zero));
}

void nftx_local(struct nftmsg *b)
{
	struct expression x = begin(b, "fib");
	const uint32_t local = RTN_LOCAL;

	put_reg(b, NFTA_FIB_DREG, 0);
	nl_put_be32(&b->m, NFTA_FIB_RESULT, NFT_FIB_RESULT_ADDRTYPE);
	nl_put_be32(&b->m, NFTA_FIB_FLAGS, NFTA_FIB_F_DADDR);
	end(b, x);
	nftx_cmp(b, NFT_CMP_EQ, 0, &local, sizeof(local));
}

void nftx_lookup(struct nftmsg *b, const char *set, uint8_t reg, uint8_t to, bool verdict)
{
	struct expression x = begin(b, "lookup");

	nl_put_str(&b->m, NFTA_LOOKUP_SET, set);
	put_reg(b, NFTA_LOOKUP_SREG, reg);
	if (verdict)
		nl_put_be32(&b->m, NFTA_LOOKUP_DREG, NFT_REG_VERDICT);
	else if (to != NFTX_NONE)
		put_reg(b, NFTA_LOOKUP_DREG, to);
	end(b, x);
}

void nftx_verdict(struct nftmsg *b, int verdict, const char *chain)
{
	struct expression x = begin(b, "immediate");

	nl_put_be32(&b->m, NFTA_IMMEDIATE_DREG, NFT_REG_VERDICT);
	verdict_of(&b->m, NFTA_IMMEDIATE_DATA, verdict, chain);
	end(b, x);
}

void nftx_load(struct nftmsg *b, uint8_t reg, const void *data, size_t len)
{
	struct expression x = begin(b, "immediate");

	put_reg(b, NFTA_IMMEDIATE_DREG, reg);
	value(&b->m, NFTA_IMMEDIATE_DATA, data, len);
	end(b, x);
}

void nftx_nat(struct nftmsg *b, uint32_t type, uint32_t family, uint8_t addr, uint8_t port)
{
	struct expression x = begin(b, "nat");

	nl_put_be32(&b->m, NFTA_NAT_TYPE, type);
	nl_put_be32(&b->m, NFTA_NAT_FAMILY, family);
	put_reg(b, NFTA_NAT_REG_ADDR_MIN, addr);
	if (port != NFTX_NONE)
		put_reg(b, NFTA_NAT_REG_PROTO_MIN, port);
	end(b, x);
}

void nftx_masquerade(struct nftmsg *b)
{
	end(b, begin(b, "masq"));
}

/* ---- in short */

void nftx_interface(struct nftmsg *b, uint32_t key, uint32_t op, const char *name)
{
	char full[IFNAMSIZ] = "";

	snprintf(full, sizeof(full), "%s", name);
	nftx_meta(b, key, 0);
	nftx_cmp(b, op, 0, full, sizeof(full));
}

void nftx_family(struct nftmsg *b, uint8_t nfproto)
{
	nftx_meta(b, NFT_META_NFPROTO, 0);
	nftx_cmp(b, NFT_CMP_EQ, 0, &nfproto, 1);
}

void nftx_translated(struct nftmsg *b)
{
	nftx_ct_any(b, NFT_CT_STATUS, IPS_DST_NAT);
}

void nftx_end(struct nftmsg *b, int verdict)
{
	nftx_verdict(b, verdict, NULL);
	nftmsg_rule_end(b);
}
