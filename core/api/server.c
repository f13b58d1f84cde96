/* SPDX-License-Identifier: Apache-2.0 */
/*
 * One process, one connection, straight-line blocking code (architecture.md 2). The loop reads a
 * head, finds the route, lets it answer, and gives the request's memory back. A body that a route
 * did not read to its end is drained up to a bound, so that the client can read the answer instead
 * of dying on a reset; past the bound the connection is closed.
 */
#include "api/server.h"
#include "base/version.h"
#include "wire/send.h"
#include "wire/target.h"

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>

#define MAX_BODY (4 << 20)
#define MAX_DRAIN (256 << 20)

extern const struct server_route __start_routes[], __stop_routes[];

static const int status_of[] = {
	[ERR_INVALID] = 400,	 [ERR_UNAUTHORIZED] = 401, [ERR_FORBIDDEN] = 403,
	[ERR_NOTFOUND] = 404,	 [ERR_CONFLICT] = 409,	   [ERR_UNSUPPORTED] = 501,
	[ERR_UNAVAILABLE] = 503, [ERR_SYS] = 500,
};

/* Compares a path with a pattern and takes the parts in braces; "{x...}" takes all up to the
 * pattern's literal end. */
static bool match(struct arena *a, const char *pattern, const char *path, const char **arg)
{
	while (*pattern) {
		const char *close;
		size_t n;

		if (*pattern != '{') {
			if (*pattern++ != *path++)
				return false;
			continue;
		}
		close = strchr(pattern, '}');
		n = strcspn(path, "/");
		if (!close)
			return false;
		if (close[-1] == '.') {
			size_t tail = strlen(close + 1), all = strlen(path);

			if (all <= tail || strcmp(path + all - tail, close + 1))
				return false;
			n = all - tail;
		}
		if (!n)
			return false;
		*arg++ = arena_strndup(a, path, n);
		path += n;
		pattern = close + 1;
	}
	return !*path;
}

static bool number(const char **p, unsigned *ret)
{
	size_t n = strspn(*p, "0123456789");

	*ret = (unsigned)strtoul(*p, NULL, 10);
	*p += n;
	return n > 0 && n < 4;
}

/* Takes "/v1.NN" off the path. */
static int version(const char **path, struct err *e)
{
	const char *p = *path + 2;
	unsigned major, minor;

	if (strncmp(*path, "/v", 2) || !number(&p, &major) || *p++ != '.' || !number(&p, &minor) ||
	    *p != '/')
		return 0;
	if (major != 1 || minor > PROA_API_MINOR_MAX)
		return err_set(e, ERR_INVALID,
			       "client version %u.%u is too new. Maximum supported API version is "
			       "1.%d",
			       major, minor, PROA_API_MINOR_MAX);
	if (minor < PROA_API_MINOR_MIN)
		return err_set(e, ERR_INVALID,
			       "client version %u.%u is too old. Minimum supported API version is "
			       "1.%d, please upgrade your client to a newer version",
			       major, minor, PROA_API_MINOR_MIN);
	*path = p;
	return 0;
}

static int route(struct server_req *r, struct err *e)
{
	const struct server_route *t;
	const char *path;
	bool known = false;

	if (target_path(r->a, r->msg->target, &path, &r->query, e) || version(&path, e))
		return -1;
	for (t = __start_routes; t < __stop_routes; t++) {
		if (!match(r->a, t->path, path, r->arg))
			continue;
		known = true;
		if (!strcmp(t->method, r->msg->method))
			return t->fn(r, e);
	}
	if (known)
		return err_set(e, ERR_NOTFOUND, "method %s is not served at %s", r->msg->method,
			       path);
	return err_set(e, ERR_NOTFOUND, "page not found");
}

static int report(struct server_req *r, const struct err *why, struct err *e)
{
	AUTO_BUF b = BUF_INIT;
	struct json_w w = JSON_W(&b);
	/* an error may have come from another process, which may be of another version */
	enum err_kind kind = why->kind > ERR_NONE && why->kind < ERR_SYS ? why->kind : ERR_SYS;

	json_w_obj(&w, NULL);
	json_w_str(&w, "message", why->text);
	json_w_end(&w);
	buf_char(&b, '\n');
	return server_json(r, status_of[kind], &b, e);
}

/* 0: the connection goes on. */
static int finish(struct server_req *r, struct err *e)
{
	char waste[16384];
	size_t total = 0;
	ssize_t n;

	if (r->hijacked)
		return -1;
	if (r->streaming && send_chunk(http_fd(r->h), NULL, 0, e))
		return -1;
	while ((n = http_read_body(r->h, waste, sizeof(waste), e)) > 0 && total < MAX_DRAIN)
		total += (size_t)n;
	return n == 0 && r->msg->keep_alive ? 0 : -1;
}

static int serve_one(struct http *h, struct engine *en, const struct err *no_engine)
{
	AUTO_ARENA a = ARENA_INIT;
	struct http_msg msg;
	struct server_req r = {.en = en, .a = &a, .h = h, .msg = &msg};
	struct err e, why;
	int rc = http_read_head(h, &a, &msg, &e);

	if (rc == 0)
		return -1;
	if (rc < 0) {
		msg = (struct http_msg){.request = true};
		if (e.kind == ERR_INVALID)
			report(&r, &e, &why);
		return -1;
	}
	if (no_engine->kind) {
		if (report(&r, no_engine, &e))
			return -1;
	} else if (route(&r, &e)) {
		if (r.answered || report(&r, &e, &why))
			return -1;
	}
	return finish(&r, &e);
}

int server_serve(int fd, const struct engine_config *c)
{
	AUTO_ARENA a = ARENA_INIT;
	struct err no_engine = {.kind = ERR_NONE};
	struct http *h = http_new(fd, true);
	struct engine en;
	bool open;

	signal(SIGPIPE, SIG_IGN);
	open = engine_open(c, &a, &en, &no_engine) == 0;
	while (serve_one(h, &en, &no_engine) == 0)
		while (waitpid(-1, NULL, WNOHANG) > 0) /* shims that have ended */
			;
	if (open)
		engine_close(&en);
	http_free(h);
	close(fd);
	return 0;
}

static const char type_json[] = "Content-Type: application/json\r\n";

int server_json(struct server_req *r, int status, const struct buf *json, struct err *e)
{
	r->answered = true;
	if (r->msg->method && !strcmp(r->msg->method, "HEAD")) /* its answer has no body */
		return send_response(http_fd(r->h), status, type_json, NULL, 0, e);
	return send_response(http_fd(r->h), status, type_json, json->data, (int64_t)json->len, e);
}

int server_empty(struct server_req *r, int status, struct err *e)
{
	r->answered = true;
	return send_response(http_fd(r->h), status, NULL, NULL, 0, e);
}

int server_stream(struct server_req *r, int status, const char *content_type, struct err *e)
{
	char line[128];

	snprintf(line, sizeof(line), "Content-Type: %s\r\n", content_type);
	r->answered = r->streaming = true;
	return send_response(http_fd(r->h), status, line, NULL, -1, e);
}

int server_chunk(struct server_req *r, const void *data, size_t n, struct err *e)
{
	return n ? send_chunk(http_fd(r->h), data, n, e) : 0;
}

int server_body(struct server_req *r, bool optional, const struct json **ret, struct err *e)
{
	AUTO_BUF b = BUF_INIT;
	const struct json *v;

	if (http_read_all(r->h, MAX_BODY, &b, e))
		return -1;
	if (!b.len) {
		*ret = NULL;
		return optional ? 0
				: err_set(e, ERR_INVALID, "request body is empty: JSON is needed");
	}
	v = json_parse(r->a, b.data, b.len, MAX_BODY, "request body", e);
	if (!v)
		return -1;
	if (json_typeof(v) != JSON_OBJ)
		return err_set(e, ERR_INVALID, "request body is no JSON object");
	*ret = v;
	return 0;
}

const char *server_query(struct server_req *r, const char *key)
{
	return target_query(r->a, r->query, key, 0);
}

int server_query_size(struct server_req *r, const char *key, unsigned *ret, struct err *e)
{
	const char *text = server_query(r, key);
	char *end;
	unsigned long v = text ? strtoul(text, &end, 10) : 0;

	if (!text || !*text || *end || v > 0xffff)
		return err_set(e, ERR_INVALID, "%s: a number up to 65535 is needed", key);
	*ret = (unsigned)v;
	return 0;
}

bool server_query_bool(struct server_req *r, const char *key, bool def)
{
	return target_bool(r->a, r->query, key, def);
}

static int filter_values(struct server_req *r, const char *key, const struct json *list,
			 struct strs *ret, struct err *e)
{
	struct json_iter it = json_iter(list);
	const struct json *v;
	const char *k;

	if (json_typeof(list) != JSON_ARR && json_typeof(list) != JSON_OBJ)
		return err_set(e, ERR_INVALID, "invalid filter '%s'", key);
	while ((v = json_next(&it, &k))) {
		/* either ["value"] or, as old clients send it, {"value": true} */
		const char *s = k ? (json_bool(v, false) ? k : NULL) : json_str(v, NULL);

		if (s)
			strs_add(r->a, ret, arena_strdup(r->a, s));
	}
	return 0;
}

int server_filters(struct server_req *r, const struct server_filter *filters, size_t n,
		   struct err *e)
{
	const char *text = server_query(r, "filters"), *key;
	const struct json *all, *list;
	struct json_iter it;

	if (!text || !*text)
		return 0;
	all = json_parse(r->a, text, strlen(text), HTTP_MAX_HEAD, "filters", e);
	if (!all)
		return -1;
	if (json_typeof(all) != JSON_OBJ)
		return err_set(e, ERR_INVALID, "invalid filter: filters is no JSON object");
	it = json_iter(all);
	while ((list = json_next(&it, &key))) {
		size_t i = 0;

		while (i < n && strcmp(filters[i].key, key))
			i++;
		if (i == n)
			return err_set(e, ERR_INVALID, "invalid filter '%s'", key);
		if (filter_values(r, key, list, filters[i].ret, e))
			return -1;
	}
	return 0;
}
