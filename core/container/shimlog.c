/* SPDX-License-Identifier: Apache-2.0 */
/*
 * From bytes to records. A chunk of output (what one read of a pipe gave) becomes one batch of
 * records for the file; nothing is allocated and the clock is asked once a chunk: its lines were
 * all there at that moment. So that each line has a time of its own all the same (collectors go on
 * behind the last time they saw), every record is 1 ns later than the one before.
 *
 * Docker reads 16 KiB at a time: a line that does not fit is cut there, the pieces carry the time
 * of the first one, and only the last has the line feed. What is not ended yet waits in part[].
 *
 * Escaping is Go's encoding/json with its HTML rules, byte for byte; eight bytes at a time while
 * there is nothing to escape.
 */
#include "container/shimlog.h"
#include "container/shimlog_file.h"
#include "container/shimlog_follow.h"
#include "container/shimlog_ring.h"

#include <string.h>
#include <unistd.h>

#include "base/stamp.h"

#define PIECE 16384 /* Docker's: bytes of a line in one record */
#define BATCH 65536 /* flushed beyond that */
#define TIME_AT 19  /* bytes of "2006-01-02T15:04:05" */

static struct {
	const struct spec_log *l;
	int epoll;
	size_t nattrs;
	int64_t last; /* the time of the last record */
	char out[BATCH + 6 * PIECE + SHIMLOG_MAX_ATTRS + 256];
	size_t len;
} sl;

static struct part {
	char data[PIECE];
	size_t len;
	bool cut;      /* a piece of this line was written */
	int64_t first; /* its time */
} part[2];

static struct {
	int64_t sec;
	char text[STAMP_LEN]; /* of the second, for all its records */
} second = {.sec = -1};

void shimlog_open(const struct spec_log *l, int epoll)
{
	sl.epoll = epoll;
	sl.l = strcmp(l->driver, "json-file") || !l->path ? NULL : l;
	sl.nattrs = l->attrs ? strlen(l->attrs) : 0;
	if (sl.nattrs > SHIMLOG_MAX_ATTRS)
		sl.nattrs = 0;
}

/* ---- escaping */

/* Nonzero if one of the eight bytes needs a look. */
static uint64_t special(uint64_t w)
{
	const uint64_t ones = 0x0101010101010101ull, high = 0x8080808080808080ull;
	uint64_t quote = w ^ ones * '"', slash = w ^ ones * '\\', amp = w ^ ones * '&';
	uint64_t angle = (w & ~(ones * 2)) ^ ones * '<'; /* < and > differ in one bit */
	uint64_t any = w | ((w - ones * 0x20) & ~w);	 /* not ASCII, control characters */

	any |= ((quote - ones) & ~quote) | ((slash - ones) & ~slash);
	any |= ((amp - ones) & ~amp) | ((angle - ones) & ~angle);
	return any & high;
}

static char *unicode(char *o, unsigned c)
{
	static const char hex[] = "0123456789abcdef";

	*o++ = '\\';
	*o++ = 'u';
	*o++ = hex[c >> 12];
	*o++ = hex[c >> 8 & 15];
	*o++ = hex[c >> 4 & 15];
	*o++ = hex[c & 15];
	return o;
}

static char *ascii(char *o, unsigned char c)
{
	const char *named = c == '\n' ? "n" : c == '\r' ? "r" : c == '"' ? "\"" : "\\";

	if (c == '\n' || c == '\r' || c == '"' || c == '\\') {
		*o++ = '\\';
		*o++ = *named;
		return o;
	}
	if (c < 0x20 || c == '<' || c == '>' || c == '&')
		return unicode(o, c);
	*o++ = (char)c;
	return o;
}

/* The length of the UTF-8 sequence at p; 0 if it is none. */
static size_t sequence(const unsigned char *p, size_t left)
{
	unsigned char c = p[0], low = 0x80, top = 0xbf;
	size_t n = c >= 0xf0 ? 4 : c >= 0xe0 ? 3 : 2;

	if (c < 0xc2 || c > 0xf4 || left < n)
		return 0;
	if (c == 0xe0)
		low = 0xa0;
	else if (c == 0xed)
		top = 0x9f;
	else if (c == 0xf0)
		low = 0x90;
	else if (c == 0xf4)
		top = 0x8f;
	if (p[1] < low || p[1] > top)
		return 0;
	for (size_t i = 2; i < n; i++)
		if ((p[i] & 0xc0) != 0x80)
			return 0;
	return n;
}

static char *beyond(char *o, const unsigned char **p, const unsigned char *end)
{
	const unsigned char *s = *p;
	size_t n = sequence(s, (size_t)(end - s));

	*p += n ? n : 1;
	if (!n)
		return unicode(o, 0xfffd);
	if (n == 3 && s[0] == 0xe2 && s[1] == 0x80 && (s[2] & 0xfe) == 0xa8)
		return unicode(o, 0x2000 | (s[2] & 0x3f)); /* U+2028, U+2029 */
	memcpy(o, s, n);
	return o + n;
}

static char *escape(char *o, const char *data, size_t len)
{
	const unsigned char *p = (const unsigned char *)data, *end = p + len;

	while (p < end) {
		const unsigned char *stop;
		uint64_t w;

		while (end - p >= 8) {
			memcpy(&w, p, 8);
			if (special(w))
				break;
			memcpy(o, &w, 8);
			o += 8;
			p += 8;
		}
		stop = end - p >= 8 ? p + 8 : end;
		while (p < stop)
			o = *p < 0x80 ? ascii(o, *p++) : beyond(o, &p, end);
	}
	return o;
}

/* ---- records */

/* RFC3339Nano: without the zeros at the fraction's end. */
static char *time_text(char *o, int64_t ns)
{
	int64_t sec = ns / 1000000000;
	unsigned frac = (unsigned)(ns % 1000000000);
	int n = 9;

	if (sec != second.sec) {
		stamp_format(sec * 1000000000, second.text);
		second.sec = sec;
	}
	memcpy(o, second.text, TIME_AT);
	o += TIME_AT;
	if (frac) {
		*o = '.';
		for (; frac % 10 == 0; n--)
			frac /= 10;
		for (int i = n; i; i--, frac /= 10)
			o[i] = (char)('0' + frac % 10);
		o += n + 1;
	}
	*o++ = 'Z';
	return o;
}

#define PUT(o, text) (memcpy(o, text, sizeof(text) - 1), (o) + sizeof(text) - 1)

static void flush(void)
{
	if (sl.len && sl.l->nonblocking) {
		shimlog_ring_write(sl.l, sl.out, sl.len);
	} else if (sl.len) {
		shimlog_file_write(sl.l, sl.out, sl.len);
		shimlog_follow_more();
	}
	sl.len = 0;
}

static void record(int stream, const char *data, size_t n, bool line_feed, int64_t time)
{
	char *o = sl.out + sl.len;

	o = PUT(o, "{\"log\":\"");
	o = escape(o, data, n);
	if (line_feed)
		o = PUT(o, "\\n");
	o = stream == 1 ? PUT(o, "\",\"stream\":\"stdout\"") : PUT(o, "\",\"stream\":\"stderr\"");
	if (sl.nattrs) {
		o = PUT(o, ",\"attrs\":");
		memcpy(o, sl.l->attrs, sl.nattrs);
		o += sl.nattrs;
	}
	o = PUT(o, ",\"time\":\"");
	o = time_text(o, time);
	o = PUT(o, "\"}\n");
	sl.len = (size_t)(o - sl.out);
	if (sl.len >= BATCH)
		flush();
}

/* A line's end, or a piece of one. */
static void emit(int stream, struct part *p, const char *data, size_t n, bool line_feed)
{
	int64_t time = ++sl.last;

	if (p->len) { /* they are encoded in one go: a character may lie across the border */
		memcpy(p->data + p->len, data, n);
		data = p->data;
		n += p->len;
		p->len = 0;
	}
	if (!p->cut)
		p->first = time;
	record(stream, data, n, line_feed, p->first);
	p->cut = !line_feed;
}

void shimlog_write(int stream, const char *data, size_t n)
{
	struct part *p = &part[stream - 1];
	int64_t now;

	if (!sl.l)
		return;
	now = stamp_now();
	if (now > sl.last)
		sl.last = now;
	while (n) {
		size_t room = PIECE - p->len, look = n < room ? n : room;
		const char *end = memchr(data, '\n', look);
		size_t k = end ? (size_t)(end - data) : look;

		if (end || n >= room) {
			emit(stream, p, data, k, end != NULL);
		} else {
			memcpy(p->data + p->len, data, k);
			p->len += k;
		}
		k += end != NULL;
		data += k;
		n -= k;
	}
	flush();
}

void shimlog_end(void)
{
	if (!sl.l)
		return;
	for (int i = 0; i < 2; i++) {
		if (part[i].len) {
			sl.last = stamp_now() > sl.last ? stamp_now() : sl.last;
			emit(i + 1, &part[i], "", 0, false);
		}
		part[i].cut = false;
	}
	flush();
	if (sl.l->nonblocking)
		shimlog_ring_end(sl.l);
	shimlog_file_end();
	shimlog_follow_end();
}

void shimlog_reader(int fd, bool follow)
{
	if (!sl.l)
		close(fd);
	else if (sl.l->nonblocking)
		shimlog_ring_reader(sl.l, fd, follow);
	else
		shimlog_follow_add(sl.l, sl.epoll, fd, follow);
}

void shimlog_event(uint32_t index)
{
	shimlog_follow_event(index);
}

void shimlog_reap(void)
{
	shimlog_file_reap();
}
