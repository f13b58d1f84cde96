/* SPDX-License-Identifier: Apache-2.0 */
/*
 * images_drop: what rmi and prune share: taking an image away under the exclusive store lock, and
 * the lines that tell about it.
 */
#ifndef ENGINE_IMAGES_DROP_H
#define ENGINE_IMAGES_DROP_H

#include "engine/images.h"
#include "engine/sweep.h"

struct images_drop {
	struct engine *en;
	struct arena *a;
	struct strs untagged;	  /* familiar references */
	struct store_image *gone; /* images whose record was removed */
	size_t ngone, cap;
	int64_t bytes; /* freed by images_drop_finish */
};

/* Removes one reference. */
int images_drop_ref(struct images_drop *d, const char *ref, struct err *e);
/* Removes the record; a damaged one counts as an image without layers. */
int images_drop_image(struct images_drop *d, const char *id, struct err *e);
/* Sweeps and writes the array [{"Untagged":..},{"Deleted":..}] (key NULL: a value of its own). */
int images_drop_finish(struct images_drop *d, struct json_w *w, const char *key, struct err *e);

/* Images that a pin with a living holder names: hex IDs. */
int images_drop_pinned(struct images_drop *d, struct strs *ret, struct err *e);
bool images_drop_has(const struct strs *list, const char *s);

#endif
