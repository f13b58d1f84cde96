/* SPDX-License-Identifier: Apache-2.0 */
/* networks_choice: a network's subnets, checked against the others' and chosen (network/ipam.h). */
#ifndef ENGINE_NETWORKS_CHOICE_H
#define ENGINE_NETWORKS_CHOICE_H

#include "engine/networks.h"

/* dir: data-root/networks. Closed by the caller. */
int networks_choice_lock(int dir, struct err *e);
/* The caller holds that lock until the record is there. What is
 * there of o->subnets was given by the user: it must not meet another network's (ERR_FORBIDDEN);
 * for each family that is on and has none, one is chosen that meets no other network's either, and
 * nothing that the host has a route to. Gateways are filled in. */
int networks_choice(int dir, struct arena *a, struct networks_one *o, struct err *e);

#endif
