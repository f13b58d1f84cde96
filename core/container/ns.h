/* SPDX-License-Identifier: Apache-2.0 */
/*
 * ns: the namespaces of a container: made, joined or left alone.
 *
 * New ones come from the flags of clone itself, but for the cgroup namespace, whose root is the
 * group that its maker is in: it is made in the child after that has joined its group.
 */
#ifndef CONTAINER_NS_H
#define CONTAINER_NS_H

#include <stdint.h>

#include "base/err.h"
#include "container/spec.h"

/* CLONE_NEW* flags for clone. ERR_UNSUPPORTED for a mount namespace that is not the container's. */
int ns_clone_flags(const struct spec *s, uint64_t *ret, struct err *e);
/* In the parent around clone, where a pid namespace is joined: children land in it afterwards.
 * *ret_back is what ns_pid_leave needs; -1 where nothing was done. */
int ns_pid_enter(const struct spec *s, int *ret_back, struct err *e);
int ns_pid_leave(int back, struct err *e);
/* Joins what is given by path, but for the pid namespace. */
int ns_join(const struct spec *s, struct err *e);
/* In the child, in its cgroup and with the host's mounts still in sight: ns_join (one with a user
 * namespace has joined before that), makes the cgroup namespace, sets host and domain name, brings
 * a new loopback up. */
int ns_enter(const struct spec *s, struct err *e);

#endif
