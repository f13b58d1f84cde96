/* SPDX-License-Identifier: Apache-2.0 */
/*
 * shim: the parent of one container, and how the engine talks to it.
 *
 * Smallest form (issue 1): started armed by shim_spawn (pipes or pty exist, nothing runs), holds the
 * liveness lock for life, takes attach clients' sockets by SCM_RIGHTS, starts on request, relays
 * stdio, writes the exit record first, answers waiters, tears the container down and, with
 * auto-remove, removes its files.
 *
 * Protocol version 1, over SOCK_SEQPACKET on exec-root/containers/<id>/shim.sock: one message a
 * request: struct shim_msg, optionally one fd; one message an answer. Numbers are native (both
 * ends run on one machine) but the layout is versioned: an old shim serves a new engine.
 */
#ifndef CONTAINER_SHIM_H
#define CONTAINER_SHIM_H

#include <stdint.h>
#include <sys/types.h>

#include "base/err.h"
#include "container/spec.h"

#define SHIM_VERSION 1

enum shim_op {
	SHIM_ATTACH = 1, /* fd: the client's socket; shim writes the 101 head itself, then the stream */
	SHIM_START,	 /* answer when execve succeeded or failed */
	SHIM_WAIT,	 /* answered at exit (or, arg = 1, after removal) */
	SHIM_KILL,	 /* arg: signal */
	SHIM_RESIZE,	 /* arg: rows << 16 | cols */
};

struct shim_msg {
	uint32_t version, op;
	uint32_t arg, flags; /* SHIM_ATTACH: SHIM_STDIN | SHIM_STDOUT | SHIM_STDERR */
};
#define SHIM_STDIN 1u
#define SHIM_STDOUT 2u
#define SHIM_STDERR 4u
#define SHIM_STREAM_RAW 8u	/* tty: no 8-byte frames */
#define SHIM_UPGRADED 16u	/* answer 101 UPGRADED, else 200 OK, before the stream */

struct shim_reply {
	uint32_t version;
	int32_t rc;	    /* 0, or -1 with err */
	int32_t exit_code;  /* SHIM_WAIT */
	int32_t oom;
	struct err err;
};

#endif
