/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A parser of its own, since a log is read line by line a million times and its lines are of one
 * shape: an object of strings, and one object ("attrs") that is taken as it is. Members come in any
 * order; anything else is damage, a line that a killed shim left unfinished above all.
 */
#include "engine/logs_record.h"

#include <stdbool.h>
#include <stdint.h>
#include <string.h>

struct reader {
	const char *p, *end;
	char *out;
};

static int hex4(struct reader *r)
{
	int v = 0;

	if (r->end - r->p < 4)
		return -1;
	for (int i = 0; i < 4; i++) {
		int c = *r->p++ | 0x20;

		if (c >= '0' && c <= '9')
			v = v << 4 | (c - '0');
		else if (c >= 'a' && c <= 'f')
			v = v << 4 | (c - 'a' + 10);
		else
			return -1;
	}
	return v;
}

static void utf8(struct reader *r, int c)
{
	if (c < 0x80) {
		*r->out++ = (char)c;
	} else if (c < 0x800) {
		*r->out++ = (char)(0xc0 | c >> 6);
		*r->out++ = (char)(0x80 | (c & 0x3f));
	} else if (c < 0x10000) {
		*r->out++ = (char)(0xe0 | c >> 12);
		*r->out++ = (char)(0x80 | (c >> 6 & 0x3f));
		*r->out++ = (char)(0x80 | (c & 0x3f));
	} else {
		*r->out++ = (char)(0xf0 | c >> 18);
		*r->out++ = (char)(0x80 | (c >> 12 & 0x3f));
		*r->out++ = (char)(0x80 | (c >> 6 & 0x3f));
		*r->out++ = (char)(0x80 | (c & 0x3f));
	}
}

/* Behind "\u". What is written there is never longer than the escape. */
static int unicode(struct reader *r)
{
	int c = hex4(r), low;

	if (c < 0)
		return -1;
	if (c >= 0xd800 && c < 0xdc00 && r->end - r->p >= 6 && !memcmp(r->p, "\\u", 2)) {
		r->p += 2;
		low = hex4(r);
		if (low >= 0xdc00 && low < 0xe000)
			c = 0x10000 + ((c - 0xd800) << 10) + (low - 0xdc00);
		else
			c = 0xfffd;
	} else if (c >= 0xd800 && c < 0xe000) {
		c = 0xfffd;
	}
	utf8(r, c);
	return 0;
}

static int escaped(struct reader *r)
{
	static const char from[] = "\"\\/bfnrt", to[] = "\"\\/\b\f\n\r\t";
	const char *k;

	if (r->p >= r->end)
		return -1;
	if (*r->p == 'u') {
		r->p++;
		return unicode(r);
	}
	k = *r->p ? strchr(from, *r->p) : NULL;
	if (!k)
		return -1;
	*r->out++ = to[k - from];
	r->p++;
	return 0;
}

/* Nonzero if one of the eight bytes is a quote or a backslash. */
static uint64_t special(uint64_t w)
{
	const uint64_t ones = 0x0101010101010101ull, high = 0x8080808080808080ull;
	uint64_t quote = w ^ ones * '"', slash = w ^ ones * '\\';

	return (((quote - ones) & ~quote) | ((slash - ones) & ~slash)) & high;
}

/* Undoes a string into out, which has as much room as there is text. */
static int undo(struct reader *r)
{
	if (r->p >= r->end || *r->p++ != '"')
		return -1;
	for (;;) {
		uint64_t w;

		while (r->end - r->p >= 8) {
			memcpy(&w, r->p, 8);
			if (special(w))
				break;
			memcpy(r->out, &w, 8);
			r->out += 8;
			r->p += 8;
		}
		while (r->p < r->end && *r->p != '"' && *r->p != '\\')
			*r->out++ = *r->p++;
		if (r->p >= r->end)
			return -1;
		if (*r->p++ == '"')
			return 0;
		if (escaped(r))
			return -1;
	}
}

/* A string without escapes, where it stands. */
static int plain(struct reader *r, const char **ret, size_t *ret_n)
{
	const char *p;

	if (r->p >= r->end || *r->p++ != '"')
		return -1;
	for (p = r->p; p < r->end && *p != '"'; p++)
		if (*p == '\\')
			return -1;
	if (p >= r->end)
		return -1;
	*ret = r->p;
	*ret_n = (size_t)(p - r->p);
	r->p = p + 1;
	return 0;
}

/* The end of an object of strings, or of anything flat enough: braces and strings are counted. */
static int skip_object(struct reader *r)
{
	int depth = 0;
	bool quoted = false;

	for (; r->p < r->end; r->p++) {
		if (quoted && *r->p == '\\') {
			r->p++;
		} else if (*r->p == '"') {
			quoted = !quoted;
		} else if (!quoted && *r->p == '{') {
			depth++;
		} else if (!quoted && *r->p == '}' && !--depth) {
			r->p++;
			return 0;
		}
	}
	return -1;
}

static bool is(const char *key, size_t n, const char *name)
{
	return n == strlen(name) && !memcmp(key, name, n);
}

static int member(struct reader *r, struct logs_record *ret)
{
	const char *key, *value;
	size_t nkey, n;

	if (plain(r, &key, &nkey) || r->p >= r->end || *r->p++ != ':')
		return -1;
	if (is(key, nkey, "log")) {
		ret->log = r->out;
		if (undo(r))
			return -1;
		ret->n = (size_t)(r->out - ret->log);
		return 0;
	}
	if (is(key, nkey, "attrs")) {
		ret->attrs = r->p;
		if (r->p >= r->end || *r->p != '{' || skip_object(r))
			return -1;
		ret->nattrs = (size_t)(r->p - ret->attrs);
		return 0;
	}
	if (plain(r, &value, &n))
		return -1;
	if (is(key, nkey, "stream")) {
		ret->stream = is(value, n, "stderr") ? 2 : 1;
	} else if (is(key, nkey, "time")) {
		if (n >= sizeof(ret->time))
			return -1;
		memcpy(ret->time, value, n);
		ret->time[n] = 0;
	}
	return 0;
}

int logs_record_parse(const char *text, size_t n, char *room, struct logs_record *ret)
{
	struct reader r = {text, text + n, room};

	ret->log = room;
	ret->n = ret->nattrs = 0;
	ret->stream = 1;
	*ret->time = 0;
	if (!n || *r.p++ != '{')
		return -1;
	for (;;) {
		if (member(&r, ret) || r.p >= r.end)
			return -1;
		if (*r.p == '}')
			break;
		if (*r.p++ != ',')
			return -1;
	}
	return r.p + 1 == r.end && *ret->time ? 0 : -1;
}
