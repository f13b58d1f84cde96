/* SPDX-License-Identifier: Apache-2.0 */
/*
 * defaults: what every container of Docker's gets unless told otherwise: mounts, devices, device
 * rules, masked and read-only paths, sysctls. Facts of moby, held against
 * tests/data/defaults/ by a test.
 *
 * Each function appends to the spec (or sets, where the spec holds one list); everything lives in
 * the arena or is constant. The engine then adds what the request asks for.
 */
#ifndef CONTAINER_DEFAULTS_H
#define CONTAINER_DEFAULTS_H

#include <stdbool.h>
#include <stdint.h>

#include "base/err.h"
#include "base/mem.h"
#include "container/spec.h"

#define DEFAULTS_SHM_SIZE (64 << 20)
#define DEFAULTS_PATH "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"

struct defaults_mounts {
	bool privileged;  /* /sys and /sys/fs/cgroup writable, also with --read-only */
	bool no_shm;	  /* IpcMode none, or /dev/shm is a bind that the engine adds */
	int64_t shm_size; /* bytes; 0: DEFAULTS_SHM_SIZE */
};

/* Sets s->mounts to the default ones, in order. */
void defaults_mounts(struct arena *a, const struct defaults_mounts *o, struct spec *s);
/* Sets s->devices; privileged: also every device node of the host's /dev. */
int defaults_devices(struct arena *a, bool privileged, struct spec *s, struct err *e);
/* Sets s->rules (the device cgroup): the default list, or "everything" for privileged. */
void defaults_rules(struct arena *a, bool privileged, struct spec *s);
/* Adds one rule to s->rules. */
void defaults_rule_add(struct arena *a, struct spec *s, const struct spec_device_rule *r);
/* Sets s->masked and s->readonly_paths; empty for privileged. */
void defaults_masks(struct arena *a, bool privileged, struct spec *s);
/* Adds the sysctls of a private network namespace. */
void defaults_sysctls(struct arena *a, struct spec *s);

#endif
