/* SPDX-License-Identifier: Apache-2.0 */
/*
 * bundle: an OCI bundle's config.json, read into a spec.
 *
 * The text comes from another engine (podman, containerd) or a person's editor: it is bounded,
 * every field is checked for its type, and what would change the container's isolation and is not
 * understood or not there is refused by name. What
 * only tunes (huge pages, cache allocation) costs one warning line.
 *
 * Strings live in the arena. Nothing on the host is looked at.
 */
#ifndef CONTAINER_BUNDLE_H
#define CONTAINER_BUNDLE_H

#include "base/err.h"
#include "base/json.h"
#include "base/mem.h"
#include "container/spec.h"

#define BUNDLE_CONFIG "config.json"
#define BUNDLE_MAX (8 << 20) /* bytes of a config.json */

enum bundle_stage {
	BUNDLE_PRESTART,
	BUNDLE_CREATE_RUNTIME,
	BUNDLE_CREATE_CONTAINER,
	BUNDLE_START_CONTAINER,
	BUNDLE_POSTSTART,
	BUNDLE_POSTSTOP,
	BUNDLE_STAGES
};

struct bundle_hook {
	const char *path;
	struct strs args, env;
	int64_t timeout; /* seconds; 0: none */
};

struct bundle {
	const char *version;	 /* ociVersion */
	struct strs annotations; /* "key=value" */
	struct bundle_hook *hooks[BUNDLE_STAGES];
	size_t nhooks[BUNDLE_STAGES];
};

/* As config.json has it. */
const char *bundle_stage_name(enum bundle_stage s);
/* dir: the bundle's absolute path, which relative paths in it start from; s->id is set before. */
int bundle_parse(struct arena *a, const char *text, size_t len, const char *dir, struct spec *s,
		 struct bundle *ret, struct err *e);
/* A "process" object alone, as exec gets one: replaces what s says of the process. */
int bundle_process(struct arena *a, const struct json *process, struct spec *s, struct err *e);

#endif
