/* SPDX-License-Identifier: Apache-2.0 */
/*
 * proa run: create, attach, start, wait, on two connections. attach gets one of its own, because it
 * ends as a bare stream; start and wait share the other, so that the engine's worker for it is
 * told of the end even where the container lives shorter than a request (engine/start.c).
 *
 * The exit status is the container's; 125 if it could not be made, 126 and 127 if its command could
 * not be executed, decided from the engine's text as Docker's client does, so it works against any
 * engine.
 */
#include "applets/applet.h"
#include "applets/runflags.h"
#include "applets/stream.h"
#include "image/ref.h"
#include "wire/target.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>

struct run {
	struct applet_ctx *c;
	struct runflags f;
	struct client_conn main, attach;
	const char *id;
};

static int start_status(const struct err *e)
{
	if (strstr(e->text, "executable file not found") ||
	    strstr(e->text, "no such file or directory"))
		return 127;
	if (strstr(e->text, "permission denied") || strstr(e->text, "is a directory"))
		return 126;
	return 125;
}

static int no_image(struct run *r, struct err *e)
{
	static const char prefix[] = "No such image: ";
	const char *name = e->text, *asked = r->c->argv[0];
	struct ref ref;

	/* what cannot be a name will not be found anywhere else either */
	if (!ref_is_id_prefix(asked) && ref_parse_normalized(r->c->a, asked, &ref, e))
		return -1;
	if (!strncmp(name, prefix, sizeof(prefix) - 1))
		name += sizeof(prefix) - 1;
	else
		return -1;
	if (!r->f.quiet)
		fprintf(stderr, "Unable to find image '%s' locally\n", name);
	return err_set(e, ERR_NOTFOUND,
		       "pulling images is not built yet: bring the image here with 'proa load'");
}

static int create(struct run *r, struct err *e)
{
	AUTO_BUF body = BUF_INIT;
	AUTO_BUF target = BUF_INIT;
	const struct json *v, *warnings, *x;
	struct json_iter it;

	/* Where the engine is local its worker comes up while we write the request. */
	if (client_dial(&r->c->client, &r->main, e) || runflags_request(r->c, &r->f, &body, e))
		return -1;
	buf_str(&target, "/containers/create?");
	if (r->f.name) {
		buf_str(&target, "name=");
		target_quote(&target, r->f.name);
	}
	if (r->f.platform) {
		buf_str(&target, "&platform=");
		target_quote(&target, r->f.platform);
	}
	if (client_ask(&r->main, r->c->a, "POST", target.data, &body, e))
		return -1;
	/* and the second one while the first is at work */
	if (!r->f.detach && client_dial(&r->c->client, &r->attach, e))
		return -1;
	if (client_told(&r->main, r->c->a, &v, e))
		return e->kind == ERR_NOTFOUND ? no_image(r, e) : -1;
	warnings = json_get(v, "Warnings");
	it = json_iter(warnings);
	while ((x = json_next(&it, NULL)))
		fprintf(stderr, "WARNING: %s\n", json_str(x, ""));
	r->id = json_str(json_get(v, "Id"), "");
	return *r->id ? 0 : err_set(e, ERR_UNAVAILABLE, "the engine gave no container ID");
}

/* The file must not be there yet: it would name a container that somebody else made. */
static int open_cidfile(const char *path, struct err *e)
{
	int fd = open(path, O_CREAT | O_EXCL | O_WRONLY | O_CLOEXEC, 0644);

	if (fd < 0 && errno == EEXIST)
		return err_set(
			e, ERR_INVALID,
			"container ID file found, make sure the other container isn't running "
			"or delete %s",
			path);
	return fd < 0 ? err_sys(e, "failed to create the container ID file %s", path) : fd;
}

static int create_with_file(struct run *r, const char *path, struct err *e)
{
	AUTO_FD int fd = path ? open_cidfile(path, e) : -1;

	if (path && fd < 0)
		return -1;
	if (create(r, e)) {
		if (path)
			unlink(path);
		return -1;
	}
	if (path && write(fd, r->id, strlen(r->id)) < 0)
		return err_sys(e, "write the container ID file %s", path);
	return 0;
}

static int attach(struct run *r, struct err *e)
{
	char target[256];

	snprintf(target, sizeof(target), "/containers/%s/attach?stream=1%s%s%s", r->id,
		 r->f.attach_in ? "&stdin=1" : "", r->f.attach_out ? "&stdout=1" : "",
		 r->f.attach_err ? "&stderr=1" : "");
	return client_hijack(&r->attach, r->c->a, target, e);
}

static int start(struct run *r, struct err *e)
{
	struct client_answer ans;
	char target[128];

	snprintf(target, sizeof(target), "/containers/%s/start", r->id);
	return client_call(&r->main, r->c->a, "POST", target, NULL, &ans, e);
}

/* Asks, without waiting for the answer's body. */
static int ask_wait(struct run *r, struct err *e)
{
	struct client_answer ans;
	char target[160];

	snprintf(target, sizeof(target), "/containers/%s/wait?condition=%s", r->id,
		 r->f.rm ? "removed" : "next-exit");
	return client_call(&r->main, r->c->a, "POST", target, NULL, &ans, e);
}

static int exit_code(struct run *r, int *ret, struct err *e)
{
	AUTO_BUF b = BUF_INIT;
	const struct json *v;

	if (http_read_all(r->main.h, 65536, &b, e))
		return -1;
	v = json_parse(r->c->a, b.data, b.len, 65536, "the engine's answer", e);
	if (!v)
		return -1;
	*ret = (int)json_int(json_get(v, "StatusCode"), 125);
	return 0;
}

static int foreground(struct run *r, int *ret, struct err *e)
{
	struct stream s = {.client = &r->c->client,
			   .conn = &r->attach,
			   .id = r->id,
			   .tty = r->f.tty,
			   .in = r->f.attach_in,
			   .sig_proxy = r->f.sig_proxy};
	int rc;

	*ret = 125;
	if (attach(r, e)) {
		*ret = start_status(e); /* the engine looks at devices and sources here */
		return -1;
	}
	if (stream_begin(&s, e))
		return -1;
	if (start(r, e)) {
		*ret = start_status(e);
		stream_end();
		return -1;
	}
	rc = ask_wait(r, e) || stream_run(&s, e);
	stream_end();
	return rc ? -1 : exit_code(r, ret, e);
}

static int background(struct run *r, int *ret, struct err *e)
{
	*ret = 0;
	if (start(r, e)) {
		*ret = start_status(e);
		return -1;
	}
	printf("%s\n", r->id);
	return 0;
}

static const char *cidfile_of(const struct run *r)
{
	return r->f.cidfile && *r->f.cidfile ? r->f.cidfile : NULL;
}

static int run_main(struct applet_ctx *c)
{
	struct run r = {.c = c, .main = {.fd = -1}, .attach = {.fd = -1}};
	int status = 125;
	struct err e;

	if (runflags_parse(c, &r.f, &e))
		status = applet_fail(&e, e.kind == ERR_CONFLICT ? 1 : 125);
	else if (create_with_file(&r, cidfile_of(&r), &e) ||
		 (r.f.detach ? background(&r, &status, &e) : foreground(&r, &status, &e)))
		applet_fail(&e, status);
	client_close(&r.attach);
	client_close(&r.main);
	return status;
}

APPLET(run, .name = "run", .alias = "container run", .usage = "[OPTIONS] IMAGE [COMMAND] [ARG...]",
       .brief = "Create and run a new container from an image", .options = runflags_options,
       .flags = APPLET_CMDLINE, .min_args = 1, .max_args = -1, .main = run_main);
