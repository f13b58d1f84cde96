/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A link is looked up at each start: the other container is found by its name, its address in its
 * live file. What it exposes and its environment are those of its record, as Docker tells them.
 */
#include "engine/netlinks.h"
#include "base/file.h"
#include "engine/containers.h"
#include "engine/netplan.h"
#include "engine/status.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define LIVE_MAX (1 << 20)

static bool on_default(const struct request *r)
{
	return !*r->network || !strcmp(r->network, "default") ||
	       !strcmp(r->network, NETWORKS_BRIDGE_NAME);
}

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

int netlinks_check(struct engine *en, struct arena *a, const struct request *r, struct err *e)
{
	const char *alias;
	char id[65];

	/* on other networks they are names for somebody who may come later */
	for (size_t i = 0; on_default(r) && i < r->net.links.n; i++) {
		const char *name = split(a, r->net.links.v[i], &alias);

		if (containers_find(en, name, id, e))
			return err_wrap(e, "could not get container for %s", name);
	}
	return 0;
}

static int address(struct engine *en, struct arena *a, const char *id, struct addr *ret)
{
	AUTO_BUF b = BUF_INIT;
	const struct json *live;
	struct err why;

	if (file_read(en->run_containers, arena_printf(a, "%s/" NETPLAN_LIVE, id), LIVE_MAX, &b,
		      &why))
		return -1;
	live = json_parse(a, b.data, b.len, LIVE_MAX, "the live file", &why);
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
	if (!r->net.links.n || !on_default(r))
		return 0;
	ret->v = arena_array(a, r->net.links.n, sizeof(*ret->v));
	for (size_t i = 0; i < r->net.links.n; i++) {
		struct netlinks_one *one = &ret->v[ret->n++];
		const char *alias, *name = split(a, r->net.links.v[i], &alias);
		struct containers_one c;
		struct status s;

		if (containers_load(en, a, name, &c, e))
			return err_wrap(e, "could not get container for %s", name);
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
	}
	return 0;
}
