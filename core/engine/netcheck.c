/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Docker lets pass what has no effect (ports without a network) and warns only of ports on the
 * host's; so does this.
 */
#include "engine/netcheck.h"
#include "engine/networks.h"

#include <string.h>

static int check_endpoint(const struct reqnet_endpoint *p, struct err *e)
{
	const char *name = strcmp(p->network, "default") ? p->network : NETWORKS_BRIDGE_NAME;

	if (!networks_is_default(name) && !networks_predefined(name))
		return 0;
	if (p->ip4.len || p->ip6.len)
		return err_set(e, ERR_INVALID,
			       "invalid config for network %s: invalid endpoint settings:\n* user "
			       "specified IP address is supported on user defined networks only\n* "
			       "user specified IP address is supported only when connecting to "
			       "networks with user configured subnets",
			       name);
	if (p->aliases.n)
		return err_set(e, ERR_INVALID,
			       "invalid config for network %s: invalid endpoint settings:\nnetwork-"
			       "scoped aliases are only supported for user-defined networks",
			       name);
	return 0;
}

int netcheck_request(struct arena *a, const struct request *r, struct strs *warnings, struct err *e)
{
	bool host = !strcmp(r->network, "host");

	if (host && r->net.links.n)
		return err_set(e, ERR_INVALID,
			       "conflicting options: host type networking can't be used with "
			       "links. This would result in undefined behavior");
	if (host && r->net.nports)
		strs_add(a, warnings,
			 arena_strdup(a, "Published ports are discarded when using host network "
					 "mode"));
	for (size_t i = 0; i < r->net.nendpoints; i++)
		if (check_endpoint(&r->net.endpoints[i], e))
			return -1;
	return 0;
}
