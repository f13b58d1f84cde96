/* SPDX-License-Identifier: Apache-2.0 */
/*
 * shimlog_ring: non-blocking mode: a bounded buffer and a child that empties it into the file, so
 * that a slow disk costs lines and never holds the container up.
 */
#ifndef CONTAINER_SHIMLOG_RING_H
#define CONTAINER_SHIMLOG_RING_H

#include <stdbool.h>
#include <stddef.h>

#include "container/spec.h"

/* The largest batch: a record more than what is flushed. */
#define SHIMLOG_RING_BATCH (512 << 10)

/* Records for the child; what does not fit is counted, and told by a record when there is room. */
void shimlog_ring_write(const struct spec_log *l, const char *records, size_t n);
/* Hands a reader's socket over to the child. */
void shimlog_ring_reader(const struct spec_log *l, int fd, bool follow);
/* Waits until the child has written everything and is gone. */
void shimlog_ring_end(const struct spec_log *l);

#endif
