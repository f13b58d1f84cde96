/* SPDX-License-Identifier: Apache-2.0 */
/*
 * cgroup_hier: the cgroup hierarchies of this machine, and files in a group of one of them.
 *
 * Probed once per process; the list is static and does not change afterwards. For the parts of
 * cgroup.c only.
 */
#ifndef CONTAINER_CGROUP_HIER_H
#define CONTAINER_CGROUP_HIER_H

#include <stdbool.h>
#include <stddef.h>

#include "base/err.h"
#include "container/cgroup.h"

enum cgroup_ctl {
	CGROUP_CPU,
	CGROUP_CPUACCT,
	CGROUP_CPUSET,
	CGROUP_MEMORY,
	CGROUP_DEVICES,
	CGROUP_FREEZER,
	CGROUP_BLKIO, /* "io" on v2 */
	CGROUP_PIDS,
	CGROUP_CTLS
};

struct cgroup_hier {
	char mount[128]; /* where it is mounted */
	char root[128];	 /* which group is seen there; "/" usually */
	char name[64];	 /* as /proc/PID/cgroup has it: "cpu,cpuacct", "name=systemd"; "" on v2 */
	bool v2;
	unsigned ctls; /* bits of enum cgroup_ctl; devices is never one on v2 */
};

/* The hierarchies that containers are put in; n may be 0. On a hybrid machine the unified one is
 * among them where it has controllers, or has to restrict devices because v1 does not. */
const struct cgroup_hier *cgroup_hier_all(int *ret_n, enum cgroup_mode *ret_mode);
/* The unified hierarchy of a hybrid machine that is not among them, else NULL: it only tracks
 * processes, and needs a shim to move but no container. */
const struct cgroup_hier *cgroup_hier_tracker(void);
/* Whether there is only the unified one, at its usual place. */
bool cgroup_hier_pure_v2(void);
/* After a change of mount namespace: the next caller looks again. */
void cgroup_hier_forget(void);
/* The one with a controller, NULL if there is none. */
const struct cgroup_hier *cgroup_hier_of(enum cgroup_ctl c);

/* mkdir -p of the group; on v1 cpuset with the parent's cpus and mems, on v2 with the controllers
 * enabled on the way. *ret_usable = false where this process may not make groups there, which
 * is no error. */
int cgroup_hier_make(const struct cgroup_hier *h, const char *path, bool *ret_usable,
		     struct err *e);
/* On v1, where a process was refused with ENOSPC: another one that made a group on the path has not
 * given it cpus and mems yet (mkdir and that are two steps). Does it for the whole path. */
void cgroup_hier_fill(const char *path);
/* Enables the controllers for the group's children-to-be along the path, again. */
void cgroup_hier_enable(const struct cgroup_hier *h, const char *path);
/* Opens a file of the group, CLOEXEC; -1 with errno. */
int cgroup_hier_open(const struct cgroup_hier *h, const char *path, const char *file, int flags);
/* Writes one value; 0 or -1 with errno. */
int cgroup_hier_write(const struct cgroup_hier *h, const char *path, const char *file,
		      const char *value);
/* Reads at most size - 1 bytes as a string; the length, or -1 with errno. */
int cgroup_hier_read(const struct cgroup_hier *h, const char *path, const char *file, char *ret,
		     size_t size);

#endif
