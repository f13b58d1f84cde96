/* SPDX-License-Identifier: Apache-2.0 */
/*
 * boot: what is to be done once after the machine came up: containers that ran when it went down
 * get their end recorded, and those whose restart policy says so are started. May be called again
 * at any time: what runs is left alone, what a person stopped in this boot stays so.
 */
#ifndef ENGINE_BOOT_H
#define ENGINE_BOOT_H

#include "base/err.h"
#include "base/json.h"
#include "base/mem.h"
#include "engine/engine.h"

/* Writes {"Started":[names],"Failed":[{"Name":..,"Error":..}]}. One that cannot be started keeps no
 * other. */
int boot_containers(struct engine *en, struct arena *a, struct json_w *w, struct err *e);

#endif
