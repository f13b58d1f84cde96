/* SPDX-License-Identifier: Apache-2.0 */
/*
 * runfiles: hosts, hostname and resolv.conf of a container, made before each start in its directory
 * on exec-root and bound into its /etc. While it runs, its addresses come into hosts and go again;
 * everything else there is the container's, which may write to all three.
 */
#ifndef ENGINE_RUNFILES_H
#define ENGINE_RUNFILES_H

#include <stdbool.h>

#include "base/err.h"
#include "engine/request.h"
#include "network/addr.h"

#define RUNFILES_GATEWAY "host-gateway"

struct runfiles_conf {
	const struct request *r;
	const char *hostname; /* as the container will have it */
	bool resolver;	      /* a name server of ours answers at 127.0.0.11 */
	bool ipv6;	      /* it will have an IPv6 address */
	/* What host-gateway stands for: the default bridge's own addresses; len 0: it has none. */
	struct addr gateway4, gateway6;
};

/* dir: exec-root/containers/<id>. No address of the container's own is in hosts yet. */
int runfiles_make(const struct runfiles_conf *c, int dir, struct err *e);
/* On a running container, when connect or disconnect has changed c: resolv.conf anew, unless
 * somebody edited it since it was made. */
int runfiles_resolv(const struct runfiles_conf *c, int dir, struct err *e);
/* Whether a container on the default bridge needs a name server of ours: the host's own ones are
 * all on its loopback interface, which the container cannot reach. */
bool runfiles_wants_resolver(const struct request *r);
/* Whether extra_hosts says host-gateway: only then are the gateways looked at. */
bool runfiles_wants_gateway(const struct request *r);

/* The shim's, while the container runs. A line more for ip; names: "host.domain", "host", the first
 * one the longest. add: at the end, once. drop: every line of ip with a tab behind it, as add wrote
 * it; none: no error. What else the file says stays; the file itself too, it is mounted in the
 * container: ERR_INVALID for one that somebody made too large to be read. */
int runfiles_hosts_add(int dir, const struct addr *ip, const struct strs *names, struct err *e);
int runfiles_hosts_drop(int dir, const struct addr *ip, struct err *e);

#endif
