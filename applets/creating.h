/* SPDX-License-Identifier: Apache-2.0 */
/* creating: POST /containers/create for run and create: the image that is not there, warnings, the
 * container ID file. */
#ifndef APPLETS_CREATING_H
#define APPLETS_CREATING_H

#include "applets/applet.h"
#include "applets/runflags.h"

/* Dials *conn, makes the container, returns its ID. early: another connection that is dialled while
 * the engine is at work; NULL: none. On failure the ID file is gone again. */
const char *creating_container(struct applet_ctx *c, struct runflags *f, struct client_conn *conn,
			       struct client_conn *early, struct err *e);

#endif
