/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A link is looked up at each start: the other container is found by its ID, its address in its
 * live file. What it exposes and its environment are those of its record, as Docker tells them.
 */
#include "engine/netlinks.h"
#include "engine/containers_record.h"
#include "engine/netplan.h"
#include "engine/status.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* "name:alias", or the name for both. */
static const char *split(struct arena *a, const char *link, const char **ret_alias)
{
	size_t n = strcspn(link, ":");
	const char *name = arena_strndup(a, link + (*link == '/'), n - (*link == '/'));

	*ret_alias = link[n] ? strrchr(link, ':') + 1 : name;
	if (strrchr(*ret_alias, '/'))
		*ret_alias = strrchr(*ret_alias, '/') + 1;
	return name;
}

bool netlinks_wanted(const struct request *r)
{
	return r->net.links.n && networks_is_default(r->network);
}

/* HostConfig with these links: into b. */
static void write_host(struct buf *b, const struct json *host, const struct strs *links)
{
	struct json_w w = JSON_W(b);
	struct json_iter it = json_iter(host);
	const struct json *v;
	const char *key;

	json_w_obj(&w, NULL);
	while ((v = json_next(&it, &key)))
		if (strcmp(key, "Links"))
			json_w_val(&w, key, v);
	json_w_strs(&w, "Links", links);
	json_w_end(&w);
}

int netlinks_names(struct engine *en, struct arena *a, struct request *r, struct err *e)
{
	AUTO_BUF b = BUF_INIT;
	struct strs out = {0};

	if (!netlinks_wanted(r))
		return 0;
	for (size_t i = 0; i < r->net.links.n; i++) {
		const char *alias, *name = split(a, r->net.links.v[i], &alias);
		char id[65];

		if (containers_find(en, name, id, e))
			return err_wrap(e, "could not get container for %s", name);
		strs_printf(a, &out, "%s:%s", id, alias);
	}
	write_host(&b, r->host, &out);
	r->net.links = out;
	r->host = json_parse(a, b.data, b.len, CONTAINERS_RECORD_MAX, "HostConfig", e);
	return r->host ? 0 : -1;
}

void netlinks_show(struct engine *en, struct arena *a, const struct containers_one *c,
		   struct strs *ret)
{
	for (size_t i = 0; netlinks_wanted(&c->req) && i < c->req.net.links.n; i++) {
		const char *alias, *id = split(a, c->req.net.links.v[i], &alias);
		struct containers_one other;
		struct err why;

		if (!containers_load(en, a, id, &other, &why))
			strs_printf(a, ret, "/%s:/%s/%s", other.name, c->name, alias);
	}
}

int netlinks_remove(struct engine *en, struct arena *a, const char *ref, struct err *e)
{
	const char *name = ref + (*ref == '/'), *slash = strrchr(name, '/'), *alias;
	AUTO_FD int record = -1;
	AUTO_BUF b = BUF_INIT;
	struct containers_one c;
	struct strs rest = {0};

	if (!slash)
		return err_set(e, ERR_CONFLICT,
			       "Conflict, cannot remove the default link name of the container");
	name = arena_strndup(a, name, (size_t)(slash - name));
	if (containers_load(en, a, name, &c, e))
		return err_wrap(e, "Cannot get parent /%s for link name %s", name, ref);
	record = containers_record_lock(en, c.id, e);
	if (record < 0 || containers_load(en, a, c.id, &c, e))
		return -1;
	for (size_t i = 0; i < c.req.net.links.n; i++) {
		split(a, c.req.net.links.v[i], &alias);
		if (strcmp(alias, slash + 1))
			strs_add(a, &rest, c.req.net.links.v[i]);
	}
	if (rest.n == c.req.net.links.n)
		return err_set(e, ERR_NOTFOUND, "container %s has no link %s", c.name, slash + 1);
	write_host(&b, c.req.host, &rest);
	return containers_record_put(en, &c, "HostConfig", &b, e);
}

static int address(struct engine *en, struct arena *a, const char *id, struct addr *ret)
{
	const struct json *live = netplan_live(en->run_containers, a, id);

	live = json_get(json_get(live, "Networks"), NETWORKS_BRIDGE_NAME);
	return addr_parse(json_str(json_get(live, "IPAddress"), ""), ret);
}

/* As a part of a variable's name. */
static const char *upper(struct arena *a, const char *alias)
{
	char *s = arena_strdup(a, alias);

	for (char *p = s; *p; p++)
		*p = *p == '-' || *p == '.' ? '_' : (char)toupper((unsigned char)*p);
	return s;
}

/* TCP first. */
static int by_port(const void *a, const void *b)
{
	const char *x = *(const char *const *)a, *y = *(const char *const *)b;
	int d = (strstr(y, "/tcp") != NULL) - (strstr(x, "/tcp") != NULL);

	if (!d)
		d = atoi(x) - atoi(y);
	return d ? d : strcmp(x, y);
}

static void add_ports(struct arena *a, const struct request *r, const char *pre, const char *ip,
		      struct strs *env)
{
	struct strs ports = {0};

	for (size_t i = 0; i < r->ports.n; i++)
		strs_add(a, &ports, r->ports.v[i]);
	if (ports.n)
		qsort(ports.v, ports.n, sizeof(*ports.v), by_port);
	for (size_t i = 0; i < ports.n; i++) {
		const char *slash = strchr(ports.v[i], '/'), *proto = slash ? slash + 1 : "tcp";
		int port = atoi(ports.v[i]);
		const char *key = arena_printf(a, "%s_PORT_%d_%s", pre, port, upper(a, proto));

		if (!i)
			strs_printf(a, env, "%s_PORT=%s://%s:%d", pre, proto, ip, port);
		strs_printf(a, env, "%s=%s://%s:%d", key, proto, ip, port);
		strs_printf(a, env, "%s_ADDR=%s", key, ip);
		strs_printf(a, env, "%s_PORT=%d", key, port);
		strs_printf(a, env, "%s_PROTO=%s", key, proto);
	}
}

static void add_env(struct arena *a, const struct containers_one *c, const char *owner,
		    const char *alias, const struct addr *ip, struct strs *env)
{
	const char *pre = upper(a, alias);
	char text[ADDR_TEXT];

	add_ports(a, &c->req, pre, addr_text(ip, text), env);
	strs_printf(a, env, "%s_NAME=/%s/%s", pre, owner, alias);
	for (size_t i = 0; i < c->req.env.n; i++) {
		const char *one = c->req.env.v[i];

		if (strchr(one, '=') && strncmp(one, "PATH=", 5) && strncmp(one, "HOME=", 5))
			strs_printf(a, env, "%s_ENV_%s", pre, one);
	}
}

int netlinks_find(struct engine *en, struct arena *a, const struct request *r, const char *owner,
		  struct netlinks *ret, struct err *e)
{
	memset(ret, 0, sizeof(*ret));
	if (!netlinks_wanted(r))
		return 0;
	ret->v = arena_array(a, r->net.links.n, sizeof(*ret->v));
	for (size_t i = 0; i < r->net.links.n; i++) {
		struct netlinks_one *one = &ret->v[ret->n];
		const char *alias, *id = split(a, r->net.links.v[i], &alias);
		struct containers_one c;
		struct status s;

		if (containers_load(en, a, id, &c, e)) {
			if (e->kind == ERR_NOTFOUND)
				continue;
			return err_wrap(e, "the link to %s", id);
		}
		if (status_of(en, a, &c, &s, e))
			return -1;
		if (!s.state.running || address(en, a, c.id, &one->ip))
			return err_set(e, ERR_CONFLICT,
				       "Cannot link to a non running container: /%s AS /%s/%s",
				       c.name, owner, alias);
		strs_add(a, &one->names, arena_strdup(a, alias));
		strs_add(a, &one->names,
			 *c.req.hostname ? arena_strdup(a, c.req.hostname)
					 : arena_strndup(a, c.id, 12));
		if (strcmp(alias, c.name))
			strs_add(a, &one->names, arena_strdup(a, c.name));
		add_env(a, &c, owner, alias, &one->ip, &ret->env);
		ret->n++;
	}
	return 0;
}
