/* SPDX-License-Identifier: Apache-2.0 */
/* bundle_linux: what is below "linux" in an OCI config.json, but for its namespaces. */
#ifndef CONTAINER_BUNDLE_LINUX_H
#define CONTAINER_BUNDLE_LINUX_H

#include "base/err.h"
#include "base/json.h"
#include "base/mem.h"
#include "container/spec.h"

/* Sets devices, rules, limits, cgroup, masks and filter of s; s->caps and s->id are there. */
int bundle_linux_parse(struct arena *a, const struct json *linux_, struct spec *s, struct err *e);
/* A "resources" object alone, as update gets one. Device rules are left out. */
int bundle_linux_resources(struct arena *a, const struct json *r, struct spec_resources *ret,
			   struct err *e);

#endif
