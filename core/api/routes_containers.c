/* SPDX-License-Identifier: Apache-2.0 */
/*
 * /containers: the requests of a container's life. What they do is in
 * engine/{create,start,containers}.
 *
 * attach ends the connection as HTTP: the socket goes to the shim, which itself writes the head, or
 * a client could be told to start before anybody listens to it. wait writes its head as soon as it
 * is registered, so that a client knows when it may start.
 */
#include "api/routes_logs.h"
#include "api/server.h"
#include "container/shim.h"
#include "engine/containers.h"
#include "engine/create.h"
#include "engine/netlinks.h"
#include "engine/reap.h"
#include "engine/start.h"
#include "engine/volumes.h"

#include <string.h>
#include <time.h>
#include <unistd.h>

static int create(struct server_req *r, struct err *e)
{
	AUTO_BUF b = BUF_INIT;
	struct json_w w = JSON_W(&b);
	struct strs warnings = {0};
	const struct json *body;
	struct containers_one c;

	if (server_body(r, false, &body, e) ||
	    create_container(r->en, r->a, body, server_query(r, "name"),
			     server_query(r, "platform"), &c, &warnings, e))
		return -1;
	json_w_obj(&w, NULL);
	json_w_str(&w, "Id", c.id);
	json_w_strs(&w, "Warnings", &warnings);
	json_w_end(&w);
	start_launch(r->en, r->a, &c);
	return server_json(r, 201, &b, e);
}
ROUTE(create, "POST", "/containers/create");

static int attach(struct server_req *r, struct err *e)
{
	static char ahead[SHIM_MAX_AHEAD];
	const struct timespec ms5 = {0, 5000000};
	uint32_t flags = r->msg->upgrade ? SHIM_UPGRADED : 0;
	size_t n;

	if (server_query_bool(r, "stdin", false))
		flags |= SHIM_STDIN;
	if (server_query_bool(r, "stdout", false))
		flags |= SHIM_STDOUT;
	if (server_query_bool(r, "stderr", false))
		flags |= SHIM_STDERR;
	/* ours: one that has ended is an error, and not waited for until its next start */
	if (server_query_bool(r, "running", false))
		flags |= SHIM_RUNNING;
	if (!(flags & (SHIM_STDIN | SHIM_STDOUT | SHIM_STDERR)))
		return err_set(e, ERR_INVALID,
			       "Either the stream or logs query parameter must be set, and one of "
			       "stdin, stdout and stderr");
	if (server_query_bool(r, "logs", false)) {
		if (routes_logs_replay(r, flags, e))
			return -1;
		r->hijacked = true;
		flags |= SHIM_NOHEAD;
		if (!server_query_bool(r, "stream", false))
			return 0;
	}
	n = http_leftover(r->h, ahead, sizeof(ahead));
	if (start_attach(r->en, r->a, r->arg[0], flags, server_query(r, "detachKeys"),
			 http_fd(r->h), ahead, n, e))
		return -1;
	r->hijacked = true;
	/* Nobody waits for this worker any more: a good moment to look after others, once the
	 * container has had its start, and without a pipe that the client was given as its stderr.
	 */
	dup2(0, 2);
	nanosleep(&ms5, NULL);
	reap_all(r->en);
	return 0;
}
ROUTE(attach, "POST", "/containers/{id}/attach");

static int start(struct server_req *r, struct err *e)
{
	bool already;

	if (start_container(r->en, r->a, r->arg[0], &already, e))
		return -1;
	return server_empty(r, already ? 304 : 204, e);
}
ROUTE(start, "POST", "/containers/{id}/start");

static int condition(const char *text, enum start_condition *ret, struct err *e)
{
	static const char *const names[] = {"not-running", "next-exit", "removed"};

	*ret = START_NOT_RUNNING;
	if (!text || !*text)
		return 0;
	for (int i = 0; i < 3; i++)
		if (!strcmp(text, names[i])) {
			*ret = (enum start_condition)i;
			return 0;
		}
	return err_set(e, ERR_INVALID, "invalid condition: \"%.100s\"", text);
}

static int wait_route(struct server_req *r, struct err *e)
{
	enum start_condition cond;
	struct start_wait w;
	char text[64];
	int code, n;

	if (condition(server_query(r, "condition"), &cond, e) ||
	    start_wait(r->en, r->a, r->arg[0], cond, &w, e) ||
	    server_stream(r, 200, "application/json", e) ||
	    start_wait_end(r->en, r->a, &w, http_fd(r->h), &code, e))
		return -1;
	n = snprintf(text, sizeof(text), "{\"StatusCode\":%d}\n", code);
	return server_chunk(r, text, (size_t)n, e);
}
ROUTE(wait_route, "POST", "/containers/{id}/wait");

static int delete (struct server_req *r, struct err *e)
{
	bool volumes = server_query_bool(r, "v", false);
	struct containers_one c = {.record = NULL};
	char id[65];
	struct err why;

	if (server_query_bool(r, "link", false))
		return netlinks_remove(r->en, r->a, r->arg[0], e) ? -1 : server_empty(r, 204, e);
	/* a record that cannot be read names no volumes; force removes it all the same */
	if (containers_load(r->en, r->a, r->arg[0], &c, &why))
		c.record = NULL;
	if (containers_remove(r->en, r->a, r->arg[0], server_query_bool(r, "force", false), volumes,
			      id, e))
		return -1;
	/* the name may have gone to another one in between */
	if (c.record && !strcmp(c.id, id) && (volumes || c.req.auto_remove))
		volumes_drop(r->en, r->a, json_get(c.record, "Mounts"), id);
	if (server_empty(r, 204, e))
		return -1;
	containers_clean(r->en, id);
	return 0;
}
ROUTE(delete, "DELETE", "/containers/{id...}");
