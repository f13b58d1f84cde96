/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Arenas are bump allocators over chunks that double up to 64 KiB; a larger object gets a chunk of
 * its own. Nothing is freed one by one: requests are short and a worker process exits after its
 * connection.
 *
 * Chunks are powers of two, cut from a region and kept for reuse by size. musl's malloc maps and
 * unmaps pages for each buffer of a few KiB, and a run makes a hundred of those: half a millisecond
 * of system calls and page faults. Pages of a region that are never touched cost nothing.
 */
#include "base/mem.h"

#include <errno.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#define ALIGN 16
#define FIRST_BLOCK 4096
#define MAX_BLOCK 65536
#define MIN_CHUNK 256
#define MAX_CHUNK 131072
#define CLASSES 10 /* MIN_CHUNK << 9 == MAX_CHUNK */
#define REGION (1 << 20)
#define PAGE ((uintptr_t)4096)
#define STACK_BELOW 65536 /* all that a small process has ever used */
#define RED_ZONE 1024	  /* what this call itself may have below its frame */

#ifdef __has_feature
#if __has_feature(address_sanitizer)
#define WATCHED 1
#endif
#endif
#ifdef __SANITIZE_ADDRESS__
#define WATCHED 1
#endif
#ifndef WATCHED
#define WATCHED 0 /* 1: every chunk is malloc's, so that AddressSanitizer sees its ends */
#endif

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

static struct free_chunk {
	struct free_chunk *next;
} * unused[CLASSES];
static char *region;
static size_t region_left;

static void *get(size_t size)
{
	void *p = malloc(size);

	if (!p)
		out_of_memory();
	return p;
}

static int class_of(size_t size)
{
	int c = 0;

	while ((size_t)MIN_CHUNK << c < size)
		c++;
	return c;
}

void *mem_chunk(size_t want, size_t *ret_size)
{
	struct free_chunk *f;
	size_t size;
	int c;

	if (WATCHED || want > MAX_CHUNK) {
		*ret_size = want;
		return get(want);
	}
	c = class_of(want);
	*ret_size = size = (size_t)MIN_CHUNK << c;
	f = unused[c];
	if (f) {
		unused[c] = f->next;
		return f;
	}
	if (region_left < size) { /* what is left of the old one is never touched */
		region = get(REGION);
		region_left = REGION;
	}
	region += size;
	region_left -= size;
	return region - size;
}

void mem_unchunk(void *p, size_t size)
{
	struct free_chunk *f = p;

	if (WATCHED || size > MAX_CHUNK || !p) {
		free(p);
		return;
	}
	f->next = unused[class_of(size)];
	unused[class_of(size)] = f;
}

static void give_back(uintptr_t from, uintptr_t end)
{
	from = (from + PAGE - 1) & ~(PAGE - 1);
	end &= ~(PAGE - 1);
	if (from < end)
		madvise((void *)from, end - from, MADV_DONTNEED);
}

void mem_trim(void)
{
	uintptr_t here = (uintptr_t)__builtin_frame_address(0);

	for (int c = 0; c < CLASSES; c++)
		for (struct free_chunk *f = unused[c]; f; f = f->next)
			give_back((uintptr_t)(f + 1), (uintptr_t)f + ((uintptr_t)MIN_CHUNK << c));
	give_back(here - STACK_BELOW, here - RED_ZONE);
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

void *arena_raw(struct arena *a, size_t size)
{
	struct arena_block *b = a->head;
	size_t want;
	void *p;

	if (size > SIZE_MAX / 2)
		out_of_memory();
	size = (size + ALIGN - 1) & ~(size_t)(ALIGN - 1);
	if (!b || b->size - b->used < size) {
		want = b ? (b->size + sizeof(*b)) * 2 : FIRST_BLOCK;
		want = (want > MAX_BLOCK ? MAX_BLOCK : want) - sizeof(*b);
		if (want < size)
			want = size;
		b = mem_chunk(sizeof(*b) + want, &want);
		b->used = 0;
		b->size = want - sizeof(*b);
		b->next = a->head;
		a->head = b;
	}
	p = b->data + b->used;
	b->used += size;
	return p;
}

#ifndef __clang__ /* gcc's analyser fears that this overwrites the list of blocks */
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wanalyzer-malloc-leak"
#endif
void *arena_alloc(struct arena *a, size_t size)
{
	return memset(arena_raw(a, size), 0, size);
}
#ifndef __clang__
#pragma GCC diagnostic pop
#endif

void *arena_array(struct arena *a, size_t n, size_t size)
{
	if (size && n > SIZE_MAX / 2 / size)
		out_of_memory();
	return arena_alloc(a, n * size);
}

char *arena_strndup(struct arena *a, const char *s, size_t n)
{
	char *p;

	n = strnlen(s, n);
	p = memcpy(arena_raw(a, n + 1), s, n);
	p[n] = 0;
	return p;
}

char *arena_strdup(struct arena *a, const char *s)
{
	return arena_strndup(a, s, strlen(s));
}

__attribute__((format(printf, 2, 0))) static char *arena_vprintf(struct arena *a, const char *fmt,
								 va_list ap)
{
	char few[256], *p; /* nearly everything fits, and is written once */
	va_list again;
	int n;

	va_copy(again, ap);
	n = vsnprintf(few, sizeof(few), fmt, again);
	va_end(again);
	if (n < 0)
		out_of_memory();
	p = arena_raw(a, (size_t)n + 1);
	if (n < (int)sizeof(few))
		return memcpy(p, few, (size_t)n + 1);
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
		mem_unchunk(b, b->size + sizeof(*b));
	}
	errno = saved;
}

void *arena_grow(struct arena *a, void *v, size_t n, size_t *cap, size_t size)
{
	void *more;

	if (n < *cap)
		return v;
	*cap = *cap ? *cap * 2 : 8;
	more = arena_array(a, *cap, size);
	if (n)
		memcpy(more, v, n * size);
	return more;
}

bool mem_fill(void *to, size_t cap, size_t *have, const void **data, size_t *n)
{
	size_t some = cap - *have < *n ? cap - *have : *n;

	memcpy((char *)to + *have, *data, some);
	*have += some;
	*data = (const char *)*data + some;
	*n -= some;
	return *have == cap;
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
