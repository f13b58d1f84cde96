/* SPDX-License-Identifier: Apache-2.0 */
/*
 * stream: the foreground of a container: our stdin to it, its output to ours, signals and the
 * terminal's size passed on.
 */
#ifndef APPLETS_STREAM_H
#define APPLETS_STREAM_H

#include <stdbool.h>

#include "api/client.h"
#include "base/err.h"
#include "base/keys.h"
#include "base/mem.h"

struct stream {
	const struct client *client;
	struct client_conn *conn; /* hijacked by attach */
	const char *path;	  /* "/containers/<id>" or "/exec/<id>": whose size it is */
	bool tty, in, sig_proxy;
	bool redraw;	   /* it ran before us: what paints a terminal is made to paint it anew */
	struct keys *keys; /* to leave with; NULL: none */
	int exit_code;	   /* where the stream's last frame told it (exec), else -1 */
	bool detached;	   /* they were pressed: stream_run returned for that */
};

/* Blocks the signals that are passed on, so that one which comes between now and stream_run is not
 * lost; the terminal goes raw where there is one (s->tty and s->in). */
int stream_begin(const struct stream *s, struct err *e);
/* Returns at the end of the container's output, or with s->detached. */
int stream_run(struct stream *s, struct err *e);
/* Undoes stream_begin, on every way out. */
void stream_end(void);

#endif
