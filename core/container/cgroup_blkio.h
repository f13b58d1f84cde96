/* SPDX-License-Identifier: Apache-2.0 */
/* cgroup_blkio: limits and weights of block devices. */
#ifndef CONTAINER_CGROUP_BLKIO_H
#define CONTAINER_CGROUP_BLKIO_H

#include "container/cgroup_put.h"
#include "container/spec.h"

void cgroup_blkio_put(struct cgroup_put *p, const struct spec_resources *r);
/* blkio.weight (10..1000) as io.weight (1..10000). */
uint64_t cgroup_blkio_weight(uint64_t weight);

#endif
