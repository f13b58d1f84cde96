/* SPDX-License-Identifier: Apache-2.0 */
/*
 * reap: the end of a program that was started for its work alone (a hook, an OCI runtime), within a
 * limit. The caller has one thread, and does not ignore SIGCHLD.
 */
#ifndef CONTAINER_REAP_H
#define CONTAINER_REAP_H

#include <stdint.h>
#include <sys/types.h>

/* Waits for pid, a child, ms milliseconds long (0: without a limit). 0 and its wait status; 1: it
 * took longer and was killed; -1 with errno: it is no child. */
int reap_within(pid_t pid, int64_t ms, int *ret_status);
/* Kills and reaps our children that were born at `born` (orphan_born) or later, and in a subreaper
 * theirs, which become ours by that. */
void reap_since(int64_t born);

#endif
