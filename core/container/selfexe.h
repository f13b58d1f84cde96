/* SPDX-License-Identifier: Apache-2.0 */
/*
 * selfexe: our own binary in a form that a container can execute but never write.
 *
 * Whoever runs our binary inside a container's namespaces (shim, init) offers it as /proc/PID/exe
 * to root in there. So it is executed through a detached clone of its mount that is read-only:
 * opening /proc/PID/exe for writing is EROFS, whether or not the process still lives, with no copy
 * of the binary in memory. Before Linux 5.12 one copy a boot in exec-root is bound read-only onto
 * itself and used by all.
 */
#ifndef CONTAINER_SELFEXE_H
#define CONTAINER_SELFEXE_H

#include "base/err.h"

/* Returns an O_PATH | O_CLOEXEC fd for execveat(fd, "", argv, envp, AT_EMPTY_PATH), or -1. execroot
 * (absolute) is touched by the fallback only. In a process that was itself started this way it
 * gives the same file again. Costs about 6 us. */
int selfexe_open(const char *execroot, struct err *e);
/* execveat of such an fd; returns only on failure (-1). */
int selfexe_exec(int fd, char *const argv[], char *const envp[], struct err *e);
/* Tests: as if the kernel had no mount_setattr. */
void selfexe_force_copy(int on);

#endif
