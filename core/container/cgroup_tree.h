/* SPDX-License-Identifier: Apache-2.0 */
/*
 * cgroup_tree: killing what is in a group and below, and removing groups with all below them.
 */
#ifndef CONTAINER_CGROUP_TREE_H
#define CONTAINER_CGROUP_TREE_H

#include "base/err.h"
#include "base/mem.h"
#include "container/cgroup_hier.h"

/* SIGKILL to every process in the group and its sub-groups, of any depth, repeated until none is
 * seen or about ten seconds have passed (then an error). Missing group: success. */
int cgroup_tree_kill(const struct cgroup_hier *h, const char *path, struct err *e);
#define CGROUP_TREE_PIDS 65536
/* The processes in the group and its sub-groups, in no order, at most CGROUP_TREE_PIDS. Missing
 * group: none. */
size_t cgroup_tree_pids(const struct cgroup_hier *h, const char *path, struct arena *a,
			int **ret_pids);
/* One rmdir: 0 if the group is gone (or never was), -1 with errno, EBUSY if something is in it. */
int cgroup_tree_rmdir(const struct cgroup_hier *h, const char *path);
/* Removes the group and its sub-groups. Processes on their way out are waited for, at most about
 * ten seconds. Missing group: success. */
int cgroup_tree_remove(const struct cgroup_hier *h, const char *path, struct err *e);

#endif
