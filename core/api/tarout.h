/* SPDX-License-Identifier: Apache-2.0 */
/*
 * tarout: a tar stream as the answer to a request. Headers and small members are gathered: one
 * chunk of HTTP per 256 KiB. The head goes out with the first of them, so what goes wrong before is
 * a plain error with its status; later the stream is cut, which has no place for words.
 */
#ifndef API_TAROUT_H
#define API_TAROUT_H

#include <stddef.h>

#include "api/server.h"

#define TAROUT_SIZE (256 << 10)

struct tarout {
	struct server_req *r;
	const char *head; /* more lines of it, each with its end, or ""; until the first chunk */
	char *data;	  /* TAROUT_SIZE bytes */
	size_t n;
};

/* In the request's arena. */
struct tarout tarout_new(struct server_req *r);
/* A tar_write_fn; ctx: the struct tarout. */
int tarout_write(void *ctx, const void *data, size_t n, struct err *e);
/* What is left. */
int tarout_flush(struct tarout *o, struct err *e);

#endif
