/* SPDX-License-Identifier: Apache-2.0 */
/*
 * runruntime: --runtime: which OCI runtime a container is run by, and what none of them can do.
 */
#ifndef ENGINE_RUNRUNTIME_H
#define ENGINE_RUNRUNTIME_H

#include "base/err.h"
#include "base/mem.h"
#include "container/spec.h"
#include "engine/containers.h"

/* s->runtime: NULL for our own, which "", "proa" and Docker's names of its default mean; else an
 * absolute path. ERR_INVALID where there is no such runtime, or anybody but root may write it. */
int runruntime_find(struct arena *a, const char *name, struct spec *s, struct err *e);
/* ERR_UNSUPPORTED where the spec asks its runtime for what only ours does. */
int runruntime_check(const struct spec *s, struct err *e);
/* Lets the runtime of a container, whose lock the caller has, delete what a killed shim left of it.
 * Failures are logged. */
void runruntime_forget(struct engine *en, struct arena *a, const struct containers_one *c);

#endif
