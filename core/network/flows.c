/* SPDX-License-Identifier: Apache-2.0 */
/*
 * All flows of one family are read, and those that went to one of the ports are deleted by what the
 * kernel told of them. That is a look at thousands where a machine is busy, so it is only done for
 * UDP.
 */
#include "network/flows.h"

#include <errno.h>
#include <linux/netfilter/nfnetlink.h>
#include <linux/netfilter/nfnetlink_conntrack.h>
#include <linux/netlink.h>
#include <netinet/in.h>
#include <string.h>

struct hunt {
	const struct nft_port *p;
	size_t n;
	struct nl_msg out; /* deletions */
	uint8_t family;
	size_t found;
};

struct tuple {
	struct addr dst;
	uint8_t proto;
	uint16_t port;
};

/* The attribute `want` of those in a; false: there is none. */
static bool find(struct nl_attrs a, uint16_t want, const void **ret, size_t *ret_len)
{
	uint16_t attr;

	while (nl_next(&a, &attr, ret, ret_len))
		if (attr == want)
			return true;
	return false;
}

static bool read_tuple(struct nl_attrs a, struct tuple *t)
{
	const void *ip, *proto, *v;
	size_t ip_len, proto_len, len;

	memset(t, 0, sizeof(*t));
	if (!find(a, CTA_TUPLE_IP, &ip, &ip_len) || !find(a, CTA_TUPLE_PROTO, &proto, &proto_len))
		return false;
	if ((!find((struct nl_attrs){ip, ip_len}, CTA_IP_V4_DST, &v, &len) || len != 4) &&
	    (!find((struct nl_attrs){ip, ip_len}, CTA_IP_V6_DST, &v, &len) || len != 16))
		return false;
	t->dst.len = (uint8_t)len;
	memcpy(t->dst.b, v, len);
	if (!find((struct nl_attrs){proto, proto_len}, CTA_PROTO_NUM, &v, &len) || len != 1)
		return false;
	t->proto = *(const uint8_t *)v;
	if (!find((struct nl_attrs){proto, proto_len}, CTA_PROTO_DST_PORT, &v, &len) || len != 2)
		return false;
	memcpy(&t->port, v, 2);
	t->port = ntohs(t->port);
	return true;
}

static bool hit(const struct hunt *h, const struct tuple *t)
{
	static const uint8_t zero[16];

	for (size_t i = 0; i < h->n; i++) {
		const struct nft_port *p = &h->p[i];

		if (p->proto == IPPROTO_UDP && t->proto == IPPROTO_UDP &&
		    p->host.len == t->dst.len && p->host_port == t->port &&
		    (!memcmp(p->host.b, zero, p->host.len) || !addr_cmp(&p->host, &t->dst)))
			return true;
	}
	return false;
}

static int look(void *ctx, uint16_t type, const void *head, size_t len, struct err *e)
{
	struct nl_attrs a = nl_attrs(head, len, sizeof(struct nfgenmsg));
	struct hunt *h = ctx;
	struct nfgenmsg g = {.nfgen_family = h->family};
	const void *orig;
	struct tuple t;
	size_t size;

	(void)type;
	(void)e;
	if (!find(a, CTA_TUPLE_ORIG, &orig, &size) ||
	    !read_tuple((struct nl_attrs){orig, size}, &t) || !hit(h, &t))
		return 0;
	nl_begin(&h->out, NFNL_SUBSYS_CTNETLINK << 8 | IPCTNL_MSG_CT_DELETE, NLM_F_ACK, &g,
		 sizeof(g));
	nl_put(&h->out, CTA_TUPLE_ORIG | NLA_F_NESTED, orig, size);
	h->found++;
	return 0;
}

static void forget(struct nl *n, const struct nft_port *p, size_t count, uint8_t family)
{
	struct hunt h = {.p = p, .n = count, .out = NL_MSG_INIT, .family = family};
	struct nfgenmsg g = {.nfgen_family = family};
	struct nl_msg m = NL_MSG_INIT;
	struct err e;

	nl_begin(&m, NFNL_SUBSYS_CTNETLINK << 8 | IPCTNL_MSG_CT_GET, NLM_F_DUMP, &g, sizeof(g));
	if (!nl_ask(n, &m, look, &h, &e) && h.found)
		nl_do(n, &h.out, &e, "forget flows"); /* those that ended by themselves are fine */
	else
		nl_release(&h.out);
}

void flows_forget(struct nl *n, const struct nft_port *p, size_t count)
{
	bool four = false, six = false;

	for (size_t i = 0; i < count; i++) {
		four = four || (p[i].proto == IPPROTO_UDP && p[i].host.len == 4);
		six = six || (p[i].proto == IPPROTO_UDP && p[i].host.len == 16);
	}
	if (n->fd < 0)
		return;
	if (four)
		forget(n, p, count, AF_INET);
	if (six)
		forget(n, p, count, AF_INET6);
}
