/* SPDX-License-Identifier: Apache-2.0 */
/*
 * cgroup_devices: which device nodes a container may make and open.
 */
#ifndef CONTAINER_CGROUP_DEVICES_H
#define CONTAINER_CGROUP_DEVICES_H

#include <linux/bpf.h>
#include <stdbool.h>
#include <stddef.h>

#include "base/err.h"
#include "container/cgroup_hier.h"
#include "container/spec.h"

#define CGROUP_DEVICES_INSNS 4096 /* what every kernel takes */

/* Applies the rules to the group (v1: the devices hierarchy; v2: a program attached to it). Rules
 * that allow everything need nothing. Without any means on this machine: a debug line, see
 * cgroup_devices_enforced. A rule that the kernel refuses is an error, never skipped. */
int cgroup_devices_apply(const char *path, const struct spec_device_rule *v, size_t n,
			 struct err *e);
/* Whether rules can be enforced at all here. */
bool cgroup_devices_enforced(void);
/* The v2 program for the rules: returns the number of instructions, 0 if they do not fit. */
size_t cgroup_devices_program(const struct spec_device_rule *v, size_t n,
			      struct bpf_insn out[CGROUP_DEVICES_INSNS]);

#endif
