/* SPDX-License-Identifier: Apache-2.0 */
/*
 * shimself: what a shim knows of itself, shared by its two halves: shim.c, how the phases of a
 * container follow each other, and shimserve.c, what may be asked of it meanwhile. Nobody else
 * looks in here.
 *
 * Exports: shim_
 */
#ifndef CONTAINER_SHIMSELF_H
#define CONTAINER_SHIMSELF_H

#include <stdbool.h>
#include <stdint.h>

#include "base/mem.h"
#include "container/home.h"
#include "container/shim.h"
#include "container/shimpeer.h"
#include "container/shimrun.h"
#include "container/spec.h"

/* BETWEEN: it has ended and will be started again. ENDED: for good. */
enum shimself_phase { ARMED, RUNNING, BETWEEN, ENDED };

struct shimself {
	struct shim_launch l;
	struct arena a, changes; /* of the spec; of what was changed since */
	struct spec spec;
	struct home home;
	const struct shimnet *net;
	int lock, dir; /* the liveness lock; exec-root/containers/<id> */
	int ep, child; /* SIGCHLD as a descriptor */
	int timer;     /* RUNNING: until SIGKILL; BETWEEN: until the start. -1: not needed so far */
	struct spawn_io io;
	struct shimrun run;
	enum shimself_phase phase;
	bool again;	  /* a person wants it started again as soon as it has ended */
	int64_t kill_at;  /* of a stop, on the monotonic clock; 0: none */
	int64_t delay_ms; /* before its policy's last restart */
	struct home_state state;
};
extern struct shimself shim_self;

/* The first start of an armed one; p hears how it went, and then of the end. */
void shim_start(struct shimpeer *p);
/* For good. failed: what stopped the start, told to starter; NULL: it ended, or was ended. */
void shim_finish(const struct err *failed, const struct shimpeer *starter);
/* BETWEEN: at once, instead of when its time has come. */
void shim_run_now(void);
/* RUNNING: SIGKILL after that, or SHIM_FOREVER. The earliest of several counts. */
void shim_kill_after(uint32_t seconds);

#endif
