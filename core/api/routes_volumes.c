/* SPDX-License-Identifier: Apache-2.0 */
/*
 * /volumes. A volume without a name gets one of 64 digits and the label that says so, as the stock
 * client expects it of `volume create` and of an image's VOLUME alike.
 */
#include "api/server.h"
#include "base/rand.h"
#include "engine/volumes.h"
#include "engine/volumes_list.h"

#include <fcntl.h>
#include <string.h>

static int filters(struct server_req *r, bool prune, struct volumes_filter *f, struct err *e)
{
	const struct server_filter ls[] = {{"label", &f->label},
					   {"label!", &f->not_label},
					   {"dangling", &f->dangling},
					   {"driver", &f->driver},
					   {"name", &f->name}};
	const struct server_filter pr[] = {{"label", &f->label},
					   {"label!", &f->not_label},
					   {"all", &f->all}};

	return prune ? server_filters(r, pr, 3, e) : server_filters(r, ls, 5, e);
}

static int list(struct server_req *r, struct err *e)
{
	struct volumes_filter f = {0};
	AUTO_BUF b = BUF_INIT;

	if (filters(r, false, &f, e) || volumes_list(r->en, &f, &b, e))
		return -1;
	buf_char(&b, '\n');
	return server_json(r, 200, &b, e);
}
ROUTE(list, "GET", "/volumes");

static int answer(struct server_req *r, int status, const struct volumes_one *v, struct err *e)
{
	AUTO_BUF b = BUF_INIT;
	struct json_w w = JSON_W(&b);

	w.verbatim = true;
	volumes_write(r->en, &w, NULL, v);
	buf_char(&b, '\n');
	return server_json(r, status, &b, e);
}

static int create(struct server_req *r, struct err *e)
{
	struct volumes_one v = {.name = "", .driver = ""}, made;
	const struct json *body, *cluster;
	AUTO_FD int lock = -1;
	char name[65];

	if (server_body(r, true, &body, e) || json_want_str(body, "Name", &v.name, e) ||
	    json_want_str(body, "Driver", &v.driver, e) ||
	    json_want_map(body, "DriverOpts", r->a, &v.options, e) ||
	    json_want_map(body, "Labels", r->a, &v.labels, e) ||
	    json_want_obj(body, "ClusterVolumeSpec", &cluster, e))
		return -1;
	if (cluster)
		return err_set(e, ERR_UNAVAILABLE,
			       "This node is not a swarm manager: cluster volumes need one");
	if (!*v.driver)
		v.driver = "local";
	if (!*v.name) {
		rand_hex(name, 64);
		v.name = name;
		strs_add(r->a, &v.labels, arena_strdup(r->a, VOLUMES_ANONYMOUS "="));
	}
	lock = volumes_lock(r->en, F_RDLCK, e);
	if (lock < 0 || volumes_make(r->en, r->a, &v, NULL, true, &made, NULL, e))
		return -1;
	return answer(r, 201, &made, e);
}
ROUTE(create, "POST", "/volumes/create");

static int prune(struct server_req *r, struct err *e)
{
	struct volumes_filter f = {0};
	AUTO_BUF b = BUF_INIT;

	if (filters(r, true, &f, e) || volumes_list_prune(r->en, &f, &b, e))
		return -1;
	buf_char(&b, '\n');
	return server_json(r, 200, &b, e);
}
ROUTE(prune, "POST", "/volumes/prune");

static int inspect(struct server_req *r, struct err *e)
{
	struct volumes_one v;

	if (volumes_get(r->en, r->a, r->arg[0], &v, e))
		return -1;
	return answer(r, 200, &v, e);
}
ROUTE(inspect, "GET", "/volumes/{name}");

static int update(struct server_req *r, struct err *e)
{
	struct volumes_one v;

	if (volumes_get(r->en, r->a, r->arg[0], &v, e))
		return -1;
	return err_set(e, ERR_UNAVAILABLE,
		       "This node is not a swarm manager: only cluster volumes can be updated");
}
ROUTE(update, "PUT", "/volumes/{name}");

static int remove_volume(struct server_req *r, struct err *e)
{
	struct volumes_trash t;

	if (volumes_remove(r->en, r->a, r->arg[0], server_query_bool(r, "force", false), &t, e) ||
	    server_empty(r, 204, e))
		return -1;
	volumes_clean(r->en, &t);
	return 0;
}
ROUTE(remove_volume, "DELETE", "/volumes/{name}");
