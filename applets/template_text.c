/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The C library's tables are not asked: they depend on locales and know fewer scripts or more than
 * the next libc. What stands here is enough for names, labels and paths.
 */
#include "applets/template_text.h"

#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#define BAD 0xfffd

size_t template_text_rune(const char *s, size_t n, int64_t *ret)
{
	static const int64_t least[] = {0, 0, 0x80, 0x800, 0x10000};
	const unsigned char *p = (const unsigned char *)s;
	size_t len = p[0] < 0x80 ? 1 : p[0] < 0xc2 ? 0 : p[0] < 0xe0 ? 2 : p[0] < 0xf0 ? 3 : 4;
	int64_t r = len == 1 ? p[0] : p[0] & (0x7f >> len);

	*ret = BAD;
	if (!len || len > n || p[0] > 0xf4)
		return 1;
	for (size_t i = 1; i < len; i++) {
		if ((p[i] & 0xc0) != 0x80)
			return 1;
		r = r << 6 | (p[i] & 0x3f);
	}
	if (r < least[len] || r > 0x10ffff || (r >= 0xd800 && r < 0xe000))
		return 1;
	*ret = r;
	return len;
}

void template_text_put(struct buf *b, int64_t r)
{
	if (r < 0 || r > 0x10ffff || (r >= 0xd800 && r < 0xe000))
		r = BAD;
	if (r < 0x80) {
		buf_char(b, (char)r);
		return;
	}
	if (r < 0x800) {
		buf_char(b, (char)(0xc0 | r >> 6));
	} else {
		if (r < 0x10000) {
			buf_char(b, (char)(0xe0 | r >> 12));
		} else {
			buf_char(b, (char)(0xf0 | r >> 18));
			buf_char(b, (char)(0x80 | (r >> 12 & 0x3f)));
		}
		buf_char(b, (char)(0x80 | (r >> 6 & 0x3f)));
	}
	buf_char(b, (char)(0x80 | (r & 0x3f)));
}

size_t template_text_runes(const char *s, size_t n)
{
	size_t count = 0;
	int64_t r;

	for (size_t i = 0; i < n; count++)
		i += template_text_rune(s + i, n - i, &r);
	return count;
}

/* Digits of a base at s: exactly `want` of them. -1 if there are fewer or other characters. */
static int64_t digits(const char *s, size_t left, size_t want, int base)
{
	static const char chars[] = "0123456789abcdef";
	int64_t v = 0;

	if (left < want)
		return -1;
	for (size_t i = 0; i < want; i++) {
		char c = s[i] >= 'A' && s[i] <= 'F' ? (char)(s[i] + 32) : s[i];
		const char *at = c ? strchr(chars, c) : NULL;

		if (!at || at - chars >= base)
			return -1;
		v = v * base + (at - chars);
	}
	return v;
}

/* One escape behind its backslash; how many bytes it takes, 0 if it is none. */
static size_t escape(struct buf *b, const char *s, size_t left, char quote)
{
	static const char from[] = "abfnrtv\\", to[] = "\a\b\f\n\r\t\v\\";
	const char *at = left && *s ? strchr(from, *s) : NULL;
	size_t want = 0;
	int64_t v;

	if (at || (left && *s == quote)) {
		buf_char(b, at ? to[at - from] : quote);
		return 1;
	}
	if (left && (*s == 'x' || *s == 'u' || *s == 'U')) {
		want = *s == 'x' ? 2 : *s == 'u' ? 4 : 8;
		v = digits(s + 1, left - 1, want, 16);
		if (v < 0 || v > 0x10ffff || (v >= 0xd800 && v < 0xe000))
			return 0;
		if (want == 2)
			buf_char(b, (char)v);
		else
			template_text_put(b, v);
		return want + 1;
	}
	v = digits(s, left, 3, 8);
	if (v < 0 || v > 255)
		return 0;
	buf_char(b, (char)v);
	return 3;
}

int template_text_unquote(struct arena *a, const char *s, size_t n, struct value *ret,
			  const char **ret_why)
{
	AUTO_BUF b = BUF_INIT;
	size_t used;

	*ret_why = "invalid syntax";
	for (size_t i = 1; i + 1 < n; i += used) {
		used = 1;
		if (s[i] != '\\')
			buf_char(&b, s[i]);
		else if ((used = escape(&b, s + i + 1, n - i - 2, s[0])))
			used++;
		else
			return -1;
	}
	if (s[0] == '\'' && !b.len)
		return -1;
	*ret = value_copy(a, b.data, b.len);
	return 0;
}

static void quote_rune(struct buf *b, int64_t r, char quote, bool ascii)
{
	static const char from[] = "\a\b\f\n\r\t\v\\", to[] = "abfnrtv\\";
	const char *at = r > 0 && r < 0x80 ? strchr(from, (char)r) : NULL;

	if (at)
		buf_printf(b, "\\%c", to[at - from]);
	else if (r == quote)
		buf_printf(b, "\\%c", quote);
	else if (r < 0x20 || r == 0x7f)
		buf_printf(b, "\\x%02x", (unsigned)r);
	else if (r < 0x7f || (!ascii && r > 0xa0 && r != 0xad && r != 0xfeff))
		template_text_put(b, r);
	else
		buf_printf(b, r < 0x10000 ? "\\u%04x" : "\\U%08x", (unsigned)r);
}

void template_text_quote(struct buf *b, const char *s, size_t n, char quote, bool ascii)
{
	int64_t r;

	buf_char(b, quote);
	for (size_t i = 0, len; i < n; i += len) {
		len = template_text_rune(s + i, n - i, &r);
		if (r == BAD && len == 1)
			buf_printf(b, "\\x%02x", (unsigned char)s[i]);
		else
			quote_rune(b, r, quote, ascii);
	}
	buf_char(b, quote);
}

void template_text_html(struct buf *b, const char *s, size_t n)
{
	static const char from[] = "\"'&<>";
	static const char *const to[] = {"&#34;", "&#39;", "&amp;", "&lt;", "&gt;"};

	for (size_t i = 0; i < n; i++) {
		const char *at = s[i] ? strchr(from, s[i]) : NULL;

		if (at)
			buf_str(b, to[at - from]);
		else if (!s[i])
			template_text_put(b, BAD);
		else
			buf_char(b, s[i]);
	}
}

void template_text_js(struct buf *b, const char *s, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		unsigned char c = (unsigned char)s[i];

		if (c && strchr("\\'\"", c))
			buf_printf(b, "\\%c", c);
		else if (c < 0x20 || strchr("<>&=", c))
			buf_printf(b, "\\u%04X", c);
		else
			buf_char(b, s[i]);
	}
}

void template_text_url(struct buf *b, const char *s, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		unsigned char c = (unsigned char)s[i], low = c | 0x20;

		if ((low >= 'a' && low <= 'z') || (c >= '0' && c <= '9') ||
		    (c && strchr("-_.~", c)))
			buf_char(b, s[i]);
		else if (c == ' ')
			buf_char(b, '+');
		else
			buf_printf(b, "%%%02X", c);
	}
}

/* Letters whose small and capital forms are a fixed way apart. */
static const struct {
	int low, high, down; /* the small ones; how much less the capital is */
} cases[] = {
	{'a', 'z', 32},	    {0xe0, 0xf6, 32},	{0xf8, 0xfe, 32},   {0x3b1, 0x3c1, 32},
	{0x3c3, 0x3cb, 32}, {0x430, 0x44f, 32}, {0x450, 0x45f, 80},
};

static int64_t change(int64_t r, bool up)
{
	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		int64_t small = up ? r : r + cases[i].down;

		if (small >= cases[i].low && small <= cases[i].high)
			return up ? r - cases[i].down : small;
	}
	return r;
}

static bool separates(int64_t r)
{
	if (r >= 0x80)
		return r == 0x85 || r == 0xa0 || (r >= 0x2000 && r <= 0x200a) || r == 0x3000;
	return !((r >= 'a' && r <= 'z') || (r >= 'A' && r <= 'Z') || (r >= '0' && r <= '9') ||
		 r == '_');
}

void template_text_case(struct buf *b, const char *s, size_t n, char how)
{
	bool begin = true;
	int64_t r;

	for (size_t i = 0, len; i < n; i += len) {
		len = template_text_rune(s + i, n - i, &r);
		if (how == 'l')
			r = change(r, false);
		else if (how == 'u' || begin)
			r = change(r, true);
		begin = separates(r);
		template_text_put(b, r);
	}
}
