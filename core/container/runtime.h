/* SPDX-License-Identifier: Apache-2.0 */
/*
 * runtime: an OCI runtime in the place of spawn: spec->runtime, called in the shim with a bundle
 * that is made for each run in exec-root/containers/<id>/bundle; the runtime's own state is in oci
 * beside it. The root is mounted in a mount namespace that the shim then has for itself.
 *
 * The first process is a child of the shim in the end (a subreaper while the runtime works), so its
 * end, signals, exec and limits are as for any container.
 */
#ifndef CONTAINER_RUNTIME_H
#define CONTAINER_RUNTIME_H

#include <stdbool.h>

#include "base/err.h"
#include "container/home.h"
#include "container/spawn.h"
#include "container/spec.h"

/* "create". The control group is there. our_network: the caller's network namespace is the
 * container's. On failure nothing is left. */
int runtime_create(const struct home *h, struct spec *s, bool our_network,
		   const struct spawn_io *io, struct spawn_proc *ret, struct err *e);
/* "start"; the process is gone on failure, and all of it. */
int runtime_start(const struct home *h, const struct spec *s, struct spawn_proc *p, struct err *e);
/* After its end: "delete", and what was mounted and written for it. Failures are logged. Of s only
 * id, runtime, runtime_limit and dir (NULL: nothing is mounted) are looked at. */
void runtime_delete(const struct home *h, const struct spec *s);

#endif
