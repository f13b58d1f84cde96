/* SPDX-License-Identifier: Apache-2.0 */
/*
 * buf: a growing byte buffer.
 *
 * Invariant: data[len] is 0 whenever data is not NULL, so a text buffer can be used as a string.
 * The buffer owns its memory, chunks of mem.h: nobody else frees it. Growth never fails; whoever
 * fills it from outside bounds the length first.
 */
#ifndef BASE_BUF_H
#define BASE_BUF_H

#include <stddef.h>

struct buf {
	char *data;
	size_t len, cap;
};
#define BUF_INIT                                                                                   \
	{                                                                                          \
		NULL, 0, 0                                                                         \
	}

void buf_append(struct buf *b, const void *data, size_t len);
void buf_str(struct buf *b, const char *s);
void buf_char(struct buf *b, char c);
void buf_printf(struct buf *b, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
/* Makes room for at least `more` bytes beyond len and returns where they go; the caller adds to
 * len what it wrote and keeps the terminator with buf_advance. */
char *buf_reserve(struct buf *b, size_t more);
void buf_advance(struct buf *b, size_t n);
/* Drops the first n bytes. */
void buf_consume(struct buf *b, size_t n);
void buf_clear(struct buf *b); /* len = 0, memory kept */
void buf_release(struct buf *b);
#define AUTO_BUF __attribute__((cleanup(buf_release))) struct buf

#endif
