/* SPDX-License-Identifier: Apache-2.0 */
/*
 * ocirun: the life of a container as an OCI runtime's commands see it.
 *
 * There is no process of ours beside the container: who calls (conmon, containerd-shim, a person)
 * made itself the reaper of its orphans, and the container becomes its child as soon as we end.
 * The caller must run from the read-only clone of our binary, with one thread.
 */
#ifndef CONTAINER_OCIRUN_H
#define CONTAINER_OCIRUN_H

#include "base/err.h"
#include "base/json.h"
#include "container/ocihome.h"
#include "container/spawn.h"

struct ocirun_options {
	const char *console; /* a UNIX socket that is sent the terminal; NULL: none */
	const char *pid_file;
	int console_fd; /* instead of a path; 0: none */
	bool no_pivot;
};

/* The container up to where its command would start, a child of ours; h from ocihome_make. On
 * failure nothing is left of it but what ocihome_remove takes. */
int ocirun_create(struct ocihome *h, const struct ocirun_options *o, struct spawn_proc *ret,
		  struct err *e);
/* h from ocihome_open; locks. The command runs, and the poststart hooks have. */
int ocirun_start(struct arena *a, struct ocihome *h, struct err *e);
/* One more process, a child of ours, whose command runs. h->spec holds what it is to be. */
int ocirun_exec(struct ocihome *h, const struct ocirun_options *o, struct spawn_proc *ret,
		struct err *e);
/* To the first process, or to all of its control group. */
int ocirun_kill(const struct ocihome *h, int sig, bool all, struct err *e);
/* One that has ended, or any: then it is killed first. Locks. */
int ocirun_delete(struct arena *a, struct ocihome *h, bool force, struct err *e);
/* The error of a command that needs a process and has none, in the words that engines look for. */
int ocirun_not_running(const struct ocihome *h, struct err *e);

#endif
