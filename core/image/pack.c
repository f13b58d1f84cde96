/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The order of walk.h, nothing of this machine (no user names, no access times) and the attributes
 * sorted: a tree gives one stream, on every run. Files are found by lstat on a held directory and
 * opened O_NOFOLLOW; a container may still run and change its tree meanwhile, so what is
 * opened must be the inode that was seen, and exactly as many bytes as announced are written (a
 * file that shrinks is an error, since the header is out already; what grows is cut).
 *
 * Attributes of what cannot be opened (symlinks, devices) are reached by their name in the held
 * directory, which is made the working directory for that: there may be no /proc here, or that of a
 * container.
 */
#include "image/pack.h"
#include "base/buf.h"
#include "base/mem.h"
#include "image/walk.h"

#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <sys/xattr.h>
#include <unistd.h>

#define CHUNK (256 << 10)
#define XATTRS_MAX 65536 /* of the kernel: a list of names, and a value */

struct inode { /* of a file with several links: the first path it had */
	dev_t dev;
	ino_t ino;
	char *path;
};

struct pack {
	const struct pack_opts *o;
	struct tar_writer w;
	struct arena paths;
	struct inode *seen; /* open addressing; a path of NULL is free */
	size_t nseen, size;
	/* the current entry */
	struct arena arena;
	struct tar_entry t;
	int opaque;
	char *buf; /* CHUNK */
	int cwd;   /* the caller's */
	int gone;  /* the current thing went away */
};

/* The thing went away or is another one now. 1: then it is left out. */
static int vanished(struct pack *p)
{
	p->gone = p->o->lenient && (errno == ENOENT || errno == ELOOP || errno == ENOTDIR ||
				    errno == EINVAL || errno == ESTALE);
	return p->gone;
}

/* Where the inode is, or is to be, in a table that is never full. */
static struct inode *slot(struct inode *v, size_t size, dev_t dev, ino_t ino)
{
	size_t i = (size_t)((ino ^ dev << 7) * 0x9e3779b97f4a7c15ULL >> 20);

	for (;; i++) {
		struct inode *x = &v[i & (size - 1)];

		if (!x->path || (x->ino == ino && x->dev == dev))
			return x;
	}
}

static void grow(struct pack *p)
{
	size_t size = p->size ? p->size * 2 : 256;
	struct inode *v = mem_alloc(size * sizeof(*v));

	for (size_t i = 0; i < p->size; i++)
		if (p->seen[i].path)
			*slot(v, size, p->seen[i].dev, p->seen[i].ino) = p->seen[i];
	free(p->seen);
	p->seen = v;
	p->size = size;
}

/* Whiteouts may be links of one inode: each is one of its own. */
static bool has_links(const struct stat *st)
{
	return st->st_nlink > 1 && !S_ISDIR(st->st_mode) && !(S_ISCHR(st->st_mode) && !st->st_rdev);
}

/* The path that the archive has of this file already, or NULL. */
static const char *first_link(struct pack *p, const struct stat *st)
{
	if (2 * p->nseen >= p->size)
		grow(p);
	return slot(p->seen, p->size, st->st_dev, st->st_ino)->path;
}

/* Once it is in the archive: what went away before that is nothing to link to. */
static void remember(struct pack *p, const struct stat *st, const char *path)
{
	*slot(p->seen, p->size, st->st_dev, st->st_ino) =
		(struct inode){st->st_dev, st->st_ino, arena_strdup(&p->paths, path)};
	p->nseen++;
}

static int wanted(const char *name)
{
	return !strcmp(name, "security.capability") || !strcmp(name, "system.posix_acl_access") ||
	       !strcmp(name, "system.posix_acl_default") ||
	       (!strncmp(name, "user.", 5) && strncmp(name, "user.overlay.", 13));
}

/* Overlay's own marks in an upper directory: one that we can say, and two that no layer can. */
static int overlay_mark(struct pack *p, const char *file, const char *name, struct err *e)
{
	const char *mark = name + strlen("trusted.overlay.");
	char v[2] = {0};

	if (!p->o->diff || strncmp(name, "trusted.overlay.", strlen("trusted.overlay.")))
		return 0;
	if (!strcmp(mark, "opaque"))
		p->opaque = lgetxattr(file, name, v, sizeof(v)) == 1 && *v == 'y';
	if (!strcmp(mark, "redirect") || !strcmp(mark, "metacopy"))
		return err_set(e, ERR_UNSUPPORTED,
			       "%s was renamed or changed under overlay's %s option; "
			       "a layer cannot say that: mount without it",
			       p->t.name, mark);
	return 0;
}

static int by_name(const void *a, const void *b)
{
	return strcmp(((const struct tar_xattr *)a)->name, ((const struct tar_xattr *)b)->name);
}

static int one_xattr(struct pack *p, const char *file, const char *name, struct err *e)
{
	struct tar_xattr *x = &p->t.xattrs[p->t.nxattrs];
	ssize_t n = lgetxattr(file, name, p->buf, XATTRS_MAX);
	char *value;

	if (n < 0)
		return errno == ENODATA || vanished(p)
			       ? 0
			       : err_sys(e, "read attribute %s of %s", name, p->t.name);
	value = arena_alloc(&p->arena, (size_t)n + 1);
	memcpy(value, p->buf, (size_t)n);
	*x = (struct tar_xattr){arena_strdup(&p->arena, name), value, (size_t)n};
	p->t.nxattrs++;
	return 0;
}

static int read_xattrs(struct pack *p, int dirfd, const char *name, struct err *e)
{
	ssize_t n = fchdir(dirfd) ? -1 : llistxattr(name, p->buf, XATTRS_MAX);
	size_t count = 0;
	char *names;

	if (n < 0 && errno != EOPNOTSUPP)
		return vanished(p) ? 0 : err_sys(e, "list the attributes of %s", p->t.name);
	if (n <= 0)
		return 0;
	names = arena_alloc(&p->arena, (size_t)n + 1);
	memcpy(names, p->buf, (size_t)n);
	for (const char *s = names; s < names + n; s += strlen(s) + 1)
		count++;
	p->t.xattrs = arena_array(&p->arena, count, sizeof(*p->t.xattrs));
	for (const char *s = names; s < names + n; s += strlen(s) + 1)
		if (wanted(s) ? one_xattr(p, name, s, e) : overlay_mark(p, name, s, e))
			return -1;
	if (p->t.nxattrs > 1)
		qsort(p->t.xattrs, p->t.nxattrs, sizeof(*p->t.xattrs), by_name);
	return 0;
}

static void add_extent(struct pack *p, size_t *cap, int64_t offset, int64_t end)
{
	p->t.extents =
		arena_grow(&p->arena, p->t.extents, p->t.nextents, cap, sizeof(*p->t.extents));
	p->t.extents[p->t.nextents++] = (struct tar_extent){offset, end - offset};
}

/* Finds the file's data; the last piece that a map may hold takes all the rest. */
static int find_extents(struct pack *p, int fd, struct err *e)
{
	off_t at = 0, size = p->t.size;
	size_t cap = 0;

	while (at < size) {
		off_t data = lseek(fd, at, SEEK_DATA), hole;

		if (data < 0 && errno == ENXIO)
			break; /* nothing but a hole */
		if (data >= size)
			break;
		hole = data < 0 ? -1 : lseek(fd, data, SEEK_HOLE);
		if (hole < 0)
			return err_sys(e, "find the holes of %s", p->t.name);
		if (p->t.nextents == TAR_MAX_SPARSE - 1 || hole > size)
			hole = size;
		add_extent(p, &cap, data, hole);
		at = hole;
	}
	p->t.sparse = 1;
	return 0;
}

static int copy(struct pack *p, int fd, int64_t at, int64_t len, struct err *e)
{
	while (len) {
		ssize_t n = pread(fd, p->buf, len < CHUNK ? (size_t)len : CHUNK, at);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return err_sys(e, "read %s", p->t.name);
		if (!n)
			return err_set(e, ERR_CONFLICT,
				       "%s shrank while it was packed: pause the "
				       "container first",
				       p->t.name);
		if (tar_writer_data(&p->w, p->buf, (size_t)n, e))
			return -1;
		at += n;
		len -= n;
	}
	return 0;
}

static int pack_file(struct pack *p, const struct walk_item *it, struct err *e)
{
	AUTO_FD int fd = openat(it->dirfd, it->name,
				O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
	struct stat st;

	if (fd < 0 || fstat(fd, &st))
		return vanished(p) ? 0 : err_sys(e, "open %s", p->t.name);
	if (st.st_dev != it->st.st_dev || st.st_ino != it->st.st_ino) {
		p->gone = p->o->lenient;
		return p->gone ? 0
			       : err_set(e, ERR_CONFLICT,
					 "%s was replaced while it was packed: pause the "
					 "container first",
					 p->t.name);
	}
	p->t.size = st.st_size;
	if (st.st_blocks < st.st_size / 512 && find_extents(p, fd, e))
		return -1;
	if (tar_writer_entry(&p->w, &p->t, e))
		return -1;
	if (!p->t.sparse)
		return copy(p, fd, 0, p->t.size, e);
	for (size_t i = 0; i < p->t.nextents; i++)
		if (copy(p, fd, p->t.extents[i].offset, p->t.extents[i].len, e))
			return -1;
	return 0;
}

static int pack_symlink(struct pack *p, const struct walk_item *it, struct err *e)
{
	char *to = arena_alloc(&p->arena, TAR_MAX_NAME + 1);
	ssize_t n = readlinkat(it->dirfd, it->name, to, TAR_MAX_NAME);

	if (n < 0)
		return vanished(p) ? 0 : err_sys(e, "read the symlink %s", p->t.name);
	p->t.link = to;
	p->t.mode = 0777;
	return tar_writer_entry(&p->w, &p->t, e);
}

/* A name that stands for another thing inside a layer: ".wh.name". Without a time: when a file was
 * deleted is of no use to anyone and would make equal layers differ. */
static int pack_mark(struct pack *p, const char *dir, const char *name, struct err *e)
{
	struct tar_entry t = {.type = TAR_FILE, .link = ""};

	t.name = arena_printf(&p->arena, "%s.wh.%s", dir, name);
	return tar_writer_entry(&p->w, &t, e);
}

static int pack_device(struct pack *p, const struct walk_item *it, struct err *e)
{
	if (S_ISCHR(it->st.st_mode) && !it->st.st_rdev) {
		size_t n = strlen(p->t.name) - strlen(it->name);

		if (!p->o->diff)
			return err_set(e, ERR_INVALID,
				       "%s is a device 0:0, overlay's mark of a deleted "
				       "file",
				       p->t.name);
		return pack_mark(p, arena_strndup(&p->arena, p->t.name, n), it->name, e);
	}
	p->t.type = S_ISCHR(it->st.st_mode) ? TAR_CHAR : TAR_BLOCK;
	p->t.devmajor = major(it->st.st_rdev);
	p->t.devminor = minor(it->st.st_rdev);
	return tar_writer_entry(&p->w, &p->t, e);
}

static int pack_dir(struct pack *p, struct err *e)
{
	char *name = arena_printf(&p->arena, "%s/", p->t.name);

	p->t.name = name;
	if (tar_writer_entry(&p->w, &p->t, e))
		return -1;
	return p->opaque ? pack_mark(p, name, ".wh..opq", e) : 0;
}

static int pack_by_type(struct pack *p, const struct walk_item *it, struct err *e)
{
	switch (it->st.st_mode & S_IFMT) {
	case S_IFDIR:
		p->t.type = TAR_DIR;
		return pack_dir(p, e);
	case S_IFREG:
		p->t.type = TAR_FILE;
		return pack_file(p, it, e);
	case S_IFLNK:
		p->t.type = TAR_SYMLINK;
		return pack_symlink(p, it, e);
	case S_IFIFO:
		p->t.type = TAR_FIFO;
		return tar_writer_entry(&p->w, &p->t, e);
	default:
		return pack_device(p, it, e);
	}
}

static int pack_item(struct pack *p, const struct walk_item *it, struct err *e)
{
	const char *first;

	p->opaque = p->gone = 0;
	p->t = (struct tar_entry){.name = arena_printf(&p->arena, "%s%s",
						       p->o->prefix ? p->o->prefix : "", it->path),
				  .link = "",
				  .mode = it->st.st_mode & 07777,
				  .uid = it->st.st_uid,
				  .gid = it->st.st_gid,
				  .mtime_sec = it->st.st_mtim.tv_sec,
				  .mtime_nsec = (int32_t)it->st.st_mtim.tv_nsec};
	if (S_ISSOCK(it->st.st_mode))
		return 0;
	if (p->o->diff && !strncmp(it->name, ".wh.", 4))
		return err_set(e, ERR_INVALID,
			       "%s: names that begin with .wh. mean deletions in a layer: "
			       "rename or remove it",
			       it->path);
	first = has_links(&it->st) ? first_link(p, &it->st) : NULL;
	if (first) {
		p->t.type = TAR_HARDLINK;
		p->t.link = first;
		return tar_writer_entry(&p->w, &p->t, e);
	}
	if (read_xattrs(p, it->dirfd, it->name, e) || (!p->gone && pack_by_type(p, it, e)))
		return -1;
	if (has_links(&it->st) && !p->gone)
		remember(p, &it->st, p->t.name);
	return 0;
}

struct pack *pack_new(const struct pack_opts *o, tar_write_fn *write, void *ctx)
{
	struct pack *p = mem_alloc(sizeof(*p));

	p->o = o;
	p->buf = mem_alloc(CHUNK);
	p->cwd = openat(AT_FDCWD, ".", O_PATH | O_DIRECTORY | O_CLOEXEC);
	tar_writer_init(&p->w, write, ctx);
	return p;
}

void pack_free(struct pack *p)
{
	if (p->cwd >= 0 && fchdir(p->cwd))
		fd_autoclose(&p->cwd); /* it was removed: we are in some directory that we held */
	fd_autoclose(&p->cwd);
	arena_release(&p->arena);
	arena_release(&p->paths);
	free(p->seen);
	free(p->buf);
	free(p);
}

static int put(struct pack *p, const struct walk_item *it, struct err *e)
{
	int rc = pack_item(p, it, e);

	arena_release(&p->arena);
	return rc;
}

static int below(struct pack *p, int dirfd, struct err *e)
{
	struct walk *w = walk_new(dirfd, e);
	struct walk_item it;
	int rc;

	if (!w)
		return -1;
	if (p->o->lenient)
		walk_lenient(w);
	while ((rc = walk_next(w, &it, e)) > 0 && !(rc = put(p, &it, e)))
		;
	walk_free(w);
	return rc;
}

int pack_one(struct pack *p, int dirfd, const char *name, const char *as, struct err *e)
{
	struct walk_item it = {.dirfd = dirfd, .name = name, .path = as};

	if (fstatat(dirfd, name, &it.st, AT_SYMLINK_NOFOLLOW))
		return vanished(p) ? 0 : err_sys(e, "stat %s", as);
	return put(p, &it, e);
}

int pack_deleted(struct pack *p, const char *dir, const char *name, struct err *e)
{
	int rc = pack_mark(p, dir, name, e);

	arena_release(&p->arena);
	return rc;
}

int pack_end(struct pack *p, struct err *e)
{
	return tar_writer_end(&p->w, e);
}

int pack_tree(int dirfd, const struct pack_opts *o, tar_write_fn *write, void *ctx, struct err *e)
{
	struct pack *p = pack_new(o, write, ctx);
	int rc = below(p, dirfd, e) || pack_end(p, e) ? -1 : 0;

	pack_free(p);
	return rc;
}

int pack_path(int dirfd, const char *name, const char *as, const struct pack_opts *o,
	      tar_write_fn *write, void *ctx, struct err *e)
{
	const char *top = strcmp(as, "/") ? as : ""; /* the entry of a directory ends in one */
	struct pack_opts inner = *o;
	struct pack *p = pack_new(&inner, write, ctx);
	AUTO_FD int fd = -1;
	int rc;

	inner.prefix = "";
	rc = pack_one(p, dirfd, name, top, e);
	fd = openat(dirfd, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	if (!rc && fd >= 0) {
		inner.prefix = arena_printf(&p->paths, "%s/", top);
		rc = below(p, fd, e);
	} else if (!rc && errno != ENOTDIR && errno != ELOOP && !vanished(p)) {
		rc = err_sys(e, "open %s", as);
	}
	if (!rc)
		rc = pack_end(p, e);
	pack_free(p);
	return rc;
}
