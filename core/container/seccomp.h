/* SPDX-License-Identifier: Apache-2.0 */
/*
 * seccomp: system call filters, from Docker's default policy or a user's profile to BPF.
 *
 * The result is one program for the native architecture and its relatives (x86_64: i386, x32;
 * aarch64: arm); any other architecture is killed. Numbers above the highest known one answer
 * ENOSYS where the default is an errno, so that a newer libc falls back to older calls.
 * Rules look at the container's bounding set, which is why building a filter takes the mask.
 * The parent builds (seccomp_default, seccomp_profile), the child only installs.
 */
#ifndef CONTAINER_SECCOMP_H
#define CONTAINER_SECCOMP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/err.h"
#include "base/mem.h"
#include "container/spec.h"

/* Longest profile text taken. */
#define SECCOMP_PROFILE_MAX (4 << 20)

/* The default policy for a container with these capabilities; the program lives in the arena.
 * ERR_UNSUPPORTED on an architecture without one. Takes microseconds: nothing is cached. */
int seccomp_default(uint64_t caps, struct arena *a, struct spec_seccomp *ret, struct err *e);
/* A profile as `--security-opt seccomp=FILE` takes it: Docker's JSON (archMap, includes, excludes)
 * or OCI's (architectures). Unknown system calls are skipped with one warning line; anything else
 * that is not understood is ERR_INVALID, never a weaker filter. */
int seccomp_profile(const char *json, size_t len, uint64_t caps, struct arena *a,
		    struct spec_seccomp *ret, struct err *e);
/* Both as "linux.seccomp" of an OCI config.json, for other runtimes: appended to ret. */
int seccomp_default_oci(uint64_t caps, struct buf *ret, struct err *e);
int seccomp_profile_oci(const char *json, size_t len, uint64_t caps, struct arena *a,
			struct buf *ret, struct err *e);
/* The default policy of one family of architectures, for tests; seccomp_default takes the native
 * one. */
int seccomp_default_for(bool arm, uint64_t caps, struct arena *a, struct spec_seccomp *ret,
			struct err *e);
/* "5.10" or "5.10.0-whatever". -1: neither. */
int seccomp_kernel_parse(const char *text, unsigned *ret_major, unsigned *ret_minor);
/* True if the running kernel is at least this version. */
bool seccomp_kernel_is(unsigned major, unsigned minor);
/* True where the running kernel has seccomp filters. */
bool seccomp_available(void);

/* In the child. Without no_new_privs the caller needs CAP_SYS_ADMIN at this moment, so it comes
 * before the capabilities are given up; with it, right before execve. Nothing happens for
 * !s->enabled. Everything the child does afterwards must be allowed by the filter. */
int seccomp_install(const struct spec_seccomp *s, struct err *e);

#endif
