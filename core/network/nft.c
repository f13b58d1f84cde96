/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A network's part of the table (network/nft_table.h): its chains, and the elements that lead to
 * them. All of it is written in one transaction and replaces what was there.
 *
 * In one transaction all or nothing happens; so what is "not there" is rare (somebody flushed), and
 * then things are taken away one by one.
 */
#include "network/nft.h"

#include <arpa/inet.h>
#include <errno.h>
#include <linux/netfilter.h>
#include <linux/netfilter/nf_tables.h>
#include <linux/netfilter/nfnetlink.h>
#include <linux/netlink.h>
#include <stdio.h>
#include <string.h>

#include "network/link.h"
#include "network/nft_table.h"

struct names {
	char from[NFTMSG_NAME], to[NFTMSG_NAME], nat[NFTMSG_NAME];
	char bridge[LINK_NAME];
};

static struct names names_of(const struct nft_network *c)
{
	struct names s = {.bridge = ""};

	snprintf(s.from, sizeof(s.from), "from-%s", c->key);
	snprintf(s.to, sizeof(s.to), "to-%s", c->key);
	snprintf(s.nat, sizeof(s.nat), "nat-%s", c->key);
	if (c->bridge)
		snprintf(s.bridge, sizeof(s.bridge), "%s", c->bridge);
	return s;
}

static enum nft_mode mode_of(const struct nft_network *c, const struct nft_table_family *f)
{
	return f->len == 4 ? c->mode4 : c->mode6;
}

static bool translated(enum nft_mode m)
{
	return m == NFT_NAT || m == NFT_NAT_UNPROTECTED;
}

/* ---- a network */

/* What was published, and pings. */
static void put_routed(struct nftmsg *b, const struct nft_table_family *f, const struct names *s)
{
	uint8_t words = f->len / 4;

	nftmsg_rule(b, s->to);
	nftx_family(b, f->nfproto);
	nftx_payload(b, NFT_PAYLOAD_NETWORK_HEADER, f->dst, f->len, 0);
	nftx_meta(b, NFT_META_L4PROTO, words);
	nftx_payload(b, NFT_PAYLOAD_TRANSPORT_HEADER, 2, 2, words + 1);
	nftx_lookup(b, nft_table_sets[f->open].name, 0, NFTX_NONE, false);
	nftx_end(b, NF_ACCEPT);
	nftmsg_rule(b, s->to);
	nftx_meta(b, NFT_META_L4PROTO, 0);
	nftx_cmp(b, NFT_CMP_EQ, 0, &f->icmp, 1);
	nftx_end(b, NF_ACCEPT);
}

/* All but what comes from our other networks. */
static void put_unprotected(struct nftmsg *b, const struct nft_table_family *f,
			    const struct names *s)
{
	nftmsg_rule(b, s->to);
	nftx_family(b, f->nfproto);
	nftx_meta(b, NFT_META_IIFNAME, 0);
	nftx_lookup(b, nft_table_sets[NFT_TABLE_BRIDGES].name, 0, NFTX_NONE, false);
	nftx_end(b, NF_DROP);
	nftmsg_rule(b, s->to);
	nftx_family(b, f->nfproto);
	nftx_end(b, NF_ACCEPT);
}

/* Who may reach its containers, but by what is established. */
static void put_to(struct nftmsg *b, const struct nft_network *c, const struct names *s)
{
	if (!c->no_icc) {
		nftmsg_rule(b, s->to);
		nftx_interface(b, NFT_META_IIFNAME, NFT_CMP_EQ, s->bridge);
		nftx_end(b, NF_ACCEPT);
	}
	if (!c->internal) {
		nftmsg_rule(b, s->to);
		nftx_translated(b);
		nftx_end(b, NF_ACCEPT);
	}
	for (const struct nft_table_family *f = nft_table_families;
	     !c->internal && f < nft_table_families + 2; f++) {
		if (mode_of(c, f) == NFT_ROUTED)
			put_routed(b, f, s);
		else if (mode_of(c, f) == NFT_NAT_UNPROTECTED)
			put_unprotected(b, f, s);
	}
	nftmsg_rule(b, s->to);
#ifdef PROA_WEAK_DIRECT
	nftx_end(b, NF_ACCEPT);
#else
	nftx_end(b, NF_DROP);
#endif
}

static void put_nat(struct nftmsg *b, const struct nft_network *c, const struct names *s)
{
	for (const struct nft_table_family *f = nft_table_families; f < nft_table_families + 2;
	     f++) {
		const struct addr *snat = f->len == 4 ? &c->snat4 : &c->snat6;

		if (!translated(mode_of(c, f)))
			continue;
		nftmsg_rule(b, s->nat);
		nftx_interface(b, NFT_META_OIFNAME, NFT_CMP_EQ, s->bridge);
		nftx_family(b, f->nfproto);
		nftx_translated(b);
		nftx_masquerade(b);
		nftmsg_rule_end(b);
		if (!c->masquerade)
			continue;
		nftmsg_rule(b, s->nat);
		nftx_interface(b, NFT_META_OIFNAME, NFT_CMP_NEQ, s->bridge);
		nftx_family(b, f->nfproto);
		if (snat->len) {
			nftx_load(b, 0, snat->b, snat->len);
			nftx_nat(b, NFT_NAT_SNAT, f->nfproto, 0, NFTX_NONE);
		} else {
			nftx_masquerade(b);
		}
		nftmsg_rule_end(b);
	}
}

static void put_subnet(struct nftmsg *b, const struct prefix *p, bool del, const struct names *s)
{
	struct addr first = prefix_first(p), end = prefix_last(p);
	const char *set = nft_table_sets[p->addr.len == 4 ? NFT_TABLE_MASQ4 : NFT_TABLE_MASQ6].name;

	nftmsg_elements(b, set, del, false);
	nftmsg_element_goto(b, first.b, first.len, del ? NULL : s->nat, false);
	if (addr_add(&end, 1))
		nftmsg_element_goto(b, end.b, end.len, NULL, true);
	nftmsg_elements_end(b);
}

static void put_bridge(struct nftmsg *b, int set, bool del, const char *to, const struct names *s)
{
	nftmsg_elements(b, nft_table_sets[set].name, del, false);
	nftmsg_element_goto(b, s->bridge, sizeof(s->bridge), del ? NULL : to, false);
	nftmsg_elements_end(b);
}

static void put_network(struct nftmsg *b, const struct nft_network *c)
{
	struct names s = names_of(c);
	const char *const chains[3] = {s.to, s.nat, s.from};

	for (int i = 0; i < (c->internal ? 3 : 2); i++) {
		nftmsg_chain(b, chains[i], -1, 0, false);
		nftmsg_chain_empty(b, chains[i]);
	}
	put_to(b, c, &s);
	put_bridge(b, NFT_TABLE_TO, false, s.to, &s);
	put_bridge(b, NFT_TABLE_BRIDGES, false, NULL, &s);
	if (c->internal) {
		nftmsg_rule(b, s.from);
		nftx_interface(b, NFT_META_OIFNAME, NFT_CMP_NEQ, s.bridge);
		nftx_end(b, NF_DROP);
		nftmsg_rule(b, s.from);
		nftx_verdict(b, NFT_GOTO, s.to);
		nftmsg_rule_end(b);
		put_bridge(b, NFT_TABLE_FROM, false, s.from, &s);
		return;
	}
	put_nat(b, c, &s);
	for (size_t i = 0; i < c->nsubnets; i++)
		put_subnet(b, &c->subnets[i], false, &s);
}

int nft_up(struct nl *n, const char *table, const struct nft_network *c, unsigned guard,
	   struct err *e)
{
	struct nftmsg b;

	if (n->fd < 0)
		return nft_table_none(e);
	nftmsg_begin(&b, NFPROTO_INET, table, 0);
	nft_table_put(&b);
	if (guard & NFT_GUARD4)
		nft_table_guard(&b, &nft_table_families[0]);
	if (guard & NFT_GUARD6)
		nft_table_guard(&b, &nft_table_families[1]);
	put_network(&b, c);
	return nftmsg_do(n, &b, e, "set up the rules") ? nft_table_unsupported(e) : 0;
}

/* ---- questions */

static int count(void *ctx, uint16_t type, const void *p, size_t len, struct err *e)
{
	struct nl_attrs a = nl_attrs(p, len, sizeof(struct nfgenmsg)), in;
	const void *data;
	uint16_t attr;
	size_t size;

	(void)type;
	(void)e;
	while (nl_next(&a, &attr, &data, &size))
		if (attr == NFTA_SET_ELEM_LIST_ELEMENTS)
			for (in = (struct nl_attrs){data, size}; nl_next(&in, &attr, &data, &size);)
				++*(unsigned *)ctx;
	return 0;
}

static int nothing(void *ctx, uint16_t type, const void *p, size_t len, struct err *e)
{
	(void)ctx;
	(void)type;
	(void)p;
	(void)len;
	(void)e;
	return 0;
}

static int gen_of(void *ctx, uint16_t type, const void *p, size_t len, struct err *e)
{
	struct nl_attrs a = nl_attrs(p, len, sizeof(struct nfgenmsg));
	const void *data;
	uint16_t attr;
	uint32_t v;
	size_t size;

	(void)type;
	(void)e;
	while (nl_next(&a, &attr, &data, &size))
		if (attr == NFTA_GEN_ID && size == sizeof(v)) {
			memcpy(&v, data, size);
			*(uint32_t *)ctx = ntohl(v);
		}
	return 0;
}

static bool generation(struct nl *n, uint32_t *ret)
{
	struct nl_msg m = NL_MSG_INIT;
	struct err e;

	*ret = 0;
	nftmsg_question(&m, NFT_MSG_GETGEN, 0, NFPROTO_UNSPEC);
	return !nl_ask(n, &m, gen_of, ret, &e);
}

static bool has_chain(struct nl *n, const char *table, const char *name)
{
	struct nl_msg m = NL_MSG_INIT;
	struct err e;

	nftmsg_question(&m, NFT_MSG_GETCHAIN, 0, NFPROTO_INET);
	nl_put_str(&m, NFTA_CHAIN_TABLE, table);
	nl_put_str(&m, NFTA_CHAIN_NAME, name);
	return !nl_ask(n, &m, nothing, NULL, &e);
}

bool nft_usable(struct nl *n)
{
	uint32_t gen;

	return n->fd >= 0 && generation(n, &gen);
}

bool nft_is_up(struct nl *n, const char *table, const char *key)
{
	struct names s = names_of(&(struct nft_network){.key = key});

	return n->fd >= 0 && has_chain(n, table, s.to);
}

unsigned nft_guard(struct nl *n, const char *table)
{
	unsigned guard = 0;

	for (unsigned i = 0; n->fd >= 0 && i < 2; i++)
		guard |= has_chain(n, table, nft_table_families[i].guard) ? 1u << i : 0u;
	return guard;
}

bool nft_idle(struct nl *n, const char *table, uint32_t *ret_gen, unsigned *ret_guard)
{
	struct nl_msg m = NL_MSG_INIT;
	unsigned bridges = 0;
	struct err e;

	if (n->fd < 0 || !generation(n, ret_gen))
		return false;
	nftmsg_question(&m, NFT_MSG_GETSETELEM, NLM_F_DUMP, NFPROTO_INET);
	nl_put_str(&m, NFTA_SET_ELEM_LIST_TABLE, table);
	nl_put_str(&m, NFTA_SET_ELEM_LIST_SET, nft_table_sets[NFT_TABLE_BRIDGES].name);
	if (nl_ask(n, &m, count, &bridges, &e) || bridges)
		return false;
	*ret_guard = nft_guard(n, table);
	return true;
}

/* ---- taking away */

/* Step i of taking a network away. False: no more steps. */
static bool put_step(struct nftmsg *b, const struct nft_network *c, size_t i)
{
	struct names s = names_of(c);
	const char *const chains[3] = {s.to, s.nat, s.from};
	static const int maps[3] = {NFT_TABLE_BRIDGES, NFT_TABLE_TO, NFT_TABLE_FROM};
	size_t n = c->internal ? 3 : 2, nets = c->internal ? 0 : c->nsubnets;

	if (i < n)
		put_bridge(b, maps[i], true, NULL, &s);
	else if (i < n + nets)
		put_subnet(b, &c->subnets[i - n], true, &s);
	else if (i < n + nets + n) /* the one that leads to another first */
		nftmsg_chain_del(b, chains[n - 1 - (i - n - nets)]);
	else
		return false;
	return true;
}

int nft_down(struct nl *n, const char *table, const struct nft_network *c, struct err *e)
{
	struct nftmsg b;
	size_t i = 0;

	if (n->fd < 0)
		return 0;
	nftmsg_begin(&b, NFPROTO_INET, table, 0);
	while (put_step(&b, c, i))
		i++;
	if (!nftmsg_do(n, &b, e, "remove the rules"))
		return 0;
	if (e->sys == EOPNOTSUPP)
		return 0;
	for (i = 0;; i++) {
		nftmsg_begin(&b, NFPROTO_INET, table, 0);
		if (!put_step(&b, c, i))
			break;
		if (nftmsg_do(n, &b, e, "remove the rules") && e->sys != ENOENT)
			return -1;
	}
	nl_release(&b.m);
	return 0;
}

int nft_end(struct nl *n, const char *table, uint32_t gen, struct err *e)
{
	struct nftmsg b;

	nftmsg_begin(&b, NFPROTO_INET, table, gen);
	nftmsg_table(&b, true);
	return nftmsg_do(n, &b, e, "remove the table");
}
