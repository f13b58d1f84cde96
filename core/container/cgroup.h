/* SPDX-License-Identifier: Apache-2.0 */
/*
 * cgroup: limits and the list of a container's processes, on v2, v1, hybrid and without any.
 *
 * The kind of machine is probed once per process from /proc/self/mountinfo and /proc/cgroups.
 * cgroup_setup makes the group in every hierarchy and sets the limits; a limit that cannot be set
 * is one warning line and no failure. cgroup_teardown is idempotent and works from the path alone,
 * after a crash too: kill (cgroup.kill, or freeze and kill in a loop), wait until empty, rmdir.
 */
#ifndef CONTAINER_CGROUP_H
#define CONTAINER_CGROUP_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "base/err.h"
#include "base/mem.h"
#include "container/spec.h"

#define CGROUP_MAX 16 /* hierarchies */

enum cgroup_mode { CGROUP_NONE, CGROUP_V1, CGROUP_V2, CGROUP_HYBRID };

struct cgroup {
	char path[256];	       /* below each mount point */
	int nprocs;	       /* how many of procs[] are open */
	int procs[CGROUP_MAX]; /* O_WRONLY fds of v1's tasks files, one a hierarchy; CLOEXEC */
	int v2dir; /* directory fd for CLONE_INTO_CGROUP where v2 is what controls, else -1 */
};

enum cgroup_mode cgroup_mode(void);
/* cgroup_mode() == CGROUP_V2, at less cost where it is not. */
bool cgroup_pure_v2(void);
/* Whether device rules can be enforced here. Where not, a container that may make device nodes can
 * reach the host's disks: take CAP_MKNOD from it and mount its root nodev. */
bool cgroup_devices(void);
/* Whether a process may be cloned before cgroup_setup and join then, at no cost: v1. With a cgroup
 * or user namespace of its own it has to be in its groups first. */
bool cgroup_later(const struct spec *s);
/* Makes the groups and applies s->res and s->rules. */
int cgroup_setup(const struct spec *s, struct cgroup *ret, struct err *e);
/* Opens the groups of a container for one more process. members: the text of /proc/PID/cgroup of
 * one that is in them; where v2 controls the new one goes to the very group of that one, since a
 * group with groups below it takes none. ERR_CONFLICT where PID is somebody else's by now. */
int cgroup_open(const char *path, const char *members, struct cgroup *ret, struct err *e);
/* Whether processes in groups can be given real-time scheduling (v1, RT_GROUP_SCHED). */
bool cgroup_realtime(void);
/* Whether the group is there, or this machine has no groups at all. */
bool cgroup_exists(const char *path);
/* Applies changed limits to a group that exists (docker update): all of them, or none and why. */
int cgroup_update(const char *path, const struct spec_resources *r, struct err *e);
/* In the child, which must have one thread: joins every v1 hierarchy (writes 0 to procs[]); v2 is
 * joined by clone3 or through v2dir. */
int cgroup_join(const struct cgroup *cg, struct err *e);
void cgroup_close(struct cgroup *cg);
/* Kills every process in it with SIGKILL. Missing group: success. */
int cgroup_kill(const char *path, struct err *e);
/* The processes in it and in its sub-groups, as many as fit (65,536). -1: there are no groups here,
 * or not this one. */
int cgroup_pids(const char *path, struct arena *a, int **ret_pids, size_t *ret_n);
/* kill + rmdir of all hierarchies, including sub-groups that the container made. */
int cgroup_teardown(const char *path, struct err *e);
/* Stops all its processes where they are, or lets them go on; returns when that is so.
 * ERR_NOTFOUND: no such group; ERR_UNSUPPORTED: this machine cannot. A frozen group can be killed
 * and torn down.
 */
int cgroup_freeze(const char *path, struct err *e);
int cgroup_thaw(const char *path, struct err *e);
/* Whether the kernel says that it is frozen. False where there is no group, or no freezer. */
bool cgroup_frozen(const char *path);
/* How many processes of it the kernel has killed for want of memory. -1: the kernel does not say
 * (no group, no memory controller, before 4.13): *ret_count is left alone. */
int cgroup_oom_kills(const char *path, uint64_t *ret_count);
/* To be called after a change of mount namespace. */
void cgroup_forget(void);
/* The directory of the group in the unified hierarchy for CLONE_INTO_CGROUP: a process that is born
 * there needs no write to cgroup.procs, which can take milliseconds and keeps everybody else from
 * groups meanwhile. -1 where there is no such hierarchy or the caller would stay in its group. */
int cgroup_birth_dir(const char *path);
/* Moves process pid (0: the caller) into path in all hierarchies, making it where missing: how a
 * shim leaves its caller's group. Where the process is at the top already it stays: there is no
 * group to leave. Hierarchies that cannot be changed are passed over. */
int cgroup_move(const char *path, pid_t pid, struct err *e);

#endif
