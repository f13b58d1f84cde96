/* SPDX-License-Identifier: Apache-2.0 */
/*
 * cgview: what a container sees at /sys/fs/cgroup.
 */
#ifndef CONTAINER_CGVIEW_H
#define CONTAINER_CGVIEW_H

#include "base/err.h"
#include "container/cgroup.h"
#include "container/spec.h"

/* m: the spec's mount of type "cgroup". On v2 the unified hierarchy, which the cgroup namespace
 * cuts to the container's group; on v1 and hybrid machines what Docker shows there: a tmpfs with
 * the container's own group of each v1 hierarchy. Nothing where the machine has no cgroups (or cg
 * is NULL on v1). */
int cgview_mount(const struct spec_mount *m, const struct cgroup *cg, int root, struct err *e);

#endif
