/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What Docker's clients leave empty means "not asked for", whatever its form: null, "", [], "0".
 * Which of it fits together is looked at where the network is known (netcheck.h, netplan.h).
 */
#include "engine/reqnet.h"

#include <netinet/in.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#define PORTS_MAX 65536 /* of one container */
#define ENDPOINTS_MAX 1024
#define SETTINGS "invalid endpoint settings: "

static const struct {
	const char *name;
	uint8_t number;
} protocols[] = {{"tcp", IPPROTO_TCP}, {"udp", IPPROTO_UDP}, {"sctp", IPPROTO_SCTP}};

const char *reqnet_proto(uint8_t proto)
{
	for (size_t i = 0; i < sizeof(protocols) / sizeof(*protocols); i++)
		if (protocols[i].number == proto)
			return protocols[i].name;
	return "tcp";
}

/* Decimal digits up to one of `ends` (or the end): 0..65535, or -1. */
static long number(const char *text, const char *ends, const char **ret_end)
{
	long v = 0;
	const char *p = text;

	for (; *p >= '0' && *p <= '9' && v <= 65535; p++)
		v = v * 10 + (*p - '0');
	*ret_end = p;
	return p == text || v > 65535 || (*p && !strchr(ends, *p)) ? -1 : v;
}

int reqnet_port(const char *text, uint16_t *ret_port, uint8_t *ret_proto, struct err *e)
{
	const char *end;
	long port = number(text, "/", &end);

	if (port < 0)
		return err_set(e, ERR_INVALID, "invalid port number: \"%.60s\"", text);
	*ret_port = (uint16_t)port;
	*ret_proto = IPPROTO_TCP;
	if (!*end || !end[1])
		return 0;
	for (size_t i = 0; i < sizeof(protocols) / sizeof(*protocols); i++)
		if (!strcasecmp(end + 1, protocols[i].name)) {
			*ret_proto = protocols[i].number;
			return 0;
		}
	return err_set(e, ERR_INVALID, "invalid protocol in \"%.60s\": tcp, udp and sctp are known",
		       text);
}

static int want_addr(const struct json *v, const char *key, struct addr *ret, struct err *e)
{
	const char *text = "";

	ret->len = 0;
	if (json_want_str(v, key, &text, e))
		return -1;
	return *text && addr_parse(text, ret)
		       ? err_set(e, ERR_INVALID, "%s: invalid IP address: %.60s", key, text)
		       : 0;
}

/* Of an endpoint: of that family. */
static int want_ip(const struct json *v, int len, struct addr *ret, struct err *e)
{
	const char *key = len == 4 ? "IPv4Address" : "IPv6Address", *text = "";

	if (json_want_str(v, key, &text, e))
		return -1;
	return *text && (addr_parse(text, ret) || ret->len != len)
		       ? err_set(e, ERR_INVALID, SETTINGS "invalid IPv%d address: %.60s",
				 len == 4 ? 4 : 6, text)
		       : 0;
}

/* ---- ports */

static int bind_one(const struct json *v, struct reqnet_port *q, struct err *e)
{
	const char *host = "", *end;
	long low, high;

	if (json_typeof(v) != JSON_OBJ && json_typeof(v) != JSON_NULL)
		return err_set(e, ERR_INVALID, "PortBindings: objects are needed");
	if (want_addr(v, "HostIp", &q->ip, e) || json_want_str(v, "HostPort", &host, e))
		return -1;
	if (!*host)
		return 0;
	low = high = number(host, "-", &end);
	if (low >= 0 && *end)
		high = number(end + 1, "", &end);
	if (low < 0 || high < low)
		return err_set(e, ERR_INVALID, "invalid host port: \"%.60s\"", host);
	q->low = (uint16_t)low;
	q->high = (uint16_t)high;
	return 0;
}

/* "0.0.0.0" and "::" stay what they are: only that family. */
static int bindings(struct arena *a, const struct json *host, struct reqnet *r, struct err *e)
{
	const struct json *map, *list, *one;
	struct json_iter it, inner;
	struct strs keys = {0};
	const char *key;
	size_t cap = 0;

	if (json_want_obj(host, "PortBindings", &map, e) ||
	    json_want_keys(host, "PortBindings", a, &keys, e)) /* which have no NUL */
		return -1;
	it = json_iter(map);
	while ((list = json_next(&it, &key))) {
		struct reqnet_port p = {.low = 0};
		size_t n = json_len(list);

		if (json_typeof(list) != JSON_ARR && json_typeof(list) != JSON_NULL)
			return err_set(e, ERR_INVALID, "PortBindings: arrays are needed");
		if (reqnet_port(key, &p.port, &p.proto, e))
			return -1;
		inner = json_iter(list);
		/* no binding at all is one to any port */
		for (size_t i = 0; i < (n ? n : 1); i++) {
			struct reqnet_port q = p;

			one = json_next(&inner, NULL);
			if (bind_one(one, &q, e))
				return -1;
			if (r->nports == PORTS_MAX)
				return err_set(e, ERR_INVALID, "at most %d ports", PORTS_MAX);
			r->ports = arena_grow(a, r->ports, r->nports, &cap, sizeof(*r->ports));
			r->ports[r->nports++] = q;
		}
	}
	return 0;
}

/* ---- endpoints */

static int check_mac(struct arena *a, const char *key, const char **mac, struct err *e)
{
	char *low;

	if (!*mac || !**mac) {
		*mac = "";
		return 0;
	}
	low = arena_strdup(a, *mac);
	for (size_t i = 0; low[i]; i++) {
		if (low[i] >= 'A' && low[i] <= 'F')
			low[i] = (char)(low[i] + 'a' - 'A');
		low[i] = low[i] == '-' ? ':' : low[i];
		if (i > 16 || (i % 3 == 2 ? low[i] != ':' : !strchr("0123456789abcdef", low[i])))
			return err_set(e, ERR_INVALID, "%s: invalid MAC address: %.60s", key, *mac);
	}
	if (strlen(low) != 17)
		return err_set(e, ERR_INVALID, "%s: invalid MAC address: %.60s", key, *mac);
	*mac = low;
	return 0;
}

static int check_link_local(const struct strs *v, struct err *e)
{
	struct addr a;

	for (size_t i = 0; i < v->n; i++)
		if (addr_parse(v->v[i], &a))
			return err_set(e, ERR_INVALID,
				       SETTINGS "invalid link-local IP address: %.60s", v->v[i]);
	return v->n > REQNET_LINK_LOCAL ? err_set(e, ERR_INVALID, "at most %d link-local addresses",
						  REQNET_LINK_LOCAL)
					: 0;
}

int reqnet_endpoint(struct arena *a, const char *network, const struct json *v,
		    struct reqnet_endpoint *ret, struct err *e)
{
	const struct json *ipam;

	memset(ret, 0, sizeof(*ret));
	ret->network = network;
	ret->mac = "";
	ret->json = v;
	if (json_typeof(v) != JSON_OBJ && json_typeof(v) != JSON_NULL)
		return err_set(e, ERR_INVALID, "the endpoint of %.100s: an object is needed",
			       network);
	return json_want_obj(v, "IPAMConfig", &ipam, e) || want_ip(ipam, 4, &ret->ip4, e) ||
			       want_ip(ipam, 16, &ret->ip6, e) ||
			       json_want_strs(ipam, "LinkLocalIPs", a, &ret->link_local, NULL, e) ||
			       check_link_local(&ret->link_local, e) ||
			       json_want_str(v, "MacAddress", &ret->mac, e) ||
			       check_mac(a, "MacAddress", &ret->mac, e) ||
			       json_want_strs(v, "Aliases", a, &ret->aliases, NULL, e) ||
			       json_want_strs(v, "Links", a, &ret->links, NULL, e) ||
			       json_want_map(v, "DriverOpts", a, &ret->driver_opts, e) ||
			       json_want_int(v, "GwPriority", &ret->gw_priority, e)
		       ? -1
		       : 0;
}

static int endpoints(struct arena *a, const struct json *networking, struct reqnet *r,
		     struct err *e)
{
	const struct json *map, *one;
	struct json_iter it;
	struct strs keys = {0};
	const char *key;

	if (json_want_obj(networking, "EndpointsConfig", &map, e) ||
	    json_want_keys(networking, "EndpointsConfig", a, &keys, e))
		return -1;
	if (json_len(map) > ENDPOINTS_MAX)
		return err_set(e, ERR_INVALID, "at most %d networks", ENDPOINTS_MAX);
	r->endpoints = arena_array(a, json_len(map) + 1, sizeof(*r->endpoints));
	it = json_iter(map);
	while ((one = json_next(&it, &key)))
		if (reqnet_endpoint(a, key, one, &r->endpoints[r->nendpoints++], e))
			return strncmp(e->text, SETTINGS, sizeof(SETTINGS) - 1)
				       ? -1
				       : err_wrap(e, "invalid config for network %.100s", key);
	return 0;
}

int reqnet_decode(struct arena *a, const struct json *config, const struct json *host,
		  const struct json *networking, struct reqnet *ret, struct err *e)
{
	*ret = (struct reqnet){.mac = ""};
	return bindings(a, host, ret, e) ||
			       json_want_bool(host, "PublishAllPorts", &ret->publish_all, e) ||
			       json_want_strs(host, "Links", a, &ret->links, NULL, e) ||
			       json_want_str(config, "MacAddress", &ret->mac, e) ||
			       check_mac(a, "MacAddress", &ret->mac, e) ||
			       json_want_bool(networking, REQNET_MODE_LEFT, &ret->mode_left, e) ||
			       endpoints(a, networking, ret, e)
		       ? -1
		       : 0;
}

void reqnet_write(struct json_w *w, const char *key, const struct reqnet_endpoint *p)
{
	char text[ADDR_TEXT];

	json_w_obj(w, key);
	if (p->ip4.len || p->ip6.len || p->link_local.n) {
		json_w_obj(w, "IPAMConfig");
		if (p->ip4.len)
			json_w_str(w, "IPv4Address", addr_text(&p->ip4, text));
		if (p->ip6.len)
			json_w_str(w, "IPv6Address", addr_text(&p->ip6, text));
		if (p->link_local.n)
			json_w_strs(w, "LinkLocalIPs", &p->link_local);
		json_w_end(w);
	}
	json_w_str(w, "MacAddress", p->mac);
	json_w_strs(w, "Aliases", &p->aliases);
	json_w_strs(w, "Links", &p->links);
	json_w_map(w, "DriverOpts", &p->driver_opts);
	json_w_int(w, "GwPriority", p->gw_priority);
	json_w_end(w);
}
