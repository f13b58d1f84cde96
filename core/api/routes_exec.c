/* SPDX-License-Identifier: Apache-2.0 */
/*
 * /containers/{id}/exec and /exec: what they do is in engine/execs.
 *
 * start ends the connection as HTTP, as attach does: the socket goes to the exec's shim, which
 * writes the head. Docker answers 200 or 101 before it knows whether the command can be executed;
 * that is told in the stream and by the exit code, here too. With "exitcode=1", which is ours, the
 * stream of an exec without a terminal ends with a frame that has the code, so that a client needs
 * not ask again; and "start=1" of create starts it at once, with the stream as its answer. Another
 * engine knows neither and answers as ever, which a client must be ready for.
 */
#include "api/server.h"
#include "container/shim.h"
#include "engine/execs.h"

#include <stdlib.h>

static char ahead[SHIM_MAX_AHEAD];

static int start_attached(struct server_req *r, const char *id, struct execs_start *s,
			  struct err *e)
{
	s->sock = http_fd(r->h);
	s->ahead = ahead;
	if (r->msg->upgrade)
		s->flags |= SHIM_UPGRADED;
	if (server_query_bool(r, "exitcode", false))
		s->flags |= SHIM_EXITCODE;
	s->n = http_leftover(r->h, ahead, sizeof(ahead) - SHIM_MAX_KEYS);
	if (execs_start(r->en, r->a, id, s, e))
		return -1;
	r->hijacked = true;
	return 0;
}

static int create(struct server_req *r, struct err *e)
{
	AUTO_BUF b = BUF_INIT;
	struct json_w w = JSON_W(&b);
	struct execs_start s = {.detach = false};
	const struct json *body;
	char id[65];

	if (server_body(r, false, &body, e) || execs_create(r->en, r->a, r->arg[0], body, id, e))
		return -1;
	if (server_query_bool(r, "start", false))
		return start_attached(r, id, &s, e);
	json_w_obj(&w, NULL);
	json_w_str(&w, "Id", id);
	json_w_end(&w);
	return server_json(r, 201, &b, e);
}
ROUTE(create, "POST", "/containers/{id}/exec");

static int start(struct server_req *r, struct err *e)
{
	struct execs_start s = {.detach = false};
	const struct json *body, *size;

	if (server_body(r, true, &body, e) || json_want_bool(body, "Detach", &s.detach, e))
		return -1;
	size = json_get(body, "ConsoleSize");
	s.rows = (unsigned)json_int(json_at(size, 0), 0) & 0xffff;
	s.cols = (unsigned)json_int(json_at(size, 1), 0) & 0xffff;
	if (!s.detach)
		return start_attached(r, r->arg[0], &s, e);
	return execs_start(r->en, r->a, r->arg[0], &s, e) ? -1 : server_empty(r, 200, e);
}
ROUTE(start, "POST", "/exec/{id}/start");

static int resize(struct server_req *r, struct err *e)
{
	unsigned rows, cols;

	if (server_query_size(r, "h", &rows, e) || server_query_size(r, "w", &cols, e) ||
	    execs_resize(r->en, r->arg[0], rows, cols, e))
		return -1;
	return server_empty(r, 200, e);
}
ROUTE(resize, "POST", "/exec/{id}/resize");

static int inspect(struct server_req *r, struct err *e)
{
	AUTO_BUF b = BUF_INIT;

	if (execs_inspect(r->en, r->a, r->arg[0], &b, e))
		return -1;
	return server_json(r, 200, &b, e);
}
ROUTE(inspect, "GET", "/exec/{id}/json");
