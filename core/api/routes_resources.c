/* SPDX-License-Identifier: Apache-2.0 */
/*
 * /containers/{id}: what a container may use, what it uses, what runs in it. What these do is in
 * engine/{update,pause,top,stats}.
 */
#include "api/server.h"
#include "engine/pause.h"
#include "engine/stats.h"
#include "engine/top.h"
#include "engine/update.h"

#include <errno.h>
#include <poll.h>

#define STATS_MS 1000 /* between two looks */

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

/* False: the client hung up. */
static bool sleep_between(struct server_req *r)
{
	struct pollfd p = {.fd = http_fd(r->h), .events = POLLRDHUP};

	return poll(&p, 1, STATS_MS) == 0 || errno == EINTR;
}

/* Each look has an arena of its own, of which the next one still needs the figures. */
static int stats_loop(struct server_req *r, bool stream, bool once, struct buf *b, struct err *e)
{
	struct arena mem[2] = {ARENA_INIT, ARENA_INIT};
	struct stats look[2];
	int rc;

	for (int i = 0;; i++) {
		arena_release(&mem[i & 1]);
		buf_clear(b);
		rc = stats_read(r->en, &mem[i & 1], r->arg[0], i ? &look[~i & 1] : NULL,
				&look[i & 1], b, e);
		if (rc && i && stream && e->kind == ERR_NOTFOUND) {
			rc = 0; /* it was removed: the stream ends */
			break;
		}
		if (rc || (!stream && (once || i || !look[0].running)))
			break;
		if (stream) {
			buf_char(b, '\n');
			rc = (!i && server_stream(r, 200, "application/json", e)) ||
			     server_chunk(r, b->data, b->len, e);
		}
		if (rc || !sleep_between(r))
			break;
	}
	arena_release(&mem[0]);
	arena_release(&mem[1]);
	return rc ? -1 : 0;
}

static int stats(struct server_req *r, struct err *e)
{
	bool stream = server_query_bool(r, "stream", true);
	bool once = server_query_bool(r, "one-shot", false);
	AUTO_BUF b = BUF_INIT;

	if (stream && once)
		return err_set(e, ERR_INVALID, "cannot have stream=true and one-shot=true");
	if (stats_loop(r, stream, once, &b, e))
		return -1;
	return stream ? 0 : server_json(r, 200, &b, e);
}
ROUTE(stats, "GET", "/containers/{id}/stats");
