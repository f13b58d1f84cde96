/* SPDX-License-Identifier: Apache-2.0 */
/*
 * shim: the parent of one container. This header is the process itself and its protocol; how the
 * engine starts and calls one is shimcall.h.
 *
 * Started armed by shimcall_spawn (pipes or pty exist, nothing runs),
 * holds the liveness lock for life, takes attach clients' sockets by SCM_RIGHTS, starts on request,
 * relays stdio, writes the exit record first, answers waiters, tears the container down, starts it
 * again where its policy says so and, with auto-remove, removes its files. One that was armed and
 * that nobody talks to any more before anything was started goes away, and the container is what it
 * was before.
 *
 * Protocol version 1, over SOCK_SEQPACKET on exec-root/containers/<id>/shim.sock: one message a
 * request: struct shim_msg, optionally one fd and, for SHIM_ATTACH, bytes of stdin that were read
 * ahead; one message an answer. Numbers are native (both ends run on one machine) but the layout is
 * versioned: an old shim serves a new engine.
 */
#ifndef CONTAINER_SHIM_H
#define CONTAINER_SHIM_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "base/err.h"
#include "container/shimnet.h"
#include "container/spec.h"

#define SHIM_VERSION 1
#define SHIM_SOCK "shim.sock"
#define SHIM_BIRTH "NETWORK" /* an environment variable; see shim_main */
#define SHIM_EXEC "EXEC"     /* another: it is the shim of an exec, see shimexec.h */

enum shim_op {
	SHIM_ARMED = 0,	 /* unasked, on the launch socket: ready for requests, or rc -1 */
	SHIM_ATTACH = 1, /* fd: the client's socket; shim writes the head itself, then the stream.
			  * arg: how many bytes behind the message are the keys that detach it on a
			  * terminal (0: ctrl-p ctrl-q); what follows them was read of its input */
	SHIM_START,	 /* answer when execve succeeded or failed; a SHIM_WAIT answer follows at
			  * the end (after removal with auto_remove), so that no exit can fall
			  * between two calls */
	SHIM_WAIT,	 /* answered at exit (or, arg = 1, after removal) */
	SHIM_KILL,    /* arg: signal; 0: an armed shim goes away, one that runs is ERR_CONFLICT */
	SHIM_RESIZE,  /* arg: rows << 16 | cols */
	SHIM_LOGS,    /* arg 1: follow; what comes then is in shimlog.h */
	SHIM_STOP,    /* arg: signal (0: the container's own), flags: seconds until SIGKILL, or
		       * SHIM_FOREVER; by a person: no policy starts it again. Answered at its end.
		       * The shim does it, so it goes on without the client */
	SHIM_RESTART, /* the same, and a new run at once: answered when that has started or failed
		       */
	SHIM_UPDATE,  /* behind the message: a name, a NUL, and spec_encode_changes */
	SHIM_NETWORK, /* behind the message: the text for shimnet's change */
};
#define SHIM_FOREVER 0xffffffffu

struct shim_msg {
	uint32_t version, op;
	uint32_t arg, flags; /* flags of SHIM_ATTACH: SHIM_STDIN | SHIM_STDOUT | ... */
};
#define SHIM_STDIN 1u
#define SHIM_STDOUT 2u
#define SHIM_STDERR 4u
#define SHIM_UPGRADED 16u /* head is 101 UPGRADED, else 200 OK */
#define SHIM_NOHEAD 64u	  /* the head was written already */
#define SHIM_RUNNING 128u /* only to a shim that is there: none is armed for it */
#define SHIM_HEAD "HTTP/1.1 %s\r\nContent-Type: application/vnd.docker.%s-stream\r\n%s\r\n"
#define SHIM_HEAD_OK "200 OK"
#define SHIM_HEAD_UPGRADED "101 UPGRADED"
#define SHIM_HEAD_UPGRADE "Connection: Upgrade\r\nUpgrade: tcp\r\n"
#define SHIM_EXITCODE 32u /* the stream ends with a frame SHIM_EXITCODE_STREAM of one byte */
#define SHIM_EXITCODE_STREAM 4
#define SHIM_MAX_KEYS 32u
#define SHIM_MAX_AHEAD 65536 /* bytes that may follow a SHIM_ATTACH */

struct shim_reply {
	uint32_t version, op; /* of the request answered */
	int32_t rc;	      /* 0, or -1 with err */
	int32_t exit_code;    /* SHIM_WAIT */
	int32_t oom;
	int32_t pid; /* SHIM_START */
	struct err err;
};

/* What the engine tells a new shim besides the spec: sent first on the launch socket, with the
 * liveness lock. The encoded spec (spec_len bytes) follows in messages of at most SHIM_PIECE bytes,
 * the first of them with the socket that listens if there is one already. */
#define SHIM_PIECE 32768
struct shim_launch {
	uint32_t version, spec_len;
	uint32_t auto_remove; /* remove all files at exit */
	uint32_t stdin_once;  /* stdin ends with the first client that was attached to it */
	uint32_t caller_ns;   /* stay in the caller's mount and network namespace */
	uint32_t soon;	      /* a foreground run: start follows at once */
	uint32_t stop_signal;
	char id[65];
	char name[256];
	char data_root[1024], exec_root[1024];
	char shims_cgroup[256]; /* "/proa/shims" */
};

/* The descriptors that a shim is born with. */
enum { SHIM_FD_LAUNCH = 3, SHIM_FD_SELF = 4 };

/* The process: serves until the container is gone. birth: the value of SHIM_BIRTH, if it has one:
 * the spec will ask for a network namespace, make it before anything else is known, starting from
 * pid 1's (SHIM_BIRTH_HOST, its first character) or the caller's; the rest, if any, is for
 * net->early. Returns the exit status. */
#define SHIM_BIRTH_HOST '1'
#define SHIM_BIRTH_CALLER '2'
int shim_main(const char *birth, const struct shimnet *net);

#endif
