/* SPDX-License-Identifier: Apache-2.0 */
/*
 * inspect: everything there is to know about one container. Nothing is locked and no shim is asked;
 * what is not in a record comes from files and from the kernel.
 */
#ifndef ENGINE_INSPECT_H
#define ENGINE_INSPECT_H

#include <stdbool.h>

#include "base/buf.h"
#include "base/err.h"
#include "engine/engine.h"

/* The object of GET /containers/{id}/json. size: with SizeRw and SizeRootFs, which walks its files.
 * ERR_NOTFOUND. */
int inspect_container(struct engine *en, const char *ref, bool size, struct buf *json,
		      struct err *e);

#endif
