/* SPDX-License-Identifier: Apache-2.0 */
/*
 * shimlog_follow: the readers of the log, on the side that writes it (the protocol is in
 * shimlog.h). Static and bounded; a reader never slows the writer.
 */
#ifndef CONTAINER_SHIMLOG_FOLLOW_H
#define CONTAINER_SHIMLOG_FOLLOW_H

#include <stdbool.h>
#include <stdint.h>

#include "container/spec.h"

/* Sends all files to a reader; fd is taken over. */
void shimlog_follow_add(const struct spec_log *l, int epoll, int fd, bool follow);
/* A reader is ready to be read. */
void shimlog_follow_event(uint32_t index);
/* There may be more than before. */
void shimlog_follow_more(void);
/* A new current file has been opened. */
void shimlog_follow_rotated(void);
/* Nothing more comes: lets all go. */
void shimlog_follow_end(void);

#endif
