/* SPDX-License-Identifier: Apache-2.0 */
/* target: paths and queries of HTTP request targets (RFC 3986). */
#ifndef WIRE_TARGET_H
#define WIRE_TARGET_H

#include <stdbool.h>
#include <stddef.h>

#include "base/buf.h"
#include "base/err.h"
#include "base/mem.h"

/* Percent-decodes a target's path into the arena; ERR_INVALID for bad escapes and NULs, also in the
 * query, where a parameter that cannot be read would pass for one that is not there. */
int target_path(struct arena *a, const char *target, const char **ret_path, const char **ret_query,
		struct err *e);
/* The value of a query parameter, decoded, or NULL; the n-th occurrence. */
const char *target_query(struct arena *a, const char *query, const char *key, size_t nth);
bool target_bool(struct arena *a, const char *query, const char *key, bool def);
void target_quote(struct buf *b, const char *s); /* percent-encodes for a path segment or query */

#endif
