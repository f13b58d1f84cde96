/* SPDX-License-Identifier: Apache-2.0 */
/* mountprop: whether a bind's source can propagate what its options ask for. */
#ifndef ENGINE_MOUNTPROP_H
#define ENGINE_MOUNTPROP_H

#include "base/err.h"

/* flags: MS_SHARED or MS_SLAVE among others; anything else is fine. ERR_INVALID in Docker's words
 * where the mount that the source lies on is neither. */
int mountprop_check(const char *source, unsigned long flags, struct err *e);

#endif
