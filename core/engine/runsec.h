/* SPDX-License-Identifier: Apache-2.0 */
/*
 * runsec: capabilities, seccomp, LSM and the paths that are hidden, from --privileged, --cap-add,
 * --cap-drop and --security-opt.
 */
#ifndef ENGINE_RUNSEC_H
#define ENGINE_RUNSEC_H

#include <stdbool.h>

#include "engine/runspec.h"

/* Fills caps, no_new_privs, seccomp, apparmor, selinux, masked and readonly_paths of s.
 * *ret_cgroups: /sys/fs/cgroup is to be writable. check: builds no filter but a user's own. */
int runsec_build(struct arena *a, const struct request *r, bool check, struct spec *s,
		 bool *ret_cgroups, struct err *e);
/* Only what belongs to a process: all but the paths. */
int runsec_process(struct arena *a, const struct request *r, struct spec *s, struct err *e);

#endif
