/* SPDX-License-Identifier: Apache-2.0 */
/*
 * cgroup_freezer: stopping all processes of a group where they are, and letting them go on.
 */
#ifndef CONTAINER_CGROUP_FREEZER_H
#define CONTAINER_CGROUP_FREEZER_H

#include <stdbool.h>

#include "base/err.h"

/* Sleeps until every process of the group and below stands still (or goes on again). What cannot be
 * frozen within some seconds is thawed again: ERR_SYS. ERR_UNSUPPORTED where the machine has no
 * freezer, ERR_NOTFOUND where there is no such group. */
int cgroup_freezer_set(const char *path, bool frozen, struct err *e);
/* Whether the kernel says that it is, or is about to be, by its own setting. */
bool cgroup_freezer_is(const char *path);

#endif
