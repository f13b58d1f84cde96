/* SPDX-License-Identifier: Apache-2.0 */
/*
 * /containers/{id}/archive (cp) and export. As with save, what goes wrong
 * after the first byte of a tar stream cuts it: it has no place for words.
 */
#include "api/server.h"
#include "api/tarout.h"
#include "engine/archive.h"
#include "wire/send.h"

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
	struct tarout *o = ctx;

	(void)e;
	o->head = stat_line(o->r->a, json);
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
	struct tarout o = tarout_new(r);

	return archive_get(r->en, r->a, r->arg[0], server_query(r, "path"), begin, tarout_write, &o,
			   e) ||
			       tarout_flush(&o, e)
		       ? -1
		       : 0;
}
ROUTE(get, "GET", "/containers/{name}/archive");

static int export_root(struct server_req *r, struct err *e)
{
	struct tarout o = tarout_new(r);

	return archive_export(r->en, r->a, r->arg[0], tarout_write, &o, e) || tarout_flush(&o, e)
		       ? -1
		       : 0;
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
