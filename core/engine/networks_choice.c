/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The host's routes keep a pool's subnet from being chosen; one that the user gives himself may
 * meet them, as with Docker: he may know why. The host's name servers count too: they may be behind
 * the default route, and a bridge with their address would hide them. Where a host has routes to
 * all of the pools (a company's to all that is private), those wider than our subnets do not count:
 * a narrower one beside them does no harm to what is not in it.
 *
 * The prefix for IPv6 follows from the default network's ID, which is random and stays.
 */
#include "engine/networks_choice.h"
#include "engine/networks_record.h"

#include <fcntl.h>
#include <stdio.h>
#include <string.h>

#include "base/file.h"
#include "base/log.h"
#include "network/ipam.h"
#include "network/link.h"

#define TAKEN_MAX (1 << 20)

struct taken {
	struct arena *a;
	struct prefix *v;
	size_t n, cap;
	size_t others; /* so many are other networks', what follows is the host's */
};

static void add(struct taken *t, const struct prefix *p)
{
	if (t->n >= TAKEN_MAX)
		return;
	if (t->n == t->cap)
		t->v = arena_grow(t->a, t->v, t->n, &t->cap, sizeof(*t->v));
	t->v[t->n++] = *p;
}

static int add_route(void *ctx, const struct prefix *p, struct err *e)
{
	(void)e;
	/* halves of everything (VPNs) say no more than a default route */
	if (p->bits > 1)
		add(ctx, p);
	return 0;
}

static void add_servers(struct taken *t)
{
	AUTO_FD int fd = open("/etc/resolv.conf", O_RDONLY | O_CLOEXEC | O_NONBLOCK);
	AUTO_BUF b = BUF_INIT;
	struct prefix p;
	struct err why;
	char text[ADDR_TEXT];

	if (fd < 0 || file_read_fd(fd, "/etc/resolv.conf", 1 << 16, &b, &why) || !b.data)
		return;
	for (const char *s = b.data; s; s = strchr(s, '\n')) {
		s += *s == '\n';
		if (sscanf(s, "nameserver %45s", text) == 1 && !addr_parse(text, &p.addr)) {
			p.bits = (uint8_t)(p.addr.len * 8);
			add(t, &p);
		}
	}
}

/* What cannot be found out is not avoided. */
static void add_host(struct taken *t)
{
	struct hostnet h;
	struct err why;

	if (networks_host(&h, &why)) {
		log_debug("engine", "subnets are chosen without the host's: %s", why.text);
		return;
	}
	if (link_subnets(&h.rt, add_route, t, &why))
		log_debug("engine", "subnets are chosen without the host's: %s", why.text);
	hostnet_close(&h);
	add_servers(t);
}

static bool has_family(const struct networks_one *o, uint8_t len)
{
	for (size_t i = 0; i < o->nsubnets; i++)
		if (o->subnets[i].subnet.addr.len == len)
			return true;
	return false;
}

/* Of each pool, beside what is no wider than its subnets. */
static int choose_narrow(uint8_t len, const struct ipam_pools *pools, const struct taken *t,
			 struct prefix *ret, struct err *e)
{
	struct prefix *v = arena_array(t->a, t->n + 1, sizeof(*v));

	for (size_t i = 0; i < pools->n; i++) {
		struct ipam_pools one = {.v = {pools->v[i]}, .n = 1};
		size_t n = 0;

		for (size_t k = 0; k < t->n; k++)
			if (k < t->others || t->v[k].bits >= one.v[0].bits)
				v[n++] = t->v[k];
		if (!ipam_choose(&one, len, v, n, ret, e))
			return 0;
	}
	return -1;
}

static int choose(struct networks_one *o, uint8_t len, const struct ipam_pools *pools,
		  const struct taken *t, struct err *e)
{
	struct prefix *to = &o->subnets[o->nsubnets].subnet;

	if (has_family(o, len))
		return 0;
	if (ipam_choose(pools, len, t->v, t->n, to, e) && choose_narrow(len, pools, t, to, e))
		return -1;
	o->nsubnets++;
	return 0;
}

static void fill_gateways(struct networks_one *o)
{
	for (size_t i = 0; i < o->nsubnets; i++) {
		struct networks_subnet *s = &o->subnets[i];

		if (!s->gateway.len &&
		    (s->subnet.addr.len == 4 ? o->mode4 : o->mode6) != NFT_ISOLATED)
			s->gateway = ipam_gateway(&s->subnet, &s->range);
	}
}

int networks_choice_lock(int dir, struct err *e)
{
	AUTO_FD int lock = file_lock_open(dir, ".choice", e);

	return lock < 0 || file_lock(lock, F_WRLCK, 1, e) ? -1 : fd_steal(&lock);
}

int networks_choice(int dir, struct arena *a, struct networks_one *o, struct err *e)
{
	struct taken t = {.a = a};
	struct networks_subnet *room = arena_array(a, o->nsubnets + 2, sizeof(*room));
	struct networks_one *all;
	struct ipam_pools pools;
	const char *seed = "";
	size_t n;

	if (networks_record_all(dir, a, &all, &n, e))
		return -1;
	for (size_t i = 0; i < n; i++) {
		if (!strcmp(all[i].name, NETWORKS_BRIDGE_NAME))
			seed = all[i].id;
		for (size_t k = 0; k < all[i].nsubnets && !all[i].config_only; k++)
			add(&t, &all[i].subnets[k].subnet);
	}
	if (o->nsubnets)
		memcpy(room, o->subnets, o->nsubnets * sizeof(*room));
	o->subnets = room;
	for (size_t i = 0; i < o->nsubnets; i++) {
		if (ipam_meets(&room[i].subnet, t.v, t.n))
			return err_set(e, ERR_FORBIDDEN,
				       "invalid pool request: Pool overlaps with other one on this "
				       "address space");
		add(&t, &room[i].subnet);
	}
	t.others = t.n;
	ipam_defaults(seed, strlen(seed), &pools);
	if ((o->ipv4 && !has_family(o, 4)) || (o->ipv6 && !has_family(o, 16)))
		add_host(&t);
	if ((o->ipv4 && choose(o, 4, &pools, &t, e)) || (o->ipv6 && choose(o, 16, &pools, &t, e)))
		return -1;
	fill_gateways(o);
	return 0;
}
