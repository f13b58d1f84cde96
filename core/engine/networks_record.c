/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A record is written in the form of the API's network object as far as that goes, so that a person
 * who looks into the directory finds what inspect says. What a bridge is told by its options is not
 * written twice: it is read from them each time.
 *
 * A name may be anything; that of its file is made of letters, digits and "_-." and of %XX for all
 * else, also for a dot that comes first, so that no name is hidden or leads out of the directory.
 */
#include "engine/networks_record.h"
#include "engine/networks_options.h"

#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/file.h"
#include "base/log.h"
#include "base/stamp.h"

/* ---- drivers. One more (macvlan, ipvlan) is a word here and its own case where a place is made.
 */

static const char *const drivers[] = {
	[NETWORKS_BRIDGE] = "bridge",
	[NETWORKS_HOST] = "host",
	[NETWORKS_NULL] = "null",
};

int networks_record_driver(const char *name, enum networks_driver *ret)
{
	for (size_t i = 0; i < sizeof(drivers) / sizeof(*drivers); i++)
		if (!strcmp(drivers[i], name)) {
			*ret = (enum networks_driver)i;
			return 0;
		}
	return -1;
}

const char *networks_record_driver_name(enum networks_driver d)
{
	return drivers[d];
}

/* ---- the name of the file */

int networks_record_file(const char *name, char ret[NETWORKS_RECORD_NAME])
{
	static const char plain[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789"
				    "_-.";
	size_t n = 0, room = NETWORKS_RECORD_NAME - sizeof(".json");

	for (const char *p = name; *p; p++) {
		bool same = strchr(plain, *p) && !(p == name && *p == '.');

		if (n + (same ? 1 : 3) > room)
			return -1;
		if (same)
			ret[n++] = *p;
		else
			n += (size_t)snprintf(ret + n, 4, "%%%02X", (unsigned char)*p);
	}
	memcpy(ret + n, ".json", sizeof(".json"));
	return n ? 0 : -1;
}

/* ---- writing */

static void write_addr(struct json_w *w, const char *key, const struct addr *v)
{
	char text[ADDR_TEXT];

	if (v->len)
		json_w_str(w, key, addr_text(v, text));
}

static void write_subnet(struct json_w *w, const struct networks_subnet *s)
{
	char text[PREFIX_TEXT];

	json_w_obj(w, NULL);
	json_w_str(w, "Subnet", prefix_text(&s->subnet, text));
	if (s->range.addr.len)
		json_w_str(w, "IPRange", prefix_text(&s->range, text));
	write_addr(w, "Gateway", &s->gateway);
	if (s->naux) {
		json_w_obj(w, "AuxiliaryAddresses");
		for (size_t i = 0; i < s->naux; i++)
			write_addr(w, s->aux[i].name, &s->aux[i].addr);
		json_w_end(w);
	}
	json_w_bool(w, "Given", s->given);
	json_w_bool(w, "GivenGateway", s->given_gateway);
	json_w_end(w);
}

int networks_record_write(const struct networks_one *o, struct buf *b, struct err *e)
{
	struct json_w w = JSON_W(b);
	char at[STAMP_LEN];

	stamp_format(o->created, at);
	json_w_obj(&w, NULL);
	json_w_int(&w, "Version", 1);
	json_w_str(&w, "Name", o->name);
	json_w_str(&w, "Id", o->id);
	json_w_str(&w, "Created", at);
	json_w_str(&w, "Driver", drivers[o->driver]);
	json_w_bool(&w, "EnableIPv4", o->ipv4);
	json_w_bool(&w, "EnableIPv6", o->ipv6);
	json_w_bool(&w, "Internal", o->internal);
	json_w_bool(&w, "Attachable", o->attachable);
	json_w_bool(&w, "Ingress", o->ingress);
	json_w_bool(&w, "ConfigOnly", o->config_only);
	json_w_str(&w, "ConfigFrom", o->config_from);
	json_w_bool(&w, "Borrowed", o->borrowed);
	json_w_str(&w, "IPAMDriver", o->ipam_driver);
	json_w_map(&w, "IPAMOptions", o->ipam_options_given ? &o->ipam_options : NULL);
	json_w_arr(&w, "Config");
	for (size_t i = 0; i < o->nsubnets; i++)
		write_subnet(&w, &o->subnets[i]);
	json_w_arr_end(&w);
	json_w_map(&w, "Options", &o->options);
	json_w_map(&w, "Labels", &o->labels);
	json_w_end(&w);
	if (b->len > NETWORKS_RECORD_MAX)
		return err_set(e, ERR_INVALID,
			       "network %.100s: its options, labels and addresses are larger than "
			       "%d bytes",
			       o->name, NETWORKS_RECORD_MAX);
	return 0;
}

/* ---- reading */

static int read_addr(const struct json *v, const char *key, struct addr *ret)
{
	const char *s = json_str(json_get(v, key), "");

	return *s ? addr_parse(s, ret) : 0;
}

static int read_prefix(const struct json *v, const char *key, struct prefix *ret)
{
	const char *s = json_str(json_get(v, key), "");

	return *s ? prefix_parse(s, ret) : 0;
}

static int read_subnet(struct arena *a, const struct json *v, struct networks_subnet *ret)
{
	const struct json *aux = json_get(v, "AuxiliaryAddresses"), *x;
	struct json_iter it = json_iter(aux);
	const char *key;

	if (read_prefix(v, "Subnet", &ret->subnet) || read_prefix(v, "IPRange", &ret->range) ||
	    read_addr(v, "Gateway", &ret->gateway) || !ret->subnet.addr.len ||
	    json_len(aux) > NETWORKS_RECORD_AUX_MAX)
		return -1;
	ret->given = json_bool(json_get(v, "Given"), false);
	ret->given_gateway = json_bool(json_get(v, "GivenGateway"), false);
	ret->aux = arena_array(a, json_len(aux) + 1, sizeof(*ret->aux));
	while ((x = json_next(&it, &key))) {
		ret->aux[ret->naux].name = key;
		if (addr_parse(json_str(x, ""), &ret->aux[ret->naux++].addr))
			return -1;
	}
	return 0;
}

static int read_subnets(struct arena *a, const struct json *v, struct networks_one *o,
			struct err *e)
{
	struct json_iter it = json_iter(v);
	const struct json *x;

	if (json_len(v) > NETWORKS_RECORD_SUBNETS_MAX)
		return err_set(e, ERR_INVALID, "more than %d subnets", NETWORKS_RECORD_SUBNETS_MAX);
	o->subnets = arena_array(a, json_len(v) + 1, sizeof(*o->subnets));
	while ((x = json_next(&it, NULL)))
		if (read_subnet(a, x, &o->subnets[o->nsubnets++]))
			return err_set(e, ERR_INVALID, "subnet %zu cannot be read", o->nsubnets);
	return 0;
}

/* As Go writes its maps; few entries. */
static void sort(struct strs *map)
{
	for (size_t i = 1; i < map->n; i++) {
		char *s = map->v[i];
		size_t k = i;

		for (; k > 0 && strcmp(map->v[k - 1], s) > 0; k--)
			map->v[k] = map->v[k - 1];
		map->v[k] = s;
	}
}

static int read_flags(const struct json *r, struct networks_one *o, struct err *e)
{
	return json_want_bool(r, "EnableIPv4", &o->ipv4, e) ||
			       json_want_bool(r, "EnableIPv6", &o->ipv6, e) ||
			       json_want_bool(r, "Internal", &o->internal, e) ||
			       json_want_bool(r, "Attachable", &o->attachable, e) ||
			       json_want_bool(r, "Ingress", &o->ingress, e) ||
			       json_want_bool(r, "ConfigOnly", &o->config_only, e) ||
			       json_want_bool(r, "Borrowed", &o->borrowed, e)
		       ? -1
		       : 0;
}

static int read_all(struct arena *a, const struct json *r, struct networks_one *o, struct err *e)
{
	const char *id = "", *created = "", *driver = "bridge";
	struct err ignored;

	if (json_int(json_get(r, "Version"), 0) != 1)
		return err_set(e, ERR_UNSUPPORTED, "it was written by a newer proa");
	if (json_want_str(r, "Name", &o->name, e) || json_want_str(r, "Id", &id, e) ||
	    json_want_str(r, "Created", &created, e) || json_want_str(r, "Driver", &driver, e) ||
	    json_want_str(r, "ConfigFrom", &o->config_from, e) ||
	    json_want_str(r, "IPAMDriver", &o->ipam_driver, e) ||
	    json_want_map(r, "IPAMOptions", a, &o->ipam_options, e) ||
	    json_want_map(r, "Options", a, &o->options, e) ||
	    json_want_map(r, "Labels", a, &o->labels, e) || read_flags(r, o, e) ||
	    read_subnets(a, json_get(r, "Config"), o, e))
		return -1;
	if (strlen(id) != 64 || strspn(id, "0123456789abcdef") != 64 || !*o->name ||
	    networks_record_driver(driver, &o->driver))
		return err_set(e, ERR_INVALID, "its name, ID or driver are none");
	memcpy(o->id, id, 65);
	o->ipam_options_given = json_typeof(json_get(r, "IPAMOptions")) == JSON_OBJ;
	if (stamp_parse(created, &o->created, &ignored))
		o->created = 0;
	sort(&o->options);
	sort(&o->labels);
	sort(&o->ipam_options);
	return networks_options(a, o, e);
}

int networks_record_read(struct arena *a, const struct json *record, struct networks_one *ret,
			 struct err *e)
{
	struct networks_one o = {.name = "", .ipam_driver = "default", .config_from = ""};

	if (read_all(a, record, &o, e))
		return err_wrap(e, "the record of network %.100s", o.name);
	*ret = o;
	return 0;
}

int networks_record_load(int dir, struct arena *a, const char *file, struct networks_one *ret,
			 struct err *e)
{
	AUTO_BUF b = BUF_INIT;
	const struct json *r;

	if (file_read(dir, file, NETWORKS_RECORD_MAX, &b, e))
		return -1;
	r = json_parse(a, b.data ? b.data : "", b.len, NETWORKS_RECORD_MAX, file, e);
	return r ? networks_record_read(a, r, ret, e) : -1;
}

static int by_name(const void *a, const void *b)
{
	const struct networks_one *x = a, *y = b;

	return strcmp(x->name, y->name);
}

static int list_files(int dir, struct arena *a, struct strs *ret, struct err *e)
{
	DIR *d = file_dir(dir);
	struct dirent *de;

	if (!d)
		return err_sys(e, "read networks");
	while ((de = readdir(d))) {
		size_t n = strlen(de->d_name);

		if (de->d_name[0] != '.' && n > 5 && !strcmp(de->d_name + n - 5, ".json"))
			strs_add(a, ret, arena_strdup(a, de->d_name));
	}
	closedir(d);
	return 0;
}

int networks_record_all(int dir, struct arena *a, struct networks_one **ret, size_t *ret_n,
			struct err *e)
{
	struct strs files = {0};
	struct networks_one *v;
	struct err why;
	size_t n = 0;

	if (list_files(dir, a, &files, e))
		return -1;
	v = arena_array(a, files.n + 1, sizeof(*v));
	for (size_t i = 0; i < files.n; i++)
		if (!networks_record_load(dir, a, files.v[i], &v[n], &why))
			n++;
		else if (why.kind != ERR_NOTFOUND)
			log_warn("engine", "network %s is passed over: %s", files.v[i], why.text);
	qsort(v, n, sizeof(*v), by_name);
	*ret = v;
	*ret_n = n;
	return 0;
}
