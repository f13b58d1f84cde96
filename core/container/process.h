/* SPDX-License-Identifier: Apache-2.0 */
/*
 * process: what turns the child into the container's process, once the file system stands: its
 * descriptors, directory, command, identity.
 *
 * Error texts are Docker's: clients find 126 and 127 by them.
 */
#ifndef CONTAINER_PROCESS_H
#define CONTAINER_PROCESS_H

#include <limits.h>
#include <stdint.h>

#include "base/err.h"
#include "container/spec.h"
#include "container/user.h"

/* Moves fds[i] to number i (fds[i] < 0: nothing there), closes all others. The first three lose
 * close-on-exec, the rest have it. fds are consumed. */
int process_fds(int *fds, int n, struct err *e);
/* Closes first and all above. */
void process_close_from(int first);
/* Signal dispositions and mask as a new process has them; umask 022. */
void process_signals(void);
/* Enters the directory behind fd and checks that it lies inside the root. */
int process_enter_dir(int fd, const char *name, struct err *e);
/* The user's identity and the capabilities that execve turns into the container's: caps, which may
 * be fewer than the spec's. Bounding set first, then groups and user. */
int process_become(const struct spec *s, uint64_t caps, const struct user *u, struct err *e);
/* Looks for name as execvp does, with this PATH, as the user that the process is by now. */
int process_find(const char *name, const char *path_env, char ret[PATH_MAX], struct err *e);
/* The error of an execve that just failed (errno). Returns -1. */
int process_exec_error(const char *name, const char *path, struct err *e);
/* The exit code that Docker gives a start which failed with this text: 127, 126, or `other`. */
int process_exec_code(const char *text, int other);

#endif
