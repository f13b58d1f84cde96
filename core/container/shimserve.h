/* SPDX-License-Identifier: Apache-2.0 */
/* shimserve: what a shim is asked for, answered. */
#ifndef CONTAINER_SHIMSERVE_H
#define CONTAINER_SHIMSERVE_H

#include "container/shimpeer.h"

/* Takes over the descriptor that came along. */
void shimserve(struct shimpeer_request *q);

#endif
