/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What a filter's value means is Docker's: names and IDs are found anywhere in, as expressions; a
 * driver and a scope are the whole word. dangling is answered from who is on a network, which
 * Docker's own list forgets to look at.
 *
 * A subnet that the user gave is shown as he gave it, without a gateway that he left to us; that
 * one is seen in a container's settings.
 */
#include "engine/networks_list.h"

#include <fcntl.h>
#include <stdio.h>
#include <string.h>

#include "base/log.h"
#include "base/pattern.h"
#include "base/stamp.h"
#include "engine/labels.h"
#include "engine/networks_make.h"
#include "engine/networks_options.h"
#include "engine/networks_record.h"
#include "engine/networks_users.h"
#include "engine/until.h"

/* ---- the object */

static void write_addr(struct json_w *w, const char *key, const struct addr *v)
{
	char text[ADDR_TEXT];

	json_w_str(w, key, v->len ? addr_text(v, text) : "");
}

static void write_config(struct json_w *w, const struct networks_one *o)
{
	char text[PREFIX_TEXT];

	if (!o->nsubnets) {
		json_w_null(w, "Config");
		return;
	}
	json_w_arr(w, "Config");
	for (size_t i = 0; i < o->nsubnets; i++) {
		const struct networks_subnet *s = &o->subnets[i];

		json_w_obj(w, NULL);
		json_w_str(w, "Subnet", prefix_text(&s->subnet, text));
		if (s->range.addr.len)
			json_w_str(w, "IPRange", prefix_text(&s->range, text));
		if (s->gateway.len && (s->given_gateway || !s->given))
			write_addr(w, "Gateway", &s->gateway);
		if (s->naux) {
			json_w_obj(w, "AuxiliaryAddresses");
			for (size_t k = 0; k < s->naux; k++)
				write_addr(w, s->aux[k].name, &s->aux[k].addr);
			json_w_end(w);
		}
		json_w_end(w);
	}
	json_w_arr_end(w);
}

static void write_prefix(struct json_w *w, const char *key, const struct prefix *p)
{
	char text[PREFIX_TEXT];

	json_w_str(w, key, p->addr.len ? prefix_text(p, text) : "");
}

static void write_user(struct json_w *w, const struct endpoint *u, bool mac)
{
	char text[ENDPOINT_MAC];

	json_w_obj(w, u->container);
	json_w_str(w, "Name", u->name);
	json_w_str(w, "EndpointID", u->id);
	json_w_str(w, "MacAddress", mac ? endpoint_mac(u->mac, text) : "");
	write_prefix(w, "IPv4Address", &u->ip4);
	write_prefix(w, "IPv6Address", &u->ip6);
	json_w_end(w);
}

static int write_users(struct engine *en, struct arena *a, struct json_w *w,
		       const struct networks_one *o, bool users, struct err *e)
{
	struct endpoint *v = NULL;
	size_t n = 0;

	if (users && networks_users(en, a, o, false, &v, &n, e))
		return -1;
	json_w_obj(w, "Containers");
	for (size_t i = 0; i < n; i++)
		write_user(w, &v[i], o->driver == NETWORKS_BRIDGE);
	json_w_end(w);
	return 0;
}

int networks_list_write(struct engine *en, struct arena *a, struct json_w *w, const char *key,
			const struct networks_one *o, bool users, struct err *e)
{
	char at[STAMP_LEN];

	stamp_format(o->created, at);
	json_w_obj(w, key);
	json_w_str(w, "Name", o->name);
	json_w_str(w, "Id", o->id);
	json_w_str(w, "Created", at);
	json_w_str(w, "Scope", "local");
	json_w_str(w, "Driver", networks_record_driver_name(o->driver));
	json_w_bool(w, "EnableIPv4", o->ipv4);
	json_w_bool(w, "EnableIPv6", o->ipv6);
	json_w_obj(w, "IPAM");
	json_w_str(w, "Driver", o->ipam_driver);
	json_w_map(w, "Options", o->ipam_options_given ? &o->ipam_options : NULL);
	write_config(w, o);
	json_w_end(w);
	json_w_bool(w, "Internal", o->internal);
	json_w_bool(w, "Attachable", o->attachable);
	json_w_bool(w, "Ingress", o->ingress);
	json_w_obj(w, "ConfigFrom");
	json_w_str(w, "Network", o->config_from);
	json_w_end(w);
	json_w_bool(w, "ConfigOnly", o->config_only);
	if (write_users(en, a, w, o, users, e))
		return -1;
	json_w_map(w, "Options", &o->options);
	json_w_map(w, "Labels", &o->labels);
	json_w_end(w);
	return 0;
}

/* ---- filters */

static bool any_same(const struct strs *want, const char *text)
{
	for (size_t i = 0; i < want->n; i++)
		if (!strcmp(text, want->v[i]))
			return true;
	return !want->n;
}

static bool any_found(const struct strs *want, const char *text)
{
	struct pattern p;

	for (size_t i = 0; i < want->n; i++)
		if (!strcmp(text, want->v[i]) ||
		    (!pattern_compile(want->v[i], &p) && pattern_match(&p, text)))
			return true;
	return !want->n;
}

/* *ret: -1 not asked for, 0, 1 */
static int want_dangling(const struct strs *list, int *ret, struct err *e)
{
	const char *v = list->n ? list->v[0] : "";

	*ret = -1;
	if (!strcmp(v, "true") || !strcmp(v, "1"))
		*ret = 1;
	if (!strcmp(v, "false") || !strcmp(v, "0"))
		*ret = 0;
	return list->n > 1 || (list->n && *ret < 0)
		       ? err_set(e, ERR_INVALID,
				 "invalid value for filter 'dangling', must be \"true\" (or "
				 "\"1\"), or \"false\" (or \"0\")")
		       : 0;
}

static int check_type(const struct strs *list, struct err *e)
{
	for (size_t i = 0; i < list->n; i++)
		if (strcmp(list->v[i], "custom") && strcmp(list->v[i], "builtin"))
			return err_set(e, ERR_INVALID, "invalid filter: 'type'='%.100s'",
				       list->v[i]);
	return 0;
}

static bool matches(const struct networks_filter *f, const struct networks_one *o)
{
	return any_found(&f->name, o->name) && any_found(&f->id, o->id) &&
	       any_same(&f->driver, networks_record_driver_name(o->driver)) &&
	       any_same(&f->scope, "local") && labels_fit(&o->labels, &f->label, &f->not_label) &&
	       any_same(&f->type, networks_predefined(o->name) ? "builtin" : "custom");
}

int networks_list(struct engine *en, struct arena *a, const struct networks_filter *f,
		  struct buf *json, struct err *e)
{
	struct json_w w = JSON_W(json);
	struct networks_one *v;
	int dangling;
	size_t n;

	if (want_dangling(&f->dangling, &dangling, e) || check_type(&f->type, e) ||
	    networks_all(en, a, &v, &n, e))
		return -1;
	w.verbatim = true;
	json_w_arr(&w, NULL);
	for (size_t i = 0; i < n; i++) {
		struct endpoint *users;
		size_t k = 1;

		if (!matches(f, &v[i]))
			continue;
		if (dangling >= 0 && !networks_predefined(v[i].name) &&
		    networks_users(en, a, &v[i], false, &users, &k, e))
			return -1;
		if (dangling >= 0 && dangling != !k)
			continue;
		if (networks_list_write(en, a, &w, NULL, &v[i], false, e))
			return -1;
	}
	json_w_arr_end(&w);
	return 0;
}

/* ---- prune */

int networks_list_prune(struct engine *en, struct arena *a, const struct networks_filter *f,
			struct buf *json, struct err *e)
{
	struct json_w w = JSON_W(json);
	int64_t before = INT64_MAX;
	struct strs gone = {0};
	struct networks_one *v;
	struct err why;
	size_t n;

	if (f->until.n > 1)
		return err_set(e, ERR_INVALID, "more than one until filter specified");
	if ((f->until.n && until_parse(f->until.v[0], &before, e)) ||
	    networks_all(en, a, &v, &n, e))
		return -1;
	for (size_t i = 0; i < n; i++) {
		if (networks_predefined(v[i].name) || v[i].config_only ||
		    !labels_fit(&v[i].labels, &f->label, &f->not_label) || v[i].created > before)
			continue;
		if (!networks_remove(en, a, v[i].id, &why))
			strs_add(a, &gone, arena_strdup(a, v[i].name));
		else if (why.kind != ERR_FORBIDDEN && why.kind != ERR_NOTFOUND)
			log_warn("engine", "prune: %s", why.text);
	}
	json_w_obj(&w, NULL);
	json_w_strs(&w, "NetworksDeleted", gone.n ? &gone : NULL);
	json_w_end(&w);
	return 0;
}
