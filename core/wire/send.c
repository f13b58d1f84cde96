/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Head and body leave in one writev where both are at hand: on a socket between two processes each
 * extra write is a wake-up of the other side, and those, not parsing, are what a hop costs.
 */
#include "wire/send.h"
#include "base/version.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/uio.h>
#include <unistd.h>

#include "base/buf.h"

/* sendmsg with MSG_NOSIGNAL: a peer that left is an error here, not a signal. */
static int send_all(int fd, struct iovec *v, size_t n, struct err *e)
{
	while (n) {
		struct msghdr m = {.msg_iov = v, .msg_iovlen = n};
		ssize_t k = sendmsg(fd, &m, MSG_NOSIGNAL);

		if (k < 0 && errno == EINTR)
			continue;
		if (k < 0)
			return err_sys(e, "write to the connection");
		while (n && (size_t)k >= v->iov_len) {
			k -= (ssize_t)v->iov_len;
			v++;
			n--;
		}
		if (n) {
			v->iov_base = (char *)v->iov_base + k;
			v->iov_len -= (size_t)k;
		}
	}
	return 0;
}

static int send_message(int fd, struct buf *head, const char *headers, const void *body,
			int64_t length, struct err *e)
{
	struct iovec v[2];

	if (headers)
		buf_str(head, headers);
	if (length < 0)
		buf_str(head, "Transfer-Encoding: chunked\r\n\r\n");
	else
		buf_printf(head, "Content-Length: %" PRId64 "\r\n\r\n", length);
	v[0] = (struct iovec){head->data, head->len};
	v[1] = (struct iovec){(void *)(uintptr_t)body, body && length > 0 ? (size_t)length : 0};
	return send_all(fd, v, v[1].iov_len ? 2 : 1, e);
}

int send_request(int fd, const char *method, const char *target, const char *headers,
		 const void *body, int64_t length, struct err *e)
{
	AUTO_BUF head = BUF_INIT;

	buf_printf(&head,
		   "%s %s HTTP/1.1\r\nHost: api.moby.localhost\r\nUser-Agent: proa/" PROA_VERSION
		   " (linux)\r\n",
		   method, target);
	return send_message(fd, &head, headers, body, length, e);
}

int send_response(int fd, int status, const char *headers, const void *body, int64_t length,
		  struct err *e)
{
	AUTO_BUF head = BUF_INIT;

	buf_printf(&head,
		   "HTTP/1.1 %d %s\r\nApi-Version: " PROA_API_VERSION
		   "\r\nDocker-Experimental: false\r\nOstype: linux\r\nServer: proa/" PROA_VERSION
		   " (linux)\r\n",
		   status, send_reason(status));
	if (status == 204 || status == 304) {
		if (headers)
			buf_str(&head, headers);
		buf_str(&head, "\r\n");
		return send_all(fd, &(struct iovec){head.data, head.len}, 1, e);
	}
	return send_message(fd, &head, headers, body, length, e);
}

int send_chunk(int fd, const void *data, size_t n, struct err *e)
{
	char size[24];
	struct iovec v[3];
	int k = snprintf(size, sizeof(size), "%zx\r\n", n);

	v[0] = (struct iovec){size, (size_t)k};
	v[1] = (struct iovec){(void *)(uintptr_t)data, n};
	v[2] = (struct iovec){"\r\n", 2};
	if (!n)
		return send_all(fd, &(struct iovec){"0\r\n\r\n", 5}, 1, e);
	return send_all(fd, v, 3, e);
}

const char *send_reason(int status)
{
	switch (status) {
	case 101:
		return "UPGRADED";
	case 200:
		return "OK";
	case 201:
		return "Created";
	case 204:
		return "No Content";
	case 304:
		return "Not Modified";
	case 400:
		return "Bad Request";
	case 401:
		return "Unauthorized";
	case 403:
		return "Forbidden";
	case 404:
		return "Not Found";
	case 405:
		return "Method Not Allowed";
	case 409:
		return "Conflict";
	case 500:
		return "Internal Server Error";
	case 501:
		return "Not Implemented";
	case 503:
		return "Service Unavailable";
	default:
		return "Status";
	}
}
