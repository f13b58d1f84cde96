/* SPDX-License-Identifier: Apache-2.0 */
/*
 * llhttp is a push parser; blocking straight-line code wants to pull. The parser runs until it
 * pauses itself at the end of the head. From there a body of known length is read straight from
 * the socket, past the parser (a layer's bytes are copied once); a chunked body goes on through it,
 * into a buffer of the input's size (decoded is never longer than encoded). Each message gets a
 * fresh parser, so no state of one can leak into the next.
 */
#include "wire/http.h"
#include "base/file.h"
#include "base/version.h"

#include <errno.h>
#include <llhttp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/uio.h>
#include <unistd.h>

#define INPUT (60 << 10) /* the whole struct is one chunk (base/mem.h) */
#define MAX_HEADERS 128

enum body { BODY_NONE, BODY_LENGTH, BODY_CHUNKED, BODY_EOF };

struct http {
	int fd;
	size_t chunk; /* how much memory this is */
	bool server;
	llhttp_t p;
	llhttp_settings_t settings;
	/* in[]: what was read and not yet used */
	size_t pos, len;
	/* the head being read */
	struct buf text; /* target or nothing, then name and value pairs, each with a terminator */
	size_t target_len, headers, offsets[MAX_HEADERS * 2];
	bool in_value, head_done, msg_done;
	/* the body being read */
	enum body body;
	int64_t left;
	bool want_continue;
	size_t out_pos, out_len;
	/* pages that are not used are never touched */
	char in[INPUT], out[INPUT];
};

static int on_text(struct http *h, const char *at, size_t n)
{
	if (h->text.len + n > HTTP_MAX_HEAD)
		return HPE_USER;
	buf_append(&h->text, at, n);
	return 0;
}

static int on_url(llhttp_t *p, const char *at, size_t n)
{
	return on_text(p->data, at, n);
}

static int on_url_complete(llhttp_t *p)
{
	struct http *h = p->data;

	h->target_len = h->text.len;
	buf_char(&h->text, 0);
	return 0;
}

static int on_field(llhttp_t *p, const char *at, size_t n)
{
	struct http *h = p->data;

	if (h->in_value || h->headers == 0) {
		if (h->headers == MAX_HEADERS)
			return HPE_USER;
		if (h->headers)
			buf_char(&h->text, 0);
		h->offsets[2 * h->headers++] = h->text.len;
		h->in_value = false;
	}
	return on_text(h, at, n);
}

static int on_value(llhttp_t *p, const char *at, size_t n)
{
	struct http *h = p->data;

	if (!h->in_value) {
		buf_char(&h->text, 0);
		h->offsets[2 * h->headers - 1] = h->text.len;
		h->in_value = true;
	}
	return on_text(h, at, n);
}

static int on_head(llhttp_t *p)
{
	struct http *h = p->data;

	h->head_done = true;
	return HPE_PAUSED;
}

static int on_body(llhttp_t *p, const char *at, size_t n)
{
	struct http *h = p->data;

	memcpy(h->out + h->out_len, at, n);
	h->out_len += n;
	return 0;
}

static int on_done(llhttp_t *p)
{
	struct http *h = p->data;

	h->msg_done = true;
	return HPE_PAUSED;
}

struct http *http_new(int fd, bool server)
{
	size_t size;
	struct http *h = mem_chunk(sizeof(*h), &size);

	memset(h, 0, offsetof(struct http, in));
	h->chunk = size;
	h->fd = fd;
	h->server = server;
	llhttp_settings_init(&h->settings);
	h->settings.on_url = on_url;
	h->settings.on_url_complete = on_url_complete;
	h->settings.on_header_field = on_field;
	h->settings.on_header_value = on_value;
	h->settings.on_headers_complete = on_head;
	h->settings.on_body = on_body;
	h->settings.on_message_complete = on_done;
	return h;
}

void http_free(struct http *h)
{
	if (!h)
		return;
	buf_release(&h->text);
	mem_unchunk(h, h->chunk);
}

int http_fd(const struct http *h)
{
	return h->fd;
}

/* 1: there is input; 0: the peer closed; -1. */
static int fill(struct http *h, struct err *e)
{
	ssize_t n;

	if (h->pos < h->len)
		return 1;
	do
		n = read(h->fd, h->in, sizeof(h->in));
	while (n < 0 && errno == EINTR);
	if (n < 0 && errno == ECONNRESET)
		n = 0;
	if (n < 0)
		return err_sys(e, "read from the connection");
	h->pos = 0;
	h->len = (size_t)n;
	return n > 0;
}

/* Runs the parser over the input until it is used up or the parser paused itself. */
static int parse(struct http *h, struct err *e)
{
	const char *start = h->in + h->pos;
	llhttp_errno_t rc = llhttp_execute(&h->p, start, h->len - h->pos);

	if (rc == HPE_OK) {
		h->pos = h->len;
		return 0;
	}
	if (rc == HPE_PAUSED || rc == HPE_PAUSED_UPGRADE) {
		h->pos = (size_t)(llhttp_get_error_pos(&h->p) - h->in);
		llhttp_resume(&h->p);
		return 0;
	}
	if (rc == HPE_USER)
		return err_set(e, ERR_INVALID, "HTTP head is larger than %d bytes", HTTP_MAX_HEAD);
	return err_set(e, ERR_INVALID, "malformed HTTP message: %s",
		       llhttp_get_error_reason(&h->p));
}

/* Drops what the last user left of a body that is short enough, so that the next head is found. */
static int skip_body(struct http *h, struct err *e)
{
	char waste[4096];
	ssize_t n;

	h->want_continue = false; /* nobody asked for the body: it was never sent */
	while ((n = http_read_body(h, waste, sizeof(waste), e)) > 0)
		;
	return n < 0 ? -1 : 0;
}

static void head_strings(struct http *h, struct arena *a, struct http_msg *m)
{
	char *text;

	buf_char(&h->text, 0);
	text = arena_alloc(a, h->text.len + 1);
	memcpy(text, h->text.data, h->text.len);
	m->target = m->request ? text : NULL;
	m->headers = arena_array(a, h->headers + 1, sizeof(*m->headers));
	m->nheaders = h->headers;
	for (size_t i = 0; i < h->headers; i++) {
		size_t value = h->offsets[2 * i + 1];

		m->headers[i].name = text + h->offsets[2 * i];
		m->headers[i].value = value ? text + value : "";
	}
}

/* What llhttp lets pass and RFC 9112 does not: another major version, a blank before the colon. */
static int check_head(const struct http *h, const struct http_msg *m, struct err *e)
{
	if (h->p.http_major != 1)
		return err_set(e, ERR_INVALID, "malformed HTTP message: version is not 1.x");
	for (size_t i = 0; i < m->nheaders; i++)
		if (strpbrk(m->headers[i].name, " \t"))
			return err_set(e, ERR_INVALID,
				       "malformed HTTP message: blank in a header name");
	return 0;
}

static void head_body(struct http *h, struct http_msg *m)
{
	bool none = m->status == 204 || m->status == 304 || (m->status >= 100 && m->status < 200);

	m->chunked = (h->p.flags & F_CHUNKED) != 0;
	h->body = BODY_NONE;
	h->left = 0;
	if (m->chunked) {
		h->body = BODY_CHUNKED;
		m->length = -1;
	} else if (h->p.flags & F_CONTENT_LENGTH) {
		h->body = BODY_LENGTH;
		h->left = m->length = (int64_t)h->p.content_length;
	} else if (!m->request && !none && !m->upgrade) {
		h->body = BODY_EOF;
		m->length = -1;
	}
	if (none)
		h->body = BODY_NONE;
	h->want_continue = m->expect;
	h->out_pos = h->out_len = 0;
}

static int read_one_head(struct http *h, struct arena *a, struct http_msg *ret, struct err *e)
{
	struct http_msg m = {.request = h->server};
	bool any = false;
	const char *v;
	int rc;

	if (skip_body(h, e))
		return -1;
	llhttp_init(&h->p, h->server ? HTTP_REQUEST : HTTP_RESPONSE, &h->settings);
	h->p.data = h;
	buf_clear(&h->text);
	h->headers = 0;
	memset(h->offsets, 0, sizeof(h->offsets));
	h->in_value = h->head_done = h->msg_done = false;
	while (!h->head_done) {
		rc = fill(h, e);
		if (rc < 0)
			return -1;
		if (rc == 0 && !any)
			return 0;
		if (rc == 0)
			return err_set(e, ERR_INVALID, "connection ended inside an HTTP head");
		any = true;
		if (parse(h, e))
			return -1;
	}
	head_strings(h, a, &m);
	if (check_head(h, &m, e))
		return -1;
	m.method = m.request ? llhttp_method_name((llhttp_method_t)h->p.method) : NULL;
	m.status = m.request ? 0 : h->p.status_code;
	m.upgrade = h->p.upgrade || m.status == 101;
	m.keep_alive = llhttp_should_keep_alive(&h->p);
	v = http_header(&m, "Expect");
	m.expect = v && !strcasecmp(v, "100-continue");
	head_body(h, &m);
	*ret = m;
	return 1;
}

int http_read_head(struct http *h, struct arena *a, struct http_msg *ret, struct err *e)
{
	int rc;

	do
		rc = read_one_head(h, a, ret, e);
	while (rc == 1 && !h->server && ret->status == 100);
	return rc;
}

static ssize_t read_chunked(struct http *h, void *buf, size_t n, struct err *e)
{
	while (h->out_pos == h->out_len) {
		int rc;

		if (h->msg_done) {
			h->body = BODY_NONE;
			return 0;
		}
		rc = fill(h, e);
		if (rc < 0)
			return -1;
		if (rc == 0)
			return err_set(e, ERR_INVALID, "connection ended inside a chunked body");
		h->out_pos = h->out_len = 0;
		if (parse(h, e))
			return -1;
	}
	if (n > h->out_len - h->out_pos)
		n = h->out_len - h->out_pos;
	memcpy(buf, h->out + h->out_pos, n);
	h->out_pos += n;
	return (ssize_t)n;
}

static ssize_t read_plain(struct http *h, void *buf, size_t n, struct err *e)
{
	ssize_t k;

	if (h->body == BODY_LENGTH && (int64_t)n > h->left)
		n = (size_t)h->left;
	if (!n)
		return 0;
	if (h->pos < h->len) {
		k = (ssize_t)(n < h->len - h->pos ? n : h->len - h->pos);
		memcpy(buf, h->in + h->pos, (size_t)k);
		h->pos += (size_t)k;
	} else {
		do
			k = read(h->fd, buf, n);
		while (k < 0 && errno == EINTR);
	}
	if (k < 0)
		return err_sys(e, "read from the connection");
	if (h->body == BODY_LENGTH) {
		if (k == 0)
			return err_set(e, ERR_INVALID, "connection ended inside a body");
		h->left -= k;
	} else if (k == 0) {
		h->body = BODY_NONE;
	}
	return k;
}

ssize_t http_read_body(struct http *h, void *buf, size_t n, struct err *e)
{
	static const char go_on[] = "HTTP/1.1 100 Continue\r\n\r\n";

	if (h->body == BODY_NONE)
		return 0;
	if (h->want_continue) {
		h->want_continue = false;
		if (file_write_all(h->fd, go_on, sizeof(go_on) - 1))
			return err_sys(e, "write to the connection");
	}
	return h->body == BODY_CHUNKED ? read_chunked(h, buf, n, e) : read_plain(h, buf, n, e);
}

int http_read_all(struct http *h, size_t max, struct buf *b, struct err *e)
{
	size_t start = b->len;

	for (;;) {
		char *p = buf_reserve(b, 16384);
		ssize_t n = http_read_body(h, p, 16384, e);

		if (n <= 0)
			return (int)n;
		buf_advance(b, (size_t)n);
		if (b->len - start > max)
			return err_set(e, ERR_INVALID, "body is larger than %zu bytes", max);
	}
}

size_t http_leftover(struct http *h, void *buf, size_t n)
{
	if (n > h->len - h->pos)
		n = h->len - h->pos;
	memcpy(buf, h->in + h->pos, n);
	h->pos += n;
	return n;
}

const char *http_header(const struct http_msg *m, const char *name)
{
	for (size_t i = 0; i < m->nheaders; i++)
		if (!strcasecmp(m->headers[i].name, name))
			return m->headers[i].value;
	return NULL;
}
