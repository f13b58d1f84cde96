/* SPDX-License-Identifier: Apache-2.0 */
/*
 * endpoint: a container's place on a network, while it runs, as a file for everybody else:
 * exec-root/networks/<network id>/endpoints/<container id>, one JSON object
 *
 *   {"Name":"web","EndpointID":"<64 hex>","MacAddress":"02:42:ac:12:00:02",
 *    "IPv4Address":"172.18.0.2/16","IPv6Address":"","DNSNames":["web","alias","<12 hex>"]}
 *
 * It is written whole (temporary and rename) by the shim that holds the place and removed by it, or
 * by whoever cleans up after that shim. Readers: DNS responders, network inspect.
 */
#ifndef NETWORK_ENDPOINT_H
#define NETWORK_ENDPOINT_H

#include <stdbool.h>

#include "base/err.h"
#include "base/mem.h"
#include "network/addr.h"

struct endpoint {	       /* in the arena */
	const char *container; /* ID */
	const char *name, *id;
	uint8_t mac[6];
	struct prefix ip4, ip6; /* addr.len 0: none; bits: the subnet's */
	struct strs names;
};

#define ENDPOINT_MAC 18 /* bytes of its text */
/* "02:42:ac:12:00:02" */
char *endpoint_mac(const uint8_t mac[6], char ret[ENDPOINT_MAC]);
int endpoint_write(int dir, const struct endpoint *p, struct err *e);
void endpoint_remove(int dir, const char *container);
/* The same, and what a write of it left that was killed. */
void endpoint_sweep(int dir, const char *container);
/* Of a directory endpoints/: all that can be read, sorted by container ID. */
int endpoint_all(int dir, struct arena *a, struct endpoint **ret, size_t *ret_n, struct err *e);
/* One after the other, in no order; each is gone after the call. */
typedef void endpoint_seen(void *ctx, const struct endpoint *p);
int endpoint_each(int dir, endpoint_seen *seen, void *ctx, struct err *e);
int endpoint_read(int dir, struct arena *a, const char *container, struct endpoint *ret,
		  struct err *e);

#endif
