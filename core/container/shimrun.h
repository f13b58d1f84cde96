/* SPDX-License-Identifier: Apache-2.0 */
/*
 * shimrun: one run of a container inside its shim: control group, network namespace, first process.
 * Made in steps, each of which does what is missing of those before it; shimrun_clear takes
 * everything down, and then the same spec may run again.
 */
#ifndef CONTAINER_SHIMRUN_H
#define CONTAINER_SHIMRUN_H

#include <stdbool.h>

#include "base/err.h"
#include "container/cgroup.h"
#include "container/home.h"
#include "container/shimnet.h"
#include "container/spawn.h"
#include "container/spec.h"
#include "container/userns.h"

struct shimrun {
	const struct home *home;
	struct spec *spec;
	int selfexe;
	bool own_network; /* the spec asks for one */
	bool network;	  /* our own namespace is there, and no run has had it */
	const struct shimnet *net;
	int host, epoll; /* the host's network namespace, -1: not known; for net->up */
	bool up;	 /* net->up was done */
	bool prepared, made;
	bool oom; /* with a runtime: see shimrun_oom */
	struct cgroup cg;
	struct spawn_proc proc;
	int range; /* userns_claim's */
	char map[USERNS_MAP_MAX];
};

/* host: -1, or the caller is in a new network namespace already and this is the one before it. */
void shimrun_init(struct shimrun *r, const struct home *h, struct spec *s, int selfexe,
		  const struct shimnet *net, int host, int epoll);
/* The control group, and the namespace for the container to inherit. */
int shimrun_prepare(struct shimrun *r, struct err *e);
/* The container up to where its command would start. */
int shimrun_make(struct shimrun *r, const struct spawn_io *io, struct err *e);
/* All of it: execve has succeeded. */
int shimrun_go(struct shimrun *r, const struct spawn_io *io, struct err *e);
/* To the first process, which was not reaped yet. SIGKILL also reaches one that is frozen; thaw:
 * any signal does. */
int shimrun_signal(const struct shimrun *r, int sig, bool thaw, struct err *e);
/* flags: WNOHANG, or 0. False: it still runs. *ret_code: Docker's exit code. A runtime of its own
 * deletes it here, before the files it knows go out of sight. */
bool shimrun_ended(struct shimrun *r, int flags, int *ret_code);
/* After the end: whether the kernel killed for want of memory in it. */
bool shimrun_oom(const struct shimrun *r, int exit_code);
/* Ahead of that, and before anybody hears of the end: what others may want at once. */
void shimrun_withdraw(const struct shimrun *r);
/* What is left of it: processes, namespaces, group. */
int shimrun_clear(struct shimrun *r, struct err *e);

#endif
