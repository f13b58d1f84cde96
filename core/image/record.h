/* SPDX-License-Identifier: Apache-2.0 */
/*
 * record: all bytes of a layer's tar that are not the content of files, with references for those
 * that are, so that the very same tar can be written again from the unpacked layer.
 *
 * Written by the untar child while it unpacks. Format (version 1), little endian: "PROATAR1", u32 1
 * if there are 'D' segments, u32 0, then one zlib stream (level 1) of segments: 'R' u32 n, bytes
 * these bytes 'F' u16 n, path, u64 offset, u64 length so many bytes of the layer's file at that
 * offset 'D' u16 n, path, u64 offset, u32 n, bytes what the path held before a later entry of the
 * same archive replaced it, which all 'F' of that path before this one mean; in pieces, the first
 * of them without bytes; what no piece has is zeros A path in 'F' leads through no symlink: such a
 * file's bytes are stored as 'R'. A record is not trusted: what it yields counts only if its
 * SHA-256 equals the diff ID.
 */
#ifndef IMAGE_RECORD_H
#define IMAGE_RECORD_H

#include <stdint.h>

#include "base/err.h"
#include "image/tar.h"

struct record_writer;
/* fd: an empty file, written from its beginning; stays the caller's. */
struct record_writer *record_writer_new(int fd, struct err *e);
int record_raw(struct record_writer *r, const void *data, size_t n, struct err *e);
int record_file(struct record_writer *r, const char *path, int64_t offset, int64_t len,
		struct err *e);
/* fd is the path's file, which is about to be replaced. Reads it from its beginning. */
int record_displaced(struct record_writer *r, const char *path, int fd, struct err *e);
int record_writer_end(struct record_writer *r, struct err *e);

/* Writes the layer's tar through write(). ERR_INVALID, after some bytes, if the layer on disk was
 * altered: the SHA-256 is compared with diff_id (hex) at the end. *ret_size may be NULL. */
int record_replay(int recordfd, int layerfd, const char *diff_id, tar_write_fn *write, void *ctx,
		  int64_t *ret_size, struct err *e);

#endif
