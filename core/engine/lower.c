/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Layers never change, so this reads them as it likes. A name is looked for from the top: a mark of
 * deletion, a file where a directory would have to be, and a directory that is opaque end the
 * search; anything else that is missing sends it one layer down.
 */
#include "engine/lower.h"
#include "engine/initlayer.h"
#include "image/layers.h"

#include <dirent.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/xattr.h>
#include <unistd.h>

#define DIR_FLAGS (O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC)

int lower_open(struct engine *en, struct arena *a, const struct strs *diff_ids, struct lower *ret,
	       struct err *e)
{
	struct lower l = {.fds = arena_array(a, diff_ids->n + 1, sizeof(int))};

	for (size_t i = diff_ids->n + 1; i-- > 0;) {
		int fd = i ? layers_open(&en->store, diff_ids->v[i - 1], e) : initlayer_open(en, e);

		if (fd < 0) {
			lower_close(&l);
			return -1;
		}
		l.fds[l.n++] = fd;
	}
	*ret = l;
	return 0;
}

void lower_close(struct lower *l)
{
	while (l->n)
		close(l->fds[--l->n]);
}

bool lower_is_whiteout(const struct stat *st)
{
	return S_ISCHR(st->st_mode) && !st->st_rdev;
}

bool lower_is_opaque(int dirfd)
{
	char v = 0;

	return (fgetxattr(dirfd, "trusted.overlay.opaque", &v, 1) == 1 && v == 'y') ||
	       !faccessat(dirfd, ".wh..wh..opq", F_OK, AT_SYMLINK_NOFOLLOW);
}

enum answer { MISSING, HIDDEN, FOUND };

/* In one layer. MISSING: the one below may have it. *ret_dir: open if it is a directory that is
 * asked for (NULL: it is not). */
static enum answer look(int layer, const char *path, struct stat *st, int *ret_dir)
{
	AUTO_FD int dir = openat(layer, ".", DIR_FLAGS);
	bool opaque = false;
	char name[256];

	if (dir < 0 || fstat(dir, st))
		return MISSING;
	while (*path) {
		size_t n = strcspn(path, "/");
		AUTO_FD int up = fd_steal(&dir);

		if (n >= sizeof(name))
			return HIDDEN;
		memcpy(name, path, n);
		name[n] = 0;
		path += n + (path[n] == '/');
		if (fstatat(up, name, st, AT_SYMLINK_NOFOLLOW))
			return opaque ? HIDDEN : MISSING;
		if (lower_is_whiteout(st))
			return HIDDEN;
		if (!S_ISDIR(st->st_mode))
			return *path ? HIDDEN : FOUND;
		dir = openat(up, name, DIR_FLAGS);
		if (dir < 0)
			return HIDDEN;
		opaque |= lower_is_opaque(dir);
	}
	if (ret_dir)
		*ret_dir = fd_steal(&dir);
	return FOUND;
}

bool lower_stat(const struct lower *l, const char *path, struct stat *ret, bool *ret_init)
{
	for (size_t i = 0; i < l->n; i++) {
		enum answer x = look(l->fds[i], path, ret, NULL);

		if (x != MISSING) {
			*ret_init = i + 1 == l->n;
			return x == FOUND;
		}
	}
	return false;
}

static int by_text(const void *a, const void *b)
{
	return strcmp(*(char *const *)a, *(char *const *)b);
}

static void add_names(int dir, struct arena *a, struct strs *all)
{
	int fd = openat(dir, ".", DIR_FLAGS);
	DIR *d = fd < 0 ? NULL : fdopendir(fd);
	struct dirent *de;

	if (!d) {
		fd_autoclose(&fd);
		return;
	}
	while ((de = readdir(d)))
		if (strcmp(de->d_name, ".") && strcmp(de->d_name, "..") &&
		    strncmp(de->d_name, ".wh.", 4))
			strs_add(a, all, arena_strdup(a, de->d_name));
	closedir(d);
}

void lower_names(const struct lower *l, struct arena *a, const char *path, struct strs *ret)
{
	struct strs all = {0};
	struct stat st;
	bool init;

	for (size_t i = 0; i < l->n; i++) {
		AUTO_FD int dir = -1;
		enum answer x = look(l->fds[i], path, &st, &dir);

		if (dir >= 0)
			add_names(dir, a, &all);
		if (x == HIDDEN || (x == FOUND && dir < 0) || (dir >= 0 && lower_is_opaque(dir)))
			break;
	}
	if (all.n)
		qsort(all.v, all.n, sizeof(*all.v), by_text);
	for (size_t i = 0; i < all.n; i++) {
		const char *sep = *path ? "/" : "";

		if ((!i || strcmp(all.v[i], all.v[i - 1])) &&
		    lower_stat(l, arena_printf(a, "%s%s%s", path, sep, all.v[i]), &st, &init) &&
		    !init)
			strs_add(a, ret, all.v[i]);
	}
}
