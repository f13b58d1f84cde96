/* SPDX-License-Identifier: Apache-2.0 */
/*
 * gzip: zlib's streams over descriptors, the one wrapper of that library.
 *
 * Two formats: a zlib stream (tar records) and gzip (layers, rotated logs); reading gzip takes
 * concatenated members and zeros behind the end. All memory is got by the _new functions, so that
 * a process may confine itself between them and the first byte. Descriptors stay the caller's.
 */
#ifndef BASE_GZIP_H
#define BASE_GZIP_H

#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "base/err.h"

enum gzip_kind { GZIP_ZLIB, GZIP_GZIP };

/* Compression, fast rather than small. NULL: no memory. */
struct gzip_out;
struct gzip_out *gzip_out_new(int fd, enum gzip_kind kind);
int gzip_out_write(struct gzip_out *d, const void *data, size_t n, struct err *e);
int gzip_out_end(struct gzip_out *d, struct err *e);
void gzip_out_free(struct gzip_out *d);

/* Reads from offset with pread, or from where the descriptor is (offset -1). NULL: no memory. */
struct gzip_in;
struct gzip_in *gzip_in_new(int fd, int64_t offset, enum gzip_kind kind);
/* As many bytes as asked for, less only at the end; -1: ERR_INVALID or a read error. */
ssize_t gzip_in_read(struct gzip_in *z, void *buf, size_t n, struct err *e);
void gzip_in_free(struct gzip_in *z);

/* Compresses all that is left of one descriptor into another. */
int gzip_copy(int in, int out, struct err *e);

#endif
