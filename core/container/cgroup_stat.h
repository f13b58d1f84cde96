/* SPDX-License-Identifier: Apache-2.0 */
/*
 * cgroup_stat: what a container's group has used, from either version, and from a machine that has
 * only some controllers: what is not known is absent (have_*), never a zero that looks measured.
 */
#ifndef CONTAINER_CGROUP_STAT_H
#define CONTAINER_CGROUP_STAT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/mem.h"

struct cgroup_stat_io {
	unsigned major, minor;
	const char *op; /* "Read", "Write" ... as the kernel says; v2: "read", "write" */
	uint64_t value;
};

struct cgroup_stat {
	bool have_cpu, have_memory, have_pids, have_io;
	/* nanoseconds */
	uint64_t cpu, cpu_user, cpu_system;
	uint64_t *percpu; /* v1 only */
	size_t npercpu;
	uint64_t periods, throttled, throttled_ns;
	bool memory_v2;
	uint64_t memory, memory_max, memory_limit; /* max: the peak, v1 only */
	uint64_t failures; /* v1: how often the limit was met; v2: how often the OOM killer came */
	const char *memory_stat;   /* the text of memory.stat: "key number\n"... */
	uint64_t pids, pids_limit; /* UINT64_MAX: none */
	bool io_v2;
	struct cgroup_stat_io *bytes, *ops;
	size_t nbytes, nops;
};

/* Text and lists live in the arena. A group that is not there: nothing is known. */
void cgroup_stat_read(const char *path, struct arena *a, struct cgroup_stat *ret);
/* A number of memory_stat; 0 where it has none of that name. */
uint64_t cgroup_stat_memory(const struct cgroup_stat *s, const char *key);

#endif
