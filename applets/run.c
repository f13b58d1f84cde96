/* SPDX-License-Identifier: Apache-2.0 */
/*
 * proa run: create, then a session in the foreground (session.h), or with -d the start alone.
 *
 * The exit status is the container's; 125 if it could not be made, 126 and 127 if its command could
 * not be executed; 0 where a person left it by the detach keys.
 */
#include "applets/applet.h"
#include "applets/creating.h"
#include "applets/runflags.h"
#include "applets/session.h"

#include <stdio.h>

/* The ID is printed even where the start failed, as Docker's client does: the container is there,
 * and is to be removed. */
static int background(struct session *s, int *ret, struct err *e)
{
	int rc = session_start(s, e);

	*ret = rc ? session_start_status(e) : 0;
	printf("%s\n", s->id);
	return rc;
}

static int run(struct applet_ctx *c, struct session *s, struct runflags *f, int *ret, struct err *e)
{
	*ret = 125;
	s->id = creating_container(c, f, &s->main, f->detach ? NULL : &s->attach, e);
	if (!s->id)
		return -1;
	s->tty = f->tty;
	s->in = f->attach_in;
	s->out = f->attach_out;
	s->err = f->attach_err;
	s->sig_proxy = f->sig_proxy;
	s->remove = f->rm;
	return f->detach ? background(s, ret, e) : session_foreground(s, ret, e);
}

static int run_main(struct applet_ctx *c)
{
	struct session s = SESSION(c);
	struct runflags f;
	int status = 125;
	struct err e;

	if (runflags_parse(&f, &e))
		return applet_fail(&e, e.kind == ERR_CONFLICT ? 1 : 125);
	if (session_keys(&s, f.detach_keys, &e) || run(c, &s, &f, &status, &e))
		applet_fail(&e, status);
	session_close(&s);
	return status;
}

APPLET(run, .name = "run", .alias = "container run", .usage = "[OPTIONS] IMAGE [COMMAND] [ARG...]",
       .brief = "Create and run a new container from an image", .options = runflags_run,
       .flags = APPLET_CMDLINE, .min_args = 1, .max_args = -1, .main = run_main);
