/* SPDX-License-Identifier: Apache-2.0 */
/* jsonlines: an answer that is a stream of JSON objects ({"stream":..}, {"status":..},
 * {"error":..}). */
#ifndef JSONLINES_H
#define JSONLINES_H

#include "api/client.h"
#include "base/err.h"

/* Prints each text on stdout as it comes (status with a line end). {"error"} ends it: -1 with *e.
 * */
int jsonlines_print(struct client_conn *cc, struct err *e);

#endif
