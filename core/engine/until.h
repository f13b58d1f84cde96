/* SPDX-License-Identifier: Apache-2.0 */
/* until: the value of the filter of that name, for images and containers. */
#ifndef ENGINE_UNTIL_H
#define ENGINE_UNTIL_H

#include <stdint.h>

#include "base/err.h"

/* A point in time, ns since 1970. ERR_INVALID. */
int until_parse(const char *text, int64_t *ret, struct err *e);

#endif
