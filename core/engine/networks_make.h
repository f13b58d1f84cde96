/* SPDX-License-Identifier: Apache-2.0 */
/*
 * networks_make: what networks.h says of making and removing, for those who hold the lock.
 *
 * Exports: networks_make networks_create networks_remove
 */
#ifndef ENGINE_NETWORKS_MAKE_H
#define ENGINE_NETWORKS_MAKE_H

#include "engine/networks.h"

/* The caller holds networks_lock(F_WRLCK). */
int networks_make_away(struct engine *en, struct arena *a, const struct networks_one *o,
		       struct err *e);

#endif
