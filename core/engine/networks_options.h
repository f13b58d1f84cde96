/* SPDX-License-Identifier: Apache-2.0 */
/* networks_options: what the options of a bridge, by Docker's names, say about a network. */
#ifndef ENGINE_NETWORKS_OPTIONS_H
#define ENGINE_NETWORKS_OPTIONS_H

#include "engine/networks.h"

/* Fills in what follows from o->options. ERR_INVALID in Docker's words. */
int networks_options(struct arena *a, struct networks_one *o, struct err *e);
/* The value of an option or label; NULL: not there. */
const char *networks_options_value(const struct strs *map, const char *key);

#endif
