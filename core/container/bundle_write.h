/* SPDX-License-Identifier: Apache-2.0 */
/* bundle_write: an OCI config.json from a spec, for runtimes other than ours. */
#ifndef CONTAINER_BUNDLE_WRITE_H
#define CONTAINER_BUNDLE_WRITE_H

#include "base/json.h"
#include "container/spec.h"
#include "container/user.h"

/* root: the path of the mounted root. u: what s->user means in it. seccomp: a policy as JSON, or
 * NULL: none. */
void bundle_write(struct json_w *w, const struct spec *s, const struct user *u, const char *root,
		  const char *seccomp);
/* The "process" object alone. */
void bundle_write_process(struct json_w *w, const char *key, const struct spec *s,
			  const struct user *u);

#endif
