/* SPDX-License-Identifier: Apache-2.0 */
/*
 * join: the namespaces of another container (--pid, --ipc, --network, --userns container:X), which
 * the spec names as "container:<64 hex digits>" and which are looked for anew before each run: the
 * other one may have been started again since.
 */
#ifndef CONTAINER_JOIN_H
#define CONTAINER_JOIN_H

#include "base/err.h"
#include "container/home.h"
#include "container/spec.h"

#define JOIN_PREFIX "container:"

/* In the shim: fills s->ns_fd, peer_mnt and userns_dir with open files of the kernel's.
 * ERR_CONFLICT in Docker's words where the other one does not run. Nothing is done, and nothing
 * paid, where the spec joins nobody. */
int join_open(const struct home *h, struct spec *s, struct err *e);
void join_close(struct spec *s);
/* In the child: a copy of what is mounted on a directory of the other container, as mnt_take. */
int join_take(const struct spec *s, const char *path, struct err *e);

#endif
