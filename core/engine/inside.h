/* SPDX-License-Identifier: Apache-2.0 */
/*
 * inside: the root of a container as the container sees it, for cp and its like.
 *
 * Of one that runs (or is paused) it is the root of its first process, with everything that is
 * mounted there. Of any other one it is mounted for the occasion, with its volumes and binds, in
 * the mount namespace of a child that lives until inside_close and dies with us: the host sees
 * nothing of it and nothing stays behind, however we end.
 *
 * Paths are resolved by fs.h in FS_IN_ROOT alone, and whoever reads or writes there does it in a
 * child that is chrooted into it (packer.h, untar_into).
 */
#ifndef ENGINE_INSIDE_H
#define ENGINE_INSIDE_H

#include <stdbool.h>
#include <sys/types.h>

#include "base/err.h"
#include "base/mem.h"
#include "engine/containers.h"
#include "engine/engine.h"

enum inside_use {
	INSIDE_READ,
	INSIDE_WRITE, /* one that does not run cannot be started meanwhile */
	INSIDE_BARE   /* to read, and without anything that is mounted into it */
};

struct inside {
	int root;     /* O_PATH */
	int user;     /* the user namespace that it runs in, -1: ours */
	bool running; /* it is what a process has as its root */
	int lock, hold;
	pid_t keeper;
};
#define INSIDE_INIT                                                                                \
	{                                                                                          \
		-1, -1, false, -1, -1, 0                                                           \
	}

/* ERR_CONFLICT: it is being started or ended all the time. */
int inside_open(struct engine *en, struct arena *a, const struct containers_one *c,
		enum inside_use use, struct inside *ret, struct err *e);
/* Does nothing on one that was not opened. */
void inside_close(struct inside *in);
#define AUTO_INSIDE __attribute__((cleanup(inside_close))) struct inside

#endif
