/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Kernels answer an attribute that they do not know by ignoring it or with EOPNOTSUPP; nothing is
 * asked for here that is younger than 4.19 but where the caller says so.
 */
#include "network/link.h"

#include <arpa/inet.h>
#include <errno.h>
#include <linux/if_link.h>
#include <linux/rtnetlink.h>
#include <linux/veth.h>
#include <net/if.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>
#include <sys/socket.h>

#define DOWN_TO_UP                                                                                 \
	{                                                                                          \
		.ifi_flags = IFF_UP, .ifi_change = IFF_UP                                          \
	}

static void put_kind(struct nl_msg *m, const char *kind)
{
	nl_put(m, IFLA_INFO_KIND, kind, strlen(kind));
}

static int family(const struct addr *a)
{
	return a->len == 16 ? AF_INET6 : AF_INET;
}

/* ---- reading */

struct look {
	struct link_info *ret;
	bool found;
};

static int info_of(void *ctx, uint16_t type, const void *head, size_t len, struct err *e)
{
	struct look *l = ctx;
	struct nl_attrs a = nl_attrs(head, len, sizeof(struct ifinfomsg)), in;
	struct ifinfomsg i;
	const void *data;
	uint16_t attr;
	size_t n;

	(void)e;
	if (type != RTM_NEWLINK || len < sizeof(i))
		return 0;
	memcpy(&i, head, sizeof(i));
	*l->ret = (struct link_info){.index = i.ifi_index, .up = (i.ifi_flags & IFF_UP) != 0};
	l->found = true;
	while (nl_next(&a, &attr, &data, &n)) {
		if (attr == IFLA_MTU && n == sizeof(l->ret->mtu))
			memcpy(&l->ret->mtu, data, n);
		else if (attr == IFLA_ADDRESS && n == sizeof(l->ret->mac))
			memcpy(l->ret->mac, data, n);
		else if (attr == IFLA_MASTER && n == sizeof(l->ret->master))
			memcpy(&l->ret->master, data, n);
		else if (attr == IFLA_IFALIAS)
			snprintf(l->ret->alias, sizeof(l->ret->alias), "%.*s", (int)n,
				 (const char *)data);
		else if (attr == IFLA_LINKINFO)
			for (in = (struct nl_attrs){data, n}; nl_next(&in, &attr, &data, &n);)
				if (attr == IFLA_INFO_KIND)
					snprintf(l->ret->kind, sizeof(l->ret->kind), "%.*s", (int)n,
						 (const char *)data);
	}
	return 0;
}

int link_get(struct nl *n, const char *name, struct link_info *ret, struct err *e)
{
	struct nl_msg m = NL_MSG_INIT;
	struct ifinfomsg i = {.ifi_family = AF_UNSPEC};
	struct look l = {ret, false};

	nl_begin(&m, RTM_GETLINK, 0, &i, sizeof(i));
	nl_put_str(&m, IFLA_IFNAME, name);
	if (nl_ask(n, &m, info_of, &l, e) && e->sys != ENODEV)
		return -1;
	return l.found ? 0 : err_set(e, ERR_NOTFOUND, "there is no interface %s", name);
}

struct subnets {
	link_subnet *each;
	void *ctx;
};

static int subnet_of(void *ctx, uint16_t type, const void *head, size_t len, struct err *e)
{
	const struct subnets *s = ctx;
	bool route = type == RTM_NEWROUTE;
	size_t size = route ? sizeof(struct rtmsg) : sizeof(struct ifaddrmsg);
	struct nl_attrs a = nl_attrs(head, len, size);
	struct prefix p = {.addr = {.len = 0}};
	unsigned char fam, bits;
	const void *data;
	uint16_t attr;
	size_t n;

	if ((!route && type != RTM_NEWADDR) || len < size)
		return 0;
	/* both heads begin with the family and the length of the prefix */
	fam = ((const unsigned char *)head)[0];
	bits = ((const unsigned char *)head)[1];
	while (nl_next(&a, &attr, &data, &n)) {
		if (attr != (route ? RTA_DST : IFA_ADDRESS) || n != (fam == AF_INET6 ? 16 : 4))
			continue;
		p.addr.len = (uint8_t)n;
		memcpy(p.addr.b, data, n);
	}
	p.bits = bits;
	/* the default route meets everything and says nothing */
	return p.addr.len && bits && bits <= p.addr.len * 8 ? s->each(s->ctx, &p, e) : 0;
}

int link_subnets(struct nl *n, link_subnet *each, void *ctx, struct err *e)
{
	struct subnets s = {each, ctx};
	struct nl_msg m = NL_MSG_INIT;
	struct ifaddrmsg addr = {.ifa_family = AF_UNSPEC};
	struct rtmsg route = {.rtm_family = AF_UNSPEC};

	nl_begin(&m, RTM_GETADDR, NLM_F_DUMP, &addr, sizeof(addr));
	if (nl_ask(n, &m, subnet_of, &s, e))
		return -1;
	nl_begin(&m, RTM_GETROUTE, NLM_F_DUMP, &route, sizeof(route));
	return nl_ask(n, &m, subnet_of, &s, e);
}

/* ---- making */

int link_bridge(struct nl *n, const char *name, uint32_t mtu, const uint8_t mac[6], int *ret_index,
		struct err *e)
{
	struct nl_msg m = NL_MSG_INIT;
	struct ifinfomsg i = DOWN_TO_UP;
	struct link_info made;
	size_t info;

	nl_begin(&m, RTM_NEWLINK, NLM_F_CREATE | NLM_F_EXCL | NLM_F_ACK, &i, sizeof(i));
	nl_put_str(&m, IFLA_IFNAME, name);
	if (mtu)
		nl_put_u32(&m, IFLA_MTU, mtu);
	if (mac)
		nl_put(&m, IFLA_ADDRESS, mac, 6);
	info = nl_nest(&m, IFLA_LINKINFO);
	put_kind(&m, "bridge");
	nl_nest_end(&m, info);
	if (nl_do(n, &m, e, "make the bridge %s", name)) {
		if (e->sys == EEXIST)
			e->kind = ERR_CONFLICT;
		return -1;
	}
	if (!ret_index)
		return 0;
	if (link_get(n, name, &made, e))
		return -1;
	*ret_index = made.index;
	return 0;
}

/* What the far end is, in the near one's message. */
static void put_far(struct nl_msg *m, const struct link_pair *p)
{
	struct ifinfomsg i = {.ifi_family = AF_UNSPEC, .ifi_index = p->far_index};
	size_t info = nl_nest(m, IFLA_LINKINFO), data, peer;

	put_kind(m, "veth");
	data = nl_nest(m, IFLA_INFO_DATA);
	peer = nl_nest(m, VETH_INFO_PEER);
	buf_append(&m->b, &i, sizeof(i)); /* a head, and then attributes */
	nl_put_str(m, IFLA_IFNAME, p->far);
	nl_put_u32(m, IFLA_NET_NS_FD, (uint32_t)p->netns);
	if (p->mtu)
		nl_put_u32(m, IFLA_MTU, p->mtu);
	if (p->mac)
		nl_put(m, IFLA_ADDRESS, p->mac, 6);
	nl_nest_end(m, peer);
	nl_nest_end(m, data);
	nl_nest_end(m, info);
}

/* What belongs to the bridge's side of a port, by the port's name: attributes, then flush. */
static void put_port(struct nl_msg *m, const char *name, const uint16_t *attrs, size_t n, uint8_t v,
		     bool flush)
{
	struct ifinfomsg i = {.ifi_family = AF_UNSPEC};
	size_t info, data;

	nl_begin(m, RTM_NEWLINK, NLM_F_ACK, &i, sizeof(i));
	nl_put_str(m, IFLA_IFNAME, name);
	info = nl_nest(m, IFLA_LINKINFO);
	nl_put_str(m, IFLA_INFO_SLAVE_KIND, "bridge");
	data = nl_nest(m, IFLA_INFO_SLAVE_DATA);
	for (size_t k = 0; k < n; k++)
		nl_put(m, attrs[k], &v, 1);
	if (flush)
		nl_put(m, IFLA_BRPORT_FLUSH, NULL, 0);
	nl_nest_end(m, data);
	nl_nest_end(m, info);
}

/* A port that is disabled comes back when the kernel gets round to looking at its carrier, which
 * may still be that of its birth; so nothing is flooded to it or learnt of it either. */
int link_quiet(struct nl *n, const char *name, struct err *e)
{
	static const uint16_t attrs[] = {IFLA_BRPORT_STATE, IFLA_BRPORT_UNICAST_FLOOD,
					 IFLA_BRPORT_MCAST_FLOOD, IFLA_BRPORT_BCAST_FLOOD,
					 IFLA_BRPORT_LEARNING};
	struct nl_msg m = NL_MSG_INIT;

	put_port(&m, name, attrs, sizeof(attrs) / sizeof(*attrs), 0, true);
	return nl_do(n, &m, e, "quieten the interface %s", name);
}

int link_hairpin(struct nl *n, const char *name, struct err *e)
{
	static const uint16_t attr = IFLA_BRPORT_MODE;
	struct nl_msg m = NL_MSG_INIT;

	put_port(&m, name, &attr, 1, 1, false);
	return nl_do(n, &m, e, "let the interface %s send back", name);
}

int link_filter(struct nl *n, int bridge, struct err *e)
{
	struct nl_msg m = NL_MSG_INIT;
	struct ifinfomsg i = {.ifi_index = bridge};
	const uint8_t on = 1;
	size_t info, data;

	nl_begin(&m, RTM_NEWLINK, NLM_F_ACK, &i, sizeof(i));
	info = nl_nest(&m, IFLA_LINKINFO);
	put_kind(&m, "bridge");
	data = nl_nest(&m, IFLA_INFO_DATA);
	nl_put(&m, IFLA_BR_NF_CALL_IPTABLES, &on, 1);
	nl_put(&m, IFLA_BR_NF_CALL_IP6TABLES, &on, 1);
	nl_nest_end(&m, data);
	nl_nest_end(&m, info);
	return nl_do(n, &m, e, "have bridge %d filter", bridge);
}

static void put_up(struct nl_msg *m, int index, const char *name, const uint8_t mac[6])
{
	struct ifinfomsg i = DOWN_TO_UP;

	i.ifi_index = index;
	nl_begin(m, RTM_NEWLINK, NLM_F_ACK, &i, sizeof(i));
	if (name)
		nl_put_str(m, IFLA_IFNAME, name);
	if (mac)
		nl_put(m, IFLA_ADDRESS, mac, 6);
}

/* No address of IPv6's own choice, and none of the talk that goes with it. */
static void put_no_ipv6(struct nl_msg *m, int index, const char *name)
{
	struct ifinfomsg i = {.ifi_family = AF_UNSPEC, .ifi_index = index};
	uint8_t none = IN6_ADDR_GEN_MODE_NONE;
	size_t spec, inet6;

	if (access("/proc/sys/net/ipv6", F_OK)) /* this kernel would not know the family */
		return;
	nl_begin(m, RTM_NEWLINK, NLM_F_ACK, &i, sizeof(i));
	if (name)
		nl_put_str(m, IFLA_IFNAME, name);
	spec = nl_nest(m, IFLA_AF_SPEC);
	inet6 = nl_nest(m, AF_INET6);
	nl_put(m, IFLA_INET6_ADDR_GEN_MODE, &none, 1);
	nl_nest_end(m, inet6);
	nl_nest_end(m, spec);
}

int link_veth(struct nl *n, const struct link_pair *p, struct err *e)
{
	static const uint16_t isolated = IFLA_BRPORT_ISOLATED;
	struct nl_msg m = NL_MSG_INIT;
	struct ifinfomsg i = {.ifi_family = AF_UNSPEC};

	nl_begin(&m, RTM_NEWLINK, NLM_F_CREATE | NLM_F_EXCL | NLM_F_ACK, &i, sizeof(i));
	nl_put_str(&m, IFLA_IFNAME, p->near);
	if (p->mtu)
		nl_put_u32(&m, IFLA_MTU, p->mtu);
	if (p->bridge)
		nl_put_u32(&m, IFLA_MASTER, (uint32_t)p->bridge);
	put_far(&m, p);
	if (p->isolated)
		put_port(&m, p->near, &isolated, 1, 1, false);
	if (p->bridge) {
		put_no_ipv6(&m, 0, p->near);
		put_up(&m, 0, p->near, NULL);
	}
	return nl_do(n, &m, e, "make the interface %s", p->near);
}

int link_up(struct nl *n, int index, struct err *e)
{
	return link_start(n, index, NULL, NULL, 0, e);
}

int link_alias(struct nl *n, int index, const char *text, struct err *e)
{
	struct nl_msg m = NL_MSG_INIT;
	struct ifinfomsg i = {.ifi_index = index};

	nl_begin(&m, RTM_NEWLINK, NLM_F_ACK, &i, sizeof(i));
	nl_put(&m, IFLA_IFALIAS, text, strlen(text));
	return nl_do(n, &m, e, "write on interface %d", index);
}

int link_delete(struct nl *n, int index, struct err *e)
{
	struct nl_msg m = NL_MSG_INIT;
	struct ifinfomsg i = {.ifi_index = index};

	nl_begin(&m, RTM_DELLINK, NLM_F_ACK, &i, sizeof(i));
	return nl_do(n, &m, e, "delete interface %d", index);
}

static void put_address(struct nl_msg *m, int index, const struct prefix *p)
{
	struct ifaddrmsg a = {.ifa_family = (uint8_t)family(&p->addr),
			      .ifa_prefixlen = p->bits,
			      .ifa_index = (unsigned)index,
			      .ifa_flags = p->addr.len == 16 ? IFA_F_NODAD : 0};

	nl_begin(m, RTM_NEWADDR, NLM_F_CREATE | NLM_F_REPLACE | NLM_F_ACK, &a, sizeof(a));
	nl_put(m, IFA_LOCAL, p->addr.b, p->addr.len);
	nl_put(m, IFA_ADDRESS, p->addr.b, p->addr.len);
}

int link_address(struct nl *n, int index, const struct prefix *p, struct err *e)
{
	struct nl_msg m = NL_MSG_INIT;
	char text[PREFIX_TEXT];

	put_address(&m, index, p);
	return nl_do(n, &m, e, "set the address %s", prefix_text(p, text));
}

int link_start(struct nl *n, int index, const uint8_t mac[6], const struct prefix *p, size_t count,
	       struct err *e)
{
	struct nl_msg m = NL_MSG_INIT;

	bool ipv6 = !count;

	for (size_t i = 0; i < count; i++) {
		put_address(&m, index, &p[i]);
		ipv6 = ipv6 || p[i].addr.len == 16;
	}
	if (!ipv6)
		put_no_ipv6(&m, index, NULL);
	put_up(&m, index, NULL, mac);
	return nl_do(n, &m, e, "bring interface %d up", index);
}

int link_route(struct nl *n, int index, const struct prefix *dst, const struct addr *gateway,
	       struct err *e)
{
	struct nl_msg m = NL_MSG_INIT;
	struct rtmsg r = {.rtm_family = (uint8_t)family(gateway),
			  .rtm_dst_len = dst ? dst->bits : 0,
			  .rtm_table = RT_TABLE_MAIN,
			  .rtm_protocol = RTPROT_BOOT,
			  .rtm_type = RTN_UNICAST};
	char text[ADDR_TEXT];

	nl_begin(&m, RTM_NEWROUTE, NLM_F_CREATE | NLM_F_REPLACE | NLM_F_ACK, &r, sizeof(r));
	if (dst)
		nl_put(&m, RTA_DST, dst->addr.b, dst->addr.len);
	nl_put(&m, RTA_GATEWAY, gateway->b, gateway->len);
	nl_put_u32(&m, RTA_OIF, (uint32_t)index);
	return nl_do(n, &m, e, "route through %s", addr_text(gateway, text));
}
