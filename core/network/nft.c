/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What the table holds, for a network with key K on bridge B:
 *
 *   raw          packets for 127.0.0.0/8 that did not come from lo are dropped: route_localnet,
 * which published ports need for the host's own 127.0.0.1, would let them in forward      what is
 * established passes; iifname leads to from-K (internal networks only), oifname to to-K, which says
 * who may reach the containers guard4/6     made when it was us who switched forwarding on: nothing
 * but our bridges' traffic prerouting   to an address of this machine: chain ports, which
 * translates by the maps dnat*, the and output   given host address before the wildcard postrouting
 * the source's subnet leads to nat-K: masquerade; also for a container that comes back to its own
 * network by a published port, or the answer would go past us
 *
 * A chain of forward decides by the destination's network alone (but for internal sources), so a
 * packet between two bridges is dropped like one from outside, unless it was translated here.
 *
 * In one transaction all or nothing happens; so what is "not there" is rare (somebody flushed), and
 * then things are taken away one by one.
 */
#include "network/nft.h"

#include <arpa/inet.h>
#include <errno.h>
#include <linux/netfilter.h>
#include <linux/netfilter/nf_conntrack_common.h>
#include <linux/netfilter/nf_tables.h>
#include <linux/netfilter/nfnetlink.h>
#include <linux/netlink.h>
#include <netinet/in.h>
#include <stdio.h>
#include <string.h>

#include "network/link.h"
#include "network/nftmsg.h"

#define STATE(n) (1u << ((n) % IP_CT_IS_REPLY + 1)) /* as the kernel makes its bits of them */

/* nft's own numbers of types: what it prints an element as. Joined: 6 bits each. */
enum { IPV4 = 7, IPV6 = 8, PROTO = 12, SERVICE = 13, IFNAME = 41 };
#define JOIN2(a, b) ((a) << 6 | (b))
#define JOIN3(a, b, c) (JOIN2(a, b) << 6 | (c))

enum { DNAT4, DNAT4_ANY, DNAT6, DNAT6_ANY, OPEN4, OPEN6, FROM, TO, BRIDGES, MASQ4, MASQ6, SETS };
static const struct nftmsg_set sets[SETS] = {
	[DNAT4] = {"dnat4", JOIN3(IPV4, PROTO, SERVICE), JOIN2(IPV4, SERVICE), 12, 8, false},
	[DNAT4_ANY] = {"dnat4-any", JOIN2(PROTO, SERVICE), JOIN2(IPV4, SERVICE), 8, 8, false},
	[DNAT6] = {"dnat6", JOIN3(IPV6, PROTO, SERVICE), JOIN2(IPV6, SERVICE), 24, 20, false},
	[DNAT6_ANY] = {"dnat6-any", JOIN2(PROTO, SERVICE), JOIN2(IPV6, SERVICE), 8, 20, false},
	[OPEN4] = {"open4", JOIN3(IPV4, PROTO, SERVICE), 0, 12, 0, false},
	[OPEN6] = {"open6", JOIN3(IPV6, PROTO, SERVICE), 0, 24, 0, false},
	[FROM] = {"from", IFNAME, NFT_DATA_VERDICT, LINK_NAME, 0, false},
	[TO] = {"to", IFNAME, NFT_DATA_VERDICT, LINK_NAME, 0, false},
	[BRIDGES] = {"bridges", IFNAME, 0, LINK_NAME, 0, false},
	[MASQ4] = {"masq4", IPV4, NFT_DATA_VERDICT, 4, 0, true},
	[MASQ6] = {"masq6", IPV6, NFT_DATA_VERDICT, 16, 0, true},
};

/* The two families' differences. */
struct family {
	uint8_t nfproto, len, icmp;
	uint8_t src, dst; /* offsets in the packet's head */
	int open, masq;
	const char *guard;
};
static const struct family families[2] = {
	{NFPROTO_IPV4, 4, IPPROTO_ICMP, 12, 16, OPEN4, MASQ4, "guard4"},
	{NFPROTO_IPV6, 16, IPPROTO_ICMPV6, 8, 24, OPEN6, MASQ6, "guard6"},
};

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

static enum nft_mode mode_of(const struct nft_network *c, const struct family *f)
{
	return f->len == 4 ? c->mode4 : c->mode6;
}

static bool translated(enum nft_mode m)
{
	return m == NFT_NAT || m == NFT_NAT_UNPROTECTED;
}

/* ---- rules in short */

static void if_name(struct nftmsg *b, uint32_t key, uint32_t op, const char *name)
{
	char full[LINK_NAME] = "";

	snprintf(full, sizeof(full), "%s", name);
	nftx_meta(b, key, 0);
	nftx_cmp(b, op, 0, full, sizeof(full));
}

static void if_family(struct nftmsg *b, const struct family *f)
{
	nftx_meta(b, NFT_META_NFPROTO, 0);
	nftx_cmp(b, NFT_CMP_EQ, 0, &f->nfproto, 1);
}

/* Ends a rule. */
static void then(struct nftmsg *b, int verdict)
{
	nftx_verdict(b, verdict, NULL);
	nftmsg_rule_end(b);
}

static void if_translated(struct nftmsg *b)
{
	nftx_ct_any(b, NFT_CT_STATUS, IPS_DST_NAT);
}

/* ---- the table */

/* [destination .] protocol . port leads to an address and a port. */
static void put_dnat(struct nftmsg *b, const struct family *f, int set, bool any)
{
	uint8_t reg = 0, words = f->len / 4;

	nftmsg_rule(b, "ports");
	if_family(b, f);
	if (!any) {
		nftx_payload(b, NFT_PAYLOAD_NETWORK_HEADER, f->dst, f->len, 0);
		reg = words;
	}
	nftx_meta(b, NFT_META_L4PROTO, reg);
	nftx_payload(b, NFT_PAYLOAD_TRANSPORT_HEADER, 2, 2, reg + 1);
	nftx_lookup(b, sets[set].name, 0, 0, false);
	nftx_nat(b, NFT_NAT_DNAT, f->nfproto, 0, words);
	nftmsg_rule_end(b);
}

static void put_ports(struct nftmsg *b)
{
	static const char *const from[2] = {"prerouting", "output"};

	put_dnat(b, &families[0], DNAT4, false);
	put_dnat(b, &families[0], DNAT4_ANY, true);
	put_dnat(b, &families[1], DNAT6, false);
	put_dnat(b, &families[1], DNAT6_ANY, true);
	for (int i = 0; i < 2; i++) {
		nftmsg_rule(b, from[i]);
		nftx_local(b);
		nftx_verdict(b, NFT_JUMP, "ports");
		nftmsg_rule_end(b);
	}
}

static void put_loopback(struct nftmsg *b)
{
	static const uint8_t net = 127;

	nftmsg_rule(b, "raw");
	if_name(b, NFT_META_IIFNAME, NFT_CMP_NEQ, "lo");
	if_family(b, &families[0]);
	nftx_payload(b, NFT_PAYLOAD_NETWORK_HEADER, families[0].dst, 1, 0);
	nftx_cmp(b, NFT_CMP_EQ, 0, &net, 1);
	then(b, NF_DROP);
	/* from the host itself by 127.0.0.1 to a container */
	nftmsg_rule(b, "postrouting");
	if_name(b, NFT_META_OIFNAME, NFT_CMP_NEQ, "lo");
	if_family(b, &families[0]);
	nftx_payload(b, NFT_PAYLOAD_NETWORK_HEADER, families[0].src, 1, 0);
	nftx_cmp(b, NFT_CMP_EQ, 0, &net, 1);
	if_translated(b);
	nftx_masquerade(b);
	nftmsg_rule_end(b);
}

static void put_forward(struct nftmsg *b)
{
	nftmsg_rule(b, "forward");
	nftx_ct_any(b, NFT_CT_STATE, STATE(IP_CT_ESTABLISHED) | STATE(IP_CT_RELATED));
	then(b, NF_ACCEPT);
	nftmsg_rule(b, "forward");
	nftx_meta(b, NFT_META_IIFNAME, 0);
	nftx_lookup(b, sets[FROM].name, 0, 0, true);
	nftmsg_rule_end(b);
	nftmsg_rule(b, "forward");
	nftx_meta(b, NFT_META_OIFNAME, 0);
	nftx_lookup(b, sets[TO].name, 0, 0, true);
	nftmsg_rule_end(b);
	for (int i = 0; i < 2; i++) {
		nftmsg_rule(b, "postrouting");
		if_family(b, &families[i]);
		nftx_payload(b, NFT_PAYLOAD_NETWORK_HEADER, families[i].src, families[i].len, 0);
		nftx_lookup(b, sets[families[i].masq].name, 0, 0, true);
		nftmsg_rule_end(b);
	}
}

static void put_guard(struct nftmsg *b, const struct family *f)
{
	static const uint32_t ways[2] = {NFT_META_IIFNAME, NFT_META_OIFNAME};

	nftmsg_chain(b, f->guard, NF_INET_FORWARD, 1, false);
	nftmsg_chain_empty(b, f->guard);
	for (int i = 0; i < 2; i++) {
		nftmsg_rule(b, f->guard);
		nftx_meta(b, ways[i], 0);
		nftx_lookup(b, sets[BRIDGES].name, 0, NFTX_NONE, false);
		then(b, NF_ACCEPT);
	}
	nftmsg_rule(b, f->guard);
	if_family(b, f);
	then(b, NF_DROP);
}

static void put_table(struct nftmsg *b)
{
	static const struct {
		const char *name;
		int hook, priority;
		bool nat;
	} chains[] = {{"ports", -1, 0, false},
		      {"raw", NF_INET_PRE_ROUTING, -300, false},
		      {"forward", NF_INET_FORWARD, 0, false},
		      {"prerouting", NF_INET_PRE_ROUTING, -100, true},
		      {"output", NF_INET_LOCAL_OUT, -100, true},
		      {"postrouting", NF_INET_POST_ROUTING, 100, true}};

	nftmsg_table(b, false);
	for (int i = 0; i < SETS; i++)
		nftmsg_set(b, &sets[i]);
	for (size_t i = 0; i < sizeof(chains) / sizeof(*chains); i++) {
		nftmsg_chain(b, chains[i].name, chains[i].hook, chains[i].priority, chains[i].nat);
		nftmsg_chain_empty(b, chains[i].name);
	}
	put_loopback(b);
	put_forward(b);
	put_ports(b);
}

/* ---- a network */

/* Who may reach its containers, but by what is established. */
static void put_to(struct nftmsg *b, const struct nft_network *c, const struct names *s)
{
	if (!c->no_icc) {
		nftmsg_rule(b, s->to);
		if_name(b, NFT_META_IIFNAME, NFT_CMP_EQ, s->bridge);
		then(b, NF_ACCEPT);
	}
	if (!c->internal) {
		nftmsg_rule(b, s->to);
		if_translated(b);
		then(b, NF_ACCEPT);
	}
	for (const struct family *f = families; !c->internal && f < families + 2; f++) {
		if (mode_of(c, f) == NFT_ROUTED) {
			nftmsg_rule(b, s->to);
			if_family(b, f);
			nftx_payload(b, NFT_PAYLOAD_NETWORK_HEADER, f->dst, f->len, 0);
			nftx_meta(b, NFT_META_L4PROTO, f->len / 4);
			nftx_payload(b, NFT_PAYLOAD_TRANSPORT_HEADER, 2, 2, f->len / 4 + 1);
			nftx_lookup(b, sets[f->open].name, 0, NFTX_NONE, false);
			then(b, NF_ACCEPT);
			nftmsg_rule(b, s->to);
			nftx_meta(b, NFT_META_L4PROTO, 0);
			nftx_cmp(b, NFT_CMP_EQ, 0, &f->icmp, 1);
			then(b, NF_ACCEPT);
		} else if (mode_of(c, f) == NFT_NAT_UNPROTECTED) {
			nftmsg_rule(b, s->to); /* but not from our other networks */
			nftx_meta(b, NFT_META_IIFNAME, 0);
			nftx_lookup(b, sets[BRIDGES].name, 0, NFTX_NONE, false);
			then(b, NF_DROP);
			nftmsg_rule(b, s->to);
			if_family(b, f);
			then(b, NF_ACCEPT);
		}
	}
	nftmsg_rule(b, s->to);
	then(b, NF_DROP);
}

static void put_nat(struct nftmsg *b, const struct nft_network *c, const struct names *s)
{
	for (const struct family *f = families; f < families + 2; f++) {
		const struct addr *snat = f->len == 4 ? &c->snat4 : &c->snat6;

		if (!translated(mode_of(c, f)))
			continue;
		nftmsg_rule(b, s->nat);
		if_name(b, NFT_META_OIFNAME, NFT_CMP_EQ, s->bridge);
		if_family(b, f);
		if_translated(b);
		nftx_masquerade(b);
		nftmsg_rule_end(b);
		if (!c->masquerade)
			continue;
		nftmsg_rule(b, s->nat);
		if_name(b, NFT_META_OIFNAME, NFT_CMP_NEQ, s->bridge);
		if_family(b, f);
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
	const char *set = sets[p->addr.len == 4 ? MASQ4 : MASQ6].name;

	nftmsg_elements(b, set, del, false);
	nftmsg_element_goto(b, first.b, first.len, del ? NULL : s->nat, false);
	if (addr_add(&end, 1))
		nftmsg_element_goto(b, end.b, end.len, NULL, true);
	nftmsg_elements_end(b);
}

static void put_bridge(struct nftmsg *b, int set, bool del, const char *to, const struct names *s)
{
	nftmsg_elements(b, sets[set].name, del, false);
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
	put_bridge(b, TO, false, s.to, &s);
	put_bridge(b, BRIDGES, false, NULL, &s);
	if (c->internal) {
		nftmsg_rule(b, s.from);
		if_name(b, NFT_META_OIFNAME, NFT_CMP_NEQ, s.bridge);
		then(b, NF_DROP);
		nftmsg_rule(b, s.from);
		nftx_verdict(b, NFT_GOTO, s.to);
		nftmsg_rule_end(b);
		put_bridge(b, FROM, false, s.from, &s);
		return;
	}
	put_nat(b, c, &s);
	for (size_t i = 0; i < c->nsubnets; i++)
		put_subnet(b, &c->subnets[i], false, &s);
}

/* In a batch that only makes things, what is not found is an expression or a type of chain. */
static int unsupported(struct err *e)
{
	if (e->sys == EOPNOTSUPP || e->sys == EAFNOSUPPORT || e->sys == EPROTONOSUPPORT ||
	    e->sys == ENOENT)
		e->kind = ERR_UNSUPPORTED;
	return -1;
}

static int none(struct err *e)
{
	return err_set(e, ERR_UNSUPPORTED, "this kernel has no nf_tables");
}

int nft_up(struct nl *n, const char *table, const struct nft_network *c, unsigned guard,
	   struct err *e)
{
	struct nftmsg b;

	if (n->fd < 0)
		return none(e);
	nftmsg_begin(&b, NFPROTO_INET, table, 0);
	put_table(&b);
	if (guard & NFT_GUARD4)
		put_guard(&b, &families[0]);
	if (guard & NFT_GUARD6)
		put_guard(&b, &families[1]);
	put_network(&b, c);
	return nftmsg_do(n, &b, e, "set up the rules") ? unsupported(e) : 0;
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

bool nft_idle(struct nl *n, const char *table, uint32_t *ret_gen, unsigned *ret_guard)
{
	struct nl_msg m = NL_MSG_INIT;
	unsigned bridges = 0;
	struct err e;

	if (n->fd < 0 || !generation(n, ret_gen))
		return false;
	nftmsg_question(&m, NFT_MSG_GETSETELEM, NLM_F_DUMP, NFPROTO_INET);
	nl_put_str(&m, NFTA_SET_ELEM_LIST_TABLE, table);
	nl_put_str(&m, NFTA_SET_ELEM_LIST_SET, sets[BRIDGES].name);
	if (nl_ask(n, &m, count, &bridges, &e) || bridges)
		return false;
	*ret_guard = (has_chain(n, table, families[0].guard) ? NFT_GUARD4 : 0u) |
		     (has_chain(n, table, families[1].guard) ? NFT_GUARD6 : 0u);
	return true;
}

/* ---- taking away */

/* Step i of taking a network away. False: no more steps. */
static bool put_step(struct nftmsg *b, const struct nft_network *c, size_t i)
{
	struct names s = names_of(c);
	const char *const chains[3] = {s.to, s.nat, s.from};
	static const int maps[3] = {BRIDGES, TO, FROM};
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

/* ---- ports */

static bool any(const struct addr *a)
{
	static const uint8_t zero[16];

	return !memcmp(a->b, zero, a->len);
}

static int set_of(const struct nft_port *p)
{
	bool six = p->to.len == 16;

	if (p->routed)
		return six ? OPEN6 : OPEN4;
	if (any(&p->host))
		return six ? DNAT6_ANY : DNAT4_ANY;
	return six ? DNAT6 : DNAT4;
}

/* [address .] protocol . port, each padded to 4 bytes. */
static size_t put_tuple(uint8_t *to, const struct addr *a, int proto, uint16_t port)
{
	size_t at = 0;

	if (a) {
		memcpy(to, a->b, a->len);
		at = a->len;
	}
	if (proto >= 0) {
		to[at] = (uint8_t)proto;
		at += 4;
	}
	port = htons(port);
	memcpy(to + at, &port, sizeof(port));
	return at + 4;
}

static void put_port(struct nftmsg *b, const struct nft_port *p, bool del)
{
	uint8_t key[24] = {0}, data[20] = {0};
	size_t len, data_len = 0;

	if (p->routed)
		len = put_tuple(key, &p->to, p->proto, p->port);
	else
		len = put_tuple(key, any(&p->host) ? NULL : &p->host, p->proto, p->host_port);
	if (!p->routed && !del)
		data_len = put_tuple(data, &p->to, -1, p->port);
	nftmsg_element(b, key, len, data_len ? data : NULL, data_len);
}

/* A routed port may be asked for twice: there is no host's port to tell the two apart. */
static bool again(const struct nft_port *p, size_t i)
{
	for (size_t k = 0; p[i].routed && k < i; k++)
		if (p[k].routed && p[k].proto == p[i].proto && p[k].port == p[i].port &&
		    !addr_cmp(&p[k].to, &p[i].to))
			return true;
	return false;
}

static void put_all(struct nftmsg *b, const struct nft_port *p, size_t count_all, bool del)
{
	for (int set = DNAT4; set <= OPEN6; set++) {
		bool begun = false;

		for (size_t i = 0; i < count_all; i++) {
			if (set_of(&p[i]) != set || again(p, i))
				continue;
			if (!begun)
				nftmsg_elements(b, sets[set].name, del, set < OPEN4 && !del);
			begun = true;
			put_port(b, &p[i], del);
		}
		if (begun)
			nftmsg_elements_end(b);
	}
}

static int check(const struct nft_port *p, size_t n, struct err *e)
{
	for (size_t i = 0; i < n; i++)
		if ((p[i].to.len != 4 && p[i].to.len != 16) ||
		    (!p[i].routed && p[i].host.len != p[i].to.len))
			return err_set(e, ERR_INVALID,
				       "port %u is published across address families",
				       p[i].host_port);
	return 0;
}

int nft_publish(struct nl *n, const char *table, const struct nft_port *p, size_t ports,
		struct err *e)
{
	struct nftmsg b;

	if (!ports || check(p, ports, e))
		return ports ? -1 : 0;
	if (n->fd < 0)
		return none(e);
	nftmsg_begin(&b, NFPROTO_INET, table, 0);
	put_all(&b, p, ports, false);
	if (!nftmsg_do(n, &b, e, "publish ports"))
		return 0;
	if (e->sys == EEXIST)
		return err_set(e, ERR_CONFLICT, "port is already allocated");
	return -1;
}

int nft_unpublish(struct nl *n, const char *table, const struct nft_port *p, size_t ports,
		  struct err *e)
{
	struct nftmsg b;

	if (!ports || n->fd < 0)
		return 0;
	if (check(p, ports, e))
		return -1;
	nftmsg_begin(&b, NFPROTO_INET, table, 0);
	put_all(&b, p, ports, true);
	if (!nftmsg_do(n, &b, e, "withdraw ports") || e->sys == EOPNOTSUPP)
		return 0;
	for (size_t i = 0; i < ports && e->sys == ENOENT; i++) {
		nftmsg_begin(&b, NFPROTO_INET, table, 0);
		put_all(&b, p + i, 1, true);
		if (nftmsg_do(n, &b, e, "withdraw a port") && e->sys != ENOENT)
			return -1;
		e->sys = ENOENT;
	}
	return e->sys == ENOENT ? 0 : -1;
}

/* ---- names */

int nft_redirect_dns(struct nl *n, uint16_t udp, uint16_t tcp, struct err *e)
{
	static const uint8_t server[4] = {127, 0, 0, 11}, protos[2] = {IPPROTO_UDP, IPPROTO_TCP};
	const uint16_t ports[2] = {htons(udp), htons(tcp)}, port = htons(53);
	struct nftmsg b;

	if (n->fd < 0)
		return none(e);
	nftmsg_begin(&b, NFPROTO_IPV4, "proa-dns", 0);
	nftmsg_table(&b, false); /* so that there is one to remove, with what a former run put in */
	nftmsg_table(&b, true);
	nftmsg_table(&b, false);
	nftmsg_chain(&b, "output", NF_INET_LOCAL_OUT, -100, true);
	for (int i = 0; i < 2; i++) {
		nftmsg_rule(&b, "output");
		nftx_payload(&b, NFT_PAYLOAD_NETWORK_HEADER, families[0].dst, 4, 0);
		nftx_cmp(&b, NFT_CMP_EQ, 0, server, sizeof(server));
		nftx_meta(&b, NFT_META_L4PROTO, 1);
		nftx_cmp(&b, NFT_CMP_EQ, 1, &protos[i], 1);
		nftx_payload(&b, NFT_PAYLOAD_TRANSPORT_HEADER, 2, 2, 1);
		nftx_cmp(&b, NFT_CMP_EQ, 1, &port, sizeof(port));
		nftx_load(&b, 1, &ports[i], sizeof(ports[i]));
		nftx_nat(&b, NFT_NAT_DNAT, NFPROTO_IPV4, 0, 1);
		nftmsg_rule_end(&b);
	}
	return nftmsg_do(n, &b, e, "redirect queries") ? unsupported(e) : 0;
}
