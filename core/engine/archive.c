/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A path is resolved once, inside the container's root, to the directory that holds its last
 * component; the child that packs or unpacks starts from that descriptor, chrooted into the root.
 * What a process of the container exchanges before, in between or afterwards leads to other files
 * of the container at most.
 */
#include "engine/archive.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include "base/fs.h"
#include "base/json.h"
#include "base/stamp.h"
#include "container/user.h"
#include "engine/containers.h"
#include "engine/inside.h"
#include "engine/mounts.h"
#include "image/packer.h"
#include "image/untar.h"
#include "image/unpack.h"

#define CHUNK (256 << 10)
#define MAX_LINKS 255

struct place {
	const char *asked; /* as it was given */
	const char *abs;   /* clean */
	const char *base;  /* how the archive and the header call it */
	bool in;	   /* "/" or "/." is behind it: a directory, links followed */
	int dir;	   /* with name: where it is */
	char name[256];
	struct stat st;
};

/* ---- paths */

static void split(struct arena *a, const char *path, struct place *p)
{
	size_t n = strlen(path), last;
	const char *slash;

	while (n && path[n - 1] == '/')
		n--;
	last = n;
	while (last && path[last - 1] != '/')
		last--;
	p->asked = path;
	p->abs = mounts_clean(a, arena_printf(a, "/%s", path));
	slash = strrchr(p->abs, '/');
	p->base = n - last == 1 && path[last] == '.' ? "." : !p->abs[1] ? "/" : slash + 1;
	p->in = path[n] || !p->abs[1] || !strcmp(p->base, ".");
}

static int failed(const struct place *p, const char *ref, struct err *e)
{
	if (e->sys == ENOENT)
		return err_set(e, ERR_NOTFOUND, "Could not find the file %s in container %s",
			       p->asked, ref);
	if (e->sys == ENOTDIR)
		return err_set(e, ERR_SYS, "lstat %s%s: not a directory", p->abs,
			       !p->in		       ? ""
			       : !strcmp(p->base, ".") ? "/."
						       : "/");
	return -1;
}

static int open_in(int root, const char *path, int flags, struct err *e)
{
#ifdef PROA_WEAK_CP
	int fd = openat(root, path[1] ? path + 1 : ".", flags | O_CLOEXEC);

	return fd < 0 ? err_sys(e, "open %s", path) : fd;
#else
	return fs_open(root, path, FS_IN_ROOT, flags, 0, e);
#endif
}

static int find(int root, const char *ref, struct place *p, struct err *e)
{
	const char *slash = strrchr(p->abs, '/');
	size_t n = (size_t)(slash - p->abs);
	char dir[4096];

	if (n >= sizeof(dir) || strlen(slash + 1) >= sizeof(p->name))
		return err_set(e, ERR_INVALID, "the path %.100s... is too long", p->abs);
	snprintf(dir, sizeof(dir), "%.*s", n ? (int)n : 1, p->abs);
	snprintf(p->name, sizeof(p->name), "%s", p->in ? "." : slash + 1);
	p->dir = open_in(root, p->in ? p->abs : dir, O_PATH | O_DIRECTORY, e);
	if (p->dir < 0)
		return failed(p, ref, e);
	if (!fstatat(p->dir, p->name, &p->st, AT_SYMLINK_NOFOLLOW))
		return 0;
	err_sys(e, "lstat %s", p->abs);
	return failed(p, ref, e);
}

/* Where a symlink leads, as a path inside root; what does not exist is taken as it stands. */
static int evaluate(int root, struct arena *a, const char *path, const char **ret, struct err *e)
{
	const char *rest = path;
	char *done = arena_strdup(a, "");
	int links = 0;

	while (*(rest += strspn(rest, "/"))) {
		size_t n = strcspn(rest, "/");
		char *next = arena_printf(a, "%s/%.*s", done, (int)n, rest);
		AUTO_FD int fd = -1;
		char to[4096];
		ssize_t k;

		rest += n;
		if (n == 2 && !strncmp(rest - n, "..", 2)) {
			char *up = strrchr(done, '/');

			*(up ? up : done) = 0;
			continue;
		}
		if (n == 1 && rest[-1] == '.')
			continue;
		fd = fs_open(root, next, FS_IN_ROOT, O_PATH | O_NOFOLLOW, 0, e);
		k = fd < 0 ? -1 : readlinkat(fd, "", to, sizeof(to) - 1);
		if (k <= 0) {
			done = next;
			continue;
		}
		to[k] = 0;
		if (++links > MAX_LINKS || strlen(rest) > 65536)
			return err_set(e, ERR_INVALID, "%s: too many links", path);
		rest = arena_printf(a, "%s/%s", to, rest);
		if (*to == '/')
			*done = 0;
	}
	*ret = *done ? done : "/";
	return 0;
}

/* ---- what it is */

static int64_t go_mode(mode_t m)
{
	int64_t r = m & 0777;

	r |= m & S_ISUID ? 1LL << 23 : 0;
	r |= m & S_ISGID ? 1LL << 22 : 0;
	r |= m & S_ISVTX ? 1LL << 20 : 0;
	switch (m & S_IFMT) {
	case S_IFDIR:
		return r | 1LL << 31;
	case S_IFLNK:
		return r | 1LL << 27;
	case S_IFBLK:
		return r | 1LL << 26;
	case S_IFCHR:
		return r | 1LL << 26 | 1LL << 21;
	case S_IFIFO:
		return r | 1LL << 25;
	case S_IFSOCK:
		return r | 1LL << 24;
	default:
		return r;
	}
}

static int describe(int root, struct arena *a, const struct place *p, struct buf *json,
		    struct err *e)
{
	struct json_w w = JSON_W(json);
	const char *target = "";
	char when[STAMP_LEN];

	if (S_ISLNK(p->st.st_mode) && evaluate(root, a, p->abs, &target, e))
		return -1;
	stamp_format(p->st.st_mtim.tv_sec * 1000000000LL + p->st.st_mtim.tv_nsec, when);
	json_w_obj(&w, NULL);
	json_w_str(&w, "name", p->base);
	json_w_int(&w, "size", p->st.st_size);
	json_w_int(&w, "mode", go_mode(p->st.st_mode));
	json_w_str(&w, "mtime", when);
	json_w_str(&w, "linkTarget", target);
	json_w_end(&w);
	return 0;
}

/* Opens the root and finds the path in it. */
static int reach(struct engine *en, struct arena *a, const char *ref, const char *path,
		 struct inside *in, struct place *p, struct err *e)
{
	struct containers_one c;

	if (!path || !*path)
		return err_set(e, ERR_INVALID, "bad parameter: path cannot be empty");
	split(a, path, p);
	if (containers_load(en, a, ref, &c, e) || inside_open(en, a, &c, INSIDE_READ, in, e))
		return -1;
	return find(in->root, ref, p, e);
}

int archive_stat(struct engine *en, struct arena *a, const char *ref, const char *path,
		 struct buf *json, struct err *e)
{
	AUTO_INSIDE in = INSIDE_INIT;
	struct place p = {.dir = -1};
	int rc = reach(en, a, ref, path, &in, &p, e) || describe(in.root, a, &p, json, e) ? -1 : 0;

	fd_autoclose(&p.dir);
	return rc;
}

/* ---- out of it */

int archive_get(struct engine *en, struct arena *a, const char *ref, const char *path,
		archive_begin_fn *begin, tar_write_fn *write, void *ctx, struct err *e)
{
	AUTO_INSIDE in = INSIDE_INIT;
	struct place p = {.dir = -1};
	AUTO_BUF json = BUF_INIT;
	int rc = -1;

	if (!reach(en, a, ref, path, &in, &p, e) && !describe(in.root, a, &p, &json, e)) {
		struct packer job = {in.root, in.user, p.dir, p.name, p.base, {.lenient = 1}};

		rc = begin(ctx, &json, e) || packer_run(&job, write, ctx, e) ? -1 : 0;
	}
	fd_autoclose(&p.dir);
	return rc;
}

int archive_export(struct engine *en, struct arena *a, const char *ref, tar_write_fn *write,
		   void *ctx, struct err *e)
{
	AUTO_INSIDE in = INSIDE_INIT;
	struct containers_one c;
	AUTO_FD int top = -1;

	if (containers_load(en, a, ref, &c, e) || inside_open(en, a, &c, INSIDE_BARE, &in, e))
		return -1;
	top = openat(in.root, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (top < 0)
		return err_sys(e, "open the container's root");
	struct packer job = {in.root, -1, top, NULL, NULL, {.lenient = 1}};
	return packer_run(&job, write, ctx, e);
}

/* ---- into it */

static int may_write(const struct containers_one *c, const struct inside *in, int dir,
		     struct err *e)
{
	struct stat top, st;
	struct statvfs v;

	if (fstat(in->root, &top) || fstat(dir, &st) || fstatvfs(dir, &v))
		return err_sys(e, "look at the directory");
	if (top.st_dev == st.st_dev && c->req.readonly)
		return err_set(e, ERR_INVALID, "container rootfs is marked read-only");
	if (v.f_flag & ST_RDONLY)
		return err_set(e, ERR_INVALID, "mounted volume is marked read-only");
	return 0;
}

static int open_target(const struct containers_one *c, const struct inside *in, const char *ref,
		       struct place *p, struct err *e)
{
	AUTO_FD int at = open_in(in->root, p->abs, O_PATH, e), fd = -1;

	if (at < 0)
		return failed(p, ref, e);
	if (fstat(at, &p->st))
		return err_sys(e, "look at %s", p->abs);
	if (!S_ISDIR(p->st.st_mode))
		return err_set(e, ERR_INVALID, "extraction point is not a directory");
	fd = openat(at, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (fd < 0)
		return err_sys(e, "open %s", p->abs);
	return may_write(c, in, fd, e) ? -1 : fd_steal(&fd);
}

static int owner(struct arena *a, const struct containers_one *c, int root, struct untar_into *o,
		 struct err *e)
{
	const struct strs none = {0};
	struct user u;

	if (!*c->req.user)
		return 0;
	if (user_resolve(a, root, c->req.user, &none, &u, e))
		return -1;
	o->uid = u.uid;
	o->gid = u.gid;
	return 0;
}

static int feed(struct unpack *u, struct arena *a, tar_read_fn *read, void *ctx, struct err *e)
{
	char *buf = arena_alloc(a, CHUNK);
	struct unpack_result r;
	ssize_t n;

	while ((n = read(ctx, buf, CHUNK, e)) > 0)
		if (unpack_write(u, buf, (size_t)n, e)) {
			n = -1;
			break;
		}
	if (n < 0) {
		unpack_abort(u);
		return -1;
	}
	return unpack_finish(u, &r, e);
}

int archive_put(struct engine *en, struct arena *a, const char *ref, const struct archive_put *o,
		tar_read_fn *read, void *ctx, struct err *e)
{
	AUTO_INSIDE in = INSIDE_INIT;
	struct untar_into into = {.uid = -1, .gid = -1, .keep_kind = o->keep_kind};
	struct containers_one c;
	struct unpack *u;
	AUTO_FD int dir = -1;
	struct place p;

	if (!o->path || !*o->path)
		return err_set(e, ERR_INVALID, "bad parameter: path cannot be empty");
	split(a, o->path, &p);
	if (containers_load(en, a, ref, &c, e) || inside_open(en, a, &c, INSIDE_WRITE, &in, e))
		return -1;
	dir = open_target(&c, &in, ref, &p, e);
	if (dir < 0 || (o->own && owner(a, &c, in.root, &into, e)))
		return -1;
	into.rootfd = in.root;
	into.userfd = in.user;
	into.dest = p.abs;
	u = unpack_into(dir, &into, e);
	return u ? feed(u, a, read, ctx, e) : -1;
}
