/* SPDX-License-Identifier: Apache-2.0 */
/*
 * http: HTTP/1.1 messages over a descriptor (parsing by llhttp, RFC 9110 and 9112).
 *
 * A struct http is one end of a connection. Reading: http_read_head gives the start line and the
 * headers; the body is then pulled with http_read_body (length and chunks are undone). After an
 * upgrade what was read too far is taken with http_leftover. Heads are bounded (HTTP_MAX_HEAD), and
 * whatever is ambiguous (two lengths, length and chunks, bare LF) is refused by the strict parser.
 * Writing is in send.h, targets and queries in target.h.
 */
#ifndef WIRE_HTTP_H
#define WIRE_HTTP_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "base/buf.h"
#include "base/err.h"
#include "base/mem.h"

#define HTTP_MAX_HEAD 65536

struct http_header {
	const char *name, *value;
};

struct http_msg { /* strings live in the arena given to http_read_head */
	bool request;
	const char *method; /* request */
	const char *target; /* request: as sent */
	int status;	    /* response */
	struct http_header *headers;
	size_t nheaders;
	int64_t length; /* of the body; -1: chunked or until the end */
	bool chunked;
	bool keep_alive;
	bool upgrade; /* 101, or a request that asks for it */
	bool expect;  /* 100-continue */
};

struct http;
/* fd stays the caller's. server: reads requests and writes responses. */
struct http *http_new(int fd, bool server);
void http_free(struct http *h);
int http_fd(const struct http *h);

/* 1: *ret filled; 0: the peer closed between messages; -1: *e (ERR_INVALID: bad syntax). */
int http_read_head(struct http *h, struct arena *a, struct http_msg *ret, struct err *e);
/* Bytes of the body: > 0, 0 at its end, -1. */
ssize_t http_read_body(struct http *h, void *buf, size_t n, struct err *e);
/* All of it; ERR_INVALID beyond max. */
int http_read_all(struct http *h, size_t max, struct buf *b, struct err *e);
/* Bytes received beyond the head (after an upgrade); consumed by this call. */
size_t http_leftover(struct http *h, void *buf, size_t n);

/* Case-insensitive; NULL if absent. */
const char *http_header(const struct http_msg *m, const char *name);

#endif
