/* SPDX-License-Identifier: Apache-2.0 */
/*
 * runmount: the mounts of a container: Docker's defaults, -v, --mount, --tmpfs, and the files that
 * the engine makes. Paths inside the container are cleaned lexically here and resolved inside
 * its root by who mounts them.
 */
#ifndef ENGINE_RUNMOUNT_H
#define ENGINE_RUNMOUNT_H

#include "engine/runspec.h"

/* Fills s->mounts; s->readonly is set before. p NULL: only check (then a source that --mount names
 * must exist, which is not asked again later). */
int runmount_build(struct arena *a, const struct request *r, const struct runspec_place *p,
		   struct spec *s, struct err *e);

/* Only what was asked for and outlives a run (no tmpfs), as the mounts of *s: for who looks into
 * the root of a container that does not run. Of *p: mounts, layers. */
int runmount_view(struct arena *a, const struct runspec_place *p, struct spec *s, struct err *e);

#endif
