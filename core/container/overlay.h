/* SPDX-License-Identifier: Apache-2.0 */
/*
 * overlay: mounting an overlay of up to hundreds of layers.
 */
#ifndef CONTAINER_OVERLAY_H
#define CONTAINER_OVERLAY_H

#include "base/err.h"
#include "base/mem.h"

/* Mounts on dir (absolute). lowers (topmost first), upper and work are relative to base, which
 * becomes the working directory. upper NULL: read-only, of at least two lowers. */
int overlay_mount(const char *base, const struct strs *lowers, const char *upper, const char *work,
		  const char *dir, struct err *e);

#endif
