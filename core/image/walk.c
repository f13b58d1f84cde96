/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A list of levels on the heap, each with the sorted names of one directory. The deepest KEEP are
 * open; one further up was closed on the way down and is opened again as ".." on the way up, and
 * believed only if device and inode are those of before. Names are read to the end of a
 * directory before any is shown: sorting needs it, and nothing is skipped while entries go away.
 */
#include "image/walk.h"
#include "base/buf.h"
#include "base/fs.h"
#include "base/mem.h"
#include "image/tar.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define KEEP 32
#define DENTS 32768
#define DIR_FLAGS (O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC)

struct level {
	int fd; /* -1: parked */
	dev_t dev;
	ino_t ino;
	struct buf text; /* the names, one after the other */
	char **names;
	size_t n, at;
	size_t path_len; /* of the directory's own path */
};

struct walk {
	struct level *v;
	size_t n, cap;
	int enter; /* the item shown last is a directory to go into */
	int lenient;
	struct walk_item last;
	size_t path_len;
	char path[TAR_MAX_NAME];
	char dents[DENTS] __attribute__((aligned(8)));
};

static int by_name(const void *a, const void *b)
{
	return strcmp(*(char *const *)a, *(char *const *)b);
}

static int read_names(struct walk *w, struct level *l)
{
	size_t n = 0;
	long got;

	while ((got = fs_dents(l->fd, w->dents, DENTS)) > 0)
		for (long i = 0; i < got;) {
			const struct fs_dent *d = (const void *)(w->dents + i);

			i += d->reclen;
			if (!strcmp(d->name, ".") || !strcmp(d->name, ".."))
				continue;
			buf_append(&l->text, d->name, strlen(d->name) + 1);
			n++;
		}
	if (got < 0)
		return -1;
	if (!n)
		return 0;
	l->names = mem_alloc(n * sizeof(*l->names));
	for (char *p = l->text.data; l->n < n; p += strlen(p) + 1)
		l->names[l->n++] = p;
	qsort(l->names, n, sizeof(*l->names), by_name);
	return 0;
}

static void drop(struct walk *w)
{
	struct level *l = &w->v[--w->n];

	if (w->n) /* the top's is the caller's */
		fd_autoclose(&l->fd);
	buf_release(&l->text);
	free(l->names);
}

/* Takes fd over, also on failure (but for the top's). */
static int push(struct walk *w, int fd, struct err *e)
{
	struct level *l;
	struct stat st;
	int rc;

	if (w->n == w->cap) {
		w->cap = w->cap ? w->cap * 2 : 16;
		w->v = mem_realloc(w->v, w->cap * sizeof(*w->v));
	}
	if (w->n > KEEP && w->v[w->n - KEEP].fd >= 0) {
		fd_autoclose(&w->v[w->n - KEEP].fd);
	}
	l = &w->v[w->n++];
	*l = (struct level){.fd = fd, .path_len = w->path_len};
	rc = fstat(fd, &st) || read_names(w, l);
	if (rc) {
		err_sys(e, "read directory %s", w->path);
		drop(w);
		return -1;
	}
	l->dev = st.st_dev;
	l->ino = st.st_ino;
	return 0;
}

struct walk *walk_new(int dirfd, struct err *e)
{
	struct walk *w = mem_alloc(sizeof(*w));

	if (lseek(dirfd, 0, SEEK_SET) < 0)
		err_sys(e, "read the directory");
	else if (!push(w, dirfd, e))
		return w;
	walk_free(w);
	return NULL;
}

void walk_lenient(struct walk *w)
{
	w->lenient = 1;
}

void walk_free(struct walk *w)
{
	if (!w)
		return;
	while (w->n)
		drop(w);
	free(w->v);
	free(w);
}

/* Back to the level above, which is opened again if it was parked. */
static int leave(struct walk *w, struct err *e)
{
	struct level *l = &w->v[w->n - 1], *up = l - 1;
	struct stat st;

	if (w->n > 1 && up->fd < 0) {
		up->fd = openat(l->fd, "..", DIR_FLAGS);
		if (up->fd < 0 || fstat(up->fd, &st))
			return err_sys(e, "go back up from %s", w->path);
		if (st.st_dev != up->dev || st.st_ino != up->ino)
			return err_set(e, ERR_CONFLICT, "%s was moved meanwhile", w->path);
	}
	drop(w);
	return 0;
}

static int enter(struct walk *w, struct err *e)
{
	int fd = openat(w->last.dirfd, w->last.name, DIR_FLAGS);

	w->enter = 0;
	if (fd < 0 && w->lenient && (errno == ENOENT || errno == ENOTDIR || errno == ELOOP))
		return 0;
	return fd < 0 ? err_sys(e, "open directory %s", w->path) : push(w, fd, e);
}

static int show(struct walk *w, struct level *l, const char *name, struct err *e)
{
	size_t n = strlen(name), at = l->path_len ? l->path_len + 1 : 0;

	if (at + n >= TAR_MAX_NAME)
		return err_set(e, ERR_INVALID, "a path of more than 4095 bytes: %.100s...",
			       w->path);
	if (at)
		w->path[at - 1] = '/';
	memcpy(w->path + at, name, n + 1);
	w->path_len = at + n;
	w->last = (struct walk_item){.dirfd = l->fd, .name = name, .path = w->path};
	if (fstatat(l->fd, name, &w->last.st, AT_SYMLINK_NOFOLLOW))
		return w->lenient && errno == ENOENT ? 0 : err_sys(e, "stat %s", w->path);
	w->enter = S_ISDIR(w->last.st.st_mode);
	return 1;
}

int walk_next(struct walk *w, struct walk_item *it, struct err *e)
{
	int rc;

	if (w->enter && enter(w, e))
		return -1;
	while (w->n) {
		struct level *l = &w->v[w->n - 1];

		if (l->at < l->n) {
			rc = show(w, l, l->names[l->at++], e);
			if (rc > 0)
				*it = w->last;
			if (rc)
				return rc;
			continue;
		}
		w->path[l->path_len] = 0;
		if (leave(w, e))
			return -1;
	}
	return 0;
}
