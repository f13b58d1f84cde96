/* SPDX-License-Identifier: Apache-2.0 */
/*
 * mem: arenas, string lists and clean-up by scope.
 *
 * One arena per request: decoded JSON, paths and lists live in it and die with it. Allocation
 * never fails towards the caller: a process that is out of memory says so and exits with 125. That
 * is right here because a process serves one connection or one container's set-up; what must
 * survive (the shim's loop, the listener) uses bounded static memory and no arena.
 * Every size that comes from outside is bounded by the caller before it gets here.
 *
 * Exports: arena_ strs_ fd_
 */
#ifndef BASE_MEM_H
#define BASE_MEM_H

#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <unistd.h>

struct arena_block;
struct arena {
	struct arena_block *head;
};
#define ARENA_INIT                                                                                 \
	{                                                                                          \
		NULL                                                                               \
	}

/* Zeroed memory, aligned for any type, that lives until arena_release. */
void *arena_alloc(struct arena *a, size_t size);
/* The same, not zeroed: what is never written is never paid for. */
void *arena_raw(struct arena *a, size_t size);
/* An array of n elements; the product is checked for overflow. */
void *arena_array(struct arena *a, size_t n, size_t size);
/* v, which holds n elements of size bytes and has room for *cap, or a larger copy of it, with room
 * for one more at least. */
void *arena_grow(struct arena *a, void *v, size_t n, size_t *cap, size_t size);
char *arena_strdup(struct arena *a, const char *s);
char *arena_strndup(struct arena *a, const char *s, size_t n);
char *arena_printf(struct arena *a, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
/* Frees everything; the arena may be used again. */
void arena_release(struct arena *a);
#define AUTO_ARENA __attribute__((cleanup(arena_release))) struct arena

/* A list of strings; v is always NULL-terminated once something was added, v may be NULL while
 * n is 0. Strings and vector live in the arena given at each call. */
struct strs {
	char **v;
	size_t n, cap;
};
/* Adds the pointer itself (not a copy). */
void strs_add(struct arena *a, struct strs *s, char *str);
void strs_printf(struct arena *a, struct strs *s, const char *fmt, ...)
	__attribute__((format(printf, 3, 4)));

/* malloc family that exits with 125 when memory is out. */
void *mem_alloc(size_t size);
void *mem_realloc(void *p, size_t size);
/* Moves what fits of *data (*n bytes) behind the *have bytes of a buffer of cap; says if that is
 * full now. */
bool mem_fill(void *to, size_t cap, size_t *have, const void **data, size_t *n);
char *mem_strdup(const char *s);
/* Memory for arenas and buffers, not zeroed: at least `want` bytes, *ret_size says how many. It
 * goes back with that size. */
void *mem_chunk(size_t want, size_t *ret_size);
void mem_unchunk(void *p, size_t size);
/* For a process that has been busy and will now only wait: gives the pages of unused chunks, and of
 * the stack below the caller, back to the kernel. */
void mem_trim(void);
void mem_autofree(void *p); /* for AUTO_FREE: *(void **)p */
#define AUTO_FREE __attribute__((cleanup(mem_autofree)))

/* Closes *fd if >= 0 and sets it to -1; keeps errno. */
void fd_autoclose(int *fd);
#define AUTO_FD __attribute__((cleanup(fd_autoclose)))

/* Hands an AUTO_FD over: the variable forgets it. */
static inline int fd_steal(int *fd)
{
	int v = *fd;

	*fd = -1;
	return v;
}

static inline void *ptr_steal(void *pp)
{
	void **p = pp, *v = *p;

	*p = NULL;
	return v;
}

#endif
