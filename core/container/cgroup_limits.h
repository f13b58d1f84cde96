/* SPDX-License-Identifier: Apache-2.0 */
/*
 * cgroup_limits: a container's resource limits as values in cgroup files.
 */
#ifndef CONTAINER_CGROUP_LIMITS_H
#define CONTAINER_CGROUP_LIMITS_H

#include <stdbool.h>
#include <stdint.h>

#include "base/err.h"
#include "container/spec.h"

/* Sets every limit of r that is set. strict: the first that cannot be set is the error, and what
 * was set before it is as it was again; otherwise each is one warning line and the rest is set. */
int cgroup_limits_apply(const char *path, const struct spec_resources *r, bool strict,
			struct err *e);
/* cpu.shares (2..262144) as cpu.weight (1..10000): the curve through 2 -> 1, 1024 -> 100,
 * 262144 -> 10000 that OCI runtimes use now. */
uint64_t cgroup_limits_weight(uint64_t shares);

#endif
