/* SPDX-License-Identifier: Apache-2.0 */
/*
 * seccomp_bpf: from decisions per system call number to a BPF program.
 *
 * A policy has chains of rules (the first rule that holds decides, none: the default) and a part
 * for each architecture, which gives each number a chain by its index. Rules belong to the caller
 * and may be shared by chains; neighbours with the same chain become one range, so sharing keeps
 * programs small. Index 0 is the empty chain, the default.
 */
#ifndef CONTAINER_SECCOMP_BPF_H
#define CONTAINER_SECCOMP_BPF_H

#include <stdbool.h>
#include <stdint.h>

#include "base/err.h"
#include "base/mem.h"
#include "container/seccomp_table.h"
#include "container/spec.h"

enum seccomp_bpf_op {
	SECCOMP_BPF_NE,
	SECCOMP_BPF_LT,
	SECCOMP_BPF_LE,
	SECCOMP_BPF_EQ,
	SECCOMP_BPF_GE,
	SECCOMP_BPF_GT,
	SECCOMP_BPF_MASKED_EQ, /* (arg & mask) == value */
};

struct seccomp_bpf_cond {
	uint8_t arg; /* 0..5 */
	uint8_t op;
	bool low; /* compare the low 32 bits only: what the kernel takes of an int argument */
	uint64_t value, mask;
};

struct seccomp_bpf_rule {
	uint32_t ret;	/* SECCOMP_RET_* with data */
	uint8_t nconds; /* all must hold; 0: always */
	struct seccomp_bpf_cond conds[6];
	const struct seccomp_bpf_rule *next;
};

#define SECCOMP_BPF_NR 1024   /* numbers below this are in by_nr */
#define SECCOMP_BPF_PRIVATE 8 /* and 0xf0000 + this on 32-bit ARM */

struct seccomp_bpf_part {
	bool used; /* unused: the architecture is killed */
	int max;   /* numbers above it, if not private, give `beyond` */
	uint32_t beyond;
	uint16_t by_nr[SECCOMP_BPF_NR];
	uint16_t private[SECCOMP_BPF_PRIVATE];
};

struct seccomp_bpf_policy {
	uint32_t def;				/* SECCOMP_RET_* */
	const struct seccomp_bpf_rule **chains; /* [0] is NULL */
	struct seccomp_bpf_part part[SECCOMP_ARCHES];
};

/* Where the chain of a number stands; NULL when out of range. */
uint16_t *seccomp_bpf_slot(struct seccomp_bpf_part *p, int nr);
/* The program, in the arena. ERR_INVALID when the rules need more than BPF allows. */
int seccomp_bpf_build(const struct seccomp_bpf_policy *p, struct arena *a, struct spec_seccomp *ret,
		      struct err *e);

#endif
