/* SPDX-License-Identifier: Apache-2.0 */
/*
 * netcheck: what of a create request's networks does not go together, in Docker's words. Another
 * container's network has its rules in runjoin.h; what depends on a network's record is asked at
 * the start (netplan.h).
 */
#ifndef ENGINE_NETCHECK_H
#define ENGINE_NETCHECK_H

#include "engine/request.h"

int netcheck_request(struct arena *a, const struct request *r, struct strs *warnings,
		     struct err *e);

#endif
