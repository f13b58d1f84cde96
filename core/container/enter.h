/* SPDX-License-Identifier: Apache-2.0 */
/*
 * enter: one more process in a container that runs: exec, and the probes of a health check.
 *
 * The process joins the cgroups first, then the namespaces of the container's first process (by
 * pidfd where the kernel can, 5.8), its root by chroot through /proc/PID/root of a pinned process,
 * and gets what that container would give: capabilities, seccomp, AppArmor, limits, user. It is a
 * child of the caller. The working directory is resolved inside, and one that leads out of the
 * container (through /proc/self/fd) is refused after the fact: getcwd must be reachable. Nothing of
 * the host stays open. The caller must itself run from the read-only clone of our binary (selfexe):
 * between the join and the exec its /proc/PID/exe can be seen from inside.
 */
#ifndef CONTAINER_ENTER_H
#define CONTAINER_ENTER_H

#include "base/err.h"
#include "container/spawn.h"
#include "container/spec.h"

/* s: of the container, with args, env, cwd, user, tty, caps replaced by those of the process. pid:
 * its first process, born: as orphan_born says (0: not checked). io as in spawn.h. Returns when
 * execve has succeeded; error texts as spawn_go. */
int enter_start(const struct spec *s, pid_t pid, int64_t born, const struct spawn_io *io,
		struct spawn_proc *ret, struct err *e);

#endif
