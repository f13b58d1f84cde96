/* SPDX-License-Identifier: Apache-2.0 */
/*
 * runc: what proa-runc's commands share. Each returns an exit status, or -1 with why.
 *
 * Exports: runc_
 */
#ifndef APPLETS_RUNC_H
#define APPLETS_RUNC_H

#include "applets/applet.h"
#include "container/ocihome.h"

struct runc {
	struct applet_ctx c; /* argc, argv: of the command; a */
	const char *root;
	struct ocihome h;
};

/* Opens the container that the first argument names. */
int runc_open(struct runc *r, struct err *e);

/* runc_life.c: a container's life. runc_exec.c. */
extern const struct option_def runc_life_create_options[], runc_life_run_options[],
	runc_life_delete_options[], runc_life_kill_options[], runc_life_update_options[],
	runc_exec_options[];
int runc_life_create(struct runc *r, struct err *e);
int runc_life_start(struct runc *r, struct err *e);
int runc_life_run(struct runc *r, struct err *e);
int runc_life_kill(struct runc *r, struct err *e);
int runc_life_delete(struct runc *r, struct err *e);
int runc_life_pause(struct runc *r, struct err *e);
int runc_life_resume(struct runc *r, struct err *e);
int runc_life_update(struct runc *r, struct err *e);
int runc_exec(struct runc *r, struct err *e);

/* runc_look.c: looking at one. */
extern const struct option_def runc_look_list_options[], runc_look_ps_options[],
	runc_look_events_options[], runc_look_spec_options[];
int runc_look_state(struct runc *r, struct err *e);
int runc_look_list(struct runc *r, struct err *e);
int runc_look_ps(struct runc *r, struct err *e);
int runc_look_events(struct runc *r, struct err *e);
int runc_look_features(struct runc *r, struct err *e);
int runc_look_spec(struct runc *r, struct err *e);

/* runc_wait.c: the foreground. Signals are kept for runc_wait from here on. */
void runc_wait_prepare(void);
/* Until pid, a child of ours, has ended: signals go to it; master (-1: none) is its terminal and
 * ours is connected with it. Returns its exit status. */
int runc_wait(int pid, int master, struct err *e);

#endif
