/* SPDX-License-Identifier: Apache-2.0 */
/*
 * caps: capability sets as 64-bit masks (bit n is capability n of capabilities(7)).
 *
 * A container has its mask as bounding, permitted and effective set; inheritable and ambient stay
 * empty, always: with a non-empty inheritable set a binary with file capabilities would give an
 * unprivileged user inside more than the image says (CVE-2022-24769).
 * A mask is cut to what the calling process itself may hand out (its bounding set), so that root
 * without some capability, as in a nested container or a restricted unit, starts containers too.
 */
#ifndef CONTAINER_CAPS_H
#define CONTAINER_CAPS_H

#include <stdbool.h>
#include <stdint.h>

#include "base/err.h"
#include "base/mem.h"

/* Docker's fourteen. */
uint64_t caps_default(void);
/* All that the running kernel knows and the caller's bounding set still holds. */
uint64_t caps_all(void);
/* "CAP_NET_ADMIN", or NULL beyond what proa knows. */
const char *caps_name(unsigned bit);
/* One name of --cap-add/--cap-drop: upper or lower case, with or without CAP_. "ALL" is not taken
 * here. ERR_INVALID: unknown capability. */
int caps_parse(const char *name, uint64_t *ret, struct err *e);
/* The container's mask from the request, by Docker's rules: privileged: everything; ALL dropped:
 * only what is added; ALL added: everything but what is dropped; else the defaults without drop,
 * with add. Adding what is known but not available here is ERR_INVALID. */
int caps_tweak(const struct strs *add, const struct strs *drop, bool privileged, uint64_t *ret,
	       struct err *e);

/* In the child, while it still has CAP_SETPCAP: takes everything outside mask out of the bounding
 * set and empties the ambient set. */
int caps_bounding_drop(uint64_t mask, struct err *e);
/* In the child, after the change of user (with PR_SET_KEEPCAPS before it where the user is not
 * root): permitted = effective = mask cut to what is permitted now, inheritable = empty. execve
 * then gives root all of mask and any other user none, as Docker's containers have it. */
int caps_set(uint64_t mask, struct err *e);
/* After that: these, which have to be among them, outlive execve also where the user is not root
 * (inheritable and ambient). */
int caps_ambient(uint64_t mask, struct err *e);

#endif
