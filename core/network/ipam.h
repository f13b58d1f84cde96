/* SPDX-License-Identifier: Apache-2.0 */
/*
 * ipam: which subnet a network gets. A pool is a range that is cut into subnets of one size; of
 * several pools the first free subnet of the first that has one is taken. What is taken is the
 * caller's to gather: the subnets of other networks and what the host has routes to.
 *
 * The pools are Docker's own unless somebody says otherwise (--default-address-pool): for IPv4
 * 172.17.0.0/16 to 172.31.0.0/16 and 192.168.0.0/20 and so on; for IPv6 subnets of 64 bits of one
 * unique local prefix (RFC 4193) for each installation.
 */
#ifndef NETWORK_IPAM_H
#define NETWORK_IPAM_H

#include <stddef.h>

#include "base/err.h"
#include "network/addr.h"

#define IPAM_POOLS_MAX 64

struct ipam_pool {
	struct prefix base;
	uint8_t bits; /* of each subnet */
};
struct ipam_pools {
	struct ipam_pool v[IPAM_POOLS_MAX];
	size_t n;
};

/* IPv4's, and one for IPv6 made from seed (the same for the same seed). */
void ipam_defaults(const void *seed, size_t len, struct ipam_pools *ret);
/* "base=10.10.0.0/16,size=24", added. ERR_INVALID: it is none, or it overlaps one that is there. */
int ipam_add(struct ipam_pools *p, const char *text, struct err *e);
/* The first subnet of addresses of len bytes (4, 16) that meets none of taken. ERR_CONFLICT: there
 * is none. */
int ipam_choose(const struct ipam_pools *p, uint8_t len, const struct prefix *taken, size_t n,
		struct prefix *ret, struct err *e);
/* Whether it meets one of them. */
bool ipam_meets(const struct prefix *p, const struct prefix *taken, size_t n);
/* Whether a host may have it: in IPv4 neither the first nor the last one of a subnet, in IPv6 not
 * the first, but for those of one or two addresses. */
bool ipam_host(const struct prefix *subnet, const struct addr *a);
/* The first address of range (len 0: of subnet) that a host may have. */
struct addr ipam_gateway(const struct prefix *subnet, const struct prefix *range);

#endif
