/* SPDX-License-Identifier: Apache-2.0 */
/*
 * confine: how a child of ours gives up what it does not need before it meets bytes of an image.
 * Called in the child only, in the order in which it stands here; every failure is final (the
 * caller reports it and exits). Nothing of it can be taken back.
 */
#ifndef IMAGE_CONFINE_H
#define IMAGE_CONFINE_H

#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "base/err.h"

/* Makes fds[0..n) the descriptors 0..n-1 and closes all others. -1 in fds leaves a hole. n <= 8. */
int confine_fds(const int *fds, int n, struct err *e);
/* Dies with its parent; parent is getpid() of before the fork. No core files, at most nofile fds.
 */
int confine_limits(pid_t parent, unsigned nofile, struct err *e);
/* Nobody may trace it, also who sees it and has as much power. Then, with userfd >= 0, root of that
 * user namespace; an ordinary user becomes one of a namespace of its own, which may chroot. */
int confine_user(int userfd, struct err *e);
/* chroot into the directory. */
int confine_root(int dirfd, struct err *e);
/* Keeps only these capabilities (bits 1 << CAP_X), and of those only what it has; no new ones. */
int confine_caps(uint64_t keep, struct err *e);
/* Only these system call numbers from here on; any other ends the process. n <= 96. */
int confine_calls(const int *numbers, size_t n, struct err *e);

#endif
