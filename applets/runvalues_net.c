/* SPDX-License-Identifier: Apache-2.0 */
/*
 * --network takes a name, or key=value pairs of which one is the name. Whether addresses are any is
 * for the engine to say, as with Docker: it knows the network's subnets.
 */
#include "applets/runvalues_net.h"
#include "applets/applet.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

static bool user_defined(const char *name)
{
	return strcmp(name, "default") && strcmp(name, "bridge") && strcmp(name, "host") &&
	       strcmp(name, "none") && strncmp(name, "container:", 10);
}

static int check_mac(const char *text, struct err *e)
{
	unsigned v[6];
	char more;

	return strlen(text) == 17 &&
			       sscanf(text, "%2x%*[:-]%2x%*[:-]%2x%*[:-]%2x%*[:-]%2x%*[:-]%2x%c",
				      &v[0], &v[1], &v[2], &v[3], &v[4], &v[5], &more) == 6
		       ? 0
		       : err_set(e, ERR_INVALID, "%.100s is not a valid mac address", text);
}

static int check_links(const struct strs *v, struct err *e)
{
	for (size_t i = 0; i < v->n; i++) {
		const char *colon = strchr(v->v[i], ':');

		if (!*v->v[i] || (colon && strchr(colon + 1, ':'))) {
			if (*v->v[i])
				err_set(e, ERR_INVALID, "bad format for links: %.200s", v->v[i]);
			else
				err_set(e, ERR_INVALID, "empty string specified for links");
			return option_bad("--link", v->v[i], e);
		}
	}
	return 0;
}

/* ---- one --network */

static int set_field(struct arena *a, struct runvalues_net_one *o, const char *key, char *v,
		     struct err *e)
{
	char *end;

	if (!strcasecmp(key, "name")) {
		o->name = v;
	} else if (!strcasecmp(key, "alias")) {
		strs_add(a, &o->aliases, v);
	} else if (!strcasecmp(key, "ip")) {
		o->ip = v;
	} else if (!strcasecmp(key, "ip6")) {
		o->ip6 = v;
	} else if (!strcasecmp(key, "link-local-ip")) {
		strs_add(a, &o->link_local, v);
	} else if (!strcasecmp(key, "mac-address")) {
		o->mac = v;
		return check_mac(v, e);
	} else if (!strcasecmp(key, "driver-opt")) {
		strs_add(a, &o->driver_opts, v);
		if (!strchr(v, '='))
			return err_set(e, ERR_INVALID,
				       "invalid key value pair format in driver options");
	} else if (!strcasecmp(key, "gw-priority")) {
		errno = 0;
		o->gw_priority = strtoll(v, &end, 10);
		if (errno || end == v || *end)
			return err_set(e, ERR_INVALID,
				       "invalid gw-priority (%.60s): invalid syntax", v);
	} else {
		return err_set(e, ERR_INVALID, "invalid field key %.100s", key);
	}
	return 0;
}

static int read_one(struct arena *a, const char *text, struct runvalues_net_one *o, struct err *e)
{
	char *s = arena_strdup(a, text), *save = NULL;

	*o = (struct runvalues_net_one){.name = s, .ip = "", .ip6 = "", .mac = ""};
	if (!strchr(s, '='))
		return 0;
	o->name = "";
	for (char *one = strtok_r(s, ",", &save); one; one = strtok_r(NULL, ",", &save)) {
		char *is = strchr(one, '=');

		if (!is)
			return err_set(e, ERR_INVALID, "invalid field %.100s", one);
		*is = 0;
		if (set_field(a, o, one, is + 1, e))
			return -1;
	}
	return *o->name ? 0 : err_set(e, ERR_INVALID, "network name/id is not specified");
}

static int twice(const char *flag, const char *what, struct err *e)
{
	return err_set(e, ERR_INVALID,
		       "conflicting options: cannot specify both --%s and per-network %s", flag,
		       what);
}

/* What the other flags say is the first network's. */
static int add_flags(struct runvalues_net_one *o, const struct runvalues_net_one *f, struct err *e)
{
	if (f->aliases.n && o->aliases.n)
		return twice("network-alias", "alias", e);
	if (*f->ip && *o->ip)
		return twice("ip", "IPv4 address", e);
	if (*f->ip6 && *o->ip6)
		return twice("ip6", "IPv6 address", e);
	if (*f->mac && *o->mac)
		return twice("mac-address", "MAC address", e);
	if (f->link_local.n && o->link_local.n)
		return twice("link-local-ip", "link-local IP addresses", e);
	if (f->aliases.n)
		o->aliases = f->aliases;
	if (f->link_local.n)
		o->link_local = f->link_local;
	o->ip = *f->ip ? f->ip : o->ip;
	o->ip6 = *f->ip6 ? f->ip6 : o->ip6;
	o->mac = *f->mac ? f->mac : o->mac;
	if (user_defined(o->name))
		o->links = f->links;
	return 0;
}

static int check(const struct runvalues_net_one *v, size_t n, struct err *e)
{
	size_t own = 0;

	for (size_t i = 0; i < n; i++) {
		own += user_defined(v[i].name);
		if (!user_defined(v[i].name) && v[i].aliases.n)
			return err_set(e, ERR_INVALID,
				       "network-scoped aliases are only supported for user-defined "
				       "networks");
		for (size_t k = 0; k < i; k++)
			if (!strcmp(v[i].name, v[k].name))
				return err_set(e, ERR_INVALID,
					       "network \"%.200s\" is specified multiple times",
					       v[i].name);
	}
	return own && own < n ? err_set(e, ERR_INVALID,
					"conflicting options: cannot attach both user-defined and "
					"non-user-defined network-modes")
			      : 0;
}

int runvalues_net_parse(struct arena *a, const struct strs *networks,
			const struct runvalues_net_one *first, struct runvalues_net_one **ret,
			size_t *ret_n, struct err *e)
{
	size_t n = networks->n ? networks->n : 1;
	struct runvalues_net_one *v = arena_array(a, n, sizeof(*v));

	if (check_links(&first->links, e) || (*first->mac && check_mac(first->mac, e)))
		return -1;
	for (size_t i = 0; i < n; i++)
		if (read_one(a, networks->n ? networks->v[i] : "default", &v[i], e))
			return option_bad("--network", networks->v[i], e);
	*ret = v;
	*ret_n = n;
	return add_flags(&v[0], first, e) || check(v, n, e) ? -1 : 0;
}

/* ---- writing */

static bool plain(const struct runvalues_net_one *o)
{
	return !o->aliases.n && !o->links.n && !o->driver_opts.n && !o->link_local.n && !*o->ip &&
	       !*o->ip6 && !*o->mac && !o->gw_priority;
}

static void write_one(struct json_w *w, const char *key, const struct runvalues_net_one *o)
{
	json_w_obj(w, key);
	if (*o->ip || *o->ip6 || o->link_local.n) {
		json_w_obj(w, "IPAMConfig");
		if (*o->ip)
			json_w_str(w, "IPv4Address", o->ip);
		if (*o->ip6)
			json_w_str(w, "IPv6Address", o->ip6);
		if (o->link_local.n)
			json_w_strs(w, "LinkLocalIPs", &o->link_local);
		json_w_end(w);
	}
	if (o->aliases.n)
		json_w_strs(w, "Aliases", &o->aliases);
	if (o->links.n)
		json_w_strs(w, "Links", &o->links);
	if (o->driver_opts.n)
		json_w_map(w, "DriverOpts", &o->driver_opts);
	if (*o->mac)
		json_w_str(w, "MacAddress", o->mac);
	if (o->gw_priority)
		json_w_int(w, "GwPriority", o->gw_priority);
	json_w_end(w);
}

void runvalues_net_write(struct json_w *w, const struct runvalues_net_one *v, size_t n)
{
	if (n == 1 && plain(&v[0]))
		return;
	json_w_obj(w, "NetworkingConfig");
	json_w_obj(w, "EndpointsConfig");
	for (size_t i = 0; i < n; i++)
		write_one(w, v[i].name, &v[i]);
	json_w_end(w);
	json_w_end(w);
}
