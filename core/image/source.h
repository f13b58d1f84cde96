/* SPDX-License-Identifier: Apache-2.0 */
/*
 * source: an archive's bytes, decompressed if they are compressed, from any reader. What is after
 * the compressed stream's end is refused by the codec.
 */
#ifndef IMAGE_SOURCE_H
#define IMAGE_SOURCE_H

#include "base/err.h"
#include "image/codec.h"
#include "image/tar.h"

struct source;
/* Reads the first bytes and starts a codec child where they ask for one. `what` names it in errors.
 */
struct source *source_open(tar_read_fn *read, void *ctx, const char *what, struct err *e);
/* A tar_read_fn; ctx is the struct source. */
ssize_t source_read(void *ctx, void *buf, size_t n, struct err *e);
/* Ends the child. NULL is fine. */
void source_close(struct source *s);

#endif
