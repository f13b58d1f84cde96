/* SPDX-License-Identifier: Apache-2.0 */
/*
 * procinfo: what /proc says about a process of a container, as ps would read it, from the host's
 * side. Numbers of times are in clock ticks (procinfo_hz a second).
 */
#ifndef ENGINE_PROCINFO_H
#define ENGINE_PROCINFO_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "base/buf.h"
#include "base/mem.h"

struct procinfo {
	int pid, ppid, pgid, sid, tty, tpgid;
	char state;
	char comm[64];
	uint64_t utime, stime; /* ticks */
	uint64_t start;	       /* ticks after boot */
	int64_t priority, nice, threads;
	uint64_t vsize; /* bytes */
	uint64_t rss;	/* bytes */
	uid_t ruid, euid;
	gid_t rgid, egid;
	const char *args; /* joined by spaces; "[comm]" where there are none; in the arena */
};

/* -1: it has gone. */
int procinfo_read(struct arena *a, int pid, struct procinfo *ret);
/* The processes of a PID namespace that `pid` is in, or where that is our own, pid and its
 * descendants: for machines without control groups. At most max; how many. */
size_t procinfo_of_namespace(struct arena *a, int pid, int **ret_pids);

long procinfo_hz(void);
/* The machine's: seconds since boot, the time of boot (Unix), memory in bytes. */
double procinfo_uptime(void);
int64_t procinfo_boot(void);
uint64_t procinfo_memory(void);
/* A name of the host's passwd or group file; NULL where it has none for the number. */
const char *procinfo_user(struct arena *a, uid_t uid);
const char *procinfo_group(struct arena *a, gid_t gid);

#endif
