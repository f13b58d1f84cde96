/* SPDX-License-Identifier: Apache-2.0 */
/*
 * session: the foreground of a container, as run, start -a and attach have it: attach, start, wait,
 * stream, exit status, on two connections. attach gets one of its own, because it ends as a bare
 * stream; start and wait share the other, so that the engine's worker for it is told of the end
 * even where the container lives shorter than a request (engine/start.c).
 */
#ifndef APPLETS_SESSION_H
#define APPLETS_SESSION_H

#include "applets/applet.h"
#include "base/keys.h"

struct session {
	struct applet_ctx *c;
	struct client_conn main, attach; /* a closed one is dialled where it is needed */
	const char *id;			 /* fit for a path as it is */
	bool tty, in, out, err;		 /* what to attach to */
	bool sig_proxy, remove;		 /* remove: it is gone after its end */
	const char *detach_keys;	 /* NULL: not given */
	struct keys keys;
	bool detached; /* by the keys: it runs on */
};
#define SESSION(ctx)                                                                               \
	{                                                                                          \
		.c = (ctx), .main = {.fd = -1}, .attach = {.fd = -1 }                              \
	}

/* ERR_INVALID for keys that are none. Before anything is made or asked. */
int session_keys(struct session *s, const char *text, struct err *e);
/* attach, start, stream. *ret is the command's exit status: the container's, 0 after a detach; with
 * -1 that of start_status. */
int session_foreground(struct session *s, int *ret, struct err *e);
/* The same for one that runs: after session_ask_wait. If it has ended by then, our engine refuses
 * (query "running"), where Docker's would have us wait for the next start. */
int session_follow(struct session *s, int *ret, struct err *e);
/* Registers for the end: condition "next-exit", "removed" ... The answer's body comes later. */
int session_ask_wait(struct session *s, const char *condition, struct err *e);
/* POST .../start alone. */
int session_start(struct session *s, struct err *e);
/* 125, or 126 and 127 for a command that cannot be executed, from the engine's text as Docker's
 * client does it, so that it works against any engine. */
int session_start_status(const struct err *e);
void session_close(struct session *s);

#endif
