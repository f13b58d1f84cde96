/* SPDX-License-Identifier: Apache-2.0 */
/* network connect: a container, running or not, gets one more network. */
#include "applets/applet.h"
#include "applets/runvalues.h"

#include <string.h>

#include "wire/target.h"

static struct strs aliases, driver_opts, links, link_local;
static const char *ip, *ip6;
static int64_t gw_priority;

static const struct option_def options[] = {
	{"alias", 0, OPTION_LIST, &aliases, "strings", "Add network-scoped alias for the container",
	 NULL},
	{"driver-opt", 0, OPTION_LIST, &driver_opts, "strings", "driver options for the network",
	 NULL},
	{"gw-priority", 0, OPTION_INT, &gw_priority, "int",
	 "Highest gw-priority provides the default gateway. Accepts positive and negative values.",
	 NULL},
	{"ip", 0, OPTION_STR, &ip, "string", "IPv4 address (e.g., \"172.30.100.104\")", NULL},
	{"ip6", 0, OPTION_STR, &ip6, "string", "IPv6 address (e.g., \"2001:db8::33\")", NULL},
	{"link", 0, OPTION_LIST, &links, "list", "Add link to another container", NULL},
	{"link-local-ip", 0, OPTION_LIST, &link_local, "strings",
	 "Add a link-local address for the container", NULL},
	{NULL, 0, OPTION_BOOL, NULL, NULL, NULL, NULL},
};

static int write_opts(struct json_w *w, struct err *e)
{
	for (size_t i = 0; i < driver_opts.n; i++) {
		const char *at = strchr(driver_opts.v[i], '=');

		if (!at || at == driver_opts.v[i])
			return err_set(e, ERR_INVALID,
				       "invalid key/value pair format in driver options: %s",
				       driver_opts.v[i]);
	}
	json_w_map(w, "DriverOpts", &driver_opts);
	return 0;
}

/* What was not given too, unlike in a create request: inspect tells the two apart, as with Docker.
 */
static int write_body(struct applet_ctx *c, struct json_w *w, struct err *e)
{
	runvalues_commas(c->a, &aliases);
	runvalues_commas(c->a, &link_local);
	json_w_obj(w, NULL);
	json_w_str(w, "Container", c->argv[1]);
	json_w_obj(w, "EndpointConfig");
	json_w_obj(w, "IPAMConfig");
	if (ip && *ip)
		json_w_str(w, "IPv4Address", ip);
	if (ip6 && *ip6)
		json_w_str(w, "IPv6Address", ip6);
	if (link_local.n)
		json_w_strs(w, "LinkLocalIPs", &link_local);
	json_w_end(w);
	if (links.n)
		json_w_strs(w, "Links", &links);
	json_w_strs(w, "Aliases", &aliases);
	json_w_int(w, "GwPriority", gw_priority);
	if (write_opts(w, e))
		return -1;
	json_w_end(w);
	json_w_end(w);
	return 0;
}

static int connect_main(struct applet_ctx *c)
{
	struct client_conn cc = {.fd = -1};
	AUTO_BUF body = BUF_INIT, target = BUF_INIT;
	struct json_w w = JSON_W(&body);
	struct client_answer ans;
	struct err e;
	int rc;

	if (write_body(c, &w, &e) || client_dial(&c->client, &cc, &e))
		return applet_fail(&e, 1);
	buf_str(&target, "/networks/");
	target_quote(&target, c->argv[0]);
	buf_str(&target, "/connect");
	rc = client_call(&cc, c->a, "POST", target.data, &body, &ans, &e);
	client_close(&cc);
	return rc ? applet_fail(&e, 1) : 0;
}

APPLET(network_connect, .name = "network connect", .usage = "[OPTIONS] NETWORK CONTAINER",
       .brief = "Connect a container to a network", .options = options, .min_args = 2,
       .max_args = 2, .main = connect_main);
