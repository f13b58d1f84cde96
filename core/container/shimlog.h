/* SPDX-License-Identifier: Apache-2.0 */
/*
 * shimlog: the container's output on its way to the log file of spec_log, inside its shim.
 *
 * json-file as Docker writes it: one line a record, {"log":...,"stream":...,"attrs":{...},
 * "time":...}; pieces of lines longer than 16 KiB get records of their own, without the line feed.
 * The file is opened at the first byte (a run without output costs nothing), rotated by size, the
 * old ones compressed by a child. State is static and bounded: one process, one container. A disk
 * that is full loses records, says so once, and never stops the container.
 */
#ifndef CONTAINER_SHIMLOG_H
#define CONTAINER_SHIMLOG_H

#include <stddef.h>
#include <stdint.h>

#include "base/err.h"
#include "container/spec.h"

#define SHIMLOG_MAX_ATTRS 65536 /* bytes of spec_log.attrs */

/* l stays the caller's for as long as the shim lives. */
void shimlog_open(const struct spec_log *l);
/* stream: 1 or 2. */
void shimlog_write(int stream, const char *data, size_t n);
/* The container ended: what is left of unfinished lines is written. It may be started again. */
void shimlog_end(void);

#endif
