/* SPDX-License-Identifier: Apache-2.0 */
/*
 * runresources: a request's limits as the container's group gets them, with what Docker derives (as
 * much swap as memory, CPUs as a quota), and block devices by their numbers.
 */
#ifndef ENGINE_RUNRESOURCES_H
#define ENGINE_RUNRESOURCES_H

#include "base/err.h"
#include "base/mem.h"
#include "container/spec.h"
#include "engine/request.h"

/* check: without looking for the devices. Strings are r's, the rest lives in the arena. */
int runresources_build(struct arena *a, const struct request *r, bool check,
		       struct spec_resources *ret, struct err *e);

#endif
