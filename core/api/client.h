/* SPDX-License-Identifier: Apache-2.0 */
/*
 * client: what an applet uses to speak with an engine, local or remote, in one dialect.
 *
 * client_dial connects to the socket of -H / DOCKER_HOST; where that is the default and absent, or
 * with
 * --local, it makes a socketpair and forks the very function that the daemon's worker runs.
 */
#ifndef API_CLIENT_H
#define API_CLIENT_H

#include <stdbool.h>

#include "base/buf.h"
#include "base/err.h"
#include "base/json.h"
#include "base/mem.h"
#include "engine/engine.h"
#include "wire/http.h"

struct client {
	const char *host; /* -H or DOCKER_HOST; NULL: the default socket, else local */
	bool local;	  /* --local: never a daemon */
	struct engine_config engine;
};

struct client_conn {
	struct http *h;
	int fd;
	pid_t worker; /* of a local engine; 0 otherwise */
};

/* One connection; several may be open at once. */
int client_dial(const struct client *c, struct client_conn *ret, struct err *e);
/* Closes, and reaps the local worker. */
void client_close(struct client_conn *cc);

struct client_answer {
	int status;
	struct http_msg msg;
};

/* Sends method + target ("/v1.51" is put before it) with a JSON body (NULL: none), reads the head.
 * A status >= 400 becomes *e: kind by status, text from {"message"}. The body stays to be read. */
int client_call(struct client_conn *cc, struct arena *a, const char *method, const char *target,
		const struct buf *body, struct client_answer *ret, struct err *e);
/* The two halves of client_call and client_json. */
int client_ask(struct client_conn *cc, struct arena *a, const char *method, const char *target,
	       const struct buf *body, struct err *e);
int client_told(struct client_conn *cc, struct arena *a, const struct json **ret, struct err *e);
/* client_call and the whole body parsed as JSON (NULL for an empty one). */
int client_json(struct client_conn *cc, struct arena *a, const char *method, const char *target,
		const struct buf *body, const struct json **ret, struct err *e);
/* Sends a body of unknown length from fd, chunked; then as client_call. */
int client_upload(struct client_conn *cc, struct arena *a, const char *method, const char *target,
		  const char *content_type, int fd, struct client_answer *ret, struct err *e);
/* As client_call (POST) for a request that ends in a hijacked stream: 101 or 200; afterwards use
 * http_leftover and cc->fd directly. */
int client_hijack(struct client_conn *cc, struct arena *a, const char *target,
		  const struct buf *body, struct err *e);

#endif
