/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What Docker leaves without a word is said here: a subnet of a family that the network does not
 * have. Beyond Docker's, a bridge may have several subnets of one family.
 */
#include "engine/networks_request.h"

#include <stdio.h>
#include <string.h>

#include "engine/networks_options.h"
#include "engine/networks_record.h"
#include "network/ipam.h"

#define BAD(e, ...) err_set(e, ERR_INVALID, "invalid network config: invalid " __VA_ARGS__)

/* ---- addresses */

static int want_subnet(const char *s, struct prefix *ret, struct err *e)
{
	struct prefix net;
	char text[PREFIX_TEXT];

	if (prefix_parse(s, ret))
		return BAD(e, "subnet %.100s: invalid CIDR block notation", s);
	net = (struct prefix){prefix_first(ret), ret->bits};
	if (addr_cmp(&net.addr, &ret->addr))
		return BAD(e, "subnet %.100s: it should be %s", s, prefix_text(&net, text));
	return 0;
}

static int want_range(const char *s, const struct prefix *subnet, struct prefix *ret, struct err *e)
{
	struct prefix net;
	char text[PREFIX_TEXT], parent[PREFIX_TEXT];

	if (!*s)
		return 0;
	if (prefix_parse(s, ret))
		return BAD(e, "ip-range %.100s: invalid CIDR block notation", s);
	prefix_text(subnet, parent);
	net = (struct prefix){prefix_first(ret), ret->bits};
	if (ret->addr.len == subnet->addr.len && ret->bits < subnet->bits)
		return BAD(e, "ip-range %.100s: CIDR block is bigger than its parent subnet %s", s,
			   parent);
	if (addr_cmp(&net.addr, &ret->addr))
		return BAD(e, "ip-range %.100s: it should be %s", s, prefix_text(&net, text));
	if (!prefix_has(subnet, &ret->addr))
		return BAD(e, "ip-range %.100s: parent subnet %s doesn't contain ip-range", s,
			   parent);
	return 0;
}

static int want_host(const char *what, const char *name, const char *s, const struct prefix *subnet,
		     struct addr *ret, struct err *e)
{
	char parent[PREFIX_TEXT];

	if (addr_parse(s, ret))
		return BAD(e, "%s %.100s: invalid address", what, name);
	if (!prefix_has(subnet, ret))
		return BAD(e, "%s %.100s: parent subnet %s doesn't contain this address", what,
			   name, prefix_text(subnet, parent));
	return 0;
}

static int want_aux(struct arena *a, const struct json *v, struct networks_subnet *s, struct err *e)
{
	struct strs map = {0};

	if (json_want_map(v, "AuxiliaryAddresses", a, &map, e))
		return -1;
	if (map.n > NETWORKS_RECORD_AUX_MAX)
		return err_set(e, ERR_INVALID, "more than %d auxiliary addresses",
			       NETWORKS_RECORD_AUX_MAX);
	s->aux = arena_array(a, map.n + 1, sizeof(*s->aux));
	for (size_t i = 0; i < map.n; i++) {
		size_t n = strcspn(map.v[i], "=");

		s->aux[i].name = arena_strndup(a, map.v[i], n);
		if (want_host("auxiliary address", s->aux[i].name, map.v[i] + n + 1, &s->subnet,
			      &s->aux[i].addr, e))
			return -1;
	}
	s->naux = map.n;
	return 0;
}

static int want_one(struct arena *a, const struct json *v, struct networks_subnet *s, struct err *e)
{
	const char *subnet = "", *range = "", *gateway = "";

	s->given = true;
	if (json_want_str(v, "Subnet", &subnet, e) || json_want_str(v, "IPRange", &range, e) ||
	    json_want_str(v, "Gateway", &gateway, e) || want_subnet(subnet, &s->subnet, e) ||
	    want_range(range, &s->subnet, &s->range, e))
		return -1;
	s->given_gateway = *gateway != 0;
	if (*gateway && want_host("gateway", gateway, gateway, &s->subnet, &s->gateway, e))
		return -1;
	return want_aux(a, v, s, e);
}

static int want_ipam(struct arena *a, const struct json *body, struct networks_one *o,
		     struct strs *warnings, struct err *e)
{
	const struct json *ipam, *config, *v;
	struct json_iter it;
	char text[PREFIX_TEXT];

	if (json_want_obj(body, "IPAM", &ipam, e) ||
	    json_want_str(ipam, "Driver", &o->ipam_driver, e) ||
	    json_want_map(ipam, "Options", a, &o->ipam_options, e))
		return -1;
	o->ipam_options_given = json_typeof(json_get(ipam, "Options")) == JSON_OBJ;
	config = json_get(ipam, "Config");
	if (json_typeof(config) != JSON_ARR && json_typeof(config) != JSON_NULL)
		return err_set(e, ERR_INVALID, "IPAM.Config: must be an array");
	if (json_len(config) > NETWORKS_RECORD_SUBNETS_MAX)
		return err_set(e, ERR_INVALID, "more than %d subnets", NETWORKS_RECORD_SUBNETS_MAX);
	o->subnets = arena_array(a, json_len(config) + 1, sizeof(*o->subnets));
	for (it = json_iter(config); (v = json_next(&it, NULL));) {
		struct networks_subnet *s = &o->subnets[o->nsubnets];

		if (want_one(a, v, s, e))
			return -1;
		if (s->subnet.addr.len == 4 ? o->ipv4 : o->ipv6) {
			o->nsubnets++;
			continue;
		}
		strs_printf(a, warnings, "IPv%d is not enabled: the subnet %s is not used",
			    s->subnet.addr.len == 4 ? 4 : 6, prefix_text(&s->subnet, text));
		*s = (struct networks_subnet){0};
	}
	return 0;
}

int networks_request_addresses(const struct networks_one *o, struct err *e)
{
	char text[ADDR_TEXT];

	for (size_t i = 0; i < o->nsubnets; i++) {
		const struct networks_subnet *s = &o->subnets[i];

		if (s->gateway.len && !ipam_host(&s->subnet, &s->gateway))
			return err_set(e, ERR_CONFLICT,
				       "failed to allocate gateway (%s): Address already in use",
				       addr_text(&s->gateway, text));
		for (size_t k = 0; k < s->naux; k++) {
			const struct addr *x = &s->aux[k].addr;
			bool taken = !ipam_host(&s->subnet, x) || !addr_cmp(x, &s->gateway);

			for (size_t m = 0; m < k && !taken; m++)
				taken = !addr_cmp(x, &s->aux[m].addr);
			if (taken)
				return err_set(e, ERR_CONFLICT,
					       "failed to allocate secondary ip address (%.100s:%s)"
					       ": Address already in use",
					       s->aux[k].name, addr_text(x, text));
		}
	}
	return 0;
}

/* ---- all of it */

static int check(const struct networks_one *o, const char *driver, const char *scope, struct err *e)
{
	if (strspn(o->name, " \t\n\v\f\r") == strlen(o->name))
		return err_set(e, ERR_INVALID, "invalid name: name is empty");
	if (networks_record_file(o->name, (char[NETWORKS_RECORD_NAME]){0}))
		return err_set(e, ERR_INVALID,
			       "invalid name: %.40s... is too long (as a file's name it must fit "
			       "into %d bytes)",
			       o->name, NETWORKS_RECORD_NAME);
	if (networks_predefined(o->name) || !strcmp(o->name, "default"))
		return err_set(e, ERR_FORBIDDEN,
			       "operation is not permitted on predefined %s network", o->name);
	if (!strcmp(driver, "overlay"))
		return err_set(e, ERR_UNAVAILABLE,
			       "This node is not a swarm manager: an overlay network needs one");
	if (!strcmp(scope, "swarm"))
		return err_set(e, ERR_FORBIDDEN,
			       "cannot create a swarm scoped network when swarm is not active");
	if (o->ingress)
		return err_set(e, ERR_FORBIDDEN,
			       "Ingress network can only be global scope network");
	if (strcmp(o->ipam_driver, "default"))
		return err_set(e, ERR_NOTFOUND,
			       "plugin \"%.100s\" not found: the only IPAM driver is default",
			       o->ipam_driver);
	if (!o->ipv4 && !o->ipv6)
		return err_set(e, ERR_INVALID, "IPv4 or IPv6 must be enabled");
	return 0;
}

static int want_driver(struct networks_one *o, const char *driver, struct err *e)
{
	if (o->config_only) {
		o->driver = NETWORKS_NULL; /* as Docker: it has none */
		return 0;
	}
	if (networks_record_driver(driver, &o->driver))
		return err_set(e, ERR_NOTFOUND,
			       "plugin \"%.100s\" not found: the drivers are bridge, host and null",
			       driver);
	if (o->driver != NETWORKS_BRIDGE)
		return err_set(e, ERR_FORBIDDEN, "only one instance of \"%s\" network is allowed",
			       driver);
	return 0;
}

/* What comes from another network's record cannot be said here too. */
static int check_from(const struct networks_one *o, struct err *e)
{
	if (!*o->config_from)
		return 0;
	if (o->config_only)
		return err_set(e, ERR_FORBIDDEN,
			       "a configuration network cannot depend on another configuration "
			       "network");
	if (o->options.n)
		return err_set(e, ERR_FORBIDDEN,
			       "network driver options are not supported if the network depends on "
			       "a configuration network");
	if (o->nsubnets || o->ipam_options.n)
		return err_set(e, ERR_FORBIDDEN,
			       "user specified configurations are not supported if the network "
			       "depends on a configuration network");
	return 0;
}

int networks_request(struct arena *a, const struct json *body, struct networks_one *ret,
		     struct strs *warnings, struct err *e)
{
	struct networks_one o = {.name = "", .ipv4 = true, .ipam_driver = "", .config_from = ""};
	const char *driver = "", *scope = "";
	const struct json *from;

	if (json_want_str(body, "Name", &o.name, e) || json_want_str(body, "Driver", &driver, e) ||
	    json_want_str(body, "Scope", &scope, e) ||
	    json_want_bool(body, "EnableIPv4", &o.ipv4, e) ||
	    json_want_bool(body, "EnableIPv6", &o.ipv6, e) ||
	    json_want_bool(body, "Internal", &o.internal, e) ||
	    json_want_bool(body, "Attachable", &o.attachable, e) ||
	    json_want_bool(body, "Ingress", &o.ingress, e) ||
	    json_want_bool(body, "ConfigOnly", &o.config_only, e) ||
	    json_want_obj(body, "ConfigFrom", &from, e) ||
	    json_want_str(from, "Network", &o.config_from, e) ||
	    json_want_map(body, "Options", a, &o.options, e) ||
	    json_want_map(body, "Labels", a, &o.labels, e) || want_ipam(a, body, &o, warnings, e))
		return -1;
	if (!*o.ipam_driver)
		o.ipam_driver = "default";
	if (check(&o, driver, scope, e) || want_driver(&o, *driver ? driver : "bridge", e) ||
	    check_from(&o, e))
		return -1;
	*ret = o;
	return 0;
}
