/* SPDX-License-Identifier: Apache-2.0 */
/*
 * rlimit: --ulimit texts, and setting limits in the container's first process.
 */
#ifndef CONTAINER_RLIMIT_H
#define CONTAINER_RLIMIT_H

#include <stddef.h>

#include "base/err.h"
#include "container/spec.h"

/* A limit's name in lower case ("nofile") as RLIMIT_*; -1 if unknown. */
int rlimit_resource(const char *name);
const char *rlimit_name(int resource);
/* "nofile=1024" or "nofile=1024:2048", -1 or "unlimited" for none. ERR_INVALID. */
int rlimit_parse(const char *text, struct spec_rlimit *ret, struct err *e);
/* In the child, before capabilities are dropped. Raising a hard limit without CAP_SYS_RESOURCE is
 * an error that names the limit and the highest value possible. */
int rlimit_apply(const struct spec_rlimit *v, size_t n, struct err *e);
/* Only raises hard limits, for who is about to enter a user namespace, where that is not possible
 * any more. */
int rlimit_raise(const struct spec_rlimit *v, size_t n, struct err *e);

#endif
