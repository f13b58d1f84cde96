/* SPDX-License-Identifier: Apache-2.0 */
/*
 * networks_request: what POST /networks/create asks for, decoded and checked as far as that goes
 * without a look at other networks. ERR_INVALID and its like in Docker's words.
 */
#ifndef ENGINE_NETWORKS_REQUEST_H
#define ENGINE_NETWORKS_REQUEST_H

#include "engine/networks.h"

/* Without ID, time and what is chosen. warnings: what was asked for and is not done. */
int networks_request(struct arena *a, const struct json *body, struct networks_one *ret,
		     struct strs *warnings, struct err *e);
/* Once all gateways are known: that nobody else is to have them. */
int networks_request_addresses(const struct networks_one *o, struct err *e);

#endif
