/* SPDX-License-Identifier: Apache-2.0 */
/*
 * stamp: points in time as Docker writes them (RFC 3339 with nanoseconds, UTC) and back.
 *
 * A point is an int64_t of nanoseconds since 1970, which reaches from 1677 to 2262. Images carry
 * times outside of that, above all Go's zero time: all that is earlier becomes INT64_MIN, which is
 * written as STAMP_ZERO again, all that is later INT64_MAX.
 */
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
/* Accepts RFC 3339 with any fraction (cut after nanoseconds) and any zone offset. ERR_INVALID
 * otherwise. */
int stamp_parse(const char *text, int64_t *ret_ns, struct err *e);
/* Docker's rough durations ("Less than a second", "About a minute", "3 hours", "2 weeks"). */
void stamp_human(int64_t ns, char *ret, int size);

#endif
