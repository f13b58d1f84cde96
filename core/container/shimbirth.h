/* SPDX-License-Identifier: Apache-2.0 */
/*
 * shimbirth: what a shim does to become one, before it knows what it serves: its descriptors, what
 * the engine sends over the launch socket, the end of children as an epoll event.
 */
#ifndef CONTAINER_SHIMBIRTH_H
#define CONTAINER_SHIMBIRTH_H

#include <stdbool.h>
#include <stdint.h>

#include "base/err.h"
#include "base/mem.h"
#include "container/shim.h"
#include "container/spec.h"

/* False: this process was not started by shimcall_spawn. Else it has only the descriptors that a
 * shim is born with, /dev/null for stdin and stdout, and the signals of a new process. */
bool shimbirth_self(void);
/* /dev/null in place of the standard descriptors first to last. */
void shimbirth_stdio(int first, int last);
/* Waits for what is to run. *ret_lock is ours from here on; *ret_listener -1 where none came. */
int shimbirth_read(struct shim_launch *l, struct arena *a, struct spec *s, int *ret_lock,
		   int *ret_listener, struct err *e);
/* SIGCHLD as a descriptor in the set; data: of its events. It is nonblocking and to be emptied. */
int shimbirth_children(int epoll, uint64_t data, struct err *e);

#endif
