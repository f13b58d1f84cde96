/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A runtime is run as root by whoever may talk to us, with a path of their choice: so it must be
 * root's file that nobody else can write, which a container's files on the host, for one, are not
 * unless root made them so. "runc" means ours, as Docker's clients send it for "the default"; who
 * wants runc itself gives its path.
 */
#include "engine/runruntime.h"

#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "base/log.h"
#include "container/runtime.h"

#define LIMIT 30 /* seconds of one call */
#define LIMIT_MAX 86400

static const char *const ours[] = {"", "proa", "runc", "io.containerd.runc.v2"};
static const char *const dirs[] = {"/usr/local/sbin", "/usr/local/bin", "/usr/sbin",
				   "/usr/bin",	      "/sbin",		"/bin"};
#define COUNT(v) (sizeof(v) / sizeof(*(v)))

static bool is_program(const char *path, struct stat *st)
{
	return !stat(path, st) && S_ISREG(st->st_mode) && st->st_mode & 0111;
}

static const char *look_up(struct arena *a, const char *name, struct stat *st)
{
	if (strchr(name, '/'))
		return *name == '/' && is_program(name, st) ? name : NULL;
	for (size_t i = 0; i < COUNT(dirs); i++) {
		const char *path = arena_printf(a, "%s/%s", dirs[i], name);

		if (is_program(path, st))
			return path;
	}
	return NULL;
}

/* PROA_RUNTIME_TIMEOUT of who starts it: the daemon, or the client where there is none. */
static int read_limit(struct spec *s, struct err *e)
{
	const char *text = getenv("PROA_RUNTIME_TIMEOUT");
	char *end = NULL;

	s->runtime_limit = LIMIT;
	if (!text || !*text)
		return 0;
	s->runtime_limit = strtoll(text, &end, 10);
	if (*end || s->runtime_limit < 1 || s->runtime_limit > LIMIT_MAX)
		return err_set(e, ERR_INVALID,
			       "PROA_RUNTIME_TIMEOUT=%.40s: not a number of seconds from 1 to %d",
			       text, LIMIT_MAX);
	return 0;
}

int runruntime_find(struct arena *a, const char *name, struct spec *s, struct err *e)
{
	const char *path;
	struct stat st;

	for (size_t i = 0; i < COUNT(ours); i++)
		if (!strcmp(name, ours[i])) {
			s->runtime = NULL;
			return 0;
		}
	path = look_up(a, name, &st);
	if (!path)
		return err_set(e, ERR_INVALID, "unknown or invalid runtime name: %.100s", name);
	if (st.st_uid || st.st_mode & 022)
		return err_set(e, ERR_INVALID,
			       "unknown or invalid runtime name: %.100s: the file must be root's, "
			       "and nobody else may write it",
			       name);
	s->runtime = path;
	return read_limit(s, e);
}

static int refuse(const struct spec *s, const char *what, struct err *e)
{
	return err_set(e, ERR_UNSUPPORTED,
		       "%s cannot be had with --runtime %.200s: leave out one of the two", what,
		       s->runtime);
}

int runruntime_check(const struct spec *s, struct err *e)
{
	if (!s->runtime)
		return 0;
	if (s->init)
		return refuse(s, "--init", e);
	if (s->userns)
		return refuse(s, "--userns", e);
	for (size_t i = 0; i < s->nmounts; i++) {
		const struct spec_mount *m = &s->mounts[i];

		if (m->outside)
			return refuse(s, "a volume with options", e);
		if (m->subpath)
			return refuse(s, "a mount of a subpath", e);
		if (!strcmp(m->type, "layers"))
			return refuse(s, "a mount of an image", e);
		if (!strcmp(m->type, "peer"))
			return refuse(s, "--ipc container", e);
	}
	return 0;
}

void runruntime_forget(struct engine *en, struct arena *a, const struct containers_one *c)
{
	struct home h = containers_home(en);
	struct spec s = {.id = c->id};
	struct err e;

	if (!c->req.runtime || !*c->req.runtime)
		return;
	if (runruntime_find(a, c->req.runtime, &s, &e))
		log_warn("engine", "%.12s: %s", c->id, e.text);
	else if (s.runtime)
		runtime_delete(&h, &s);
}
