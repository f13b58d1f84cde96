/* SPDX-License-Identifier: Apache-2.0 */
/*
 * commit: a container's changes as one more layer on its image's. The image is whole or absent,
 * whenever we are killed; a container that was paused for it goes on in any case.
 */
#ifndef ENGINE_COMMIT_H
#define ENGINE_COMMIT_H

#include <stdbool.h>

#include "base/err.h"
#include "base/json.h"
#include "base/mem.h"
#include "engine/engine.h"

struct commit_opts {
	const char *repo, *tag, *comment, *author; /* NULL: none */
	bool pause;
	struct strs changes;	   /* Dockerfile instructions: image/changes.h */
	const struct json *config; /* a ContainerConfig that goes over the container's, or NULL */
};

/* ret_id: hex of the new image. */
int commit_container(struct engine *en, struct arena *a, const char *ref,
		     const struct commit_opts *o, char ret_id[65], struct err *e);

#endif
