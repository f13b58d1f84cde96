/* SPDX-License-Identifier: Apache-2.0 */
/* moment: points in time as people write them in --since and --until. */
#ifndef APPLETS_MOMENT_H
#define APPLETS_MOMENT_H

#include "base/err.h"

#define MOMENT_LEN 40

/* A duration before now (10m, 1h30m), a date with or without time and zone (then: ours), or
 * seconds since 1970; to what the API takes, "seconds.nanoseconds". name: the flag, for the error.
 */
int moment_parse(const char *name, const char *text, char ret[MOMENT_LEN], struct err *e);

#endif
