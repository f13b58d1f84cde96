/* SPDX-License-Identifier: Apache-2.0 */
/*
 * mask: hides paths of /proc and /sys, and makes others read-only.
 */
#ifndef CONTAINER_MASK_H
#define CONTAINER_MASK_H

#include "base/err.h"
#include "container/spec.h"

/* A masked file is covered by the null device (`null`: a verified fd, see dev_null), a masked
 * directory by an empty read-only tmpfs that all share. What is not there is skipped. */
int mask_apply(const struct spec *s, int root, int null, struct err *e);

#endif
