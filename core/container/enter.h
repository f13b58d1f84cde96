/* SPDX-License-Identifier: Apache-2.0 */
/*
 * enter: one more process in a container that runs: exec, and the probes of a health check.
 *
 * The process is born in the container's pid namespace, joins the cgroups first, then all other
 * namespaces of the container's first process at once (by pidfd, 5.8), its root by chroot through
 * /proc/PID/root of a pinned process, and gets what that container would give: capabilities,
 * seccomp, AppArmor, limits, user. It is a child of the caller. User, working directory, terminal
 * and null device are found below that root before anything is joined, so no path is ever resolved
 * by a /proc of the container's making; a working directory that leads out (through /proc/self/fd)
 * is refused, and getcwd is asked once more after the fact. Nothing of the host stays open.
 *
 * The caller must itself run from the read-only clone of our binary (selfexe): between clone and
 * exec its /proc/PID/exe can be seen from inside. It has one thread and makes itself undumpable
 * around the clone, so that what is seen cannot be traced by who has no CAP_SYS_PTRACE.
 *
 * A first process that went into a user namespace of its own making is not followed: who controls
 * that namespace would control what the new process sees, with more rights than it has itself. That
 * of a container that was given one is a child of ours; one made inside is its child or deeper.
 */
#ifndef CONTAINER_ENTER_H
#define CONTAINER_ENTER_H

#include "base/err.h"
#include "container/spawn.h"
#include "container/spec.h"

/* s: of the container, with args, env, cwd, user, tty, caps replaced by those of the process. pid:
 * its first process, born: as orphan_born says (0: not known; then membership in s->cgroup names
 * it). io as in spawn.h. The process is made, up to where its command would start, as spawn_make
 * does. ERR_CONFLICT: the container does not run any more. */
int enter_make(const struct spec *s, pid_t pid, int64_t born, const struct spawn_io *io,
	       struct spawn_proc *ret, struct err *e);
/* Lets it go on. It may take a container's time to get to its command: p->status is readable when
 * that has started or failed, and enter_await then does not block. */
void enter_go(struct spawn_proc *p);
/* 0: execve has succeeded. On failure the process is gone, and what *p held; texts as spawn_go. */
int enter_await(struct spawn_proc *p, struct err *e);

/* What the first process has as "/", as a directory (O_PATH) of ours, and where that is another one
 * than ours its user namespace (else -1). Only id and cgroup of *s are read; the rest as above. */
int enter_root(const struct spec *s, pid_t pid, int64_t born, int *ret_root, int *ret_user,
	       struct err *e);

#endif
