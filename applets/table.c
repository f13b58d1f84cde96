/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Scripts cut these tables by column, so widths follow Docker's to the space. Width counts
 * characters, not bytes: a comment may hold any UTF-8.
 */
#include "applets/table.h"

#include <stdio.h>
#include <string.h>

#include "base/stamp.h"

#define MIN_WIDTH 10
#define GAP 3

void table_init(struct table *t, struct arena *a, int columns)
{
	*t = (struct table){.a = a, .columns = columns};
}

void table_cell(struct table *t, const char *text)
{
	strs_add(t->a, &t->cells, arena_strdup(t->a, text));
}

static int width(const char *s)
{
	int n = 0;

	for (; *s; s++)
		n += ((unsigned char)*s & 0xc0) != 0x80;
	return n;
}

void table_print(const struct table *t)
{
	int w[TABLE_COLUMNS] = {0};

	for (size_t i = 0; i < t->cells.n; i++) {
		int *col = &w[i % (size_t)t->columns], n = width(t->cells.v[i]) + GAP;

		n = n < MIN_WIDTH ? MIN_WIDTH : n;
		*col = n > *col ? n : *col;
	}
	for (size_t i = 0; i < t->cells.n; i++) {
		size_t col = i % (size_t)t->columns;
		const char *text = t->cells.v[i];

		if (col + 1 == (size_t)t->columns)
			printf("%s\n", text);
		else
			printf("%s%*s", text, w[col] - width(text), "");
	}
}

void table_size(int64_t bytes, char *ret)
{
	static const char *const units[] = {"B", "kB", "MB", "GB", "TB", "PB", "EB"};
	double v = (double)bytes;
	int i = 0;

	for (; v >= 1000.0 && i < 6; i++)
		v /= 1000.0;
	snprintf(ret, 32, "%.3g%s", v, units[i]);
}

void table_ago(int64_t unix_time, char *ret)
{
	char text[40];

	if (unix_time <= 0) {
		snprintf(ret, 48, "N/A");
		return;
	}
	stamp_human(stamp_now() - unix_time * 1000000000, text, sizeof(text));
	snprintf(ret, 48, "%s ago", text);
}

const char *table_id(struct arena *a, const char *id, int no_trunc)
{
	if (no_trunc || strncmp(id, "sha256:", 7))
		return arena_strdup(a, id);
	return arena_strndup(a, id + 7, 12);
}
