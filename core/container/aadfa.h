/* SPDX-License-Identifier: Apache-2.0 */
/*
 * aadfa: from path patterns with permissions to the table automaton that AppArmor runs in the
 * kernel.
 *
 * A pattern is matched against a whole string of bytes:
 *	?	one byte other than NUL and "/"
 *	*	any number of these
 *	**	any number of bytes other than NUL
 *	[abc]	one of these, ranges as in a-c; [^abc] any byte that is none of these ([^]: any)
 *	$	NUL
 *	@	any number of any bytes
 * and all else is itself. Directly behind a "/", * and ** need one byte at least, which is no "/",
 * as in AppArmor's own language: what is below a directory, not the directory.
 *
 * Permissions are the old packed ones that kernels from 4.13 on understand: seven bits for files
 * of the process's own user, seven for the way of execution, and both again 14 bits up for the
 * files of others. Where several rules match, their allowed sets are joined, then what any of them
 * denies is taken out, silently (no audit record).
 */
#ifndef CONTAINER_AADFA_H
#define CONTAINER_AADFA_H

#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/err.h"
#include "base/mem.h"

struct aadfa_rule {
	const char *pattern;
	uint32_t allow, deny;
};

/* Appends the tables, a multiple of 8 bytes; the caller sees to it that they begin at one. Working
 * memory comes from a. ERR_INVALID: a class that is not closed, or rules beyond what 16 bits
 * number; both are faults of the rules. */
int aadfa_build(struct arena *a, const struct aadfa_rule *rules, size_t n, struct buf *ret,
		struct err *e);

#endif
