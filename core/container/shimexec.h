/* SPDX-License-Identifier: Apache-2.0 */
/*
 * shimexec: the parent of one exec: a small process of its own, so that an exec outlives who asked
 * for it and costs the container's shim nothing.
 *
 * Started by shimcall_spawn_exec, from the read-only clone of our binary; what to run comes on the
 * launch socket: struct shimexec_launch, then the spec in pieces as for a shim, the first of them
 * with the socket that listens. It speaks the shim's protocol (ATTACH, START, WAIT, KILL, RESIZE).
 * Once launched it makes the process at once, up to where its command would start. Armed, with
 * nobody talking to it any more, it goes away.
 *
 * Its directory is exec-root/containers/<id>/execs/<exec>: config.json (written by the engine),
 * shim.sock, and state from the start on, which stays when it goes. Records that ended long ago are
 * removed by the next exec of the container that ends.
 */
#ifndef CONTAINER_SHIMEXEC_H
#define CONTAINER_SHIMEXEC_H

#include <stdbool.h>
#include <stdint.h>

#include "base/err.h"

#define SHIMEXEC_DIR "execs"
#define SHIMEXEC_STATE_MAX 4096
#define SHIMEXEC_KEPT 300 /* seconds that a record is kept at least after its end */

struct shimexec_launch {
	uint32_t version, spec_len;
	uint32_t caller_ns; /* stay in the caller's mount namespace */
	int32_t pid;	    /* the container's first process, and when it was born or 0: enter.h */
	int64_t born;
	char id[65], exec[65];
	char exec_root[1024];
	char shims_cgroup[256];
};

struct shimexec_state {
	bool started, running; /* running: written so; a process that was killed with its shim is
				* told by born */
	int pid;
	int64_t born;
	int exit_code;
};

/* dir: the exec's directory. All zero where it was not started. */
int shimexec_read_state(int dir, struct shimexec_state *ret, struct err *e);

/* The process: serves until the exec has ended. Returns the exit status. */
int shimexec_main(void);

#endif
