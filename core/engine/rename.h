/* SPDX-License-Identifier: Apache-2.0 */
/* rename: another name for a container, whatever it is doing. */
#ifndef ENGINE_RENAME_H
#define ENGINE_RENAME_H

#include "base/err.h"
#include "base/mem.h"
#include "engine/engine.h"

/* ERR_INVALID for a bad name or its own; ERR_CONFLICT: another has it. */
int rename_container(struct engine *en, struct arena *a, const char *ref, const char *name,
		     struct err *e);

#endif
