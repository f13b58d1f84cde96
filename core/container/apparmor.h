/* SPDX-License-Identifier: Apache-2.0 */
/*
 * apparmor: the profile docker-default, brought into the kernel where nobody else did.
 *
 * Needs no program and no file: rules and compiler are in this binary. A profile of that name that
 * is there already (Docker's, an administrator's) is taken as it is and never replaced.
 */
#ifndef CONTAINER_APPARMOR_H
#define CONTAINER_APPARMOR_H

#include <stdbool.h>

#include "base/buf.h"
#include "base/err.h"
#include "base/mem.h"

#define APPARMOR_DEFAULT "docker-default"

bool apparmor_enabled(void);

/* APPARMOR_DEFAULT once the kernel has it, loading it where it has not. NULL where AppArmor is off
 * (one debug line) or the profile cannot be loaded (one warning): never a reason not to start. */
const char *apparmor_default(void);

/* Whether `list` (text of apparmor/profiles: lines of "name (mode)") names the profile. */
bool apparmor_listed(const char *list, const char *name);

/* Appends the profile as the kernel's policy interface takes it. `engine`: the label whose
 * processes may signal containers, NULL or "unconfined" for none in particular. */
int apparmor_policy(struct arena *a, const char *engine, struct buf *ret, struct err *e);

#endif
