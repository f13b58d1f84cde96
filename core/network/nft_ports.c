/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Ports as elements of the table's maps. The kernel refuses a key that is there already with other
 * data, and one with the same data only where NLM_F_EXCL asks for that: so a port belongs to one
 * container, whatever two engines do at once.
 */
#include "network/nft_ports.h"

#include <arpa/inet.h>
#include <errno.h>
#include <linux/netfilter.h>
#include <linux/netfilter/nf_tables.h>
#include <netinet/in.h>
#include <string.h>

#include "network/nft_table.h"

static bool any(const struct addr *a)
{
	static const uint8_t zero[16];

	return !memcmp(a->b, zero, a->len);
}

static int set_of(const struct nft_port *p)
{
	bool six = p->to.len == 16;

	if (p->routed)
		return six ? NFT_TABLE_OPEN6 : NFT_TABLE_OPEN4;
	if (any(&p->host))
		return six ? NFT_TABLE_DNAT6_ANY : NFT_TABLE_DNAT4_ANY;
	return six ? NFT_TABLE_DNAT6 : NFT_TABLE_DNAT4;
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
	for (int set = NFT_TABLE_DNAT4; set <= NFT_TABLE_OPEN6; set++) {
		bool begun = false;

		for (size_t i = 0; i < count_all; i++) {
			if (set_of(&p[i]) != set || again(p, i))
				continue;
			if (!begun)
				nftmsg_elements(b, nft_table_sets[set].name, del,
						set < NFT_TABLE_OPEN4 && !del);
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
				       "port %u is published across address nft_table_families",
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
		return nft_table_none(e);
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
		return nft_table_none(e);
	nftmsg_begin(&b, NFPROTO_IPV4, "proa-dns", 0);
	nftmsg_table(&b, false); /* so that there is one to remove, with what a former run put in */
	nftmsg_table(&b, true);
	nftmsg_table(&b, false);
	nftmsg_chain(&b, "output", NF_INET_LOCAL_OUT, -100, true);
	for (int i = 0; i < 2; i++) {
		nftmsg_rule(&b, "output");
		nftx_payload(&b, NFT_PAYLOAD_NETWORK_HEADER, nft_table_families[0].dst, 4, 0);
		nftx_cmp(&b, NFT_CMP_EQ, 0, server, sizeof(server));
		nftx_meta(&b, NFT_META_L4PROTO, 1);
		nftx_cmp(&b, NFT_CMP_EQ, 1, &protos[i], 1);
		nftx_payload(&b, NFT_PAYLOAD_TRANSPORT_HEADER, 2, 2, 1);
		nftx_cmp(&b, NFT_CMP_EQ, 1, &port, sizeof(port));
		nftx_load(&b, 1, &ports[i], sizeof(ports[i]));
		nftx_nat(&b, NFT_NAT_DNAT, NFPROTO_IPV4, 0, 1);
		nftmsg_rule_end(&b);
	}
	return nftmsg_do(n, &b, e, "redirect queries") ? nft_table_unsupported(e) : 0;
}
