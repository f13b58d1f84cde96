/* SPDX-License-Identifier: Apache-2.0 */
/*
 * lsm: AppArmor profiles and SELinux labels for the process that execve makes.
 */
#ifndef CONTAINER_LSM_H
#define CONTAINER_LSM_H

#include <stdbool.h>

#include "base/err.h"

bool lsm_selinux_enabled(void);

/* In the child, last before execve (its /proc must still be, or again be, a proc mount of its own
 * pid namespace): sets what exec switches to. `proc` is a descriptor of that proc mount's root.
 * NULL: nothing to set. A profile that is not loaded is an error: asked for is asked for. */
int lsm_apply(int proc, const char *apparmor, const char *selinux, struct err *e);

#endif
