/* SPDX-License-Identifier: Apache-2.0 */
/*
 * table: columns as Docker prints them, and how its cells write sizes, times and IDs.
 */
#ifndef TABLE_H
#define TABLE_H

#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/mem.h"

/* Lines of cells, each but the last ended by a tab -> columns as wide as their longest cell and 3
 * spaces, at least 10; the last cell ragged. A column goes on as long as each next line has it. */
void table_align(struct buf *out, const char *text, size_t len);

/* 4260000 -> "4.26MB", as Docker writes sizes. ret: 32 bytes. */
void table_size(int64_t bytes, char *ret);
/* The same with one digit more, as what was reclaimed is told. */
void table_space(int64_t bytes, char *ret);
/* Unix time -> "3 hours ago" ("N/A" for 0). ret: 48 bytes. */
void table_ago(int64_t unix_time, char *ret);
/* Unix time -> "2025-01-02 03:04:05 +0000 UTC", in the local time zone. ret: 64 bytes. */
void table_time(int64_t unix_time, char *ret);
/* "sha256:<hex>" -> 12 digits, or all of it. */
const char *table_id(struct arena *a, const char *id, int no_trunc);

#endif
