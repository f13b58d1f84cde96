/* SPDX-License-Identifier: Apache-2.0 */
/*
 * shimcall: how the engine starts a shim and talks to it. Any process of the engine may call this;
 * descriptors returned are CLOEXEC and the caller's.
 */
#ifndef CONTAINER_SHIMCALL_H
#define CONTAINER_SHIMCALL_H

#include <stddef.h>

#include "container/shim.h"
#include "container/shimexec.h"

/* Executes our binary's read-only clone as proa-shim: in a session of its own, without our signals
 * and environment, on v2 in the group `shims` (on v1 it moves there itself). birth: NULL,
 * or one of SHIM_BIRTH's values: the spec will ask for a network namespace of its own, which the
 * shim can make now. Returns the launch socket at once: the shim comes up while the caller finds
 * out what it is to run. Closing it ends that shim. */
int shimcall_spawn(const char *exec_root, const char *birth, const char *shims, struct err *e);
/* The same for the shim of an exec. */
int shimcall_spawn_exec(const char *exec_root, const char *shims, struct err *e);
int shimcall_launch_exec(int sock, int listener, struct shimexec_launch *l, const struct spec *s,
			 struct err *e);
/* Sends what to run. `lock` is the liveness lock, held by the caller; the shim gets a copy that
 * keeps it. listener: of shimcall_listen, or -1. Lengths and version are set here. */
int shimcall_launch(int sock, int lock, int listener, struct shim_launch *l, const struct spec *s,
		    struct err *e);
/* The socket that a shim will serve, so that others can connect before it is up. */
int shimcall_listen(int dir, struct err *e);
/* Waits until it is armed. */
int shimcall_armed(int sock, struct err *e);

/* To the shim of a container; dir: the directory exec-root/containers/<id>. ERR_UNAVAILABLE where
 * none listens. */
int shimcall_connect(int dir, struct err *e);

/* Sends one request. fd -1: none; ahead: bytes behind it (SHIM_ATTACH), at most SHIM_MAX_AHEAD. */
int shimcall_send(int sock, const struct shim_msg *m, int fd, const void *ahead, size_t n,
		  struct err *e);
/* Waits for the answer to `op`. ERR_UNAVAILABLE where the shim is gone without one: what became of
 * the container stands in its exit record. ERR_CONFLICT: the container ended meanwhile (a SHIM_WAIT
 * answer came instead). An answer with rc -1 is *e and -1. */
int shimcall_answer(int sock, uint32_t op, struct shim_reply *ret, struct err *e);
/* Both. */
int shimcall(int sock, const struct shim_msg *m, struct shim_reply *ret, struct err *e);

#endif
