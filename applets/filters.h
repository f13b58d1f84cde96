/* SPDX-License-Identifier: Apache-2.0 */
/* filters: `--filter key=value` of lists and prunes, as the API wants them. */
#ifndef FILTERS_H
#define FILTERS_H

#include "base/buf.h"
#include "base/mem.h"

/* Appends "&filters=<quoted JSON>" to a target; nothing for an empty list. `extra` (may be NULL) is
 * one more key=value. Each has its '=': OPTION_FILTER. */
void filters_add(struct buf *target, const struct strs *filters, const char *extra);

#endif
