/* SPDX-License-Identifier: Apache-2.0 */
/* images_rows: all images at once with their names and configs, for list, prune and filters. */
#ifndef ENGINE_IMAGES_ROWS_H
#define ENGINE_IMAGES_ROWS_H

#include "engine/images.h"

struct images_row {
	struct store_image im;
	const struct json *config; /* the config's "config"; NULL where it cannot be read */
	struct strs tags, digests; /* canonical */
	int64_t tagged;		   /* of the newest reference; 0: none */
	bool parent;		   /* other images were built upon it */
};

/* Sorted by creation, newest first. An unreadable record is a warning. */
int images_rows_load(struct engine *en, struct arena *a, struct images_row **ret, size_t *ret_n,
		     struct err *e);
/* For messages and answers: "busybox:latest". */
const char *images_rows_familiar(struct arena *a, const char *ref);
/* An array under key of the familiar forms. */
void images_rows_write(struct json_w *w, const char *key, struct arena *a, const struct strs *refs);

/* Leaves those that the filter wants: *n shrinks. ERR_INVALID for a bad value. */
int images_rows_filter(struct engine *en, struct arena *a, const struct images_filter *f,
		       struct images_row *rows, size_t *n, struct err *e);

#endif
