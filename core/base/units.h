/* SPDX-License-Identifier: Apache-2.0 */
/* units: numbers with a unit, as people write them for Docker. Nothing is printed or set on
 * failure: each returns -1 for what is none, and the caller says for what it was. */
#ifndef BASE_UNITS_H
#define BASE_UNITS_H

#include <stdint.h>

/* 512, 64k, 1.5g, with or without b/iB: powers of 1024 (RAMInBytes). */
int units_bytes(const char *text, int64_t *ret);
/* Go's durations in nanoseconds: 300ms, 1.5h, 1h30m, -2s, 0; units ns us ms s m h. */
int units_duration(const char *text, int64_t *ret_ns);
/* A whole number from min to max, decimal digits and perhaps a sign. */
int units_number(const char *text, int64_t min, int64_t max, int64_t *ret);

#endif
