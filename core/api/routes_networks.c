/* SPDX-License-Identifier: Apache-2.0 */
/*
 * /networks. All of them are of this machine: a scope other than "local" finds none. verbose asks
 * for services, which only a swarm has.
 */
#include "api/server.h"
#include "engine/netconnect.h"
#include "engine/networks.h"
#include "engine/networks_list.h"

#include <string.h>

static int list(struct server_req *r, struct err *e)
{
	struct networks_filter f = {0};
	const struct server_filter known[] = {
		{"dangling", &f.dangling}, {"driver", &f.driver}, {"id", &f.id},
		{"label", &f.label},	   {"name", &f.name},	  {"scope", &f.scope},
		{"type", &f.type},
	};
	AUTO_BUF b = BUF_INIT;

	if (server_filters(r, known, sizeof(known) / sizeof(*known), e) ||
	    networks_list(r->en, r->a, &f, &b, e))
		return -1;
	buf_char(&b, '\n');
	return server_json(r, 200, &b, e);
}
ROUTE(list, "GET", "/networks");

static bool is_bool(const char *v)
{
	static const char *const words[] = {"1", "t", "T", "true",  "True",  "TRUE",
					    "0", "f", "F", "false", "False", "FALSE"};

	for (size_t i = 0; i < 12; i++)
		if (!strcmp(v, words[i]))
			return true;
	return false;
}

static int inspect(struct server_req *r, struct err *e)
{
	const char *scope = server_query(r, "scope"), *verbose = server_query(r, "verbose");
	struct networks_one o;
	AUTO_BUF b = BUF_INIT;
	struct json_w w = JSON_W(&b);

	if (verbose && !is_bool(verbose))
		return err_set(e, ERR_INVALID,
			       "invalid value for verbose: %.100s: strconv.ParseBool: parsing "
			       "\"%.100s\": invalid syntax",
			       verbose, verbose);
	if (scope && *scope && strcmp(scope, "local"))
		return err_set(e, ERR_NOTFOUND, "network %.200s not found", r->arg[0]);
	w.verbatim = true;
	if (networks_get(r->en, r->a, r->arg[0], &o, e) ||
	    networks_list_write(r->en, r->a, &w, NULL, &o, true, e))
		return -1;
	buf_char(&b, '\n');
	return server_json(r, 200, &b, e);
}
ROUTE(inspect, "GET", "/networks/{id...}");

static int create(struct server_req *r, struct err *e)
{
	struct strs warnings = {0};
	const struct json *body;
	struct networks_one o;
	AUTO_BUF b = BUF_INIT, text = BUF_INIT;
	struct json_w w = JSON_W(&b);

	if (server_body(r, true, &body, e) || networks_create(r->en, r->a, body, &o, &warnings, e))
		return -1;
	for (size_t i = 0; i < warnings.n; i++)
		buf_printf(&text, "%s%s", i ? "\n" : "", warnings.v[i]);
	json_w_obj(&w, NULL);
	json_w_str(&w, "Id", o.id);
	json_w_str(&w, "Warning", text.data ? text.data : "");
	json_w_end(&w);
	buf_char(&b, '\n');
	return server_json(r, 201, &b, e);
}
ROUTE(create, "POST", "/networks/create");

static int remove_network(struct server_req *r, struct err *e)
{
	return networks_remove(r->en, r->a, r->arg[0], e) ? -1 : server_empty(r, 204, e);
}
ROUTE(remove_network, "DELETE", "/networks/{id...}");

static int prune(struct server_req *r, struct err *e)
{
	struct networks_filter f = {0};
	const struct server_filter known[] = {{"label", &f.label},
					      {"label!", &f.not_label},
					      {"until", &f.until}};
	AUTO_BUF b = BUF_INIT;

	if (server_filters(r, known, 3, e) || networks_list_prune(r->en, r->a, &f, &b, e))
		return -1;
	buf_char(&b, '\n');
	return server_json(r, 200, &b, e);
}
ROUTE(prune, "POST", "/networks/prune");

static int connect_container(struct server_req *r, struct err *e)
{
	const char *container = "";
	const struct json *body, *settings;

	if (server_body(r, true, &body, e) || json_want_str(body, "Container", &container, e) ||
	    json_want_obj(body, "EndpointConfig", &settings, e) ||
	    netconnect_join(r->en, r->a, r->arg[0], container, settings, e))
		return -1;
	return server_empty(r, 200, e);
}
ROUTE(connect_container, "POST", "/networks/{id...}/connect");

static int disconnect_container(struct server_req *r, struct err *e)
{
	const char *container = "";
	const struct json *body;
	bool force = false;

	if (server_body(r, true, &body, e) || json_want_str(body, "Container", &container, e) ||
	    json_want_bool(body, "Force", &force, e) ||
	    netconnect_leave(r->en, r->a, r->arg[0], container, force, e))
		return -1;
	return server_empty(r, 200, e);
}
ROUTE(disconnect_container, "POST", "/networks/{id...}/disconnect");
