/* SPDX-License-Identifier: Apache-2.0 */
/*
 * changes: `--change` of import and commit: Dockerfile instructions that alter an image's config.
 *
 * CMD, ENTRYPOINT, ENV, EXPOSE, HEALTHCHECK, LABEL, ONBUILD, STOPSIGNAL, USER, VOLUME, WORKDIR.
 */
#ifndef IMAGE_CHANGES_H
#define IMAGE_CHANGES_H

#include <stdint.h>

#include "base/err.h"
#include "base/json.h"
#include "base/mem.h"

struct changes { /* the part of a config that instructions can set; in the arena given */
	struct strs env, cmd, entrypoint, exposed, volumes, labels, onbuild; /* maps: "key=value" */
	bool has_cmd, has_entrypoint;
	const char *user, *workdir, *stopsignal; /* NULL: not set */
	struct strs health; /* {"NONE"}, {"CMD",...}, {"CMD-SHELL",text}; empty: not set */
	int64_t interval, timeout, start_period, start_interval, retries; /* ns */
};

/* Applies one instruction, e.g. `ENV A=1 B="two words"`. */
int changes_apply(struct arena *a, const char *line, struct changes *c, struct err *e);
/* Writes the "config" object's members (the object is open). */
void changes_write(const struct changes *c, struct json_w *w);

#endif
