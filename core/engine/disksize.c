/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The image's part is not walked: layers know their size. Of a driver that copies (vfs, btrfs) the
 * container's own part is what its tree has more than the layers, which is not exact where it
 * changed files in place, as for Docker's.
 *
 * The tree changes while it is walked, as its container runs. The walker of images wants a quiet
 * tree, so this is one of its own: a list of paths still to be read, below one descriptor, opened
 * without following a symlink; what is gone when its turn comes was removed. A container that makes
 * more directories and hard links than fit into MAX_MEMORY is counted as far as that goes.
 */
#include "engine/disksize.h"
#include "base/fs.h"
#include "engine/images.h"
#include "image/layers.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#define BUCKETS 1024
#define MAX_MEMORY (64 << 20)

struct seen { /* an inode with more than one name */
	struct seen *next;
	ino_t ino;
};

struct count {
	struct arena *a;
	struct strs todo; /* directories below the top */
	struct seen *bucket[BUCKETS];
	int64_t bytes;
	size_t memory;
};

static bool fits(struct count *c, size_t n)
{
	c->memory += n;
	return c->memory <= MAX_MEMORY;
}

static bool first_name(struct count *c, const struct stat *st)
{
	struct seen **at = &c->bucket[st->st_ino % BUCKETS], *s;

	for (s = *at; s; s = s->next)
		if (s->ino == st->st_ino)
			return false;
	if (!fits(c, sizeof(*s)))
		return false;
	s = arena_alloc(c->a, sizeof(*s));
	*s = (struct seen){*at, st->st_ino};
	*at = s;
	return true;
}

static void count_dir(struct count *c, int top, const char *path)
{
	struct err gone;
	int fd = fs_open(top, path, FS_BENEATH, O_RDONLY | O_DIRECTORY | O_NOFOLLOW, 0, &gone);
	DIR *d = fd < 0 ? NULL : fdopendir(fd);
	struct dirent *de;
	struct stat st;

	if (!d) {
		fd_autoclose(&fd);
		return;
	}
	while ((de = readdir(d))) {
		if (!strcmp(de->d_name, ".") || !strcmp(de->d_name, "..") ||
		    fstatat(fd, de->d_name, &st, AT_SYMLINK_NOFOLLOW))
			continue;
		if (S_ISDIR(st.st_mode)) {
			if (fits(c, strlen(path) + strlen(de->d_name) + 16))
				strs_printf(c->a, &c->todo, "%s/%s", path, de->d_name);
		} else if (st.st_nlink < 2 || first_name(c, &st)) {
			c->bytes += st.st_size;
		}
	}
	closedir(d);
}

int64_t disksize_below(int top, const char *path)
{
	AUTO_ARENA a = ARENA_INIT;
	struct count *c = arena_alloc(&a, sizeof(*c));

	c->a = &a;
	strs_add(&a, &c->todo, arena_strdup(&a, path));
	while (c->todo.n)
		count_dir(c, top, c->todo.v[--c->todo.n]);
	return c->bytes;
}

static int64_t of_layers(struct engine *en, int cdir)
{
	AUTO_ARENA a = ARENA_INIT;
	struct strs ids = {0};
	struct layers_meta m;
	const char *driver;
	int64_t sum = 0;
	struct err e;

	images_layers(cdir, &a, &driver, &ids, &e);
	for (size_t i = 0; i < ids.n; i++)
		if (!layers_meta_get(&en->store, ids.v[i], &m, &e))
			sum += m.size;
	return sum;
}

int disksize_of(struct engine *en, const char *id, struct disksize *ret, struct err *e)
{
	const int flags = O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC;
	AUTO_FD int cdir = openat(en->containers, id, flags), top = -1;
	bool copied = false;
	int64_t base, own;

	if (cdir < 0)
		return err_sys(e, "look into container %.12s", id);
	top = openat(cdir, "upper", flags);
	if (top < 0) {
		top = openat(cdir, "tree", flags);
		copied = true;
	}
	base = of_layers(en, cdir);
	own = top < 0 ? 0 : disksize_below(top, ".");
	if (copied)
		own = own > base ? own - base : 0;
	*ret = (struct disksize){own, base + own};
	return 0;
}
