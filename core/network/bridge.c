/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The order makes each step safe by itself: the rules come before forwarding is switched on, so
 * that there is no moment in which this machine routes for strangers; and where we were the one to
 * switch it on, a rule drops what is none of our networks' business, as Docker's FORWARD policy
 * does.
 *
 * The interface's hardware address is fixed at birth: a bridge without one takes that of its lowest
 * port, and its neighbours would lose it with each container that goes.
 */
#include "network/bridge.h"
#include "base/file.h"
#include "base/mem.h"
#include "base/rand.h"
#include "network/link.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#define GUARDS "proa guard " /* on an interface, before NFT_GUARD_... as a digit */
#define FORWARD4 "net/ipv4/ip_forward"
#define FILTER "net/bridge/bridge-nf-call-iptables"
#define FORWARD6 "net/ipv6/conf/all/forwarding"

/* ---- /proc/sys, in the namespace that the caller has entered */

static int sysctl_open(const char *name, int flags)
{
	char path[128];

	snprintf(path, sizeof(path), "/proc/sys/%s", name);
	return open(path, flags | O_CLOEXEC);
}

/* -1: there is none. */
static int sysctl_read(const char *name)
{
	AUTO_FD int fd = sysctl_open(name, O_RDONLY);
	char c;

	return fd >= 0 && read(fd, &c, 1) == 1 ? c - '0' : -1;
}

/* What is not there cannot be in the way. */
static int sysctl_write(const char *name, int v, struct err *e)
{
	char c = (char)('0' + v);
	int now = sysctl_read(name);
	AUTO_FD int fd = -1;

	if (now < 0 || now == v)
		return 0;
	fd = sysctl_open(name, O_WRONLY);
	return fd < 0 || write(fd, &c, 1) != 1 ? err_sys(e, "write /proc/sys/%s", name) : 0;
}

static int sysctl_bridge(const char *family, const char *bridge, const char *what, int v,
			 struct err *e)
{
	char name[100];

	snprintf(name, sizeof(name), "net/%s/conf/%s/%s", family, bridge, what);
	return sysctl_write(name, v, e);
}

/* ---- the interface */

static int find(struct hostnet *h, const struct bridge_conf *c, struct link_info *ret,
		struct err *e)
{
	if (link_get(&h->rt, c->net.bridge, ret, e))
		return -1;
	return strcmp(ret->kind, "bridge")
		       ? err_set(e, ERR_CONFLICT,
				 "the interface %s is no bridge: rename it, or give the network "
				 "another one with -o com.docker.network.bridge.name=...",
				 c->net.bridge)
		       : 0;
}

static int make(struct hostnet *h, const struct bridge_conf *c, struct link_info *ret,
		struct err *e)
{
	uint8_t mac[6] = {0x02, 0x42};

	if (!find(h, c, ret, e))
		return ret->up ? 0 : link_up(&h->rt, ret->index, e);
	if (e->kind != ERR_NOTFOUND)
		return -1;
	rand_bytes(mac + 2, 4);
	if (link_bridge(&h->rt, c->net.bridge, c->mtu, mac, &ret->index, e)) {
		if (e->sys == EOPNOTSUPP)
			return err_set(e, ERR_UNSUPPORTED, "this kernel has no bridges");
		return e->kind == ERR_CONFLICT ? find(h, c, ret, e) : -1;
	}
	return 0;
}

static int settings(const struct bridge_conf *c, struct err *e)
{
	return sysctl_bridge("ipv6", c->net.bridge, "disable_ipv6", !c->ipv6, e) ||
			       sysctl_bridge("ipv6", c->net.bridge, "accept_ra", 0, e) ||
			       sysctl_bridge("ipv4", c->net.bridge, "route_localnet", 1, e)
		       ? -1
		       : 0;
}

/* The guard's chains may be gone with all rules (a firewall that is loaded anew) while forwarding
 * is still on: so each bridge has it written on it that we switched that on. */
static int remember(struct hostnet *h, const struct link_info *i, unsigned guard, struct err *e)
{
	bool others = *i->alias && strncmp(i->alias, GUARDS, sizeof(GUARDS) - 1);
	char text[sizeof(i->alias)];

	snprintf(text, sizeof(text), GUARDS "%u", guard);
	return !others && strcmp(text, i->alias) ? link_alias(&h->rt, i->index, text, e) : 0;
}

static unsigned remembered(const struct link_info *i)
{
	size_t len = sizeof(GUARDS) - 1;

	return strncmp(i->alias, GUARDS, len) ? 0 : (unsigned)i->alias[len] & 3;
}

static int rules(struct hostnet *h, const struct bridge_conf *c, const struct link_info *i,
		 bool *ret_nat, struct err *e)
{
	bool out = !c->net.internal;
	bool on4 = out && !sysctl_read(FORWARD4), on6 = out && c->ipv6 && !sysctl_read(FORWARD6);
	unsigned guard = (on4 ? NFT_GUARD4 : 0u) | (on6 ? NFT_GUARD6 : 0u) | remembered(i) |
			 nft_guard(&h->nf, c->table);

	*ret_nat = !nft_up(&h->nf, c->table, &c->net, guard, e);
	if (!*ret_nat)
		return e->kind == ERR_UNSUPPORTED ? 0 : -1;
	if (guard && remember(h, i, guard, e))
		return -1;
	return (on4 && sysctl_write(FORWARD4, 1, e)) || (on6 && sysctl_write(FORWARD6, 1, e)) ? -1
											      : 0;
}

int bridge_up(struct hostnet *h, const struct bridge_conf *c, int *ret_index, bool *ret_nat,
	      struct err *e)
{
	struct link_info i = {.index = 0};
	int rc;

	if (make(h, c, &i, e) || hostnet_enter(h, e))
		return -1;
	rc = settings(c, e);
	if (!rc && c->net.no_icc)
		rc = link_filter(&h->rt, i.index, e);
	for (size_t k = 0; !rc && k < c->ngateways; k++)
		rc = link_address(&h->rt, i.index, &c->gateways[k], e);
	if (!rc)
		rc = rules(h, c, &i, ret_nat, e);
	hostnet_leave(h);
	*ret_index = i.index;
	return rc;
}

bool bridge_is_up(struct hostnet *h, const struct bridge_conf *c, int *ret_index)
{
	struct link_info i;
	struct err e;

	if (find(h, c, &i, &e) || !i.up || !nft_is_up(&h->nf, c->table, c->net.key))
		return false;
	*ret_index = i.index;
	return true;
}

bool bridge_filters(struct hostnet *h)
{
	struct err e;
	int v;

	if (h->nf.fd < 0 || hostnet_enter(h, &e))
		return false;
	v = sysctl_read(FILTER);
	hostnet_leave(h);
	return v >= 0;
}

/* With the last network goes the table, and forwarding where that was ours. */
static void end_table(struct hostnet *h, const struct bridge_conf *c)
{
	unsigned guard;
	uint32_t gen;
	struct err e;

	if (!nft_idle(&h->nf, c->table, &gen, &guard) || hostnet_enter(h, &e))
		return;
	if ((guard & NFT_GUARD4 && sysctl_write(FORWARD4, 0, &e)) ||
	    (guard & NFT_GUARD6 && sysctl_write(FORWARD6, 0, &e)) ||
	    nft_end(&h->nf, c->table, gen, &e)) {
		/* somebody makes a network just now: theirs is the table, and forwarding */
		sysctl_write(FORWARD4, !!(guard & NFT_GUARD4), &e);
		sysctl_write(FORWARD6, !!(guard & NFT_GUARD6), &e);
	}
	hostnet_leave(h);
}

int bridge_down(struct hostnet *h, const struct bridge_conf *c, struct err *e)
{
	struct link_info i;

	if (!find(h, c, &i, e)) {
		if (link_delete(&h->rt, i.index, e) && e->sys != ENODEV)
			return -1;
	} else if (e->kind != ERR_NOTFOUND && e->kind != ERR_CONFLICT) {
		return -1;
	}
	if (nft_down(&h->nf, c->table, &c->net, e))
		return -1;
	end_table(h, c);
	return 0;
}
