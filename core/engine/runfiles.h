/* SPDX-License-Identifier: Apache-2.0 */
/*
 * runfiles: hosts, hostname and resolv.conf of a container, made before each start in its directory
 * on exec-root and bound into its /etc.
 */
#ifndef ENGINE_RUNFILES_H
#define ENGINE_RUNFILES_H

#include "base/err.h"
#include "engine/request.h"

/* dir: exec-root/containers/<id>. hostname: as the container will have it. */
int runfiles_make(const struct request *r, const char *hostname, int dir, struct err *e);

#endif
