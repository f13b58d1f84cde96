/* SPDX-License-Identifier: Apache-2.0 */
/* routes_logs: what attach has of the log. */
#ifndef API_ROUTES_LOGS_H
#define API_ROUTES_LOGS_H

#include <stdint.h>

#include "api/server.h"

/* attach?logs=1: writes the answer's head and all that the log has of the streams of `flags`
 * (SHIM_STDOUT, SHIM_STDERR, SHIM_UPGRADED) to the connection, which is a bare stream from then on.
 * What comes between this and the attach that follows is in neither, as with dockerd. */
int routes_logs_replay(struct server_req *r, uint32_t flags, struct err *e);

#endif
