/* SPDX-License-Identifier: Apache-2.0 */
/*
 * shimprobe: one probe of a container's health, for shimhealth only: a command in the container
 * (CMD, CMD-SHELL), or what starts no process: HTTP and TCP from sockets made in its network
 * namespace, FILE by a look below its root.
 *
 * Static: one probe at a time. Nothing blocks, except that FILE waits for the file system, as a
 * file server inside may make it do: who checks a path on one has asked for it. At most
 * SHIMPROBE_OUTPUT bytes of output are kept, the rest is read and dropped.
 */
#ifndef CONTAINER_SHIMPROBE_H
#define CONTAINER_SHIMPROBE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "base/err.h"
#include "container/spec.h"

#define SHIMPROBE_OUTPUT 4096

struct shimprobe_result {
	int code;	    /* 0: healthy; -1: it could not be done */
	const char *output; /* until the next probe */
	size_t n;
	bool truncated;
};

/* base: epoll data of ours, to which an index below 16 is added. */
void shimprobe_init(int epoll, uint64_t base, const struct spec *s, pid_t pid, int64_t born);
/* True: it is over already. Not while shimprobe_busy. */
bool shimprobe_start(void);
bool shimprobe_event(uint32_t index);
/* A child ended. True: the probe is over by that. */
bool shimprobe_reap(void);
/* Ends it, with all that its command started, and forgets its result. */
void shimprobe_kill(void);
/* Whether one runs, or was killed and has not ended yet. */
bool shimprobe_busy(void);
void shimprobe_result(struct shimprobe_result *ret);

#endif
