/* SPDX-License-Identifier: Apache-2.0 */
/*
 * runvalues_mount: -v, --mount and --tmpfs, written into a create request. A relative source that
 * begins with "." becomes absolute here, where the current directory is known. -1 with ERR_INVALID
 * in the words of Docker's client.
 */
#ifndef APPLETS_RUNVALUES_MOUNT_H
#define APPLETS_RUNVALUES_MOUNT_H

#include "base/err.h"
#include "base/json.h"
#include "base/mem.h"

/* -v with one path only: "Volumes", of the container's config. */
int runvalues_mount_volumes(struct json_w *w, const struct strs *v, struct err *e);
/* -v src:dst[:options]: "Binds". */
int runvalues_mount_binds(struct arena *a, struct json_w *w, const struct strs *v, struct err *e);
/* --mount type=...,src=...,dst=...: "Mounts". */
int runvalues_mount_mounts(struct arena *a, struct json_w *w, const struct strs *v, struct err *e);
/* --tmpfs dir[:options]: "Tmpfs". */
void runvalues_mount_tmpfs(struct arena *a, struct json_w *w, const struct strs *v);

#endif
