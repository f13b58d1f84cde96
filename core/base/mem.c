/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A bump allocator over malloc'ed blocks. Blocks double up to 64 KiB so that a small request
 * costs one malloc; a larger object gets a block of its own. Nothing is freed one by one: requests
 * are short and a worker process exits after its connection.
 */
#include "base/mem.h"

#include <errno.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define ALIGN 16
#define FIRST_BLOCK 4096
#define MAX_BLOCK 65536

struct arena_block {
	struct arena_block *next;
	size_t used, size;
	_Alignas(ALIGN) char data[];
};

static __attribute__((noreturn)) void out_of_memory(void)
{
	static const char msg[] = "proa: out of memory\n";

	if (write(2, msg, sizeof(msg) - 1) < 0)
		_exit(125);
	_exit(125);
}

void *mem_alloc(size_t size)
{
	void *p = calloc(1, size ? size : 1);

	if (!p)
		out_of_memory();
	return p;
}

void *mem_realloc(void *old, size_t size)
{
	void *p = realloc(old, size ? size : 1);

	if (!p)
		out_of_memory();
	return p;
}

char *mem_strdup(const char *s)
{
	size_t n = strlen(s) + 1;

	return memcpy(mem_alloc(n), s, n);
}

void mem_autofree(void *p)
{
	int saved = errno;

	free(*(void **)p);
	errno = saved;
}

void fd_autoclose(int *fd)
{
	int saved = errno;

	if (*fd >= 0)
		close(*fd);
	*fd = -1; /* a second call must not close what got this number meanwhile */
	errno = saved;
}

void *arena_alloc(struct arena *a, size_t size)
{
	struct arena_block *b = a->head;
	size_t want;
	void *p;

	if (size > SIZE_MAX / 2)
		out_of_memory();
	size = (size + ALIGN - 1) & ~(size_t)(ALIGN - 1);
	if (!b || b->size - b->used < size) {
		want = b ? b->size * 2 : FIRST_BLOCK;
		if (want > MAX_BLOCK)
			want = MAX_BLOCK;
		if (want < size)
			want = size;
		b = malloc(sizeof(*b) + want);
		if (!b)
			out_of_memory();
		b->used = 0;
		b->size = want;
		b->next = a->head;
		a->head = b;
	}
	p = b->data + b->used;
	b->used += size;
	return memset(p, 0, size);
}

void *arena_array(struct arena *a, size_t n, size_t size)
{
	if (size && n > SIZE_MAX / 2 / size)
		out_of_memory();
	return arena_alloc(a, n * size);
}

char *arena_strndup(struct arena *a, const char *s, size_t n)
{
	n = strnlen(s, n);
	return memcpy(arena_alloc(a, n + 1), s, n);
}

char *arena_strdup(struct arena *a, const char *s)
{
	return arena_strndup(a, s, strlen(s));
}

static char *__attribute__((format(printf, 2, 0)))
arena_vprintf(struct arena *a, const char *fmt, va_list ap)
{
	va_list again;
	char *p;
	int n;

	va_copy(again, ap);
	n = vsnprintf(NULL, 0, fmt, again);
	va_end(again);
	if (n < 0)
		out_of_memory();
	p = arena_alloc(a, (size_t)n + 1);
	vsnprintf(p, (size_t)n + 1, fmt, ap);
	return p;
}

char *arena_printf(struct arena *a, const char *fmt, ...)
{
	va_list ap;
	char *p;

	va_start(ap, fmt);
	p = arena_vprintf(a, fmt, ap);
	va_end(ap);
	return p;
}

void arena_release(struct arena *a)
{
	int saved = errno;

	while (a->head) {
		struct arena_block *b = a->head;

		a->head = b->next;
		free(b);
	}
	errno = saved;
}

void strs_add(struct arena *a, struct strs *s, char *str)
{
	if (s->n + 1 >= s->cap) {
		size_t cap = s->cap ? s->cap * 2 : 8;
		char **v = arena_array(a, cap, sizeof(*v));

		if (s->n)
			memcpy(v, s->v, s->n * sizeof(*v));
		s->v = v;
		s->cap = cap;
	}
	s->v[s->n++] = str;
	s->v[s->n] = NULL;
}

void strs_printf(struct arena *a, struct strs *s, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	strs_add(a, s, arena_vprintf(a, fmt, ap));
	va_end(ap);
}
