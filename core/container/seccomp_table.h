/* SPDX-License-Identifier: Apache-2.0 */
/*
 * seccomp_table: system calls by name, their numbers, and what Docker's default policy says of
 * each.
 *
 * The table holds every name of the architectures proa runs on; names of profiles that it does not
 * know are asked of libseccomp. Read-only, no state.
 */
#ifndef CONTAINER_SECCOMP_TABLE_H
#define CONTAINER_SECCOMP_TABLE_H

#include <stddef.h>
#include <stdint.h>

enum seccomp_arch {
	SECCOMP_X86_64,
	SECCOMP_I386,
	SECCOMP_X32, /* numbers without bit 30 */
	SECCOMP_AARCH64,
	SECCOMP_ARM,
	SECCOMP_ARCHES
};

/* What the default policy does with a call. From SECCOMP_CAP on: allowed with capability
 * rule - SECCOMP_CAP, else the default (EPERM). */
enum seccomp_rule {
	SECCOMP_DENY,
	SECCOMP_ALLOW,
	SECCOMP_CLONE,	     /* all with CAP_SYS_ADMIN, else without namespace flags */
	SECCOMP_CLONE3,	     /* with CAP_SYS_ADMIN, else ENOSYS: its flags lie behind a pointer */
	SECCOMP_PERSONALITY, /* five values */
	SECCOMP_SOCKET,	     /* not AF_ALG, not AF_VSOCK */
	SECCOMP_PTRACE,	     /* from Linux 4.8 on, or with CAP_SYS_PTRACE */
	SECCOMP_BPF,	     /* CAP_SYS_ADMIN or CAP_BPF */
	SECCOMP_PERFMON,     /* CAP_SYS_ADMIN or CAP_PERFMON */
	SECCOMP_SYSLOG,	     /* CAP_SYS_ADMIN or CAP_SYSLOG */
	SECCOMP_CAP = 64,
};

struct seccomp_row {
	const char *name;
	int16_t nr[SECCOMP_ARCHES]; /* read with seccomp_table_nr */
	uint8_t rule;
};

extern const struct seccomp_row seccomp_table[]; /* sorted by name */
extern const size_t seccomp_table_rows;

/* The number of a row on an architecture; -1 where it has none. */
int seccomp_table_nr(const struct seccomp_row *r, enum seccomp_arch arch);
/* The highest number known; everything above is newer than this program. */
int seccomp_table_max(enum seccomp_arch arch);

#define SECCOMP_ABSENT (-1)  /* a system call elsewhere, not on this architecture */
#define SECCOMP_UNKNOWN (-2) /* no such name */
/* The number of a name on an architecture, or one of the two. */
int seccomp_table_resolve(enum seccomp_arch arch, const char *name);

#endif
