/* SPDX-License-Identifier: Apache-2.0 */
/*
 * /containers/{id}/archive (cp) and export. As with save, what goes wrong
 * after the first byte of a tar stream cuts it: it has no place for words.
 */
#include "api/server.h"
#include "engine/archive.h"
#include "wire/send.h"

#include <string.h>

#define OUT_SIZE (256 << 10)

struct out {
	struct server_req *r;
	const char *head; /* the header's line of archive_get, or "" */
	char *data;
	size_t n;
};

static const char *stat_line(struct arena *a, const struct buf *json)
{
	static const char digits[] =
		"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
	const unsigned char *p = (const void *)json->data;
	AUTO_BUF b = BUF_INIT;

	buf_str(&b, "X-Docker-Container-Path-Stat: ");
	for (size_t i = 0; i < json->len; i += 3) {
		size_t left = json->len - i;
		unsigned v = (unsigned)p[i] << 16 | (left > 1 ? (unsigned)p[i + 1] << 8 : 0) |
			     (left > 2 ? p[i + 2] : 0);

		buf_char(&b, digits[v >> 18]);
		buf_char(&b, digits[v >> 12 & 63]);
		buf_char(&b, left > 1 ? digits[v >> 6 & 63] : '=');
		buf_char(&b, left > 2 ? digits[v & 63] : '=');
	}
	buf_str(&b, "\r\n");
	return arena_strdup(a, b.data);
}

static int begin(void *ctx, const struct buf *json, struct err *e)
{
	struct out *o = ctx;

	(void)e;
	o->head = stat_line(o->r->a, json);
	return 0;
}

static int flush(struct out *o, struct err *e)
{
	struct server_req *r = o->r;
	size_t n = o->n;

	o->n = 0;
	if (!r->answered) {
		const char *head =
			arena_printf(r->a, "Content-Type: application/x-tar\r\n%s", o->head);

		r->answered = r->streaming = true;
		if (send_response(http_fd(r->h), 200, head, NULL, -1, e))
			return -1;
	}
	return server_chunk(r, o->data, n, e);
}

static int write_out(void *ctx, const void *data, size_t n, struct err *e)
{
	const char *p = data;
	struct out *o = ctx;

	while (n) {
		size_t some = OUT_SIZE - o->n < n ? OUT_SIZE - o->n : n;

		memcpy(o->data + o->n, p, some);
		o->n += some;
		p += some;
		n -= some;
		if (o->n == OUT_SIZE && flush(o, e))
			return -1;
	}
	return 0;
}

static int head(struct server_req *r, struct err *e)
{
	AUTO_BUF json = BUF_INIT;

	if (archive_stat(r->en, r->a, r->arg[0], server_query(r, "path"), &json, e))
		return -1;
	r->answered = true;
	return send_response(http_fd(r->h), 200, stat_line(r->a, &json), NULL, 0, e);
}
ROUTE(head, "HEAD", "/containers/{name}/archive");

static int get(struct server_req *r, struct err *e)
{
	struct out o = {.r = r, .head = "", .data = arena_alloc(r->a, OUT_SIZE)};

	return archive_get(r->en, r->a, r->arg[0], server_query(r, "path"), begin, write_out, &o,
			   e) ||
			       flush(&o, e)
		       ? -1
		       : 0;
}
ROUTE(get, "GET", "/containers/{name}/archive");

static int export_root(struct server_req *r, struct err *e)
{
	struct out o = {.r = r, .head = "", .data = arena_alloc(r->a, OUT_SIZE)};

	return archive_export(r->en, r->a, r->arg[0], write_out, &o, e) || flush(&o, e) ? -1 : 0;
}
ROUTE(export_root, "GET", "/containers/{name}/export");

static ssize_t read_body(void *ctx, void *buf, size_t n, struct err *e)
{
	struct server_req *r = ctx;

	return http_read_body(r->h, buf, n, e);
}

static int put(struct server_req *r, struct err *e)
{
	struct archive_put o = {.path = server_query(r, "path"),
				.keep_kind = server_query_bool(r, "noOverwriteDirNonDir", false),
				.own = server_query_bool(r, "copyUIDGID", false)};

	if (archive_put(r->en, r->a, r->arg[0], &o, read_body, r, e))
		return -1;
	return server_empty(r, 200, e);
}
ROUTE(put, "PUT", "/containers/{name}/archive");
