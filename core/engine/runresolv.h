/* SPDX-License-Identifier: Apache-2.0 */
/*
 * runresolv: the text of a container's resolv.conf, from the host's and from --dns, --dns-search
 * and --dns-option, word for word as dockerd 28.5 writes it. Comments at its end say where it comes
 * from.
 */
#ifndef ENGINE_RUNRESOLV_H
#define ENGINE_RUNRESOLV_H

#include <stdbool.h>

#include "base/buf.h"
#include "engine/request.h"

struct runresolv_conf {
	const struct request *r; /* its network, dns, dns_search, dns_options */
	const char *host;	 /* text of the host's /etc/resolv.conf */
	bool resolver;		 /* a name server of ours answers at 127.0.0.11 */
	bool ipv6;		 /* the container will have an IPv6 address */
};

void runresolv_text(const struct runresolv_conf *c, struct buf *b);
/* Whether none of the servers that it would ask is within its reach. */
bool runresolv_unreachable(const struct runresolv_conf *c);

#endif
