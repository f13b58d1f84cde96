/* SPDX-License-Identifier: Apache-2.0 */
/*
 * /containers/{id}/logs: the log of a container as a stream. Errors behind the head end the stream:
 * the client has all that could be read.
 */
#include "api/routes_logs.h"
#include "base/file.h"
#include "container/shim.h"
#include "engine/logs.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static int emit(void *ctx, const void *data, size_t n, struct err *e)
{
	return server_chunk(ctx, data, n, e);
}

static int logs(struct server_req *r, struct err *e)
{
	const char *tail = server_query(r, "tail");
	struct logs_options o = {
		.out = server_query_bool(r, "stdout", false),
		.err = server_query_bool(r, "stderr", false),
		.follow = server_query_bool(r, "follow", false),
		.timestamps = server_query_bool(r, "timestamps", false),
		.details = server_query_bool(r, "details", false),
		.tail = -1,
	};
	struct logs l;
	char *end;
	int rc;

	if (!o.out && !o.err)
		return err_set(e, ERR_INVALID,
			       "Bad parameters: you must choose at least one stream");
	if (tail && *tail) { /* what is no number means all, as for Docker */
		o.tail = strtoll(tail, &end, 10);
		if (*end || o.tail < 0)
			o.tail = -1;
	}
	if (logs_time(server_query(r, "since"), &o.since, e) ||
	    logs_time(server_query(r, "until"), &o.until, e) ||
	    logs_open(r->en, r->a, r->arg[0], &o, &l, e))
		return -1;
	rc = server_stream(r, 200,
			   l.tty ? "application/vnd.docker.raw-stream"
				 : "application/vnd.docker.multiplexed-stream",
			   e);
	if (!rc)
		rc = logs_run(&l, http_fd(r->h), emit, r, e);
	logs_close(&l);
	return rc;
}
ROUTE(logs, "GET", "/containers/{id}/logs");

static int emit_bare(void *ctx, const void *data, size_t n, struct err *e)
{
	struct server_req *r = ctx;

	return file_write_all(http_fd(r->h), data, n) ? err_sys(e, "write to the client") : 0;
}

int routes_logs_replay(struct server_req *r, uint32_t flags, struct err *e)
{
	struct logs_options o = {.out = flags & SHIM_STDOUT,
				 .err = flags & SHIM_STDERR,
				 .tail = -1};
	char head[256];
	struct logs l;
	int rc, n;

	if (logs_open(r->en, r->a, r->arg[0], &o, &l, e))
		return -1;
	n = snprintf(head, sizeof(head), SHIM_HEAD,
		     flags & SHIM_UPGRADED ? SHIM_HEAD_UPGRADED : SHIM_HEAD_OK,
		     l.tty ? "raw" : "multiplexed", flags & SHIM_UPGRADED ? SHIM_HEAD_UPGRADE : "");
	r->answered = true;
	rc = emit_bare(r, head, (size_t)n, e);
	if (!rc)
		rc = logs_run(&l, http_fd(r->h), emit_bare, r, e);
	logs_close(&l);
	return rc;
}
