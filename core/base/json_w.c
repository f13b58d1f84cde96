/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The writing half of json.h. Texts must equal what Go's encoding/json makes of the same values,
 * since the digest of an image config is the digest of its text: hence its escapes (\u003c for <,
 * \ufffd for a byte that is no UTF-8, \u2028 and \u2029) and its way to print reals.
 *
 * No state but "does the next element need a comma": nesting is the caller's program text, which
 * shows the same shape as what it writes.
 */
#include "base/json.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Length of the valid UTF-8 sequence at p, 0 if it is none. ASCII does not come here. */
static size_t utf8_len(const unsigned char *p, size_t left)
{
	unsigned char lo = 0x80, hi = 0xbf;
	size_t n;

	if (p[0] < 0xc2 || p[0] > 0xf4)
		return 0;
	n = p[0] < 0xe0 ? 2 : p[0] < 0xf0 ? 3 : 4;
	if (left < n)
		return 0;
	if (p[0] == 0xe0)
		lo = 0xa0; /* no overlong forms */
	else if (p[0] == 0xed)
		hi = 0x9f; /* no surrogates */
	else if (p[0] == 0xf0)
		lo = 0x90;
	else if (p[0] == 0xf4)
		hi = 0x8f; /* nothing above U+10FFFF */
	if (p[1] < lo || p[1] > hi)
		return 0;
	for (size_t i = 2; i < n; i++)
		if ((p[i] & 0xc0) != 0x80)
			return 0;
	return n;
}

static bool is_plain(unsigned char c, bool verbatim)
{
	if (c < 0x20 || c >= 0x80 || c == '"' || c == '\\')
		return false;
	return verbatim || (c != '<' && c != '>' && c != '&');
}

static void escape_ascii(struct buf *b, unsigned char c)
{
	static const char from[] = "\"\\\b\f\n\r\t", to[] = "\"\\bfnrt";
	const char *at = c ? strchr(from, c) : NULL;

	if (at)
		buf_printf(b, "\\%c", to[at - from]);
	else
		buf_printf(b, "\\u%04x", c);
}

/* Writes the sequence at p and returns how many bytes of the input it took. */
static size_t put_wide(struct buf *b, const unsigned char *p, size_t left)
{
	size_t n = utf8_len(p, left);

	if (!n)
		buf_str(b, "\\ufffd");
	else if (p[0] == 0xe2 && p[1] == 0x80 && (p[2] & 0xfe) == 0xa8)
		buf_str(b, p[2] == 0xa8 ? "\\u2028" : "\\u2029");
	else
		buf_append(b, p, n);
	return n ? n : 1;
}

static void put_string(struct json_w *w, const char *s, size_t len)
{
	const unsigned char *p = (const unsigned char *)s;
	size_t i = 0, run;

	buf_char(w->b, '"');
	while (i < len) {
		for (run = i; run < len && is_plain(p[run], w->verbatim); run++)
			;
		buf_append(w->b, p + i, run - i);
		i = run;
		if (i == len)
			break;
		if (p[i] < 0x80)
			escape_ascii(w->b, p[i++]);
		else
			i += put_wide(w->b, p + i, len - i);
	}
	buf_char(w->b, '"');
}

/* What stands before a value: the comma of the one before it, and its key. */
static void begin(struct json_w *w, const char *key)
{
	if (w->comma)
		buf_char(w->b, ',');
	w->comma = true;
	if (key) {
		put_string(w, key, strlen(key));
		buf_char(w->b, ':');
	}
}

static void open_level(struct json_w *w, const char *key, char c)
{
	begin(w, key);
	buf_char(w->b, c);
	w->comma = false;
}

static void close_level(struct json_w *w, char c)
{
	buf_char(w->b, c);
	w->comma = true;
}

void json_w_obj(struct json_w *w, const char *key)
{
	open_level(w, key, '{');
}

void json_w_end(struct json_w *w)
{
	close_level(w, '}');
}

void json_w_arr(struct json_w *w, const char *key)
{
	open_level(w, key, '[');
}

void json_w_arr_end(struct json_w *w)
{
	close_level(w, ']');
}

void json_w_raw(struct json_w *w, const char *key, const char *text, size_t len)
{
	begin(w, key);
	buf_append(w->b, text, len);
}

void json_w_null(struct json_w *w, const char *key)
{
	json_w_raw(w, key, "null", 4);
}

void json_w_strn(struct json_w *w, const char *key, const char *s, size_t n)
{
	begin(w, key);
	put_string(w, s, n);
}

void json_w_str(struct json_w *w, const char *key, const char *s)
{
	if (s)
		json_w_strn(w, key, s, strlen(s));
	else
		json_w_null(w, key);
}

static void put_number(struct json_w *w, const char *key, uint64_t v, bool minus)
{
	char digits[21];
	size_t at = sizeof(digits);

	do
		digits[--at] = (char)('0' + v % 10);
	while (v /= 10);
	if (minus)
		digits[--at] = '-';
	json_w_raw(w, key, digits + at, sizeof(digits) - at);
}

void json_w_int(struct json_w *w, const char *key, int64_t v)
{
	put_number(w, key, v < 0 ? 0 - (uint64_t)v : (uint64_t)v, v < 0);
}

void json_w_uint(struct json_w *w, const char *key, uint64_t v)
{
	put_number(w, key, v, false);
}

void json_w_bool(struct json_w *w, const char *key, bool v)
{
	json_w_raw(w, key, v ? "true" : "false", v ? 4 : 5);
}

/* Splits |v| into the fewest decimal digits that read back as v, and the exponent of the first. */
static int shortest(double v, char digits[20])
{
	char t[40];
	int n = 0, prec = 0;
	char *p;

	do
		snprintf(t, sizeof(t), "%.*e", prec, v);
	while (prec++ < 16 && strtod(t, NULL) != v);
	for (p = t; *p != 'e'; p++)
		if (*p >= '0' && *p <= '9')
			digits[n++] = *p;
	digits[n] = 0;
	return atoi(p + 1);
}

void json_w_real(struct json_w *w, const char *key, double v)
{
	char d[20] = "";
	int x, n;

	if (!isfinite(v)) {
		json_w_null(w, key);
		return;
	}
	begin(w, key);
	x = shortest(v, d);
	n = (int)strlen(d);
	if (signbit(v))
		buf_char(w->b, '-');
	if (v != 0 && (fabs(v) < 1e-6 || fabs(v) >= 1e21)) {
		buf_printf(w->b, "%c%s%se%+d", d[0], n > 1 ? "." : "", d + 1, x);
		return;
	}
	if (x < 0)
		buf_printf(w->b, "0.%.*s", -x - 1, "00000");
	for (int i = 0; i < n || i <= x; i++) {
		if (x >= 0 && i == x + 1)
			buf_char(w->b, '.');
		buf_char(w->b, i < n ? d[i] : '0');
	}
}

void json_w_strs(struct json_w *w, const char *key, const struct strs *s)
{
	if (!s) {
		json_w_null(w, key);
		return;
	}
	json_w_arr(w, key);
	for (size_t i = 0; i < s->n; i++)
		json_w_str(w, NULL, s->v[i]);
	json_w_arr_end(w);
}

void json_w_map(struct json_w *w, const char *key, const struct strs *s)
{
	if (!s) {
		json_w_null(w, key);
		return;
	}
	json_w_obj(w, key);
	for (size_t i = 0; i < s->n; i++) {
		size_t n = strcspn(s->v[i], "=");

		json_w_strn(w, NULL, s->v[i], n);
		buf_char(w->b, ':');
		w->comma = false;
		json_w_str(w, NULL, s->v[i] + n + (s->v[i][n] == '='));
	}
	json_w_end(w);
}
