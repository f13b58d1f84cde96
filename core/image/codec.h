/* SPDX-License-Identifier: Apache-2.0 */
/*
 * codec: decompression (gzip including concatenated members, zstd, plain), known by the first
 * bytes. codec_child runs it in a child that can only read, write and exit. zlib streams for
 * records are here too, since only one file may include zlib's header.
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

/* A zlib stream written to a descriptor, fast rather than small. Not closed by us. */
struct codec_deflate;
struct codec_deflate *codec_deflate_new(int fd);
int codec_deflate_write(struct codec_deflate *d, const void *data, size_t n, struct err *e);
int codec_deflate_end(struct codec_deflate *d, struct err *e);
void codec_deflate_free(struct codec_deflate *d);

/* And read back, from a descriptor that can be read at an offset. */
struct codec_inflate;
struct codec_inflate *codec_inflate_new(int fd, int64_t offset);
/* As many bytes as asked for, less only at the end of the stream; -1: ERR_INVALID or a read error.
 */
ssize_t codec_inflate_read(struct codec_inflate *z, void *buf, size_t n, struct err *e);
void codec_inflate_free(struct codec_inflate *z);

#endif
