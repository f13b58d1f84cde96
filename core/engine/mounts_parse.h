/* SPDX-License-Identifier: Apache-2.0 */
/*
 * mounts_parse: -v and --mount as they come over the API: HostConfig.Binds, HostConfig.Mounts. Only
 * what stands in the text is looked at, but for a bind's source, which --mount does not make.
 */
#ifndef ENGINE_MOUNTS_PARSE_H
#define ENGINE_MOUNTS_PARSE_H

#include "engine/mounts.h"

/* "/path", "/path:mode", "source:/path", "source:/path:mode"; driver: of --volume-driver. */
int mounts_parse_bind(struct mounts *l, const char *text, const char *driver, struct err *e);
/* One of Docker's Mount objects. */
int mounts_parse_mount(struct mounts *l, const struct json *v, struct err *e);
/* The mode of --volumes-from: ERR_INVALID, or whether it makes everything read-only. */
int mounts_parse_mode(struct arena *a, const char *mode, bool *ret_ro, struct err *e);

#endif
