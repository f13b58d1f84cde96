/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The network of NetworkMode comes first and becomes eth0; the others follow by name, so that the
 * same request gives the same interfaces each time. Which of them has the default route is decided
 * where they are put up, because connect and disconnect may change it.
 */
#include "engine/netplan.h"
#include "base/file.h"
#include "container/join.h"
#include "engine/containers.h"
#include "engine/control.h"

#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define LIVE_MAX (8 << 20)

bool netplan_wanted(const struct request *r)
{
	/* one that left none has what it was connected to since */
	bool none = !strcmp(r->network, "none") && !(r->net.mode_left && r->net.nendpoints);

	return !r->network_disabled && !none && strcmp(r->network, "host") &&
	       strncmp(r->network, JOIN_PREFIX, strlen(JOIN_PREFIX));
}

static void add_name(struct arena *a, struct strs *names, const char *name)
{
	for (size_t i = 0; i < names->n; i++)
		if (!strcmp(names->v[i], name))
			return;
	if (*name)
		strs_add(a, names, arena_strdup(a, name));
}

/* A killed container's address is not free before what is left of it is ended. */
static void settle_owner(struct engine *en, struct arena *a, const char *network,
			 const struct addr *ip)
{
	AUTO_FD int dir = -1, shim = -1;
	char name[ADDR_TEXT], owner[65];
	struct err why;
	ssize_t n;

	if (!ip->len)
		return;
	dir = networks_dir(en->exec, network, "leases", &why);
	n = dir < 0 ? -1 : readlinkat(dir, addr_text(ip, name), owner, sizeof(owner) - 1);
	if (n != 64)
		return;
	owner[n] = 0;
	shim = containers_shim(en, owner, &why);
	if (shim < 0)
		control_settle(en, a, owner, &why);
}

/* Only a network with a subnet of the user's own choice keeps an address for somebody. */
static int check_fixed(const struct netplan_endpoint *p, const struct addr *ip, struct err *e)
{
	const struct networks_one *o = &p->net;
	bool any = false;

	if (!ip->len)
		return 0;
	for (size_t i = 0; i < o->nsubnets; i++) {
		if (o->subnets[i].subnet.addr.len != ip->len)
			continue;
		any = any || o->subnets[i].given;
		if (o->subnets[i].given && prefix_has(&o->subnets[i].subnet, ip))
			return 0;
	}
	return any ? err_set(e, ERR_INVALID,
			     "invalid config for network %s: invalid endpoint settings:\nno "
			     "configured subnet or ip-range contain the IP address %s",
			     o->name, addr_text(ip, (char[ADDR_TEXT]){0}))
		   : err_set(e, ERR_INVALID,
			     "invalid config for network %s: invalid endpoint settings:\nuser "
			     "specified IP address is supported only when connecting to networks "
			     "with user configured subnets",
			     o->name);
}

/* On the network o. */
static int plan_endpoint(struct engine *en, struct arena *a, const struct netplan *p,
			 const struct reqnet_endpoint *want, const struct networks_one *o,
			 struct netplan_endpoint *ret, struct err *e)
{
	*ret = (struct netplan_endpoint){.net = *o};
	if (ret->net.driver != NETWORKS_BRIDGE)
		return err_set(e, ERR_INVALID,
			       "container cannot be connected to network %s: it is no bridge",
			       ret->net.name);
	ret->want = *want;
	ret->want.network = ret->net.name;
	if (check_fixed(ret, &want->ip4, e) || check_fixed(ret, &want->ip6, e))
		return -1;
	settle_owner(en, a, ret->net.id, &want->ip4);
	settle_owner(en, a, ret->net.id, &want->ip6);
	networks_bridge(a, &ret->net, networks_table(en, a), &ret->bridge);
	if (!strcmp(ret->net.name, NETWORKS_BRIDGE_NAME))
		return 0;
	add_name(a, &ret->names, p->name);
	for (size_t i = 0; i < want->aliases.n; i++)
		add_name(a, &ret->names, want->aliases.v[i]);
	add_name(a, &ret->names, arena_strndup(a, p->id, 12));
	add_name(a, &ret->names, p->hostname);
	return 0;
}

int netplan_endpoint(struct engine *en, struct arena *a, const struct netplan *p,
		     const struct reqnet_endpoint *want, struct netplan_endpoint *ret,
		     struct err *e)
{
	struct networks_one o;

	return networks_get(en, a, want->network, &o, e) ||
			       plan_endpoint(en, a, p, want, &o, ret, e)
		       ? -1
		       : 0;
}

static int by_name(const void *a, const void *b)
{
	const struct reqnet_endpoint *x = *(const struct reqnet_endpoint *const *)a,
				     *y = *(const struct reqnet_endpoint *const *)b;

	return strcmp(x->network, y->network);
}

/* Whether an endpoint is that of NetworkMode: by the word that was given there, or the network's
 * name where that was its ID. */
static bool is_mode(const struct reqnet_endpoint *w, const char *mode, const struct networks_one *o)
{
	return !strcmp(w->network, mode) || !strcmp(w->network, o->name) ||
	       !strcmp(w->network, o->id) ||
	       (networks_is_default(mode) && networks_is_default(w->network));
}

static int add_endpoints(struct engine *en, struct arena *a, const struct request *r,
			 struct netplan *p, struct err *e)
{
	const char *mode = networks_is_default(r->network) ? NETWORKS_BRIDGE_NAME : r->network;
	const struct reqnet_endpoint **rest;
	struct reqnet_endpoint first = {.network = mode, .mac = ""};
	bool left = r->net.mode_left && r->net.nendpoints; /* the network of NetworkMode */
	struct networks_one o;
	size_t n = 0;

	if (!left && networks_get(en, a, mode, &o, e))
		return -1;
	rest = arena_array(a, r->net.nendpoints + 1, sizeof(*rest));
	for (size_t i = 0; i < r->net.nendpoints; i++) {
		if (!left && is_mode(&r->net.endpoints[i], mode, &o))
			first = r->net.endpoints[i];
		else
			rest[n++] = &r->net.endpoints[i];
	}
	if (r->net.mac && *r->net.mac && !*first.mac)
		first.mac = r->net.mac;
	qsort(rest, n, sizeof(*rest), by_name);
	p->endpoints = arena_array(a, n + 1, sizeof(*p->endpoints));
	if (!left && plan_endpoint(en, a, p, &first, &o, &p->endpoints[p->nendpoints++], e))
		return -1;
	for (size_t i = 0; i < n; i++)
		if (netplan_endpoint(en, a, p, rest[i], &p->endpoints[p->nendpoints++], e))
			return -1;
	for (size_t i = 0; i < p->nendpoints; i++)
		p->resolver = p->resolver || p->endpoints[i].names.n;
	return 0;
}

/* A bit for each port of each protocol, true where it was there already. */
static bool seen(uint64_t *bits, uint16_t port, uint8_t proto)
{
	size_t n = (proto == IPPROTO_TCP ? 0 : proto == IPPROTO_UDP ? 1 : 2) * 65536U + port;
	uint64_t bit = (uint64_t)1 << n % 64;
	bool was = bits[n / 64] & bit;

	bits[n / 64] |= bit;
	return was;
}

static int add_ports(struct arena *a, const struct request *r, struct netplan *p, struct err *e)
{
	uint64_t *bits = r->ports.n ? arena_array(a, 3 * 65536 / 64, sizeof(*bits)) : NULL;

	p->ports = arena_array(a, r->net.nports + r->ports.n + 1, sizeof(*p->ports));
	if (r->net.nports)
		memcpy(p->ports, r->net.ports, r->net.nports * sizeof(*p->ports));
	p->nports = r->net.nports;
	for (size_t i = 0; r->ports.n && i < r->net.nports; i++)
		seen(bits, r->net.ports[i].port, r->net.ports[i].proto);
	for (size_t i = 0; i < r->ports.n; i++) {
		struct reqnet_port q = {.port = 0};

		if (reqnet_port(r->ports.v[i], &q.port, &q.proto, e))
			return -1;
		if (seen(bits, q.port, q.proto))
			continue;
		if (r->net.publish_all)
			p->ports[p->nports++] = q;
		else
			strs_printf(a, &p->exposed, "%u/%s", q.port, reqnet_proto(q.proto));
	}
	return 0;
}

/* "name:host-gateway" stands for the default bridge's own addresses. */
static void add_hosts(struct arena *a, const struct runfiles_conf *f, struct strs *ret)
{
	char text[ADDR_TEXT];

	for (size_t i = 0; i < f->r->extra_hosts.n; i++) {
		char *one = f->r->extra_hosts.v[i], *at = strpbrk(one, ":=");
		int n = at ? (int)(at - one) : 0;

		if (!at || strcmp(at + 1, RUNFILES_GATEWAY)) {
			strs_add(a, ret, one);
			continue;
		}
		if (f->gateway4.len)
			strs_printf(a, ret, "%.*s:%s", n, one, addr_text(&f->gateway4, text));
		if (f->gateway6.len)
			strs_printf(a, ret, "%.*s:%s", n, one, addr_text(&f->gateway6, text));
	}
}

static bool has_ndots(const struct strs *options)
{
	static const char key[] = "ndots:";

	for (size_t i = 0; i < options->n; i++)
		if (!strncmp(options->v[i], key, sizeof(key) - 1))
			return atoi(options->v[i] + sizeof(key) - 1) > 0;
	return false;
}

int netplan_build(struct engine *en, struct arena *a, const struct runfiles_conf *f, const char *id,
		  const char *name, struct netplan *ret, struct err *e)
{
	memset(ret, 0, sizeof(*ret));
	ret->id = id;
	ret->name = name;
	ret->hostname = f->hostname;
	ret->domainname = f->r->domainname;
	ret->resolver = f->resolver;
	ret->dns = f->r->dns;
	ret->ndots = has_ndots(&f->r->dns_options);
	ret->table = networks_table(en, a);
	add_hosts(a, f, &ret->hosts);
	return add_endpoints(en, a, f->r, ret, e) || add_ports(a, f->r, ret, e) ? -1 : 0;
}

/* ---- as text */

void netplan_write_endpoint(struct json_w *w, const char *key, const struct netplan_endpoint *p)
{
	json_w_obj(w, key);
	networks_write(w, "Network", &p->net);
	reqnet_write(w, "Want", &p->want);
	json_w_strs(w, "Names", &p->names);
	json_w_end(w);
}

void netplan_write(struct json_w *w, const char *key, const struct netplan *p)
{
	char text[ADDR_TEXT];

	json_w_obj(w, key);
	json_w_str(w, "Id", p->id);
	json_w_str(w, "Name", p->name);
	json_w_str(w, "Hostname", p->hostname);
	json_w_str(w, "Domainname", p->domainname);
	json_w_str(w, "Table", p->table);
	json_w_bool(w, "Resolver", p->resolver);
	json_w_arr(w, "Endpoints");
	for (size_t i = 0; i < p->nendpoints; i++)
		netplan_write_endpoint(w, NULL, &p->endpoints[i]);
	json_w_arr_end(w);
	json_w_arr(w, "Ports");
	for (size_t i = 0; i < p->nports; i++) {
		const struct reqnet_port *q = &p->ports[i];

		json_w_obj(w, NULL);
		json_w_int(w, "Port", q->port);
		json_w_int(w, "Proto", q->proto);
		json_w_str(w, "Ip", q->ip.len ? addr_text(&q->ip, text) : "");
		json_w_int(w, "Low", q->low);
		json_w_int(w, "High", q->high);
		json_w_end(w);
	}
	json_w_arr_end(w);
	json_w_strs(w, "Exposed", &p->exposed);
	json_w_strs(w, "Dns", &p->dns);
	json_w_strs(w, "Hosts", &p->hosts);
	json_w_bool(w, "Ndots", p->ndots);
	json_w_end(w);
}

int netplan_read_endpoint(struct arena *a, const struct json *v, const char *table,
			  struct netplan_endpoint *ret, struct err *e)
{
	memset(ret, 0, sizeof(*ret));
	if (networks_read(a, json_get(v, "Network"), &ret->net, e) ||
	    reqnet_endpoint(a, ret->net.name, json_get(v, "Want"), &ret->want, e) ||
	    json_want_strs(v, "Names", a, &ret->names, NULL, e))
		return -1;
	networks_bridge(a, &ret->net, table, &ret->bridge);
	return 0;
}

static int read_port(const struct json *v, struct reqnet_port *ret, struct err *e)
{
	const char *ip = json_str(json_get(v, "Ip"), "");

	*ret = (struct reqnet_port){.port = (uint16_t)json_int(json_get(v, "Port"), 0),
				    .proto = (uint8_t)json_int(json_get(v, "Proto"), 0),
				    .low = (uint16_t)json_int(json_get(v, "Low"), 0),
				    .high = (uint16_t)json_int(json_get(v, "High"), 0)};
	return *ip && addr_parse(ip, &ret->ip) ? err_set(e, ERR_INVALID, "a port at %s", ip) : 0;
}

int netplan_read(struct arena *a, const struct json *v, struct netplan *ret, struct err *e)
{
	const struct json *list = json_get(v, "Endpoints"), *ports = json_get(v, "Ports"), *one;
	struct json_iter it;
	const char *key;

	*ret = (struct netplan){.id = json_str(json_get(v, "Id"), ""),
				.name = json_str(json_get(v, "Name"), ""),
				.hostname = json_str(json_get(v, "Hostname"), ""),
				.domainname = json_str(json_get(v, "Domainname"), ""),
				.table = json_str(json_get(v, "Table"), "proa"),
				.resolver = json_bool(json_get(v, "Resolver"), false),
				.ndots = json_bool(json_get(v, "Ndots"), false)};
	ret->endpoints = arena_array(a, json_len(list) + 1, sizeof(*ret->endpoints));
	ret->ports = arena_array(a, json_len(ports) + 1, sizeof(*ret->ports));
	it = json_iter(list);
	while ((one = json_next(&it, &key)))
		if (netplan_read_endpoint(a, one, ret->table, &ret->endpoints[ret->nendpoints++],
					  e))
			return -1;
	it = json_iter(ports);
	while ((one = json_next(&it, &key)))
		if (read_port(one, &ret->ports[ret->nports++], e))
			return -1;
	return json_want_strs(v, "Exposed", a, &ret->exposed, NULL, e) ||
			       json_want_strs(v, "Dns", a, &ret->dns, NULL, e) ||
			       json_want_strs(v, "Hosts", a, &ret->hosts, NULL, e)
		       ? -1
		       : 0;
}

const struct json *netplan_live(int dir, struct arena *a, const char *id)
{
	AUTO_BUF b = BUF_INIT;
	char path[90];
	struct err why;

	snprintf(path, sizeof(path), "%.64s/" NETPLAN_LIVE, id);
	if (file_read(dir, path, LIVE_MAX, &b, &why))
		return NULL;
	return json_parse(a, b.data ? b.data : "", b.len, LIVE_MAX, path, &why);
}
