/* SPDX-License-Identifier: Apache-2.0 */
/* bundle_mount: the mounts of an OCI config.json, and a mount's options both ways. */
#ifndef CONTAINER_BUNDLE_MOUNT_H
#define CONTAINER_BUNDLE_MOUNT_H

#include "base/err.h"
#include "base/json.h"
#include "base/mem.h"
#include "container/spec.h"

/* Sets s->mounts. dir: the bundle, where relative sources start. */
int bundle_mount_parse(struct arena *a, const struct json *list, const char *dir, struct spec *s,
		       struct err *e);
/* "mounts" of s, as bundle_mount_parse reads them. */
void bundle_mount_write(struct json_w *w, const struct spec *s);
/* The options that are known, for `features`. */
void bundle_mount_options(struct json_w *w, const char *key);

#endif
