/* SPDX-License-Identifier: Apache-2.0 */
/*
 * hostnet: the network namespace that bridges, rules and published ports live in, seen from a
 * process that may be in another one by now: open files of it and sockets to its kernel side.
 * Sockets work from everywhere; what goes through /proc/sys/net or binds needs hostnet_enter.
 */
#ifndef NETWORK_HOSTNET_H
#define NETWORK_HOSTNET_H

#include "base/err.h"
#include "network/netlink.h"

struct hostnet {
	int ns;	      /* /proc/self/ns/net of it */
	int back;     /* of the caller's own, between enter and leave; -1 */
	struct nl rt; /* rtnetlink */
	struct nl nf; /* nfnetlink; fd -1: this kernel has none */
};

/* Of the namespace that the caller is in now (ns -1), or of ns, which is taken over. */
int hostnet_open(int ns, struct hostnet *ret, struct err *e);
void hostnet_close(struct hostnet *h);
/* Single-threaded processes only. enter is 0 or -1; leave must follow, and cannot fail. */
int hostnet_enter(struct hostnet *h, struct err *e);
void hostnet_leave(struct hostnet *h);

#endif
