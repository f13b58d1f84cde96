/* SPDX-License-Identifier: Apache-2.0 */
/*
 * logs: a container's log read again, across rotated and compressed files, and followed while it
 * runs. What comes out is Docker's stream: frames of 8 bytes and text, or the text alone for a
 * container on a terminal.
 *
 * Files are named by the shim while there is one (container/shimlog.h), else found by name. A
 * reader that follows loses nothing and repeats nothing; it ends when the container does.
 */
#ifndef ENGINE_LOGS_H
#define ENGINE_LOGS_H

#include <stdbool.h>
#include <stdint.h>

#include "base/err.h"
#include "container/shimlog.h"
#include "engine/engine.h"

struct logs_options {
	bool out, err, follow, timestamps, details;
	int64_t tail;	      /* lines; -1: all */
	int64_t since, until; /* ns; 0: no limit */
};

struct logs {
	struct logs_options o;
	bool tty;		      /* no frames */
	int files[SHIMLOG_MAX_FILES]; /* the current one first */
	int nfiles;
	struct shimlog_at at; /* of files[0]; size INT64_MAX: all there is */
	int sock;	      /* of the shim, while following; -1 */
};

/* ERR_NOTFOUND; ERR_UNSUPPORTED where the driver keeps nothing. */
int logs_open(struct engine *en, struct arena *a, const char *ref, const struct logs_options *o,
	      struct logs *ret, struct err *e);
/* Gives all of it to emit, in pieces; client is watched for its end. */
int logs_run(struct logs *l, int client,
	     int (*emit)(void *ctx, const void *data, size_t n, struct err *e), void *ctx,
	     struct err *e);
void logs_close(struct logs *l);

/* A point in time as the API has it: seconds, a dot, a fraction. Empty or NULL: 0. */
int logs_time(const char *text, int64_t *ret, struct err *e);

#endif
