/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The order: lease, file, interface; and back. The near end is switched off (its bridge forwards
 * nothing to or from it) before the lease goes: the namespace with the address in it lives on until
 * the kernel has time for it, and would go on answering for the next owner of the address.
 *
 * The far end's hardware address follows from its IPv4 address, so that whoever gets the address
 * next is found by neighbours that remember the last one.
 */
#include "engine/netup_place.h"
#include "base/file.h"
#include "base/id.h"
#include "base/log.h"
#include "base/mem.h"
#include "base/rand.h"
#include "engine/netup_kept.h"
#include "engine/netup_sysctls.h"
#include "network/endpoint.h"
#include "network/lease.h"

#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#define IFNAME_OPTION "com.docker.network.endpoint.ifname"
#define FIXED_TRIES 100 /* of 10 ms: its last owner is on its way out */

void netup_place_near(const char *id, char ret[LINK_NAME])
{
	snprintf(ret, LINK_NAME, "veth%.7s", id);
}

/* By its lock; and one whose shim was killed while its processes live on keeps what it has until
 * somebody has ended them. */
static bool alive(void *ctx, const char *owner)
{
	const struct home *h = ctx;
	struct home_state s;
	struct err why;
	char path[100];
	AUTO_FD int fd = -1;

	snprintf(path, sizeof(path), "containers/%.64s/lock", owner);
	fd = openat(h->data, path, O_RDWR | O_NOFOLLOW | O_CLOEXEC);
	if (fd < 0)
		return false;
	if (file_locked(fd, F_WRLCK))
		return true;
	return !home_read_state(h, owner, &s, &why) && s.running && s.pid > 0 &&
	       !strcmp(s.boot, home_boot()) && !kill(s.pid, 0);
}

/* Which of the network's subnets, and what of it is nobody's to have. */
static const struct networks_subnet *choose(const struct netup_place *p, int len,
					    const struct addr *fixed)
{
	const struct networks_one *o = &p->p.net;

	for (size_t i = 0; i < o->nsubnets; i++)
		if (o->subnets[i].subnet.addr.len == len &&
		    (!fixed->len || prefix_has(&o->subnets[i].subnet, fixed)))
			return &o->subnets[i];
	return NULL;
}

/* Whether who has the address is on the way out. */
static bool leaving(const struct netup_ctx *c, int dir, const struct addr *ip)
{
	char name[ADDR_TEXT], owner[65];
	ssize_t n = readlinkat(dir, addr_text(ip, name), owner, sizeof(owner) - 1);
	struct home_state s;
	struct err why;

	if (n != 64)
		return false;
	owner[n] = 0;
	return home_read_state(c->home, owner, &s, &why) || !s.running || kill(s.pid, 0);
}

static int lease(const struct netup_ctx *c, int dir, const struct networks_subnet *s,
		 const struct addr *fixed, struct prefix *ret, struct err *e)
{
	const struct timespec ms10 = {0, 10000000};
	struct addr reserved[64];
	struct lease_want w = {.subnet = s->subnet, .range = s->range, .fixed = *fixed};
	int rc = -1;

	w.reserved = reserved;
	if (s->gateway.len)
		reserved[w.nreserved++] = s->gateway;
	for (size_t i = 0; i < s->naux && w.nreserved < 64; i++)
		reserved[w.nreserved++] = s->aux[i].addr;
	for (int i = 0; i < (fixed->len ? FIXED_TRIES : 1); i++) {
		if (i)
			nanosleep(&ms10, NULL);
		rc = lease_take(dir, &w, c->container, alive, (void *)(uintptr_t)c->home,
				&ret->addr, e);
		if (!rc || e->kind != ERR_CONFLICT || (i && !leaving(c, dir, fixed)))
			break;
	}
	ret->bits = s->subnet.bits;
	return rc;
}

static int take_addresses(const struct netup_ctx *c, struct netup_place *p, int dir, struct err *e)
{
	const struct networks_one *o = &p->p.net;
	const struct networks_subnet *s4 = choose(p, 4, &p->p.want.ip4),
				     *s6 = choose(p, 16, &p->p.want.ip6);
	bool out = !o->internal;

	if (s4 && lease(c, dir, s4, &p->p.want.ip4, &p->ip4, e))
		return -1;
	if (s4 && out && o->mode4 != NFT_ISOLATED)
		p->gw4 = s4->gateway;
	if (s6 && lease(c, dir, s6, &p->p.want.ip6, &p->ip6, e))
		return -1;
	if (s6 && out && o->mode6 != NFT_ISOLATED)
		p->gw6 = s6->gateway;
	return 0;
}

static int choose_mac(struct netup_place *p, struct err *e)
{
	const struct addr *from = p->ip4.addr.len ? &p->ip4.addr : &p->ip6.addr;
	unsigned m[6];

	if (p->p.want.mac && sscanf(p->p.want.mac, "%2x:%2x:%2x:%2x:%2x:%2x", &m[0], &m[1], &m[2],
				    &m[3], &m[4], &m[5]) == 6) {
		for (int i = 0; i < 6; i++)
			p->mac[i] = (uint8_t)m[i];
		return p->mac[0] & 1 || !(m[0] | m[1] | m[2] | m[3] | m[4] | m[5])
			       ? err_set(e, ERR_INVALID,
					 "MAC address %s: give one of a single interface (its "
					 "first byte even, not all zero)",
					 p->p.want.mac)
			       : 0;
	}
	p->mac[0] = 0x02;
	p->mac[1] = 0x42;
	if (from->len)
		memcpy(p->mac + 2, from->b + from->len - 4, 4);
	else
		rand_bytes(p->mac + 2, 4);
	return 0;
}

/* The value of a driver option of this endpoint, or NULL. */
static const char *option(const struct netup_place *p, const char *key)
{
	const struct strs *o = &p->p.want.driver_opts;
	size_t n = strlen(key);

	for (size_t i = 0; i < o->n; i++)
		if (!strncmp(o->v[i], key, n) && o->v[i][n] == '=')
			return o->v[i] + n + 1;
	return NULL;
}

int netup_place_tell(const struct netup_ctx *c, const struct netup_place *p, struct err *e)
{
	AUTO_FD int dir = networks_dir(c->home->exec, p->p.net.id, "endpoints", e);
	struct endpoint f = {.container = c->container,
			     .name = c->name,
			     .id = p->id,
			     .ip4 = p->ip4,
			     .ip6 = p->ip6,
			     .names = p->p.names};

	memcpy(f.mac, p->mac, 6);
	return dir < 0 ? -1 : endpoint_write(dir, &f, e);
}

/* ---- bridge, and the pair of interfaces */

static struct {
	char id[65], bridge[LINK_NAME], far[LINK_NAME];
	int index; /* the bridge's; 0: there is none */
	uint32_t mtu;
	unsigned isolated;
	char table[LINK_NAME], network[65];
	bool kept; /* made by somebody else */
} ahead;

#define AHEAD_INDEX 2 /* of the far end: a new namespace has only loopback, which is 1 */

static bool isolated(const struct netup_ctx *c, bool icc)
{
	return !icc && !bridge_filters(c->host);
}

/* What was made ahead is just what is wanted now. */
static bool fits(const struct netup_ctx *c, const struct netup_place *p)
{
	return ahead.index && !strcmp(ahead.bridge, p->p.net.bridge) &&
	       ahead.mtu == p->p.bridge.mtu && ahead.isolated == isolated(c, p->p.net.icc) &&
	       !strcmp(ahead.far, p->far);
}

/* One that nobody wants is in the way. */
static void drop_ahead(const struct netup_ctx *c)
{
	struct err why;

	if (ahead.index)
		link_delete(c->own, AHEAD_INDEX, &why);
	ahead.index = 0;
}

/* One at a time makes or mends the bridge. */
static int ready(const struct netup_ctx *c, struct netup_place *p, int *ret_index, struct err *e)
{
	AUTO_FD int lock = -1;
	int rc;

	p->nat = c->host->nf.fd >= 0;
	if (fits(c, p)) {
		*ret_index = ahead.index;
		return 0;
	}
	drop_ahead(c);
	if (bridge_is_up(c->host, &p->p.bridge, ret_index))
		return 0;
	lock = networks_lock_interface(c->home->exec, p->p.net.id, e);
	if (lock < 0)
		return -1;
	if (!networks_there(c->home->data, &p->p.net))
		return err_set(e, ERR_NOTFOUND, "network %s not found", p->p.net.name);
	rc = bridge_up(c->host, &p->p.bridge, ret_index, &p->nat, e);
	if (!rc && !p->nat)
		log_warn("network",
			 "this kernel has no nf_tables: containers on %s reach each "
			 "other and the host, but nothing beyond",
			 p->p.net.name);
	return rc;
}

/* p: but for its near end and the namespace. */
static int make_pair(const struct netup_ctx *c, const char *id, const struct link_pair *p,
		     struct err *e)
{
	AUTO_FD int ns = openat(AT_FDCWD, "/proc/self/ns/net", O_RDONLY | O_CLOEXEC);
	struct link_pair both = *p;
	char near[LINK_NAME];

	if (ns < 0)
		return err_sys(e, "open the container's network namespace");
	netup_place_near(id, near);
	both.near = near;
	both.netns = ns;
	return link_veth(&c->host->rt, &both, e);
}

const char *netup_place_early_text(struct arena *a, const struct networks_one *o, const char *table)
{
	return arena_printf(a, "%s %s0 %u %d %s %s", o->bridge, o->ifprefix, o->mtu, !o->icc, table,
			    o->id);
}

static bool read_ahead(const char *text)
{
	return sscanf(text, "%15s %15s %u %u %15s %64s", ahead.bridge, ahead.far, &ahead.mtu,
		      &ahead.isolated, ahead.table, ahead.network) == 6;
}

int netup_place_kept(int exec, const char *text)
{
	int fd = read_ahead(text) ? netup_kept_claim(exec, ahead.network, ahead.id) : -1;

	ahead.kept = fd >= 0;
	return fd;
}

/* Whether the near end of what was kept is where it was put. */
static bool still_there(const struct netup_ctx *c, int bridge)
{
	char near[LINK_NAME];
	struct link_info i;
	struct err why;

	netup_place_near(ahead.id, near);
	return !link_get(&c->host->rt, near, &i, &why) && i.master == bridge && i.up;
}

static bool make_ahead(const struct netup_ctx *c, int bridge)
{
	struct link_pair p = {.far = ahead.far,
			      .far_index = AHEAD_INDEX,
			      .bridge = bridge,
			      .mtu = ahead.mtu,
			      .isolated = ahead.isolated};
	struct err why;

	id_new(ahead.id);
	return !make_pair(c, ahead.id, &p, &why);
}

void netup_place_early(const struct netup_ctx *c)
{
	char key[13];
	struct bridge_conf b = {.net = {.key = key, .bridge = ahead.bridge}, .table = ahead.table};
	int bridge = 0;

	snprintf(key, sizeof(key), "%.12s", ahead.network);
	ahead.isolated = !ahead.kept && isolated(c, !ahead.isolated);
	if (bridge_is_up(c->host, &b, &bridge) &&
	    (ahead.kept ? still_there(c, bridge) : make_ahead(c, bridge)))
		ahead.index = bridge;
	else if (ahead.kept)
		link_delete(c->own, AHEAD_INDEX, &(struct err){0});
}

void netup_place_keep(const struct netup_ctx *c, const char *text, int dir)
{
	struct err why;

	ahead.kept = false;
	if (!read_ahead(text) || isolated(c, !ahead.isolated))
		return;
	netup_place_early(c);
	if (ahead.index && netup_kept_put(dir, ahead.id, &why))
		log_debug("network", "%s", why.text);
}

static int wire(const struct netup_ctx *c, struct netup_place *p, int bridge, struct err *e)
{
	struct link_pair pair = {.far = p->far,
				 .bridge = bridge,
				 .mtu = p->p.bridge.mtu,
				 .isolated = isolated(c, p->p.net.icc)};
	struct prefix addrs[2 + REQNET_LINK_LOCAL];
	struct link_info i = {.index = AHEAD_INDEX};
	size_t n = 0;

	if (!ahead.index && (make_pair(c, p->id, &pair, e) || link_get(c->own, p->far, &i, e)))
		return -1;
	ahead.index = 0;
	p->index = i.index;
	if (p->ip4.addr.len)
		addrs[n++] = p->ip4;
	if (p->ip6.addr.len)
		addrs[n++] = p->ip6;
	for (size_t k = 0; k < p->p.want.link_local.n; k++)
		if (!addr_parse(p->p.want.link_local.v[k], &addrs[n].addr)) {
			addrs[n].bits = addrs[n].addr.len == 4 ? 16 : 64;
			n++;
		}
	return link_start(c->own, p->index, p->mac, addrs, n, e);
}

static int choose_name(struct netup_place *p, int number, struct err *e)
{
	const char *given = option(p, IFNAME_OPTION);

	if (given && (!*given || strlen(given) >= sizeof(p->far) || strpbrk(given, "/: \t") ||
		      !strcmp(given, ".") || !strcmp(given, "..")))
		return err_set(e, ERR_INVALID, IFNAME_OPTION ": \"%.60s\" is no interface's name",
			       given);
	if (given)
		snprintf(p->far, sizeof(p->far), "%s", given);
	else
		snprintf(p->far, sizeof(p->far), "%.10s%d", p->p.net.ifprefix, number);
	return 0;
}

int netup_place_up(const struct netup_ctx *c, struct netup_place *p, int number, struct err *e)
{
	AUTO_FD int dir = -1;
	int bridge;

	id_new(p->id);
	if (choose_name(p, number, e))
		return -1;
	if (ready(c, p, &bridge, e)) {
		if (e->kind != ERR_UNSUPPORTED || strcmp(p->p.net.name, NETWORKS_BRIDGE_NAME))
			return -1;
		log_warn("network", "%s: the container has only loopback", e->text);
		p->alone = true;
		return 0;
	}
	if (ahead.index)
		memcpy(p->id, ahead.id, sizeof(p->id));
	dir = networks_dir(c->home->exec, p->p.net.id, "leases", e);
	if (dir < 0)
		return -1;
	if (!take_addresses(c, p, dir, e)) {
		const char *sysctls = option(p, NETUP_SYSCTLS_OPTION);

		if (!choose_mac(p, e) && !netup_place_tell(c, p, e) && !wire(c, p, bridge, e) &&
		    !(sysctls && netup_sysctls_set(sysctls, p->far, e)))
			return 0;
	}
	netup_place_down(c, p, true);
	return -1;
}

int netup_place_hairpin(const struct netup_ctx *c, const struct netup_place *p, struct err *e)
{
	char near[LINK_NAME];

	netup_place_near(p->id, near);
	return link_hairpin(&c->host->rt, near, e);
}

void netup_place_down(const struct netup_ctx *c, const struct netup_place *p, bool live)
{
	AUTO_FD int dir = -1, leases = -1;
	char near[LINK_NAME];
	struct link_info i;
	struct err why;

	if (p->alone)
		return;
	netup_place_near(p->id, near);
	if (live && !link_get(c->own, p->far, &i, &why))
		link_delete(c->own, i.index, &why);
	else
		link_quiet(&c->host->rt, near, &why);
	dir = networks_dir(c->home->exec, p->p.net.id, "endpoints", &why);
	if (dir >= 0)
		endpoint_remove(dir, c->container);
	leases = networks_dir(c->home->exec, p->p.net.id, "leases", &why);
	if (leases >= 0 && p->ip4.addr.len)
		lease_drop(leases, &p->ip4.addr, c->container);
	if (leases >= 0 && p->ip6.addr.len)
		lease_drop(leases, &p->ip6.addr, c->container);
}
