/* SPDX-License-Identifier: Apache-2.0 */
/*
 * codec: decompression (gzip including concatenated members, zstd, plain), known by the first
 * bytes. codec_child runs it in a child that can only read, write and exit.
 */
#ifndef IMAGE_CODEC_H
#define IMAGE_CODEC_H

#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "base/err.h"

enum codec { CODEC_PLAIN, CODEC_GZIP, CODEC_ZSTD, CODEC_OTHER /* bzip2, xz: refused by name */ };
#define CODEC_SNIFF 6 /* bytes needed to decide */

enum codec codec_sniff(const void *data, size_t n);
const char *codec_name(enum codec c);

/* Forks a child that reads infd, writes the plain bytes to outfd and exits 0; on bad data it writes
 * a struct err to errfd and exits 1. All three are dup'ed into the child, everything else is closed
 * there, seccomp leaves read, write, exit and memory. Returns 0 and the child's pid, which the
 * caller waits for. Zeros after the end of a gzip stream are padding; anything else is an error. */
int codec_child(enum codec c, int infd, int outfd, int errfd, pid_t *ret_pid, struct err *e);

#endif
