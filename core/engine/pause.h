/* SPDX-License-Identifier: Apache-2.0 */
/*
 * pause: a container's processes stand still, and go on. The kernel's freezer is the only record of
 * it. ERR_CONFLICT: not running, paused already, not paused. ERR_UNSUPPORTED: no freezer here.
 */
#ifndef ENGINE_PAUSE_H
#define ENGINE_PAUSE_H

#include "base/err.h"
#include "base/mem.h"
#include "engine/engine.h"

int pause_container(struct engine *en, struct arena *a, const char *ref, struct err *e);
int pause_end(struct engine *en, struct arena *a, const char *ref, struct err *e);

#endif
