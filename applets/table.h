/* SPDX-License-Identifier: Apache-2.0 */
/*
 * table: columns as Docker prints them: each as wide as its longest cell and 3 spaces, at least 10;
 * the last one ragged. Cells are copied.
 */
#ifndef TABLE_H
#define TABLE_H

#include <stdint.h>

#include "base/mem.h"

#define TABLE_COLUMNS 8

struct table {
	struct arena *a;
	int columns;
	struct strs cells; /* row by row */
};

void table_init(struct table *t, struct arena *a, int columns);
void table_cell(struct table *t, const char *text);
void table_print(const struct table *t);

/* 4260000 -> "4.26MB", as Docker writes sizes. ret: 32 bytes. */
void table_size(int64_t bytes, char *ret);
/* Unix time -> "3 hours ago" ("N/A" for 0). ret: 48 bytes. */
void table_ago(int64_t unix_time, char *ret);
/* "sha256:<hex>" -> 12 digits, or all of it. */
const char *table_id(struct arena *a, const char *id, int no_trunc);

#endif
