/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What comes from a container may be hostile, and the engine too. It is unpacked by a child that is
 * chrooted into the directory it goes to (an ordinary user does that in a user namespace of its
 * own), makes only what was asked for, and never goes through a symlink. A link of the user's own
 * is followed at the destination itself alone.
 */
#include "applets/cplocal.h"
#include "applets/applet.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/file.h"
#include "engine/mounts.h"
#include "image/pack.h"
#include "image/unpack.h"
#include "image/untar.h"

#define CHUNK (256 << 10)
#define MAX_LINKS 10

static bool dot(const char *path)
{
	size_t n = strlen(path);

	while (n && path[n - 1] == '/')
		n--;
	return n && path[n - 1] == '.' && (n == 1 || path[n - 2] == '/');
}

static bool slash(const char *path)
{
	size_t n = strlen(path);

	return n && path[n - 1] == '/';
}

const char *cplocal_absolute(struct arena *a, const char *path)
{
	const char *clean, *tail = dot(path) ? "/." : slash(path) ? "/" : "";
	char cwd[PATH_MAX];

	if (*path != '/' && getcwd(cwd, sizeof(cwd)))
		clean = mounts_clean(a, arena_printf(a, "%s/%s", cwd, path));
	else
		clean = mounts_clean(a, path);
	return arena_printf(a, "%s%s", clean, !clean[1] && *tail ? tail + 1 : tail);
}

static const char *base_of(struct arena *a, const char *path)
{
	const char *clean;

	if (dot(path))
		return ".";
	clean = mounts_clean(a, path);
	return clean[1] ? strrchr(clean, '/') + 1 : "/";
}

void cplocal_split(struct arena *a, const char *path, const char **ret_dir, const char **ret_base)
{
	const char *clean = mounts_clean(a, path), *last = strrchr(clean, '/');

	*ret_base = base_of(a, path);
	*ret_dir = dot(path)	   ? clean
		   : last == clean ? "/"
				   : arena_strndup(a, clean, (size_t)(last - clean));
}

const char *cplocal_rebase(struct arena *a, const char *path, const char **to)
{
	if (dot(path) && !dot(*to))
		*to = arena_printf(a, "%s/.", *to);
	else if (slash(path) && !slash(*to))
		*to = arena_printf(a, "%s/", *to);
	return strcmp(base_of(a, path), base_of(a, *to)) ? base_of(a, path) : NULL;
}

static const char *real(struct arena *a, const char *path, struct err *e)
{
	char to[PATH_MAX];

	if (realpath(path, to))
		return arena_strdup(a, to);
	err_sys(e, "lstat %s", path);
	return NULL;
}

int cplocal_source(struct arena *a, const char *path, bool follow, struct cplocal_end *ret,
		   struct err *e)
{
	const char *last = strrchr(path, '/'), *to;
	struct cplocal_end r = {.exists = true};
	struct stat st;

	if (follow) {
		to = real(a, path, e);
		if (!to)
			return -1;
		r.rebase = cplocal_rebase(a, path, &to);
	} else {
		to = real(a, arena_strndup(a, path, last > path ? (size_t)(last - path) : 1), e);
		if (!to)
			return -1;
		to = arena_printf(a, "%s/%s", strcmp(to, "/") ? to : "", last + 1);
		if (slash(path) && strcmp(base_of(a, path), base_of(a, to)))
			r.rebase = base_of(a, path);
	}
	if (lstat(to, &st))
		return err_sys(e, "lstat %s", path);
	r.path = to;
	r.dir = S_ISDIR(st.st_mode);
	*ret = r;
	return 0;
}

/* Before anything else, as Docker does it. */
static int check_output(struct arena *a, const char *path, struct err *e)
{
	const char *dir, *base;
	struct stat st;

	cplocal_split(a, mounts_clean(a, path), &dir, &base);
	if (stat(dir, &st) && errno == ENOENT)
		return err_set(e, ERR_INVALID,
			       "invalid output path: directory \"%s\" does not exist", dir);
	if (!stat(path, &st) && (S_ISCHR(st.st_mode) || S_ISBLK(st.st_mode)))
		return err_set(e, ERR_INVALID,
			       "invalid output path: \"%s\" must be a directory or a regular file: "
			       "got a device",
			       path);
	return 0;
}

int cplocal_target(struct arena *a, const char *path, struct cplocal_end *ret, struct err *e)
{
	const char *asked = path, *dir, *base;
	char to[PATH_MAX];
	struct stat st;
	int rc;

	if (check_output(a, path, e))
		return -1;
	rc = lstat(path, &st);
	for (int i = 0; !rc && S_ISLNK(st.st_mode); i++) {
		ssize_t n = readlink(path, to, sizeof(to) - 1);

		if (n < 0 || i > MAX_LINKS)
			return err_set(e, ERR_INVALID, "too many symlinks in %s", asked);
		to[n] = 0;
		cplocal_split(a, path, &dir, &base);
		path = *to == '/' ? arena_strdup(a, to)
				  : mounts_clean(a, arena_printf(a, "%s/%s", dir, to));
		rc = lstat(path, &st);
	}
	*ret = (struct cplocal_end){path, !rc, !rc && S_ISDIR(st.st_mode), NULL};
	if (!rc)
		return 0;
	if (errno != ENOENT)
		return err_sys(e, "lstat %s", path);
	cplocal_split(a, path, &dir, &base);
	if (stat(dir, &st))
		return err_sys(e, "stat %s", dir);
	return S_ISDIR(st.st_mode) ? 0 : err_set(e, ERR_INVALID, "not a directory");
}

int cplocal_plan(struct arena *a, const struct cplocal_end *src, const struct cplocal_end *dst,
		 const char **ret_dir, const char **ret_name, struct err *e)
{
	*ret_name = NULL;
	if (dst->exists && dst->dir) {
		*ret_dir = dst->path;
		return 0;
	}
	if (dst->exists && src->dir)
		return err_set(e, ERR_INVALID, "cannot copy directory");
	if (!dst->exists && !src->dir && (slash(dst->path) || dot(dst->path)))
		return err_set(e, ERR_INVALID, "no such directory");
	cplocal_split(a, dst->path, ret_dir, ret_name);
	return 0;
}

/* ---- out of here */

struct count {
	int fd;
	int64_t n;
};

static int write_pipe(void *ctx, const void *data, size_t n, struct err *e)
{
	struct count *c = ctx;

	c->n += (int64_t)n;
	return file_write_all(c->fd, data, n) ? err_sys(e, "send the files") : 0;
}

static int pack(struct arena *a, const struct cplocal_end *src, const char *name, struct count *c,
		struct err *e)
{
	const struct pack_opts o = {.lenient = 1};
	const char *dir, *base;
	AUTO_FD int fd = -1;

	cplocal_split(a, src->path, &dir, &base);
	if (!strcmp(base, "/"))
		base = ".";
	fd = openat(AT_FDCWD, dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (fd < 0)
		return err_sys(e, "open %s", dir);
	return pack_path(fd, base, name, &o, write_pipe, c, e);
}

int cplocal_pack(const struct cplocal_end *src, const char *name, pid_t *ret_pid, int *ret_size,
		 struct arena *a, struct err *e)
{
	int data[2], size[2];
	struct count c;

	if (pipe2(data, O_CLOEXEC))
		return err_sys(e, "pipe");
	if (pipe2(size, O_CLOEXEC)) {
		close(data[0]);
		close(data[1]);
		return err_sys(e, "pipe");
	}
	*ret_pid = fork();
	if (!*ret_pid) {
		close(data[0]);
		close(size[0]);
		c = (struct count){data[1], 0};
		if (pack(a, src, name, &c, e))
			_exit(e->sys == EPIPE ? 0 : applet_fail(e, 1)); /* EPIPE: the engine says */
		_exit(file_write_all(size[1], &c.n, sizeof(c.n)) ? 1 : 0);
	}
	close(data[1]);
	close(size[1]);
	*ret_size = size[0];
	if (*ret_pid > 0)
		return data[0];
	close(data[0]);
	return err_sys(e, "fork");
}

/* ---- to here */

int cplocal_unpack(struct client_conn *cc, const char *dir, const char *base, const char *name,
		   int64_t *ret_size, struct err *e)
{
	AUTO_FD int fd = openat(AT_FDCWD, dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	struct untar_into into = {.rootfd = fd,
				  .userfd = -1,
				  .keep_owner = true,
				  .uid = -1,
				  .gid = -1,
				  .keep_kind = true,
				  .plain = true,
				  .dest = dir,
				  .from = base,
				  .to = name};
	AUTO_FREE char *buf = mem_alloc(CHUNK);
	struct unpack_result r;
	struct unpack *u;
	ssize_t n;

	if (fd < 0)
		return err_sys(e, "open %s", dir);
	u = unpack_into(fd, &into, e);
	if (!u)
		return -1;
	*ret_size = 0;
	while ((n = http_read_body(cc->h, buf, CHUNK, e)) > 0) {
		*ret_size += n;
		if (unpack_write(u, buf, (size_t)n, e)) {
			n = -1;
			break;
		}
	}
	if (!n)
		return unpack_finish(u, &r, e);
	unpack_abort(u);
	return -1;
}
