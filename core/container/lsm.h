/* SPDX-License-Identifier: Apache-2.0 */
/*
 * lsm: AppArmor profiles and SELinux labels for the process that execve makes.
 *
 * lsm_apparmor_default decides in the parent whether docker-default can be used: AppArmor is on and
 * the profile is loaded. Otherwise one debug line says so and the container runs unconfined.
 */
#ifndef CONTAINER_LSM_H
#define CONTAINER_LSM_H

#include <stdbool.h>

#include "base/err.h"

bool lsm_apparmor_enabled(void);
bool lsm_selinux_enabled(void);
/* "docker-default" where the kernel has it, else NULL. */
const char *lsm_apparmor_default(void);

/* In the child, last before execve (its /proc must still be, or again be, a proc mount of its own
 * pid namespace): sets what exec switches to. `proc` is a descriptor of that proc mount's root.
 * NULL: nothing to set. A profile that is not loaded is an error: asked for is asked for. */
int lsm_apply(int proc, const char *apparmor, const char *selinux, struct err *e);

#endif
