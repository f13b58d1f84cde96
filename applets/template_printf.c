/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A verb reaches into lists and maps and applies to each of their items, width and all; that is
 * Go's way and why padding is done last, on text that is already made.
 */
#include "applets/template_printf.h"

#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include "applets/template_text.h"

#define WIDEST 1000000 /* Go's bound */

struct verb {
	bool minus, plus, sharp, space, zero;
	int width, prec; /* -1: none */
	char c;
	size_t max; /* where a list stops being printed */
};

static void repeat(struct buf *b, char c, int n)
{
	if (n <= 0)
		return;
	memset(buf_reserve(b, (size_t)n), c, (size_t)n);
	buf_advance(b, (size_t)n);
}

static void pad(struct buf *b, const struct verb *v, const char *s, size_t n, bool zero)
{
	size_t have = v->width > 0 ? template_text_runes(s, n) : 0;
	int fill = v->width > (int)have ? v->width - (int)have : 0;
	char c = zero && v->zero && !v->minus ? '0' : ' ';

	repeat(b, c, v->minus ? 0 : fill);
	buf_append(b, s, n);
	repeat(b, ' ', v->minus ? fill : 0);
}

static void bad_verb(struct buf *b, const struct verb *v, const struct value *x)
{
	if (x->kind <= VALUE_NULL) {
		buf_printf(b, "%%!%c(<nil>)", v->c);
		return;
	}
	buf_printf(b, "%%!%c(%s=", v->c, value_type(x));
	value_print(b, x, false);
	buf_char(b, ')');
}

static void put_hex(struct buf *b, const struct verb *v, const char *s, size_t n)
{
	AUTO_BUF t = BUF_INIT;

	for (size_t i = 0; i < n; i++) {
		if (v->sharp && (!i || v->space))
			buf_str(&t, i ? (v->c == 'x' ? " 0x" : " 0X") : v->c == 'x' ? "0x" : "0X");
		else if (v->space && i)
			buf_char(&t, ' ');
		buf_printf(&t, v->c == 'x' ? "%02x" : "%02X", (unsigned char)s[i]);
	}
	pad(b, v, t.data ? t.data : "", t.len, true);
}

static void put_str(struct buf *b, const struct verb *v, const struct value *x)
{
	AUTO_BUF t = BUF_INIT;
	size_t n = x->n;
	int64_t r;

	if (v->prec >= 0) {
		n = 0;
		for (int i = 0; i < v->prec && n < x->n; i++)
			n += template_text_rune(x->s + n, x->n - n, &r);
	}
	if (v->c == 's' || (v->c == 'v' && !v->sharp)) {
		pad(b, v, x->s, n, true);
	} else if (v->c == 'x' || v->c == 'X') {
		put_hex(b, v, x->s,
			v->prec >= 0 && (size_t)v->prec < x->n ? (size_t)v->prec : x->n);
	} else if (v->c == 'q' || v->c == 'v') {
		if (v->c == 'q' && v->sharp && !memchr(x->s, '`', n) && !memchr(x->s, '\n', n)) {
			buf_char(&t, '`');
			buf_append(&t, x->s, n);
			buf_char(&t, '`');
		} else {
			template_text_quote(&t, x->s, n, '"', v->plus);
		}
		pad(b, v, t.data, t.len, true);
	} else {
		bad_verb(b, v, x);
	}
}

static void put_rune(struct buf *b, const struct verb *v, int64_t i)
{
	AUTO_BUF t = BUF_INIT, q = BUF_INIT;

	if (v->c == 'U') {
		buf_printf(&t, "U+%04llX", (unsigned long long)i);
	} else {
		template_text_put(&t, i);
		if (v->c == 'q') {
			template_text_quote(&q, t.data, t.len, '\'', v->plus);
			pad(b, v, q.data, q.len, false);
			return;
		}
	}
	pad(b, v, t.data, t.len, false);
}

static const char *sign_of(const struct verb *v, bool negative)
{
	return negative ? "-" : v->plus ? "+" : v->space ? " " : "";
}

static void put_int(struct buf *b, const struct verb *v, const struct value *x)
{
	static const char digits[] = "0123456789abcdef0123456789ABCDEF";
	const char *sign = sign_of(v, x->i < 0), *prefix = "";
	unsigned base = v->c == 'b'		     ? 2
			: v->c == 'o' || v->c == 'O' ? 8
			: v->c == 'd' || v->c == 'v' ? 10
						     : 16;
	uint64_t u = x->i < 0 ? -(uint64_t)x->i : (uint64_t)x->i;
	AUTO_BUF t = BUF_INIT;
	char text[72];
	int at = sizeof(text), least = v->prec;

	do
		text[--at] = digits[u % base + (v->c == 'X' ? 16 : 0)];
	while (u /= base);
	if (v->sharp)
		prefix = v->c == 'x'   ? "0x"
			 : v->c == 'X' ? "0X"
			 : v->c == 'b' ? "0b"
			 : v->c == 'o' ? "0"
				       : "";
	if (v->c == 'O')
		prefix = "0o";
	if (least < 0 && v->zero && !v->minus)
		least = v->width - (int)strlen(sign);
	buf_str(&t, sign);
	buf_str(&t, prefix);
	repeat(&t, '0', least - ((int)sizeof(text) - at));
	buf_append(&t, text + at, sizeof(text) - (size_t)at);
	pad(b, v, t.data, t.len, false);
}

static void put_real(struct buf *b, const struct verb *v, double r)
{
	AUTO_BUF t = BUF_INIT;
	char c = v->c == 'F' ? 'f' : v->c == 'v' ? 'g' : v->c;
	int prec = v->prec > 1000 ? 1000 : v->prec;
	char fmt[] = {'%', '.', '*', c, 0};
	size_t at = 0;

	if (r >= 0)
		buf_str(&t, sign_of(v, false));
	if (prec < 0 && (c == 'g' || c == 'G')) {
		value_real(&t, r);
		for (char *p = t.data; c == 'G' && *p; p++)
			*p = *p == 'e' ? 'E' : *p;
	} else {
		char text[1400];

#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wformat-nonliteral"
		snprintf(text, sizeof(text), fmt, prec < 0 ? 6 : prec, r);
#pragma GCC diagnostic pop
		buf_str(&t, text);
	}
	if (v->zero && !v->minus && (int)t.len < v->width) { /* zeros go behind the sign */
		at = strspn(t.data, "+- ");
		buf_append(b, t.data, at);
		repeat(b, '0', v->width - (int)t.len);
		buf_append(b, t.data + at, t.len - at);
		return;
	}
	pad(b, v, t.data, t.len, false);
}

static void put(struct buf *b, const struct verb *v, const struct value *x);

static void put_many(struct buf *b, const struct verb *v, const struct value *x)
{
	AUTO_ARENA a = ARENA_INIT;
	const struct value *items = NULL;
	struct value_member *m = NULL;
	size_t n = x->len;

	if (x->kind == VALUE_LIST)
		items = value_items(&a, x);
	else
		n = value_members(&a, x->json, &m);
	buf_str(b, m ? "map[" : "[");
	for (size_t i = 0; i < n && (m || items) && b->len <= v->max; i++) {
		struct value one = m ? value_str(m[i].key, strlen(m[i].key)) : items[i];

		buf_str(b, i ? " " : "");
		put(b, v, &one);
		if (!m)
			continue;
		buf_char(b, ':');
		one = value_of(m[i].json);
		put(b, v, &one);
	}
	buf_char(b, ']');
}

static void put(struct buf *b, const struct verb *v, const struct value *x)
{
	const char *verbs = "";

	if (v->c == 'T') {
		pad(b, v, value_type(x), strlen(value_type(x)), true);
		return;
	}
	switch (x->kind) {
	case VALUE_NONE:
	case VALUE_NULL:
		verbs = "v";
		break;
	case VALUE_BOOL:
		verbs = "vt";
		break;
	case VALUE_INT:
		verbs = "vbcdoOqxXU";
		break;
	case VALUE_REAL:
		verbs = "veEfFgG";
		break;
	case VALUE_STR:
		put_str(b, v, x);
		return;
	case VALUE_LIST:
	case VALUE_MAP:
		put_many(b, v, x);
		return;
	}
	if (!strchr(verbs, v->c)) {
		bad_verb(b, v, x);
	} else if (x->kind == VALUE_REAL) {
		put_real(b, v, x->r);
	} else if (x->kind == VALUE_INT && strchr("cqU", v->c)) {
		put_rune(b, v, x->i);
	} else if (x->kind == VALUE_INT) {
		put_int(b, v, x);
	} else {
		AUTO_BUF t = BUF_INIT;

		value_print(&t, x, false);
		pad(b, v, t.data, t.len, true);
	}
}

struct scan {
	const char *p, *end;
	const struct value *args;
	int n, at; /* the argument that comes next */
	bool jumped;
};

static int number(struct scan *s)
{
	int n = 0;

	for (; s->p < s->end && *s->p >= '0' && *s->p <= '9'; s->p++)
		n = n < WIDEST ? n * 10 + *s->p - '0' : n;
	return n > WIDEST ? -1 : n;
}

/* "[n]": the next argument is the n-th. */
static void jump(struct scan *s)
{
	const char *p = s->p;
	int n;

	if (s->p == s->end || *s->p != '[')
		return;
	s->p++;
	n = number(s);
	if (s->p == s->end || *s->p != ']' || n < 1) {
		s->p = p;
		return;
	}
	s->p++;
	s->at = n - 1;
	s->jumped = true;
}

/* A width or precision: digits, or * for the next argument. */
static int size_of(struct scan *s, int none)
{
	jump(s);
	if (s->p < s->end && *s->p == '*') {
		int64_t i = 0;

		s->p++;
		if (s->at < s->n && s->args[s->at].kind == VALUE_INT)
			i = s->args[s->at].i;
		s->at++;
		return i < -WIDEST || i > WIDEST ? none : (int)i;
	}
	return s->p < s->end && *s->p >= '0' && *s->p <= '9' ? number(s) : none;
}

/* A verb behind its %, and where its letter is. */
static void scan_verb(struct scan *s, struct verb *v)
{
	*v = (struct verb){.width = -1, .prec = -1};
	for (; s->p < s->end && strchr("+-# 0", *s->p) && *s->p; s->p++) {
		v->minus |= *s->p == '-';
		v->plus |= *s->p == '+';
		v->sharp |= *s->p == '#';
		v->space |= *s->p == ' ';
		v->zero |= *s->p == '0';
	}
	v->width = size_of(s, -1);
	if (v->width < -1) {
		v->minus = true;
		v->width = -v->width;
	}
	if (s->p < s->end && *s->p == '.') {
		s->p++;
		v->prec = size_of(s, 0);
	}
	jump(s);
	v->c = s->p < s->end ? *s->p++ : 0;
	if (v->c == 'v') /* there they ask for Go's names */
		v->plus = false;
}

static void put_verb(struct buf *b, struct scan *s, size_t max)
{
	struct verb v;

	scan_verb(s, &v);
	v.max = max;
	if (!v.c)
		buf_str(b, "%!(NOVERB)");
	else if (v.c == '%')
		buf_char(b, '%');
	else if (s->at >= s->n)
		buf_printf(b, s->jumped ? "%%!%c(BADINDEX)" : "%%!%c(MISSING)", v.c);
	else
		put(b, &v, &s->args[s->at++]);
}

static void put_extra(struct buf *b, const struct scan *s)
{
	if (s->jumped || s->at >= s->n)
		return;
	buf_str(b, "%!(EXTRA ");
	for (int i = s->at; i < s->n; i++) {
		buf_str(b, i > s->at ? ", " : "");
		if (s->args[i].kind > VALUE_NULL)
			buf_printf(b, "%s=", value_type(&s->args[i]));
		value_print(b, &s->args[i], false);
	}
	buf_char(b, ')');
}

int template_printf(struct buf *b, const char *fmt, size_t len, const struct value *args, int n,
		    size_t max)
{
	struct scan s = {.p = fmt, .end = fmt + len, .args = args, .n = n};

	while (s.p < s.end) {
		const char *percent = memchr(s.p, '%', (size_t)(s.end - s.p));
		const char *to = percent ? percent : s.end;

		buf_append(b, s.p, (size_t)(to - s.p));
		s.p = to;
		if (percent) {
			s.p++;
			put_verb(b, &s, max);
		}
		if (b->len > max)
			return -1;
	}
	put_extra(b, &s);
	return b->len > max ? -1 : 0;
}
