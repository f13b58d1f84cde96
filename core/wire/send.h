/* SPDX-License-Identifier: Apache-2.0 */
/*
 * send: writing HTTP/1.1 messages to a descriptor: a head with a Content-Length and its body in one
 * system call, or chunks.
 */
#ifndef WIRE_SEND_H
#define WIRE_SEND_H

#include <stddef.h>
#include <stdint.h>

#include "base/err.h"

/* headers: "Name: value\r\n" lines, may be NULL. length -1: chunked follows. */
int send_request(int fd, const char *method, const char *target, const char *headers,
		 const void *body, int64_t length, struct err *e);
/* body may be NULL with length > 0 only where the caller writes it by itself afterwards. */
int send_response(int fd, int status, const char *headers, const void *body, int64_t length,
		  struct err *e);
int send_chunk(int fd, const void *data, size_t n, struct err *e); /* n 0: the end */
const char *send_reason(int status);

#endif
