/* SPDX-License-Identifier: Apache-2.0 */
/*
 * server: a connection's requests become calls of routes.
 *
 * server_serve runs in a process of its own (forked by dial() for a local client, or by the
 * daemon's listener) in blocking code until the connection ends. Routes are registered by the
 * files routes_<resource>.c with ROUTE() in the linker section "routes": no central table. A path
 * is matched by segments after the version prefix (/v1.24 .. /v1.51, or none): "{name}" takes one
 * segment, "{name...}" the rest up to the next literal (image names have slashes).
 *
 * A route fills nothing on failure but *e: server turns it into {"message": text} and the status of
 * its kind, unless the answer's head went out already (then the route reports inside its stream).
 */
#ifndef API_SERVER_H
#define API_SERVER_H

#include <stdbool.h>

#include "base/err.h"
#include "base/json.h"
#include "base/mem.h"
#include "engine/engine.h"
#include "wire/http.h"

struct server_req {
	struct engine *en;
	struct arena *a; /* of this request */
	struct http *h;
	const struct http_msg *msg;
	const char *query;  /* undecoded; see target.h */
	const char *arg[2]; /* the "{...}" parts, decoded */
	bool answered;	    /* a head was written */
	bool streaming;	    /* by server_stream: the last chunk is owed */
	bool hijacked;	    /* the socket was handed to a shim: say nothing more and end */
};

typedef int server_fn(struct server_req *r, struct err *e);

struct server_route {
	const char *method, *path;
	server_fn *fn;
};

#define ROUTE(fn_, method_, path_)                                                                 \
	static const struct server_route route_##fn_                                               \
		__attribute__((used, retain, section("routes"), aligned(8))) = {method_, path_,    \
										fn_}

/* Serves until the peer closes. Returns the process's exit status. fd is taken over. */
int server_serve(int fd, const struct engine_config *c);

/* For routes: whole answers. */
int server_json(struct server_req *r, int status, const struct buf *json, struct err *e);
int server_empty(struct server_req *r, int status, struct err *e); /* 204, 304, 200 */
/* Streams: begin (chunked, type as given), then server_chunk; the server ends them. */
int server_stream(struct server_req *r, int status, const char *content_type, struct err *e);
int server_chunk(struct server_req *r, const void *data, size_t n, struct err *e);
/* The body as JSON object (empty body: NULL without error when optional). Bounded at 4 MiB. */
int server_body(struct server_req *r, bool optional, const struct json **ret, struct err *e);
const char *server_query(struct server_req *r, const char *key); /* decoded; NULL if absent */
/* A terminal's height or width: 0 to 65535, and never left out. */
int server_query_size(struct server_req *r, const char *key, unsigned *ret, struct err *e);
bool server_query_bool(struct server_req *r, const char *key, bool def);
/* The query's filters={"label":["a=b"],...}: the values of each key, added to its list. ERR_INVALID
 * for bad JSON and for a key that is none of these. */
struct server_filter {
	const char *key;
	struct strs *ret;
};
int server_filters(struct server_req *r, const struct server_filter *filters, size_t n,
		   struct err *e);

#endif
