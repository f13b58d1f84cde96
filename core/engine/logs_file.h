/* SPDX-License-Identifier: Apache-2.0 */
/*
 * logs_file: the lines of one log file, plain or gzip. One is read at a time: the buffer is the
 * module's.
 */
#ifndef ENGINE_LOGS_FILE_H
#define ENGINE_LOGS_FILE_H

#include <stddef.h>
#include <stdint.h>

#include "base/gzip.h"

/* A line that is longer is damage, and skipped. */
#define LOGS_FILE_LINE (1 << 20)

struct logs_file {
	int fd;		   /* the file's own; -1: closed */
	int64_t off;	   /* bytes read */
	int64_t limit;	   /* of a plain file: nothing beyond this is looked at */
	struct gzip_in *z; /* NULL: plain */
};

/* Takes fd over; it starts at the beginning. */
void logs_file_open(struct logs_file *f, int fd);
void logs_file_close(struct logs_file *f);
/* 1: a whole line without its line feed, valid until the next call; 0: there is none now. What is
 * damaged ends the file. */
int logs_file_line(struct logs_file *f, const char **ret, size_t *ret_n);
/* Moves to where the last `want` lines begin. Returns how many of them there are. */
int64_t logs_file_tail(struct logs_file *f, int64_t want);
/* The offset behind the last line that was given. */
int64_t logs_file_done(const struct logs_file *f);

#endif
