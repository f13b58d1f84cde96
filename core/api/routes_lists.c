/* SPDX-License-Identifier: Apache-2.0 */
/*
 * /containers: looking at them, and prune, which follows from it. The looks take no lock and ask no
 * shim, so they answer whatever a container is at.
 */
#include "api/server.h"
#include "engine/containers.h"
#include "engine/inspect.h"
#include "engine/list.h"
#include "engine/prune.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

static int number(struct server_req *r, const char *key, int64_t *ret, struct err *e)
{
	const char *text = server_query(r, key);
	char *end;

	if (!text || !*text)
		return 0;
	errno = 0;
	*ret = strtoll(text, &end, 10);
	if (*end || errno)
		return err_set(e, ERR_INVALID, "%s=%.64s: a number is needed", key, text);
	return 0;
}

static int list(struct server_req *r, struct err *e)
{
	struct list_filter f = {.all = server_query_bool(r, "all", false),
				.size = server_query_bool(r, "size", false)};
	const struct server_filter keys[] = {
		{"id", &f.id},		 {"name", &f.name},	      {"label", &f.label},
		{"status", &f.status},	 {"exited", &f.exited},	      {"ancestor", &f.ancestor},
		{"before", &f.before},	 {"since", &f.since},	      {"volume", &f.volume},
		{"network", &f.network}, {"publish", &f.publish},     {"expose", &f.expose},
		{"health", &f.health},	 {"isolation", &f.isolation}, {"is-task", &f.is_task},
	};
	AUTO_BUF b = BUF_INIT;

	if (number(r, "limit", &f.limit, e) ||
	    server_filters(r, keys, sizeof(keys) / sizeof(*keys), e) ||
	    list_containers(r->en, &f, &b, e))
		return -1;
	buf_char(&b, '\n');
	return server_json(r, 200, &b, e);
}
ROUTE(list, "GET", "/containers/json");

static int inspect(struct server_req *r, struct err *e)
{
	AUTO_BUF b = BUF_INIT;

	if (inspect_container(r->en, r->arg[0], server_query_bool(r, "size", false), &b, e))
		return -1;
	buf_char(&b, '\n');
	return server_json(r, 200, &b, e);
}
ROUTE(inspect, "GET", "/containers/{id}/json");

static int prune(struct server_req *r, struct err *e)
{
	struct prune_filter f = {{0}, {0}, {0}};
	const struct server_filter keys[] = {{"until", &f.until},
					     {"label", &f.label},
					     {"label!", &f.not_label}};
	struct strs ids = {0};
	AUTO_BUF b = BUF_INIT;
	struct json_w w = JSON_W(&b);

	if (server_filters(r, keys, 3, e) || prune_containers(r->en, r->a, &f, &w, &ids, e))
		return -1;
	buf_char(&b, '\n');
	if (server_json(r, 200, &b, e))
		return -1;
	for (size_t i = 0; i < ids.n; i++)
		containers_clean(r->en, ids.v[i]);
	return 0;
}
ROUTE(prune, "POST", "/containers/prune");
