/* SPDX-License-Identifier: Apache-2.0 */
/*
 * shimlog_file: the log file on disk: records at its end, rotation, compression, full disks.
 *
 * One per process, opened at the first write. Batches hold whole records, each of which ends with
 * the only line feed in it; what is visible below shimlog_file_size is whole records too.
 */
#ifndef CONTAINER_SHIMLOG_FILE_H
#define CONTAINER_SHIMLOG_FILE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "container/shimlog.h"
#include "container/spec.h"

/* Appends, rotating where the limit is reached. Never fails: what the disk does not take is
 * counted and reported in a record of its own as soon as it takes something again. */
void shimlog_file_write(const struct spec_log *l, const char *records, size_t n);
/* Nothing is written for a while: closes it. */
void shimlog_file_end(void);
/* The record that says so; its length. */
size_t shimlog_file_lost(char *ret, size_t size, uint64_t records, const char *why);

/* For readers: all files, the current one (which is made if need be) first; the number of
 * descriptors, the caller's, in ret[SHIMLOG_MAX_FILES]. */
int shimlog_file_all(const struct spec_log *l, int *ret, struct shimlog_at *ret_at);
struct shimlog_at shimlog_file_at(void);
/* The current file once more, for reading; -1. */
int shimlog_file_reopen(void);

/* A child ended: takes the compressor's status if it was that one. */
void shimlog_file_reap(void);

#endif
