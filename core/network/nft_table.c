/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The order of a packet's way through it, for networks with key K:
 *
 * raw         For 127.0.0.0/8 and not from lo: dropped. route_localnet, which the host's own
 *             127.0.0.1 needs to reach published ports, would let it in.
 * prerouting  To an address of this machine: chain ports, which translates by the maps dnat*, a
 * and output  given host address before the wildcard.
 * forward     What is established passes. The interface that it came from leads to from-K (internal
 *             networks only), the one that it goes to leads to to-K: who may reach the containers.
 * guard4/6    Made when it was us who switched forwarding on: nothing but our bridges' traffic.
 * postrouting The source's subnet leads to nat-K: masquerade, also of a container that comes back
 *             to its own network by a published port, or the answer would go past us.
 *
 * forward decides by the destination's network alone (but for internal sources), so a packet
 * between two bridges is dropped like one from outside, unless it was translated here.
 */
#include "network/nft_table.h"

#include <arpa/inet.h>
#include <errno.h>
#include <linux/netfilter.h>
#include <linux/netfilter/nf_conntrack_common.h>
#include <linux/netfilter/nf_tables.h>

#include "network/link.h"

#define STATE(n) (1u << ((n) % IP_CT_IS_REPLY + 1)) /* as the kernel makes its bits of them */

/* nft's own numbers of types: what it prints an element as. Joined: 6 bits each. */
enum { IPV4 = 7, IPV6 = 8, PROTO = 12, SERVICE = 13, IFNAME = 41 };
#define JOIN2(a, b) ((a) << 6 | (b))
#define JOIN3(a, b, c) (JOIN2(a, b) << 6 | (c))

const struct nftmsg_set nft_table_sets[NFT_TABLE_SETS] = {
	[NFT_TABLE_DNAT4] = {"dnat4", JOIN3(IPV4, PROTO, SERVICE), JOIN2(IPV4, SERVICE), 12, 8,
			     false},
	[NFT_TABLE_DNAT4_ANY] = {"dnat4-any", JOIN2(PROTO, SERVICE), JOIN2(IPV4, SERVICE), 8, 8,
				 false},
	[NFT_TABLE_DNAT6] = {"dnat6", JOIN3(IPV6, PROTO, SERVICE), JOIN2(IPV6, SERVICE), 24, 20,
			     false},
	[NFT_TABLE_DNAT6_ANY] = {"dnat6-any", JOIN2(PROTO, SERVICE), JOIN2(IPV6, SERVICE), 8, 20,
				 false},
	[NFT_TABLE_OPEN4] = {"open4", JOIN3(IPV4, PROTO, SERVICE), 0, 12, 0, false},
	[NFT_TABLE_OPEN6] = {"open6", JOIN3(IPV6, PROTO, SERVICE), 0, 24, 0, false},
	[NFT_TABLE_FROM] = {"from", IFNAME, NFT_DATA_VERDICT, LINK_NAME, 0, false},
	[NFT_TABLE_TO] = {"to", IFNAME, NFT_DATA_VERDICT, LINK_NAME, 0, false},
	[NFT_TABLE_BRIDGES] = {"bridges", IFNAME, 0, LINK_NAME, 0, false},
	[NFT_TABLE_MASQ4] = {"masq4", IPV4, NFT_DATA_VERDICT, 4, 0, true},
	[NFT_TABLE_MASQ6] = {"masq6", IPV6, NFT_DATA_VERDICT, 16, 0, true},
};

const struct nft_table_family nft_table_families[2] = {
	{NFPROTO_IPV4, 4, IPPROTO_ICMP, 12, 16, NFT_TABLE_OPEN4, NFT_TABLE_MASQ4, "guard4"},
	{NFPROTO_IPV6, 16, IPPROTO_ICMPV6, 8, 24, NFT_TABLE_OPEN6, NFT_TABLE_MASQ6, "guard6"},
};

/* [destination .] protocol . port leads to an address and a port. */
static void put_dnat(struct nftmsg *b, const struct nft_table_family *f, int set, bool any)
{
	uint8_t reg = 0, words = f->len / 4;

	nftmsg_rule(b, "ports");
	nftx_family(b, f->nfproto);
	if (!any) {
		nftx_payload(b, NFT_PAYLOAD_NETWORK_HEADER, f->dst, f->len, 0);
		reg = words;
	}
	nftx_meta(b, NFT_META_L4PROTO, reg);
	nftx_payload(b, NFT_PAYLOAD_TRANSPORT_HEADER, 2, 2, reg + 1);
	nftx_lookup(b, nft_table_sets[set].name, 0, 0, false);
	nftx_nat(b, NFT_NAT_DNAT, f->nfproto, 0, words);
	nftmsg_rule_end(b);
}

/* What comes from fe80:: or goes to ::1 could be led away, but its answers would find no way back:
 * it is left to who listens on the port (network/relay.h). */
static void put_ports(struct nftmsg *b)
{
	static const char *const from[2] = {"prerouting", "output"};
	const struct nft_table_family *six = &nft_table_families[1];
	static const uint8_t loopback[16] = {[15] = 1}, local[2] = {0xfe, 0x80};

	nftmsg_rule(b, "ports");
	nftx_family(b, six->nfproto);
	nftx_payload(b, NFT_PAYLOAD_NETWORK_HEADER, six->dst, six->len, 0);
	nftx_cmp(b, NFT_CMP_EQ, 0, loopback, sizeof(loopback));
	nftx_end(b, NFT_RETURN);
	nftmsg_rule(b, "ports");
	nftx_family(b, six->nfproto);
	nftx_payload(b, NFT_PAYLOAD_NETWORK_HEADER, six->src, sizeof(local), 0);
	nftx_cmp(b, NFT_CMP_EQ, 0, local, sizeof(local));
	nftx_end(b, NFT_RETURN);
	put_dnat(b, &nft_table_families[0], NFT_TABLE_DNAT4, false);
	put_dnat(b, &nft_table_families[0], NFT_TABLE_DNAT4_ANY, true);
	put_dnat(b, &nft_table_families[1], NFT_TABLE_DNAT6, false);
	put_dnat(b, &nft_table_families[1], NFT_TABLE_DNAT6_ANY, true);
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

#ifndef PROA_WEAK_LOCALNET
	nftmsg_rule(b, "raw");
	nftx_interface(b, NFT_META_IIFNAME, NFT_CMP_NEQ, "lo");
	nftx_family(b, nft_table_families[0].nfproto);
	nftx_payload(b, NFT_PAYLOAD_NETWORK_HEADER, nft_table_families[0].dst, 1, 0);
	nftx_cmp(b, NFT_CMP_EQ, 0, &net, 1);
	nftx_end(b, NF_DROP);
#endif
	/* from the host itself by 127.0.0.1 to a container */
	nftmsg_rule(b, "postrouting");
	nftx_interface(b, NFT_META_OIFNAME, NFT_CMP_NEQ, "lo");
	nftx_family(b, nft_table_families[0].nfproto);
	nftx_payload(b, NFT_PAYLOAD_NETWORK_HEADER, nft_table_families[0].src, 1, 0);
	nftx_cmp(b, NFT_CMP_EQ, 0, &net, 1);
	nftx_translated(b);
	nftx_masquerade(b);
	nftmsg_rule_end(b);
}

static void put_forward(struct nftmsg *b)
{
	nftmsg_rule(b, "forward");
	nftx_ct_any(b, NFT_CT_STATE, STATE(IP_CT_ESTABLISHED) | STATE(IP_CT_RELATED));
	nftx_end(b, NF_ACCEPT);
	nftmsg_rule(b, "forward");
	nftx_meta(b, NFT_META_IIFNAME, 0);
	nftx_lookup(b, nft_table_sets[NFT_TABLE_FROM].name, 0, 0, true);
	nftmsg_rule_end(b);
	nftmsg_rule(b, "forward");
	nftx_meta(b, NFT_META_OIFNAME, 0);
	nftx_lookup(b, nft_table_sets[NFT_TABLE_TO].name, 0, 0, true);
	nftmsg_rule_end(b);
	for (int i = 0; i < 2; i++) {
		nftmsg_rule(b, "postrouting");
		nftx_family(b, nft_table_families[i].nfproto);
		nftx_payload(b, NFT_PAYLOAD_NETWORK_HEADER, nft_table_families[i].src,
			     nft_table_families[i].len, 0);
		nftx_lookup(b, nft_table_sets[nft_table_families[i].masq].name, 0, 0, true);
		nftmsg_rule_end(b);
	}
}

void nft_table_guard(struct nftmsg *b, const struct nft_table_family *f)
{
	static const uint32_t ways[2] = {NFT_META_IIFNAME, NFT_META_OIFNAME};

	nftmsg_chain(b, f->guard, NF_INET_FORWARD, 1, false);
	nftmsg_chain_empty(b, f->guard);
	for (int i = 0; i < 2; i++) {
		nftmsg_rule(b, f->guard);
		nftx_meta(b, ways[i], 0);
		nftx_lookup(b, nft_table_sets[NFT_TABLE_BRIDGES].name, 0, NFTX_NONE, false);
		nftx_end(b, NF_ACCEPT);
	}
	nftmsg_rule(b, f->guard);
	nftx_family(b, f->nfproto);
	nftx_end(b, NF_DROP);
}

void nft_table_put(struct nftmsg *b)
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
	for (int i = 0; i < NFT_TABLE_SETS; i++)
		nftmsg_set(b, &nft_table_sets[i]);
	for (size_t i = 0; i < sizeof(chains) / sizeof(*chains); i++) {
		nftmsg_chain(b, chains[i].name, chains[i].hook, chains[i].priority, chains[i].nat);
		nftmsg_chain_empty(b, chains[i].name);
	}
	put_loopback(b);
	put_forward(b);
	put_ports(b);
}

int nft_table_unsupported(struct err *e)
{
	if (e->sys == EOPNOTSUPP || e->sys == EAFNOSUPPORT || e->sys == EPROTONOSUPPORT ||
	    e->sys == ENOENT)
		e->kind = ERR_UNSUPPORTED;
	return -1;
}

int nft_table_none(struct err *e)
{
	return err_set(e, ERR_UNSUPPORTED, "this kernel has no nf_tables");
}
