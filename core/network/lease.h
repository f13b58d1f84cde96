/* SPDX-License-Identifier: Apache-2.0 */
/*
 * lease: which address of a network is whose, as files of exec-root/networks/<id>/leases/: a link
 * named after the address that says the owner's ID. Making it decides between two that want the
 * same one. A lease counts for as long as its owner lives, which is the caller's to say; so a crash
 * leaks none: who meets a dead one's takes it over.
 */
#ifndef NETWORK_LEASE_H
#define NETWORK_LEASE_H

#include <stdbool.h>
#include <stddef.h>

#include "base/err.h"
#include "network/addr.h"

/* Whether the owner still holds what it leased; may clean up after it. */
typedef bool lease_alive(void *ctx, const char *owner);

struct lease_want {
	struct prefix subnet;
	struct prefix range;	     /* addr.len 0: all of the subnet */
	const struct addr *reserved; /* gateway, --aux-address */
	size_t nreserved;
	struct addr fixed; /* len 0: the lowest free one */
};
/* dir: leases/. ERR_CONFLICT: "Address already in use", or there is none left. */
int lease_take(int dir, const struct lease_want *w, const char *owner, lease_alive *alive,
	       void *ctx, struct addr *ret, struct err *e);
/* Only if it is still the owner's. */
void lease_drop(int dir, const struct addr *a, const char *owner);

#endif
