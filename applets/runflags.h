/* SPDX-License-Identifier: Apache-2.0 */
/*
 * runflags: the flags of `run` (and of what else creates a container) and the create request that
 * they make. One process parses one command line, so the values are static here.
 */
#ifndef APPLETS_RUNFLAGS_H
#define APPLETS_RUNFLAGS_H

#include "applets/applet.h"

/* What the flags say besides the request itself. */
struct runflags {
	bool interactive, tty, rm, detach, quiet, sig_proxy;
	bool attach_in, attach_out, attach_err;
	const char *name, *cidfile, *platform, *pull, *detach_keys;
	bool sent;	     /* the command line was right: what is wrong now is something else */
	unsigned rows, cols; /* of our terminal, where the container gets one */
};

/* create's table; run's has three more. */
extern const struct option_def runflags_create[], runflags_run[];

/* From the parsed options. ERR_INVALID as Docker's client says it; ERR_UNSUPPORTED for what is not
 * built yet; ERR_CONFLICT for the two mistakes at which that client exits with 1 and not with 125.
 */
int runflags_parse(struct runflags *ret, struct err *e);
/* The JSON body from options and argv (IMAGE [COMMAND...]); fills the terminal's size in r. */
int runflags_request(struct applet_ctx *c, struct runflags *r, struct buf *body, struct err *e);

#endif
