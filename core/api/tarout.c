/* SPDX-License-Identifier: Apache-2.0 */
/* One buffer in the request's arena, emptied when it is full. */
#include "api/tarout.h"
#include "wire/send.h"

#include <string.h>

struct tarout tarout_new(struct server_req *r)
{
	return (struct tarout){.r = r, .head = "", .data = arena_alloc(r->a, TAROUT_SIZE)};
}

int tarout_flush(struct tarout *o, struct err *e)
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

int tarout_write(void *ctx, const void *data, size_t n, struct err *e)
{
	struct tarout *o = ctx;

	while (n)
		if (mem_fill(o->data, TAROUT_SIZE, &o->n, &data, &n) && tarout_flush(o, e))
			return -1;
	return 0;
}
