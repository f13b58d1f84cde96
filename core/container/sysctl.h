/* SPDX-License-Identifier: Apache-2.0 */
/*
 * sysctl: kernel settings that belong to a container's namespaces.
 *
 * What is not bound to a namespace of the container's own would change the host, so a request is
 * checked against the namespaces it has before anything starts. Values are written through a
 * descriptor of a proc mount: the path never passes through the image's files.
 */
#ifndef CONTAINER_SYSCTL_H
#define CONTAINER_SYSCTL_H

#include "base/err.h"
#include "base/mem.h"
#include "container/spec.h"

/* Checks "key=value" against the namespaces of s. ERR_INVALID says which one would be needed. */
int sysctl_check(const struct spec *s, const char *kv, struct err *e);
/* In the child, inside its namespaces: writes every entry. proc: root of a proc mount. */
int sysctl_apply(int proc, const struct strs *v, struct err *e);

#endif
