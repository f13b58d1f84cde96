/* SPDX-License-Identifier: Apache-2.0 */
/*
 * /containers/{id}: what a container may use, what it uses, what runs in it. What these do is in
 * engine/{update,pause,top,stats}.
 */
#include "api/server.h"
#include "engine/pause.h"
#include "engine/top.h"
#include "engine/update.h"

static int update(struct server_req *r, struct err *e)
{
	AUTO_BUF b = BUF_INIT;
	struct json_w w = JSON_W(&b);
	const struct json *body;

	if (server_body(r, false, &body, e) || update_container(r->en, r->a, r->arg[0], body, e))
		return -1;
	json_w_obj(&w, NULL);
	json_w_null(&w, "Warnings"); /* what the kernel does not take is an error, see update.h */
	json_w_end(&w);
	return server_json(r, 200, &b, e);
}
ROUTE(update, "POST", "/containers/{id}/update");

static int pause_route(struct server_req *r, struct err *e)
{
	if (pause_container(r->en, r->a, r->arg[0], e))
		return -1;
	return server_empty(r, 204, e);
}
ROUTE(pause_route, "POST", "/containers/{id}/pause");

static int unpause(struct server_req *r, struct err *e)
{
	if (pause_end(r->en, r->a, r->arg[0], e))
		return -1;
	return server_empty(r, 204, e);
}
ROUTE(unpause, "POST", "/containers/{id}/unpause");

static int top(struct server_req *r, struct err *e)
{
	AUTO_BUF b = BUF_INIT;
	struct json_w w = JSON_W(&b);
	struct top t;

	if (top_container(r->en, r->a, r->arg[0], server_query(r, "ps_args"), &t, e))
		return -1;
	w.verbatim = true;
	json_w_obj(&w, NULL);
	json_w_arr(&w, "Processes");
	for (size_t i = 0; i + t.titles.n <= t.cells.n; i += t.titles.n) {
		const struct strs row = {.v = t.cells.v + i, .n = t.titles.n};

		json_w_strs(&w, NULL, &row);
	}
	json_w_arr_end(&w);
	json_w_strs(&w, "Titles", &t.titles);
	json_w_end(&w);
	return server_json(r, 200, &b, e);
}
ROUTE(top, "GET", "/containers/{id}/top");
