/* SPDX-License-Identifier: Apache-2.0 */
/*
 * shimpolicy: whether a container that has ended is started again, and when: Docker's rules, as a
 * function of what is known. Pure: asked by the shim at an end, by the engine after a boot.
 */
#ifndef CONTAINER_SHIMPOLICY_H
#define CONTAINER_SHIMPOLICY_H

#include <stdbool.h>
#include <stdint.h>

#include "container/home.h"
#include "container/spec.h"

/* s: how it ended, and how often its policy has started it. *delay_ms: of the restart before this
 * one (0: none), becomes this one's: 100 ms, doubled each time up to a minute, from the beginning
 * again where it has run for 10 s. */
bool shimpolicy_again(const struct spec_policy *p, const struct home_state *s, int64_t *delay_ms);
/* Whether a signal that a person sends means that it shall end and stay so. */
bool shimpolicy_ends(const struct spec_policy *p, int sig);
/* Whether one that does not run is to be started by `boot`. boot: the kernel's boot_id now. */
bool shimpolicy_at_boot(const char *restart, int64_t restart_max, const struct home_state *s,
			const char *boot);

#endif
