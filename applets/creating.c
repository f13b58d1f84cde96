/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Where the engine is local its worker comes up while we write the request, and the second worker,
 * for a stream, while the first one makes the container.
 */
#include "applets/creating.h"
#include "image/ref.h"
#include "wire/target.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>

static int no_image(struct applet_ctx *c, const struct runflags *f, struct err *e)
{
	static const char prefix[] = "No such image: ";
	const char *name = e->text, *asked = c->argv[0];
	struct ref ref;

	/* what cannot be a name will not be found anywhere else either */
	if (!ref_is_id_prefix(asked) && ref_parse_normalized(c->a, asked, &ref, e))
		return -1;
	if (!strncmp(name, prefix, sizeof(prefix) - 1))
		name += sizeof(prefix) - 1;
	else
		return -1;
	if (!strcmp(f->pull, "never"))
		return -1;
	if (!f->quiet)
		fprintf(stderr, "Unable to find image '%s' locally\n", name);
	return err_set(e, ERR_NOTFOUND,
		       "pulling images is not built yet: bring the image here with 'proa load'");
}

static int ask(struct applet_ctx *c, struct runflags *f, struct client_conn *conn, struct err *e)
{
	AUTO_BUF body = BUF_INIT;
	AUTO_BUF target = BUF_INIT;

	if (client_dial(&c->client, conn, e) || runflags_request(c, f, &body, e))
		return -1;
	buf_str(&target, "/containers/create?");
	if (f->name) {
		buf_str(&target, "name=");
		target_quote(&target, f->name);
	}
	if (f->platform) {
		buf_str(&target, "&platform=");
		target_quote(&target, f->platform);
	}
	f->sent = true;
	return client_ask(conn, c->a, "POST", target.data, &body, e);
}

static const char *told(struct applet_ctx *c, struct runflags *f, struct client_conn *conn,
			struct err *e)
{
	const struct json *v, *x;
	struct json_iter it;
	const char *id;

	if (client_told(conn, c->a, &v, e)) {
		if (e->kind == ERR_NOTFOUND)
			no_image(c, f, e);
		return NULL;
	}
	it = json_iter(json_get(v, "Warnings"));
	while ((x = json_next(&it, NULL)))
		fprintf(stderr, "WARNING: %s\n", json_str(x, ""));
	id = json_str(json_get(v, "Id"), "");
	if (*id)
		return id;
	err_set(e, ERR_UNAVAILABLE, "the engine gave no container ID");
	return NULL;
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
	if (fd < 0 && errno == ENOENT)
		return err_set(e, ERR_INVALID,
			       "failed to create the container ID file: open %s: no such file or "
			       "directory",
			       path);
	return fd < 0 ? err_sys(e, "failed to create the container ID file: open %s", path) : fd;
}

const char *creating_container(struct applet_ctx *c, struct runflags *f, struct client_conn *conn,
			       struct client_conn *early, struct err *e)
{
	const char *path = f->cidfile && *f->cidfile ? f->cidfile : NULL, *id = NULL;
	AUTO_FD int fd = path ? open_cidfile(path, e) : -1;

	if (path && fd < 0) {
		f->sent = true;
		return NULL;
	}
	if (!ask(c, f, conn, e) && !(early && client_dial(&c->client, early, e)))
		id = told(c, f, conn, e);
	if (!id && path)
		unlink(path);
	if (id && path && write(fd, id, strlen(id)) < 0) {
		err_sys(e, "write the container ID file %s", path);
		return NULL;
	}
	return id;
}
