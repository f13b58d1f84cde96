/* SPDX-License-Identifier: Apache-2.0 */
/*
 * netplan: all that a container's networks need when it starts, found out by the engine and carried
 * to the shim as the text spec.network: so the shim looks nothing up. Made from the request and the
 * networks' records; addresses are chosen at the start, by who starts (engine/netup.h).
 */
#ifndef ENGINE_NETPLAN_H
#define ENGINE_NETPLAN_H

#include "engine/networks.h"
#include "engine/reqnet.h"
#include "engine/request.h"
#include "engine/runfiles.h"

struct netplan_endpoint {
	struct networks_one net;
	struct bridge_conf bridge;
	struct reqnet_endpoint want;
	struct strs names; /* that it answers to: aliases, name, short ID, host name */
};
struct netplan {
	const char *id, *name, *hostname, *domainname;
	const char *table;		    /* networks_table's */
	struct netplan_endpoint *endpoints; /* the first one's gateway is the default route's,
					       unless gw_priority says otherwise */
	size_t nendpoints;
	struct reqnet_port *ports;
	size_t nports;
	struct strs exposed; /* "80/tcp" not published: for Ports of inspect */
	struct strs dns;
	struct strs hosts; /* "name:address" */
	bool ndots;	   /* dnsd.h's */
	bool resolver;	   /* has a network with names: 127.0.0.11 is served */
};

/* Whether the request wants a network of ours: not none, host, container:. */
bool netplan_wanted(const struct request *r);
/* f->resolver: even where none of its networks has names. */
int netplan_build(struct engine *en, struct arena *a, const struct runfiles_conf *f, const char *id,
		  const char *name, struct netplan *ret, struct err *e);
/* One more endpoint: of connect. */
int netplan_endpoint(struct engine *en, struct arena *a, const struct netplan *p,
		     const struct reqnet_endpoint *want, struct netplan_endpoint *ret,
		     struct err *e);
void netplan_write_endpoint(struct json_w *w, const char *key, const struct netplan_endpoint *p);
int netplan_read_endpoint(struct arena *a, const struct json *v, const char *table,
			  struct netplan_endpoint *ret, struct err *e);
void netplan_write(struct json_w *w, const char *key, const struct netplan *p);
int netplan_read(struct arena *a, const struct json *v, struct netplan *ret, struct err *e);

/* What the shim writes of a running container, exec-root/containers/<id>/network, and inspect, ps,
 * port and connect read. One JSON object in Docker's own forms:
 *   {"Ports":{"80/tcp":[{"HostIp":"0.0.0.0","HostPort":"8080"}],"443/tcp":null},
 *    "Networks":{"<name>":{"NetworkID","EndpointID","Gateway","IPAddress","IPPrefixLen",
 *      "IPv6Gateway","GlobalIPv6Address","GlobalIPv6PrefixLen","MacAddress","DNSNames"}}} */
#define NETPLAN_LIVE "network"
/* dir: exec-root/containers, or where its directory was moved to. NULL: there is none that can be
 * read. */
const struct json *netplan_live(int dir, struct arena *a, const char *id);

#endif
