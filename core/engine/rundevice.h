/* SPDX-License-Identifier: Apache-2.0 */
/*
 * rundevice: device nodes and the rules of the device cgroup.
 */
#ifndef ENGINE_RUNDEVICE_H
#define ENGINE_RUNDEVICE_H

#include "engine/runspec.h"

/* Fills s->devices and s->rules: the defaults, --device (a directory stands for all nodes below
 * it),
 * --device-cgroup-rule. check: without looking at the host's devices. */
int rundevice_build(struct arena *a, const struct request *r, bool check, struct spec *s,
		    struct err *e);

/* "c 1:3 mr", of --device-cgroup-rule; ret->access points into text. ERR_INVALID. */
int rundevice_rule(const char *text, struct spec_device_rule *ret, struct err *e);

#endif
