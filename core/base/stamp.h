/* SPDX-License-Identifier: Apache-2.0 */
/* stamp: points in time as Docker writes them (RFC 3339 with nanoseconds, UTC) and back. */
#ifndef BASE_STAMP_H
#define BASE_STAMP_H

#include <stdint.h>

#include "base/err.h"

#define STAMP_LEN 36 /* bytes for any text written here, terminator included */
#define STAMP_ZERO "0001-01-01T00:00:00Z"

/* Now, in nanoseconds since 1970. */
int64_t stamp_now(void);
/* Go's RFC3339Nano: trailing zeros of the fraction are dropped ("...:05Z", "...:05.1Z"). */
void stamp_format(int64_t ns, char ret[STAMP_LEN]);
/* Accepts RFC 3339 with any fraction and any zone offset. ERR_INVALID otherwise. */
int stamp_parse(const char *text, int64_t *ret_ns, struct err *e);
/* Docker's rough durations ("Less than a second", "About a minute", "3 hours", "2 weeks"). */
void stamp_human(int64_t ns, char *ret, int size);

#endif
