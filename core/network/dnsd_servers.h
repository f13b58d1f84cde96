/* SPDX-License-Identifier: Apache-2.0 */
/*
 * dnsd_servers: the name servers that a container's questions are forwarded to: its own (--dns) or
 * the host's, of /etc/resolv.conf, which is read again when it has changed.
 */
#ifndef NETWORK_DNSD_SERVERS_H
#define NETWORK_DNSD_SERVERS_H

#include <stdbool.h>
#include <stddef.h>

#include "base/mem.h"
#include "network/addr.h"

#define DNSD_SERVERS_MAX 3 /* as many as a libc asks (MAXNS) */

struct dnsd_server {
	struct addr addr;
	char zone[16]; /* of a link-local address: the interface */
	bool host;     /* asked from the host's namespace */
};

/* own: none: the host's. */
void dnsd_servers_set(const struct strs *own);
/* How many there are now; valid until the next call. */
size_t dnsd_servers(const struct dnsd_server **ret);

#endif
