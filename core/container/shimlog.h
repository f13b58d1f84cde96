/* SPDX-License-Identifier: Apache-2.0 */
/*
 * shimlog: the container's output on its way to the log file of spec_log, inside its shim.
 *
 * json-file as Docker writes it: one line a record, {"log":...,"stream":...,"attrs":{...},
 * "time":...}; pieces of lines longer than 16 KiB get records of their own, without the line feed.
 * The file is opened at the first byte (a run without output costs nothing), rotated by size, the
 * old ones compressed by a child. State is static and bounded: one process, one container. A disk
 * that is full loses records, says so once, and never stops the container. In non-blocking mode
 * the disk is a child's business (shimlog_ring.h).
 *
 * Readers ask the shim (SHIM_LOGS), because only who rotates can say in one go which files there
 * are. They get notes; with a follower it goes on:
 *
 *   reader -> shim   SHIM_LOGS
 *   shim -> reader   FILES, all files open, the current one first, and how much of it is whole
 *   reader -> shim   where it has read to (struct shimlog_at)
 *   shim -> reader   MORE, once there is more than that. So a slow reader costs one note.
 *   shim -> reader   ROTATED, unasked, with the new current file: the reader keeps what it has
 *                    open, so nothing is lost to it when files are removed. The one before has
 *                    got all it will ever have.
 *   shim -> reader   END, the container has ended; or BEHIND, too many files wait for it.
 *
 * Exports: shimlog_ SHIMLOG_
 */
#ifndef CONTAINER_SHIMLOG_H
#define CONTAINER_SHIMLOG_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"
#include "container/spec.h"

#define SHIMLOG_MAX_ATTRS 65536 /* bytes of spec_log.attrs */
#define SHIMLOG_MAX_FILES 250	/* what one message of descriptors can hold */
#define SHIMLOG_EVENT 0x40000u	/* epoll data of ours: this bit and an index below it */

enum shimlog_kind { SHIMLOG_FILES = 1, SHIMLOG_MORE, SHIMLOG_ROTATED, SHIMLOG_END, SHIMLOG_BEHIND };

struct shimlog_at {
	int64_t seq; /* of the current file: one more at each rotation */
	int64_t size;
};

struct shimlog_note {
	uint32_t version, kind;
	struct shimlog_at at;
};

/* l stays the caller's for as long as the shim lives. epoll: where followers are watched. */
void shimlog_open(const struct spec_log *l, int epoll);
/* stream: 1 or 2. */
void shimlog_write(int stream, const char *data, size_t n);
/* The container ended: what is left of unfinished lines is written. It may be started again. */
void shimlog_end(void);

/* SHIM_LOGS: takes over the reader's socket. follow: it stays until the container ends. */
void shimlog_reader(int fd, bool follow);
/* An epoll event whose data has SHIMLOG_EVENT. */
void shimlog_event(uint32_t index);
/* SIGCHLD. */
void shimlog_reap(void);

#endif
