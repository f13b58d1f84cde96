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
/* The same, several at once: for what takes its time, as a stop does. */
int each_post_together(struct applet_ctx *c, const char *rest);
/* "verb?t=SECONDS&signal=SIGNAL" of stop and restart; seconds: NULL or a whole number. */
const char *each_stop_query(struct applet_ctx *c, const char *verb, const int64_t *seconds,
			    const char *signal);

#endif
