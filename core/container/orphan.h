/* SPDX-License-Identifier: Apache-2.0 */
/*
 * orphan: the first process of a container whose shim was killed, where no cgroup holds the
 * container's processes together. Its end takes the whole PID namespace along; with the host's
 * (--pid host) only itself.
 */
#ifndef CONTAINER_ORPHAN_H
#define CONTAINER_ORPHAN_H

#include <stdint.h>

/* When the process was born, in clock ticks since boot: with its PID that names it for good. 0:
 * there is no such process, or it has ended and waits for its parent. */
int64_t orphan_born(int pid);

/* Kills the process, if it is still the one that was born then, and waits until it has ended. */
void orphan_kill(int pid, int64_t born);

#endif
