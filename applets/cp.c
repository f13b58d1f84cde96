/* SPDX-License-Identifier: Apache-2.0 */
/*
 * proa cp: files between here and a container, as tar streams through /containers/{id}/archive. The
 * engine only packs and unpacks; what a copy is called and whether it may be made is decided here,
 * as by Docker's client.
 */
#include "applets/applet.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "applets/cplocal.h"
#include "applets/each.h"
#include "applets/table.h"
#include "base/file.h"
#include "wire/target.h"

#define GO_DIR (1LL << 31)
#define GO_LINK (1LL << 27)
#define GO_DEVICE (1LL << 26)

static bool archive, follow, quiet;

static const struct option_def cp_options[] = {
	{"archive", 'a', OPTION_BOOL, &archive, NULL, "Archive mode (copy all uid/gid information)",
	 NULL},
	{"follow-link", 'L', OPTION_BOOL, &follow, NULL, "Always follow symbol link in SRC_PATH",
	 NULL},
	{"quiet", 'q', OPTION_BOOL, &quiet, NULL,
	 "Suppress progress output during copy. Progress output is automatically suppressed if no "
	 "terminal is attached",
	 NULL},
	{NULL, 0, OPTION_BOOL, NULL, NULL, NULL, NULL},
};

/* ---- the engine's side */

static const char *target(struct applet_ctx *c, const char *container, const char *path,
			  const char *more, struct err *e)
{
	AUTO_BUF b = BUF_INIT;

	buf_str(&b, "/archive?path=");
	target_quote(&b, path);
	buf_str(&b, more);
	return each_target(c, container, b.data, e);
}

static int digit(char c)
{
	static const char digits[] =
		"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
	const char *p = c ? strchr(digits, c) : NULL;

	return p ? (int)(p - digits) : -1;
}

static const struct json *stat_of(struct applet_ctx *c, const struct client_answer *ans,
				  struct err *e)
{
	const char *s = http_header(&ans->msg, "X-Docker-Container-Path-Stat");
	AUTO_BUF b = BUF_INIT;
	unsigned bits = 0, n = 0;

	for (; s && digit(*s) >= 0; s++) {
		bits = bits << 6 | (unsigned)digit(*s);
		n += 6;
		if (n >= 8) {
			n -= 8;
			buf_char(&b, (char)(bits >> n));
		}
	}
	return json_parse(c->a, b.data ? b.data : "", b.len, HTTP_MAX_HEAD,
			  "the engine's description of the path", e);
}

/* What is there, or NULL. */
static const struct json *look(struct applet_ctx *c, const char *container, const char *path)
{
	struct client_conn cc = {.fd = -1};
	struct client_answer ans;
	const struct json *v = NULL;
	const char *t;
	struct err e;

	t = target(c, container, path, "", &e);
	if (t && !client_dial(&c->client, &cc, &e) &&
	    !client_call(&cc, c->a, "HEAD", t, NULL, &ans, &e))
		v = stat_of(c, &ans, &e);
	client_close(&cc);
	return v;
}

/* Where a symlink of the container leads. */
static const char *link_target(struct applet_ctx *c, const char *path, const struct json *st)
{
	const char *to = json_str(json_get(st, "linkTarget"), ""), *dir, *base;

	if (*to == '/')
		return to;
	cplocal_split(c->a, path, &dir, &base);
	return arena_printf(c->a, "%s/%s", dir, to);
}

static void success(int64_t size, const char *to)
{
	char text[32];

	if (quiet || !isatty(2))
		return;
	table_size(size, text);
	fprintf(stderr, "Successfully copied %s to %s\n", text, to);
}

/* ---- from a container */

static int to_stdout(struct client_conn *cc, struct err *e)
{
	AUTO_FREE char *buf = mem_alloc(1 << 18);
	ssize_t n;

	while ((n = http_read_body(cc->h, buf, 1 << 18, e)) > 0)
		if (file_write_all(1, buf, (size_t)n))
			return err_sys(e, "write to stdout");
	return n < 0 ? -1 : 0;
}

static int receive(struct applet_ctx *c, struct client_conn *cc, const struct json *st,
		   struct cplocal_end *src, const char *to, struct err *e)
{
	const char *dir, *name, *base, *ignored;
	struct cplocal_end dst;
	int64_t size;

	src->dir = json_int(json_get(st, "mode"), 0) & GO_DIR;
	cplocal_split(c->a, src->path, &ignored, &base);
	if (cplocal_target(c->a, to, &dst, e) || cplocal_plan(c->a, src, &dst, &dir, &name, e))
		return -1;
	if (!strcmp(base, ".") || !strcmp(base, "/"))
		base = "";
	if (!name)
		name = src->rebase ? src->rebase : *base ? base : NULL;
	if (cplocal_unpack(cc, dir, base, name, &size, e))
		return -1;
	success(size, to);
	return 0;
}

static int from_container(struct applet_ctx *c, const char *container, const char *path,
			  const char *to, struct err *e)
{
	struct cplocal_end src = {.path = path, .exists = true};
	struct client_conn cc = {.fd = -1};
	const struct json *st = NULL;
	struct client_answer ans;
	const char *t;
	int rc = -1;

	if (strcmp(to, "-")) {
		struct cplocal_end checked;

		to = cplocal_absolute(c->a, to);
		if (cplocal_target(c->a, to, &checked, e))
			return -1;
	}
	st = follow ? look(c, container, path) : NULL;
	if (json_int(json_get(st, "mode"), 0) & GO_LINK) {
		src.path = link_target(c, path, st);
		src.rebase = cplocal_rebase(c->a, path, &src.path);
	}
	t = target(c, container, src.path, "", e);
	if (t && !client_dial(&c->client, &cc, e) &&
	    !client_call(&cc, c->a, "GET", t, NULL, &ans, e)) {
		if (!strcmp(to, "-")) {
			rc = to_stdout(&cc, e);
		} else {
			st = stat_of(c, &ans, e);
			rc = st ? receive(c, &cc, st, &src, to, e) : -1;
		}
	}
	client_close(&cc);
	return rc;
}

/* ---- into a container */

/* The destination, with a symlink at its end followed. */
static int find_target(struct applet_ctx *c, const char *container, const char *path,
		       struct cplocal_end *ret, struct err *e)
{
	const struct json *st = look(c, container, path);
	const char *to = path;
	int64_t mode;

	if (json_int(json_get(st, "mode"), 0) & GO_LINK) {
		to = link_target(c, path, st);
		st = look(c, container, to);
	}
	mode = json_int(json_get(st, "mode"), 0);
	if (mode & GO_DEVICE)
		return err_set(e, ERR_INVALID,
			       "destination \"%s:%s\" must be a directory or a regular file: got a "
			       "device",
			       container, path);
	*ret = (struct cplocal_end){to, st != NULL, (mode & GO_DIR) != 0, NULL};
	return 0;
}

static int send_fd(struct applet_ctx *c, const char *container, const char *dir, int fd,
		   struct err *e)
{
	const char *t = target(c, container, dir,
			       archive ? "&noOverwriteDirNonDir=true&copyUIDGID=true"
				       : "&noOverwriteDirNonDir=true",
			       e);
	struct client_conn cc = {.fd = -1};
	struct client_answer ans;
	int rc;

	if (!t || client_dial(&c->client, &cc, e))
		return -1;
	rc = client_upload(&cc, c->a, "PUT", t, "application/x-tar", fd, &ans, e);
	client_close(&cc);
	return rc;
}

static int send_files(struct applet_ctx *c, const char *from, const char *container,
		      const struct cplocal_end *dst, struct err *e)
{
	const char *dir, *name, *base, *ignored;
	struct cplocal_end src;
	int status = 0, rc;
	int64_t size = 0;
	AUTO_FD int fd = -1, said = -1;
	pid_t pid;

	if (cplocal_source(c->a, cplocal_absolute(c->a, from), follow, &src, e) ||
	    cplocal_plan(c->a, &src, dst, &dir, &name, e))
		return -1;
	cplocal_split(c->a, src.path, &ignored, &base);
	if (!name)
		name = src.rebase ? src.rebase : base;
	fd = cplocal_pack(&src, name, &pid, &said, c->a, e);
	if (fd < 0)
		return -1;
	rc = send_fd(c, container, dir, fd, e);
	fd_autoclose(&fd);
	if (!rc && file_read_full(said, &size, sizeof(size)) != 1)
		rc = 1;
	while (waitpid(pid, &status, 0) < 0 && errno == EINTR)
		;
	if (rc > 0) /* the child has said why */
		_exit(1);
	if (!rc)
		success(size, arena_printf(c->a, "%s:%s", container, dst->path));
	return rc;
}

/* The answer to HEAD cannot tell a container that is not there from a path that is not. */
static bool there(struct applet_ctx *c, const char *container, struct err *e)
{
	const char *t = each_target(c, container, "/json", e);
	struct client_conn cc = {.fd = -1};
	struct client_answer ans;
	bool ret = t && !client_dial(&c->client, &cc, e) &&
		   !client_call(&cc, c->a, "GET", t, NULL, &ans, e);

	client_close(&cc);
	return ret;
}

static int to_container(struct applet_ctx *c, const char *from, const char *container,
			const char *path, struct err *e)
{
	struct cplocal_end dst;

	if (find_target(c, container, path, &dst, e))
		return -1;
	if (!dst.exists && !there(c, container, e))
		return -1;
	if (strcmp(from, "-"))
		return send_files(c, from, container, &dst, e);
	if (!dst.dir)
		return err_set(e, ERR_INVALID, "destination \"%s:%s\" must be a directory",
			       container, path);
	return send_fd(c, container, dst.path, 0, e);
}

/* ---- all of it */

/* CONTAINER:PATH. What begins with "/" or "." is a local path, whatever it holds. */
static const char *container_of(struct applet_ctx *c, const char *arg, const char **ret_path)
{
	const char *colon = strchr(arg, ':');

	*ret_path = arg;
	if (!colon || *arg == '/' || *arg == '.' || colon == arg)
		return NULL;
	*ret_path = colon + 1;
	return arena_strndup(c->a, arg, (size_t)(colon - arg));
}

static int copy(struct applet_ctx *c, struct err *e)
{
	const char *from, *to;
	const char *a = container_of(c, c->argv[0], &from), *b = container_of(c, c->argv[1], &to);

	if (!*c->argv[0] || !*c->argv[1])
		return err_set(e, ERR_INVALID, "%s can not be empty",
			       *c->argv[0] ? "destination" : "source");
	if (a && b)
		return err_set(e, ERR_INVALID, "copying between containers is not supported");
	if (!a && !b)
		return err_set(e, ERR_INVALID, "must specify at least one container source");
	return a ? from_container(c, a, from, to, e) : to_container(c, from, b, to, e);
}

static int cp_main(struct applet_ctx *c)
{
	struct err e;

	return copy(c, &e) ? applet_fail(&e, 1) : 0;
}

APPLET(cp, .name = "cp", .alias = "container cp",
       .usage = "[OPTIONS] CONTAINER:SRC_PATH DEST_PATH|- | SRC_PATH|- CONTAINER:DEST_PATH",
       .brief = "Copy files/folders between a container and the local filesystem",
       .options = cp_options, .min_args = 2, .max_args = 2, .main = cp_main);
