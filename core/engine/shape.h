/* SPDX-License-Identifier: Apache-2.0 */
/*
 * shape: pieces of Docker's answers about containers that the list and inspect share. Objects that
 * are maps in Docker come with their keys sorted, as Go writes them.
 */
#ifndef ENGINE_SHAPE_H
#define ENGINE_SHAPE_H

#include <stdbool.h>
#include <stdint.h>

#include "base/json.h"
#include "base/mem.h"
#include "engine/containers.h"
#include "engine/status.h"

/* From "key=value"; of equal keys the last counts. */
void shape_map(struct json_w *w, struct arena *a, const char *key, const struct strs *list);
/* An object of empty objects. */
void shape_set(struct json_w *w, struct arena *a, const char *key, const struct strs *list);
/* ns since 1970; 0: Go's zero time. */
void shape_time(struct json_w *w, const char *key, int64_t ns);
/* The words of a list's Status: "Up 5 seconds (healthy)". health: "" without a check. */
const char *shape_status(struct arena *a, const struct status *st, const char *health, int64_t now);
/* The first word and the others, those with a space in quotes. */
const char *shape_command(struct arena *a, const struct strs *entrypoint, const struct strs *cmd);

/* What the engine calls the network of a NetworkMode: "" and "default" are "bridge". */
const char *shape_network(const char *mode);

/* State.Health as its shim wrote it. Status "" and object NULL where there is no check, or it never
 * ran. */
struct shape_health {
	const char *status;
	const struct json *object; /* NULL with a status: nothing but that is known */
};
void shape_health(struct engine *en, struct arena *a, const char *id, bool checked,
		  const struct status *st, struct shape_health *ret);

#endif
