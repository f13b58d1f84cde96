/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Doubling growth over chunks (mem.h). An empty buffer holds no memory; buf_str(b, "") gives it a
 * terminator, so b.data is a valid string after any append.
 */
#include "base/buf.h"
#include "base/mem.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

char *buf_reserve(struct buf *b, size_t more)
{
	size_t need = b->len + more + 1;
	char *data;

	if (need > b->cap) {
		size_t cap = b->cap ? b->cap * 2 : 256;

		if (cap < need)
			cap = need;
		data = mem_chunk(cap, &cap);
		if (b->len)
			memcpy(data, b->data, b->len);
		mem_unchunk(b->data, b->cap);
		b->data = data;
		b->cap = cap;
		b->data[b->len] = 0;
	}
	return b->data + b->len;
}

void buf_advance(struct buf *b, size_t n)
{
	b->len += n;
	b->data[b->len] = 0;
}

void buf_append(struct buf *b, const void *data, size_t len)
{
	char *p = buf_reserve(b, len);

	if (len)
		memcpy(p, data, len);
	buf_advance(b, len);
}

void buf_str(struct buf *b, const char *s)
{
	buf_append(b, s, strlen(s));
}

void buf_char(struct buf *b, char c)
{
	buf_append(b, &c, 1);
}

/* Nearly everything fits at the first try. */
void buf_printf(struct buf *b, const char *fmt, ...)
{
	size_t room = 64;
	va_list ap;
	int n;

	for (;;) {
		char *p = buf_reserve(b, room);

		va_start(ap, fmt);
		n = vsnprintf(p, room + 1, fmt, ap);
		va_end(ap);
		if (n < 0)
			*p = 0;
		if (n <= (int)room)
			break;
		room = (size_t)n;
	}
	if (n > 0)
		b->len += (size_t)n;
}

void buf_consume(struct buf *b, size_t n)
{
	if (!n)
		return;
	memmove(b->data, b->data + n, b->len - n);
	b->len -= n;
	b->data[b->len] = 0;
}

void buf_clear(struct buf *b)
{
	b->len = 0;
	if (b->data)
		b->data[0] = 0;
}

void buf_release(struct buf *b)
{
	int saved = errno;

	mem_unchunk(b->data, b->cap);
	*b = (struct buf)BUF_INIT;
	errno = saved;
}
