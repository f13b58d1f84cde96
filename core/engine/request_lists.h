/* SPDX-License-Identifier: Apache-2.0 */
/*
 * request_lists: the nested parts of a create request (devices, ulimits, health check, restart and
 * log policy, limits of block devices). For request.c only.
 */
#ifndef ENGINE_REQUEST_LISTS_H
#define ENGINE_REQUEST_LISTS_H

#include "engine/request.h"

/* ERR_INVALID names the field. */
int request_lists_decode(struct arena *a, const struct json *config, const struct json *host,
			 struct request *r, struct err *e);
/* "Healthcheck", where one was given. */
void request_lists_health(struct json_w *w, const struct request_health *h);
/* What the request leaves open of it comes from the image's config. */
int request_lists_merge_health(struct arena *a, struct request_health *h, const struct json *image,
			       struct err *e);

#endif
