/* SPDX-License-Identifier: Apache-2.0 */
/* ocihook: the programs of an engine that an OCI bundle wants run along with its container. */
#ifndef CONTAINER_OCIHOOK_H
#define CONTAINER_OCIHOOK_H

#include "base/err.h"
#include "container/ocihome.h"

/* Runs them in order, each with the container's state as its standard input; what they write is
 * seen only in the error of one that fails. Stops at the first that does. They run where the caller
 * is; those of startContainer under the container's seccomp filter. */
int ocihook_run(const struct ocihome *h, enum bundle_stage stage, enum ocihome_status status,
		struct err *e);

#endif
