/* SPDX-License-Identifier: Apache-2.0 */
/*
 * each: one request per container named on the command line, each on its own: the name of one that
 * went well is printed on a line, an error is told and does not keep the others. Returned is the
 * command's exit status.
 */
#ifndef APPLETS_EACH_H
#define APPLETS_EACH_H

#include "applets/applet.h"

/* "/containers/NAME" + rest, in the arena; ERR_INVALID and NULL for an empty name. */
const char *each_target(struct applet_ctx *c, const char *name, const char *rest, struct err *e);
/* POST /containers/NAME + rest for every argument, one after the other on one connection. */
int each_post(struct applet_ctx *c, const char *rest);
/* stop and restart: their options, and POST /containers/NAME/verb for every
 * argument, several at once, as each may take its whole time. */
extern const struct option_def each_stop_options[];
int each_stop(struct applet_ctx *c, const char *verb);

#endif
