/* SPDX-License-Identifier: Apache-2.0 */
/*
 * labels: what filters ask of labels: "key" or "key=value".
 */
#ifndef ENGINE_LABELS_H
#define ENGINE_LABELS_H

#include <stdbool.h>

#include "base/mem.h"

/* labels are "key=value". All of want are there, none of never. */
bool labels_fit(const struct strs *labels, const struct strs *want, const struct strs *never);

#endif
