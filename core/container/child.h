/* SPDX-License-Identifier: Apache-2.0 */
/*
 * child: what a container's first process (spawn) and one that joins it later (enter) have in
 * common: how they are cloned, what they have of identity, limits and environment, and how the
 * parent learns what became of them.
 *
 * What comes back over the status pipe: nothing at all (the child died on the way: killed, out of
 * memory), a struct err (a step failed), or one byte and then the end (execve succeeded) or a
 * struct err (it did not). The byte is written before the seccomp filter is there, after which the
 * child does nothing but execve.
 */
#ifndef CONTAINER_CHILD_H
#define CONTAINER_CHILD_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "base/err.h"
#include "base/mem.h"
#include "container/spec.h"
#include "container/user.h"

/* ---- in the parent */

/* A child without shared memory; with CLONE_PARENT it is the caller's parent's. group: a v2 control
 * group's directory that it is born in, or -1; *ret_in_group says whether it was. *ret_pidfd is
 * CLOEXEC, -1 where the kernel has none. Returns as fork, -1 with errno. */
pid_t child_clone(uint64_t flags, int group, int *ret_pidfd, bool *ret_in_group);
#define CHILD_READY 'E' /* the byte */
/* Reads the status pipe to its end. 0: execve has succeeded. `what` names the process in the text
 * for one that died. */
int child_await(int status, const char *what, struct err *e);

/* Whether device rules were asked for that nothing enforces (grouped: it is in a control group).
 * Rules that end up allowing everything need nobody to. Such a process gets no CHILD_CAP_MKNOD. */
#define CHILD_CAP_MKNOD (1ull << 27)
bool child_rules_lost(const struct spec *s, bool grouped);

/* ---- in the child */

/* proc: an fd of a proc mount of its own pid namespace or one above. Lowering it without
 * CAP_SYS_RESOURCE is a warning. */
int child_score(int proc, int score, struct err *e);
/* Makes the user the owner of pipes and terminals among std, so that it can reopen /dev/stderr. gid
 * -1: their group stays. */
void child_give_stdio(const int std[3], uid_t uid, gid_t gid);
/* Reopens null, an O_PATH fd of a null device, for the null device's place among std. proc: as
 * above. */
int child_null(int proc, int null, struct err *e);

/* Waits until the parent writes a byte to go; never comes back where the parent is gone or has no
 * use for us. */
void child_await_go(int go);

/* Where its commands are looked for. */
const char *child_path(const struct spec *s);

struct child_exec {
	const struct spec *s;
	uint64_t caps; /* the spec's or fewer */
	const struct user *user;
	int status;				 /* the pipe */
	int selfexe;				 /* our binary, where the spec wants an init */
	int (*before)(void *arg, struct err *e); /* see spawn_io */
	void *arg;
};
/* Limits, identity, filter, execve. Returns only on failure. Descriptors other than 0 to 2 and the
 * two are closed, the root and the working directory are entered. */
int child_exec(struct arena *a, const struct child_exec *x, struct err *e);

#endif
