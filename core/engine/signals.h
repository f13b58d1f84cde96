/* SPDX-License-Identifier: Apache-2.0 */
/* signals: the signals of Linux by number or name, as clients and images write them. */
#ifndef ENGINE_SIGNALS_H
#define ENGINE_SIGNALS_H

#include "base/err.h"

/* A number from 1 to 64, "TERM", "SIGTERM", "RTMIN+3", "SIGRTMAX-1". ERR_INVALID for any other. */
int signals_parse(const char *text, int *ret, struct err *e);

#endif
