/* SPDX-License-Identifier: Apache-2.0 */
/* cgroup_rt: time for real-time scheduling, which only v1 gives to groups. */
#ifndef CONTAINER_CGROUP_RT_H
#define CONTAINER_CGROUP_RT_H

#include <stdbool.h>

#include "container/cgroup_put.h"
#include "container/spec.h"

/* Whether this kernel has it. */
bool cgroup_rt_here(void);
void cgroup_rt_put(struct cgroup_put *p, const struct spec_resources *r);

#endif
