/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Docker keeps one object for each network in the container's record, where start and stop change
 * some fields. Here the two halves are apart: a container that never started shows what was asked
 * for, one that runs what its shim says, and one that has ended the networks' IDs as they are now.
 * Maps come with their keys sorted, as Go writes them, and ports by number.
 *
 * A network that is named by its ID is shown by its name, once; Docker shows both while it runs.
 */
#include "engine/netshow.h"
#include "base/file.h"
#include "container/join.h"
#include "engine/netplan.h"
#include "engine/shape.h"

#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct netshow_seen { /* id: "" where there is none */
	struct netshow_seen *next;
	const char *ref, *name, *id;
};

static const struct netshow_seen *look_up(struct netshow_known *k, const char *ref)
{
	struct netshow_seen *s;
	struct networks_one o;
	struct err why;

	for (s = k->seen; s; s = s->next)
		if (!strcmp(s->ref, ref))
			return s;
	s = arena_alloc(k->a, sizeof(*s));
	*s = (struct netshow_seen){k->seen, arena_strdup(k->a, ref), NULL, ""};
	s->name = s->ref;
	if (!networks_get(k->en, k->a, ref, &o, &why)) {
		s->name = o.name;
		s->id = arena_strdup(k->a, o.id);
	}
	return k->seen = s;
}

/* NULL for what is none: keys are names everywhere below. */
static const struct json *object(const struct json *v, const char *key)
{
	v = json_get(v, key);
	return json_typeof(v) == JSON_OBJ ? v : NULL;
}

static bool is_joined(const struct netshow *n)
{
	return !strncmp(n->mode, JOIN_PREFIX, strlen(JOIN_PREFIX));
}

static bool is_ours(const char *mode)
{
	return strcmp(mode, "none") && strcmp(mode, "host");
}

void netshow_load(struct engine *en, struct arena *a, struct netshow_known *known,
		  const struct containers_one *c, const struct status *st, struct netshow *ret)
{
	const struct json *host = json_get(c->record, "HostConfig");
	const struct json *networking = json_get(c->record, "NetworkingConfig");

	*ret = (struct netshow){.a = a, .known = known, .c = c};
	ret->mode = shape_network(json_str(json_get(host, "NetworkMode"), ""));
	ret->asked = object(networking, "EndpointsConfig");
	ret->left = json_bool(json_get(networking, REQNET_MODE_LEFT), false);
	ret->started = st->state.started != 0;
	ret->runs = st->kind == STATUS_RUNNING || st->kind == STATUS_PAUSED;
	ret->pid = ret->runs ? st->state.pid : 0;
	if (ret->runs && is_ours(ret->mode) && !is_joined(ret))
		ret->live = netplan_live(en->run_containers, a, c->id);
}

/* ---- which networks */

/* Of one that never started nothing is looked up: its networks may not be there yet. */
static const char *name_of(const struct netshow *n, const char *ref)
{
	ref = shape_network(ref);
	return n->started || strlen(ref) >= 12 ? look_up(n->known, ref)->name : ref;
}

static int by_text(const void *x, const void *y)
{
	return strcmp(*(char *const *)x, *(char *const *)y);
}

static void add_name(const struct netshow *n, struct strs *names, const char *name)
{
	for (size_t i = 0; i < names->n; i++)
		if (!strcmp(names->v[i], name))
			return;
	strs_add(n->a, names, arena_strdup(n->a, name));
}

static struct strs names_of(const struct netshow *n)
{
	const struct json *up = object(n->live, "Networks");
	struct json_iter it = json_iter(n->live ? up : n->asked);
	struct strs names = {0};
	const char *key;

	if (is_joined(n))
		return names;
	if (!n->live && !n->left)
		add_name(n, &names, name_of(n, n->mode));
	while (json_next(&it, &key))
		add_name(n, &names, n->live ? key : name_of(n, key));
	if (names.n)
		qsort(names.v, names.n, sizeof(*names.v), by_text);
	return names;
}

/* What was asked for on a network, or NULL. */
static const struct json *asked_of(const struct netshow *n, const char *name)
{
	struct json_iter it = json_iter(n->asked);
	const struct json *v;
	const char *key;

	while ((v = json_next(&it, &key)))
		if (!strcmp(shape_network(key), name) || !strcmp(name_of(n, key), name))
			return v;
	return NULL;
}

const char *netshow_mac(const struct netshow *n)
{
	const struct json *v = asked_of(n, name_of(n, n->mode));
	const char *old = json_str(json_get(json_get(n->c->record, "Config"), "MacAddress"), "");

	return json_str(json_get(v, "MacAddress"), old);
}

/* ---- one of them */

static void pass_on(struct json_w *w, const char *key, const struct json *v)
{
	if (json_typeof(v) == JSON_NULL)
		json_w_null(w, key);
	else
		json_w_val(w, key, v);
}

static void write_ipam(struct json_w *w, const struct json *v)
{
	static const char *const keys[] = {"IPv4Address", "IPv6Address"};
	const struct json *local = json_get(v, "LinkLocalIPs");

	if (json_typeof(v) != JSON_OBJ) {
		json_w_null(w, "IPAMConfig");
		return;
	}
	json_w_obj(w, "IPAMConfig");
	for (size_t i = 0; i < 2; i++)
		if (*json_str(json_get(v, keys[i]), ""))
			json_w_val(w, keys[i], json_get(v, keys[i]));
	if (json_len(local))
		json_w_val(w, "LinkLocalIPs", local);
	json_w_end(w);
}

/* Of one that has ended; a running one's are in its live file. */
static void write_names(struct json_w *w, const struct netshow *n, const char *name,
			const struct json *asked)
{
	const char *host = json_str(json_get(json_get(n->c->record, "Config"), "Hostname"), "");
	struct json_iter it = json_iter(json_get(asked, "Aliases"));
	const struct json *v;
	struct strs names = {0};

	if (!n->started || !is_ours(name) || !strcmp(name, NETWORKS_BRIDGE_NAME)) {
		json_w_null(w, "DNSNames");
		return;
	}
	add_name(n, &names, n->c->name);
	while ((v = json_next(&it, NULL)))
		add_name(n, &names, json_str(v, ""));
	add_name(n, &names, arena_strndup(n->a, n->c->id, 12));
	if (*host)
		add_name(n, &names, host);
	json_w_strs(w, "DNSNames", &names);
}

/* What a container without a live file can say: none and host have no addresses. */
static const char *id_of(const struct netshow *n, const char *name)
{
	return n->started ? look_up(n->known, name)->id : "";
}

static const char *mac_of(const struct netshow *n, const char *name, const struct json *asked)
{
	if (n->started)
		return "";
	return !strcmp(name, name_of(n, n->mode)) ? netshow_mac(n)
						  : json_str(json_get(asked, "MacAddress"), "");
}

static void write_addresses(struct json_w *w, const struct json *live)
{
	static const char *const texts[] = {"Gateway", "IPAddress"};

	for (size_t i = 0; i < 2; i++)
		json_w_str(w, texts[i], json_str(json_get(live, texts[i]), ""));
	json_w_int(w, "IPPrefixLen", json_int(json_get(live, "IPPrefixLen"), 0));
	json_w_str(w, "IPv6Gateway", json_str(json_get(live, "IPv6Gateway"), ""));
	json_w_str(w, "GlobalIPv6Address", json_str(json_get(live, "GlobalIPv6Address"), ""));
	json_w_int(w, "GlobalIPv6PrefixLen", json_int(json_get(live, "GlobalIPv6PrefixLen"), 0));
}

static void write_endpoint(struct json_w *w, const struct netshow *n, const char *name, bool list)
{
	const struct json *live = json_get(json_get(n->live, "Networks"), name);
	const struct json *asked = asked_of(n, name), *none = NULL;
	const char *id = n->runs && !is_ours(n->mode) ? n->c->id : "";

	json_w_obj(w, name);
	write_ipam(w, json_get(asked, "IPAMConfig"));
	pass_on(w, "Links", list ? none : json_get(asked, "Links"));
	pass_on(w, "Aliases", list ? none : json_get(asked, "Aliases"));
	json_w_str(w, "MacAddress",
		   live ? json_str(json_get(live, "MacAddress"), "") : mac_of(n, name, asked));
	pass_on(w, "DriverOpts", list ? none : json_get(asked, "DriverOpts"));
	json_w_int(w, "GwPriority", json_int(json_get(asked, "GwPriority"), 0));
	json_w_str(w, "NetworkID",
		   live ? json_str(json_get(live, "NetworkID"), "") : id_of(n, name));
	json_w_str(w, "EndpointID", json_str(json_get(live, "EndpointID"), id));
	write_addresses(w, live);
	if (list || live)
		pass_on(w, "DNSNames", list ? none : json_get(live, "DNSNames"));
	else
		write_names(w, n, name, asked);
	json_w_end(w);
}

static void write_networks(struct json_w *w, const struct netshow *n, bool list)
{
	struct strs names = names_of(n);

	json_w_obj(w, "Networks");
	for (size_t i = 0; i < names.n; i++)
		write_endpoint(w, n, names.v[i], list);
	json_w_end(w);
}

void netshow_networks(struct json_w *w, const char *key, const struct netshow *n)
{
	json_w_obj(w, key);
	write_networks(w, n, true);
	json_w_end(w);
}

/* ---- ports */

struct port {
	const char *key;
	const struct json *bindings;
	uint16_t number;
	uint8_t proto;
};

static int by_number(const void *x, const void *y)
{
	const struct port *a = x, *b = y;

	return a->number != b->number ? a->number - b->number : strcmp(a->key, b->key);
}

static int by_key(const void *x, const void *y)
{
	return strcmp(((const struct port *)x)->key, ((const struct port *)y)->key);
}

static size_t ports_of(const struct netshow *n, int (*order)(const void *, const void *),
		       struct port **ret)
{
	const struct json *all = object(n->live, "Ports"), *v;
	struct json_iter it = json_iter(all);
	size_t count = 0;
	const char *key;
	struct err why;

	*ret = arena_array(n->a, json_len(all) + 1, sizeof(**ret));
	while ((v = json_next(&it, &key))) {
		struct port *p = &(*ret)[count];

		*p = (struct port){.key = key, .bindings = v};
		count += !reqnet_port(key, &p->number, &p->proto, &why);
	}
	qsort(*ret, count, sizeof(**ret), order);
	return count;
}

static uint16_t host_port(const struct json *binding)
{
	return (uint16_t)atoi(json_str(json_get(binding, "HostPort"), ""));
}

void netshow_ports(struct json_w *w, const char *key, const struct netshow *n)
{
	struct port *p;
	size_t count = ports_of(n, by_number, &p);

	json_w_arr(w, key);
	for (size_t i = 0; i < count; i++) {
		struct json_iter it = json_iter(p[i].bindings);
		const struct json *v = json_next(&it, NULL);

		do {
			json_w_obj(w, NULL);
			if (v)
				json_w_str(w, "IP", json_str(json_get(v, "HostIp"), ""));
			json_w_int(w, "PrivatePort", p[i].number);
			if (v)
				json_w_int(w, "PublicPort", host_port(v));
			json_w_str(w, "Type", reqnet_proto(p[i].proto));
			json_w_end(w);
		} while (v && (v = json_next(&it, NULL)));
	}
	json_w_arr_end(w);
}

/* ---- all that inspect shows */

void netshow_settings(struct json_w *w, const char *key, const struct netshow *n)
{
	static const char *const nothing[] = {"SecondaryIPAddresses", "SecondaryIPv6Addresses"};
	const struct json *live = json_get(json_get(n->live, "Networks"), NETWORKS_BRIDGE_NAME);
	static const char *const texts[] = {"EndpointID", "Gateway", "GlobalIPv6Address"};
	bool own = n->pid && !is_joined(n);
	struct port *p;
	size_t count = ports_of(n, by_key, &p);

	json_w_obj(w, key);
	json_w_str(w, "Bridge", "");
	json_w_str(w, "SandboxID", own ? n->c->id : "");
	json_w_str(w, "SandboxKey", own ? arena_printf(n->a, "/proc/%d/ns/net", n->pid) : "");
	json_w_obj(w, "Ports");
	for (size_t i = 0; i < count; i++)
		pass_on(w, p[i].key, p[i].bindings);
	json_w_end(w);
	json_w_bool(w, "HairpinMode", false);
	json_w_str(w, "LinkLocalIPv6Address", "");
	json_w_int(w, "LinkLocalIPv6PrefixLen", 0);
	for (size_t i = 0; i < 2; i++)
		json_w_null(w, nothing[i]);
	for (size_t i = 0; i < 3; i++)
		json_w_str(w, texts[i], json_str(json_get(live, texts[i]), ""));
	json_w_int(w, "GlobalIPv6PrefixLen", json_int(json_get(live, "GlobalIPv6PrefixLen"), 0));
	json_w_str(w, "IPAddress", json_str(json_get(live, "IPAddress"), ""));
	json_w_int(w, "IPPrefixLen", json_int(json_get(live, "IPPrefixLen"), 0));
	json_w_str(w, "IPv6Gateway", json_str(json_get(live, "IPv6Gateway"), ""));
	json_w_str(w, "MacAddress", json_str(json_get(live, "MacAddress"), ""));
	write_networks(w, n, false);
	json_w_end(w);
}

/* ---- filters */

bool netshow_on(const struct netshow *n, const char *network)
{
	struct strs names = names_of(n);

	for (size_t i = 0; i < names.n; i++)
		if (!strcmp(names.v[i], network) ||
		    (*network && !strncmp(id_of(n, names.v[i]), network, strlen(network))))
			return true;
	return false;
}

static bool has_port(const struct netshow_ports_asked *q, uint16_t port, uint8_t proto)
{
	for (size_t i = 0; i < q->n; i++)
		if (port >= q->v[i].low && port <= q->v[i].high && proto == q->v[i].proto)
			return true;
	return false;
}

bool netshow_has_port(const struct netshow *n, const struct netshow_ports_asked *publish,
		      const struct netshow_ports_asked *expose)
{
	struct port *p;
	size_t count = ports_of(n, by_number, &p);

	for (size_t i = 0; i < count; i++) {
		struct json_iter it = json_iter(p[i].bindings);
		const struct json *v;

		if (has_port(expose, p[i].number, p[i].proto))
			return true;
		while ((v = json_next(&it, NULL)))
			if (has_port(publish, host_port(v), p[i].proto))
				return true;
	}
	return false;
}
