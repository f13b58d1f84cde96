/* SPDX-License-Identifier: Apache-2.0 */
/*
 * network create: prints the ID. Ranges, gateways and auxiliary addresses are given beside their
 * subnets and belong to the one that contains them, which is found out here, as in Docker's client,
 * and in its words. Warnings of the engine go to stderr.
 */
#include "applets/applet.h"
#include "applets/runvalues.h"

#include <stdio.h>
#include <string.h>

#include "network/addr.h"

static bool attachable, config_only, ingress, internal;
static bool ipv4 = true, ipv6, ipv4_set, ipv6_set;
static const char *config_from, *driver, *ipam_driver, *scope;
static struct strs aux, gateways, ranges, ipam_opts, labels, opts, subnets;

static const struct option_def options[] = {
	{"attachable", 0, OPTION_BOOL, &attachable, NULL, "Enable manual container attachment",
	 NULL},
	{"aux-address", 0, OPTION_LIST, &aux, "map",
	 "Auxiliary IPv4 or IPv6 addresses used by Network driver", NULL},
	{"config-from", 0, OPTION_STR, &config_from, "string",
	 "The network from which to copy the configuration", NULL},
	{"config-only", 0, OPTION_BOOL, &config_only, NULL, "Create a configuration only network",
	 NULL},
	{"driver", 'd', OPTION_STR, &driver, "string",
	 "Driver to manage the Network (default \"bridge\")", NULL},
	{"gateway", 0, OPTION_LIST, &gateways, "strings",
	 "IPv4 or IPv6 Gateway for the master subnet", NULL},
	{"ingress", 0, OPTION_BOOL, &ingress, NULL, "Create swarm routing-mesh network", NULL},
	{"internal", 0, OPTION_BOOL, &internal, NULL, "Restrict external access to the network",
	 NULL},
	{"ip-range", 0, OPTION_LIST, &ranges, "strings", "Allocate container ip from a sub-range",
	 NULL},
	{"ipam-driver", 0, OPTION_STR, &ipam_driver, "string",
	 "IP Address Management Driver (default \"default\")", NULL},
	{"ipam-opt", 0, OPTION_LIST, &ipam_opts, "map", "Set IPAM driver specific options", NULL},
	{"ipv4", 0, OPTION_BOOL, &ipv4, NULL,
	 "Enable or disable IPv4 address assignment (default true)", &ipv4_set},
	{"ipv6", 0, OPTION_BOOL, &ipv6, NULL, "Enable or disable IPv6 address assignment",
	 &ipv6_set},
	{"label", 0, OPTION_LIST, &labels, "list", "Set metadata on a network", NULL},
	{"opt", 'o', OPTION_LIST, &opts, "map", "Set driver specific options", NULL},
	{"scope", 0, OPTION_STR, &scope, "string", "Control the network's scope", NULL},
	{"subnet", 0, OPTION_LIST, &subnets, "strings",
	 "Subnet in CIDR format that represents a network segment", NULL},
	{NULL, 0, OPTION_BOOL, NULL, NULL, NULL, NULL},
};

/* ---- which belongs to which */

struct config {
	const char *subnet, *range, *gateway;
	struct strs aux;
};

/* An address, or the address of a prefix. */
static bool inside(const char *subnet, const char *what)
{
	struct prefix net = {.bits = 0}, p = net;

	return !prefix_parse(subnet, &net) &&
	       (!addr_parse(what, &p.addr) || !prefix_parse(what, &p)) && prefix_has(&net, &p.addr);
}

static int place(struct config *all, size_t n, const char *what, const char *plural, const char *s,
		 bool gateway, struct err *e)
{
	struct prefix p;
	bool found = false;

	if (!gateway && n && prefix_parse(s, &p))
		return err_set(e, ERR_INVALID, "invalid CIDR address: %s", s);

	for (size_t i = 0; i < n; i++) {
		const char **at = gateway ? &all[i].gateway : &all[i].range;

		if (!inside(all[i].subnet, s))
			continue;
		if (*at)
			return err_set(e, ERR_INVALID,
				       "cannot configure multiple %s (%s, %s) %s the same subnet "
				       "(%s)",
				       plural, s, *at, gateway ? "for" : "on", all[i].subnet);
		*at = s;
		found = true;
	}
	return found ? 0 : err_set(e, ERR_INVALID, "no matching subnet for %s %s", what, s);
}

static int place_aux(struct arena *a, struct config *all, size_t n, const char *s, struct err *e)
{
	const char *v = strchr(s, '=');
	bool found = false;

	for (size_t i = 0; i < n; i++)
		if (v && inside(all[i].subnet, v + 1)) {
			strs_add(a, &all[i].aux, arena_strdup(a, s));
			found = true;
		}
	return found ? 0
		     : err_set(e, ERR_INVALID, "no matching subnet for aux-address %s",
			       v ? v + 1 : "");
}

static int sort_out(struct arena *a, struct config **ret, struct err *e)
{
	struct config *all;

	runvalues_commas(a, &subnets);
	runvalues_commas(a, &ranges);
	runvalues_commas(a, &gateways);
	all = arena_array(a, subnets.n + 1, sizeof(*all));
	if (subnets.n < ranges.n || subnets.n < gateways.n)
		return err_set(e, ERR_INVALID,
			       "every ip-range or gateway must have a corresponding subnet");
	for (size_t i = 0; i < subnets.n; i++) {
		all[i].subnet = subnets.v[i];
		for (size_t k = 0; k < i; k++)
			if (inside(subnets.v[i], subnets.v[k]) ||
			    inside(subnets.v[k], subnets.v[i]))
				return err_set(e, ERR_INVALID,
					       "multiple overlapping subnet configuration is not "
					       "supported");
	}
	for (size_t i = 0; i < ranges.n; i++)
		if (place(all, subnets.n, "range", "ranges", ranges.v[i], false, e))
			return -1;
	for (size_t i = 0; i < gateways.n; i++)
		if (place(all, subnets.n, "gateway", "gateways", gateways.v[i], true, e))
			return -1;
	for (size_t i = 0; i < aux.n; i++)
		if (place_aux(a, all, subnets.n, aux.v[i], e))
			return -1;
	*ret = all;
	return 0;
}

/* ---- the request */

static int check_names(const char *flag, const struct strs *list, struct err *e)
{
	for (size_t i = 0; i < list->n; i++)
		if (!*list->v[i] || *list->v[i] == '=') {
			err_set(e, ERR_INVALID, "invalid label '%s': empty name", list->v[i]);
			return option_bad(flag, list->v[i], e);
		}
	return 0;
}

/* One without a value has the empty one. */
static void write_map(struct arena *a, struct json_w *w, const char *key, const struct strs *list)
{
	struct strs all = {0};

	for (size_t i = 0; i < list->n; i++)
		strs_printf(a, &all, "%s%s", list->v[i], strchr(list->v[i], '=') ? "" : "=");
	json_w_map(w, key, &all);
}

static void write_config(struct json_w *w, const struct config *c)
{
	json_w_obj(w, NULL);
	json_w_str(w, "Subnet", c->subnet);
	if (c->range)
		json_w_str(w, "IPRange", c->range);
	if (c->gateway)
		json_w_str(w, "Gateway", c->gateway);
	if (c->aux.n)
		json_w_map(w, "AuxiliaryAddresses", &c->aux);
	json_w_end(w);
}

static int write_body(struct applet_ctx *c, struct json_w *w, struct err *e)
{
	struct config *all;

	if (sort_out(c->a, &all, e))
		return -1;
	json_w_obj(w, NULL);
	json_w_str(w, "Name", c->argv[0]);
	json_w_str(w, "Driver", driver ? driver : "bridge");
	json_w_str(w, "Scope", scope ? scope : "");
	if (ipv4_set)
		json_w_bool(w, "EnableIPv4", ipv4);
	if (ipv6_set)
		json_w_bool(w, "EnableIPv6", ipv6);
	json_w_obj(w, "IPAM");
	json_w_str(w, "Driver", ipam_driver ? ipam_driver : "default");
	write_map(c->a, w, "Options", &ipam_opts);
	json_w_arr(w, "Config");
	for (size_t i = 0; i < subnets.n; i++)
		write_config(w, &all[i]);
	json_w_arr_end(w);
	json_w_end(w);
	json_w_bool(w, "Internal", internal);
	json_w_bool(w, "Attachable", attachable);
	json_w_bool(w, "Ingress", ingress);
	json_w_bool(w, "ConfigOnly", config_only);
	if (config_from && *config_from) {
		json_w_obj(w, "ConfigFrom");
		json_w_str(w, "Network", config_from);
		json_w_end(w);
	}
	write_map(c->a, w, "Options", &opts);
	write_map(c->a, w, "Labels", &labels);
	json_w_end(w);
	return 0;
}

static int create_main(struct applet_ctx *c)
{
	struct client_conn cc = {.fd = -1};
	AUTO_BUF body = BUF_INIT;
	struct json_w w = JSON_W(&body);
	const struct json *v;
	const char *warning;
	struct err e;
	int rc;

	if (check_names("--ipam-opt", &ipam_opts, &e) || check_names("-o, --opt", &opts, &e) ||
	    check_names("--label", &labels, &e))
		return applet_fail(&e, 125);
	if (write_body(c, &w, &e) || client_dial(&c->client, &cc, &e))
		return applet_fail(&e, 1);
	rc = client_json(&cc, c->a, "POST", "/networks/create", &body, &v, &e);
	client_close(&cc);
	if (rc)
		return applet_fail(&e, 1);
	warning = json_str(json_get(v, "Warning"), "");
	if (*warning)
		fprintf(stderr, "WARNING: %s\n", warning);
	puts(json_str(json_get(v, "Id"), ""));
	return 0;
}

APPLET(network_create, .name = "network create", .usage = "[OPTIONS] NETWORK",
       .brief = "Create a network", .options = options, .min_args = 1, .max_args = 1,
       .main = create_main);
