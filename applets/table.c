/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Scripts cut these tables by column, so widths follow Docker's to the space. Width counts
 * characters, not bytes: a comment may hold any UTF-8.
 */
#include "applets/table.h"

#include <stdio.h>
#include <string.h>
#include <time.h>

#include "base/stamp.h"

#define MIN_WIDTH 10
#define GAP 3

static size_t width(const char *s, size_t n)
{
	size_t chars = 0;

	for (size_t i = 0; i < n; i++)
		chars += ((unsigned char)s[i] & 0xc0) != 0x80;
	return chars;
}

struct line {
	const char *text;
	size_t len, columns; /* cells that end with a tab */
	size_t *widths;	     /* of their columns */
};

/* A line's cell: where it begins, its bytes in *ret_len. */
static const char *cell(const struct line *l, size_t column, size_t *ret_len)
{
	const char *p = l->text, *end = l->text + l->len;

	while (column--)
		p = (const char *)memchr(p, '\t', (size_t)(end - p)) + 1;
	*ret_len = (size_t)(end - p);
	end = memchr(p, '\t', *ret_len);
	if (end)
		*ret_len = (size_t)(end - p);
	return p;
}

static size_t split(struct arena *a, const char *text, size_t len, struct line **ret)
{
	size_t n = 0;
	struct line *l;

	for (size_t i = 0; i < len; i++)
		n += text[i] == '\n';
	l = *ret = arena_array(a, n + 1, sizeof(*l));
	for (size_t i = 0; i < n; i++, l++) {
		l->text = text;
		l->len = (size_t)((const char *)memchr(text, '\n', len) - text);
		for (size_t k = 0; k < l->len; k++)
			l->columns += text[k] == '\t';
		l->widths = arena_array(a, l->columns + 1, sizeof(size_t));
		text += l->len + 1;
		len -= l->len + 1;
	}
	return n;
}

/* Runs of lines that have the column share its width. Returns whether any line has it. */
static int fit(struct line *l, size_t n, size_t column)
{
	int any = 0;

	for (size_t i = 0, to; i < n; i = to + 1) {
		size_t w = MIN_WIDTH;

		for (to = i; to < n && l[to].columns > column; to++) {
			size_t bytes, need;
			const char *p = cell(&l[to], column, &bytes);

			need = width(p, bytes) + GAP;
			w = need > w ? need : w;
		}
		for (size_t k = i; k < to; k++) {
			l[k].widths[column] = w;
			any = 1;
		}
	}
	return any;
}

static void spaces(struct buf *out, size_t n)
{
	memset(buf_reserve(out, n), ' ', n);
	buf_advance(out, n);
}

void table_align(struct buf *out, const char *text, size_t len)
{
	AUTO_ARENA a = ARENA_INIT;
	struct line *l;
	size_t n = split(&a, text, len, &l);

	for (size_t column = 0; fit(l, n, column); column++)
		;
	for (size_t i = 0; i < n; i++) {
		for (size_t k = 0; k <= l[i].columns; k++) {
			size_t bytes;
			const char *p = cell(&l[i], k, &bytes);

			buf_append(out, p, bytes);
			if (k < l[i].columns)
				spaces(out, l[i].widths[k] - width(p, bytes));
		}
		buf_char(out, '\n');
	}
}

static void size_text(int64_t bytes, int digits, char *ret)
{
	static const char *const units[] = {"B", "kB", "MB", "GB", "TB", "PB", "EB"};
	double v = (double)bytes;
	int i = 0;

	for (; v >= 1000.0 && i < 6; i++)
		v /= 1000.0;
	snprintf(ret, 32, "%.*g%s", digits, v, units[i]);
}

void table_size(int64_t bytes, char *ret)
{
	size_text(bytes, 3, ret);
}

void table_space(int64_t bytes, char *ret)
{
	size_text(bytes, 4, ret);
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

void table_time(int64_t unix_time, char *ret)
{
	time_t t = (time_t)unix_time;
	struct tm tm;

	if (!localtime_r(&t, &tm) || !strftime(ret, 64, "%Y-%m-%d %H:%M:%S %z %Z", &tm))
		*ret = 0;
}

const char *table_id(struct arena *a, const char *id, int no_trunc)
{
	if (no_trunc || strncmp(id, "sha256:", 7))
		return arena_strdup(a, id);
	return arena_strndup(a, id + 7, 12);
}
