/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A pool may hold millions of subnets, so they are not tried one by one: one that meets something
 * that is taken is stepped over together with all of it. Each step is owed to another one of
 * `taken` then, and a choice costs the square of their number at most.
 */
#include "network/ipam.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/sha256.h"

static const struct {
	const char *base;
	uint8_t bits;
} defaults[] = {
	{"172.17.0.0/16", 16}, {"172.18.0.0/16", 16}, {"172.19.0.0/16", 16},  {"172.20.0.0/14", 16},
	{"172.24.0.0/14", 16}, {"172.28.0.0/14", 16}, {"192.168.0.0/16", 20},
};

void ipam_defaults(const void *seed, size_t len, struct ipam_pools *ret)
{
	struct prefix ula = {{16, {0xfd}}, 48};
	struct sha256 s;
	unsigned char sum[32];

	ret->n = 0;
	for (size_t i = 0; i < sizeof(defaults) / sizeof(*defaults); i++) {
		prefix_parse(defaults[i].base, &ret->v[ret->n].base);
		ret->v[ret->n++].bits = defaults[i].bits;
	}
	sha256_init(&s);
	sha256_update(&s, seed, len);
	sha256_final(&s, sum);
	memcpy(ula.addr.b + 1, sum, 5);
	ret->v[ret->n++] = (struct ipam_pool){ula, 64};
}

int ipam_add(struct ipam_pools *p, const char *text, struct err *e)
{
	const char *comma = strchr(text, ',');
	char base[PREFIX_TEXT] = "", *end;
	struct ipam_pool pool;
	struct addr first;
	long bits = -1;

	if (!strncmp(text, "base=", 5) && comma && comma - text - 5 < PREFIX_TEXT) {
		snprintf(base, sizeof(base), "%.*s", (int)(comma - text - 5), text + 5);
		if (!strncmp(comma, ",size=", 6) && comma[6] >= '0' && comma[6] <= '9') {
			bits = strtol(comma + 6, &end, 10);
			bits = *end ? -1 : bits;
		}
	}
	if (bits < 1 || prefix_parse(base, &pool.base) || bits > pool.base.addr.len * 8 ||
	    bits < pool.base.bits)
		return err_set(e, ERR_INVALID,
			       "address pool %.100s: must be base=ADDRESS/BITS,size=BITS, with a "
			       "size of no less than the base's bits",
			       text);
	first = prefix_first(&pool.base);
	pool.base.addr = first;
	pool.bits = (uint8_t)bits;
	for (size_t i = 0; i < p->n; i++)
		if (prefix_overlap(&p->v[i].base, &pool.base))
			return err_set(e, ERR_INVALID, "address pool %.100s: overlaps another pool",
				       text);
	if (p->n == IPAM_POOLS_MAX)
		return err_set(e, ERR_INVALID, "more than %d address pools", IPAM_POOLS_MAX);
	p->v[p->n++] = pool;
	return 0;
}

/* The one of taken that reaches furthest of those that p meets; NULL: none. */
static const struct prefix *furthest(const struct prefix *p, const struct prefix *taken, size_t n)
{
	const struct prefix *ret = NULL;
	struct addr last, best;

	for (size_t i = 0; i < n; i++) {
		if (!prefix_overlap(p, &taken[i]))
			continue;
		last = prefix_last(&taken[i]);
		if (!ret || addr_cmp(&last, &best) > 0) {
			ret = &taken[i];
			best = last;
		}
	}
	return ret;
}

static bool choose_in(const struct ipam_pool *pool, const struct prefix *taken, size_t n,
		      struct prefix *ret)
{
	struct prefix try = {prefix_first(&pool->base), pool->bits};
	const struct prefix *met;

	while ((met = furthest(&try, taken, n))) {
		struct addr next = prefix_last(&try), over = prefix_last(met);

		if (addr_cmp(&over, &next) > 0)
			next = over;
		if (!addr_add(&next, 1) || !prefix_has(&pool->base, &next))
			return false;
		try.addr = next;
		try.addr = prefix_first(&try);
	}
	*ret = try;
	return true;
}

int ipam_choose(const struct ipam_pools *p, uint8_t len, const struct prefix *taken, size_t n,
		struct prefix *ret, struct err *e)
{
	for (size_t i = 0; i < p->n; i++)
		if (p->v[i].base.addr.len == len && choose_in(&p->v[i], taken, n, ret))
			return 0;
	return err_set(e, ERR_CONFLICT,
		       "all predefined address pools have been fully subnetted: remove a network "
		       "that nobody uses, or choose a subnet with --subnet");
}

bool ipam_meets(const struct prefix *p, const struct prefix *taken, size_t n)
{
	return furthest(p, taken, n) != NULL;
}

bool ipam_host(const struct prefix *subnet, const struct addr *a)
{
	struct addr first = prefix_first(subnet), last = prefix_last(subnet);

	if (!prefix_has(subnet, a))
		return false;
	if (subnet->bits >= subnet->addr.len * 8 - 1)
		return true;
	return addr_cmp(a, &first) && (a->len == 16 || addr_cmp(a, &last));
}

struct addr ipam_gateway(const struct prefix *subnet, const struct prefix *range)
{
	struct addr a = prefix_first(range->addr.len ? range : subnet);

	if (!ipam_host(subnet, &a))
		addr_add(&a, 1);
	return a;
}
