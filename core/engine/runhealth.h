/* SPDX-License-Identifier: Apache-2.0 */
/* runhealth: from a request's health check to the spec's, with Docker's defaults. */
#ifndef ENGINE_RUNHEALTH_H
#define ENGINE_RUNHEALTH_H

#include "base/err.h"
#include "base/mem.h"
#include "container/spec.h"
#include "engine/request.h"

/* No test, or NONE: *ret has none. Our own probes are taken apart here: container/shimhealth.h.
 * ERR_INVALID for what cannot be. */
int runhealth_build(struct arena *a, const struct request_health *h, struct spec_health *ret,
		    struct err *e);

#endif
