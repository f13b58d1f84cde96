/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Every read is preceded by a comparison of what is left, in one place (`left`); lengths only ever
 * grow towards the end of the message, so work is bounded by its size.
 *
 * The question is echoed byte for byte: some askers vary the case of letters and compare
 * (draft-vixie-dnsext-dns0x20).
 */
#include "network/dns.h"

#include <stdlib.h>
#include <string.h>

#define QR 0x80 /* of byte 2 */
#define OPCODE 0x78
#define TC 0x02
#define RD 0x01
#define RA 0x80 /* of byte 3 */
#define OPT_SIZE 11
#define EDNS_ROOM 4096 /* what we take ourselves */
#define POINTER 0xc0
#define NAME_WIRE 255

static uint16_t get16(const uint8_t *p)
{
	return (uint16_t)(p[0] << 8 | p[1]);
}

static void put16(uint8_t *p, uint16_t v)
{
	p[0] = (uint8_t)(v >> 8);
	p[1] = (uint8_t)v;
}

static void put32(uint8_t *p, uint32_t v)
{
	put16(p, (uint16_t)(v >> 16));
	put16(p + 2, (uint16_t)v);
}

uint16_t dns_id(const void *msg)
{
	return get16(msg);
}

void dns_set_id(void *msg, uint16_t id)
{
	put16(msg, id);
}

enum dns_rcode dns_rcode(const void *msg)
{
	return ((const uint8_t *)msg)[3] & 15;
}

/* ---- reading */

struct reader {
	const uint8_t *p;
	size_t n, at;
};

static bool left(const struct reader *r, size_t n)
{
	return r->n - r->at >= n;
}

static char text_of(uint8_t c)
{
	if (c >= 'A' && c <= 'Z')
		return (char)(c + 'a' - 'A');
	return c > ' ' && c < 127 && c != '.' ? (char)c : 1;
}

static int read_name(struct reader *r, char ret[DNS_NAME])
{
	size_t start = r->at, to = 0, n;

	for (;;) {
		if (!left(r, 1))
			return -1;
		n = r->p[r->at++];
		if (!n)
			break;
		if (n > 63 || !left(r, n) || r->at + n - start >= NAME_WIRE)
			return -1;
		if (to)
			ret[to++] = '.';
		for (size_t i = 0; i < n; i++)
			ret[to++] = text_of(r->p[r->at++]);
	}
	ret[to] = 0;
	return 0;
}

static int skip_name(struct reader *r)
{
	while (left(r, 1)) {
		uint8_t n = r->p[r->at++];

		if (!n)
			return 0;
		if (n >= POINTER)
			return left(r, 1) ? (r->at++, 0) : -1;
		if (n > 63 || !left(r, n))
			return -1;
		r->at += n;
	}
	return -1;
}

/* What stands behind the question: only EDNS is looked for. */
static int read_rest(struct reader *r, unsigned records, struct dns_question *q)
{
	for (; records; records--) {
		bool root = left(r, 1) && !r->p[r->at];
		const uint8_t *fixed;
		size_t size;

		if (skip_name(r) || !left(r, 10))
			return -1;
		fixed = r->p + r->at;
		size = get16(fixed + 8);
		r->at += 10;
		if (!left(r, size))
			return -1;
		r->at += size;
		if (get16(fixed) != DNS_OPT)
			continue;
		if (!root || q->edns)
			return -1;
		q->edns = true;
		q->room = get16(fixed + 2);
		if (q->room < DNS_UDP_MIN)
			q->room = DNS_UDP_MIN;
	}
	return 0;
}

int dns_read(const void *msg, size_t n, struct dns_question *ret)
{
	struct reader r = {msg, n, DNS_HEAD};
	struct dns_question q = {.room = DNS_UDP_MIN};
	const uint8_t *p = msg;

	ret->rcode = -1;
	if (n < DNS_HEAD || n > UINT16_MAX || p[2] & QR)
		return -1;
	ret->rcode = p[2] & OPCODE ? DNS_NOTIMP : DNS_FORMERR;
	if (p[2] & OPCODE || get16(p + 4) != 1 || read_name(&r, q.name) || !left(&r, 4))
		return -1;
	q.type = get16(p + r.at);
	q.class = get16(p + r.at + 2);
	r.at += 4;
	q.end = (uint16_t)r.at;
	if (read_rest(&r, 0u + get16(p + 6) + get16(p + 8) + get16(p + 10), &q))
		return -1;
	*ret = q;
	return 0;
}

static bool same_name(const uint8_t *a, const uint8_t *b, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		uint8_t x = a[i], y = b[i];

		/* lengths are below 'A' and so compared as they are */
		if (x != y && ((x ^ y) != 0x20 || (x | 0x20) < 'a' || (x | 0x20) > 'z'))
			return false;
	}
	return true;
}

bool dns_answers(void *msg, size_t n, const void *query, size_t end)
{
	const uint8_t *q = query;
	uint8_t *p = msg;

	if (n < end || end < DNS_HEAD + 5 || !(p[2] & QR) || p[2] & OPCODE || get16(p + 4) != 1 ||
	    get16(p) != get16(q) || !same_name(p + DNS_HEAD, q + DNS_HEAD, end - DNS_HEAD - 4) ||
	    memcmp(p + end - 4, q + end - 4, 4))
		return false;
	memcpy(p + DNS_HEAD, q + DNS_HEAD, end - DNS_HEAD);
	return true;
}

/* ---- writing */

void dns_begin(struct dns_answer *w, void *data, size_t cap, const void *query,
	       const struct dns_question *q, enum dns_rcode rcode)
{
	const uint8_t *from = query;
	size_t n = q ? q->end : DNS_HEAD;
	uint8_t *p = data;

	memcpy(p, from, n);
	p[2] = (uint8_t)(QR | (from[2] & (OPCODE | RD)));
	p[3] = (uint8_t)(RA | rcode);
	memset(p + 4, 0, 8);
	p[5] = q ? 1 : 0;
	*w = (struct dns_answer){.data = p, .n = n, .cap = cap};
	w->reserve = q && q->edns ? OPT_SIZE : 0;
}

/* The head of one more record about the question's own name, `size` bytes of data behind it. */
static uint8_t *record(struct dns_answer *w, uint16_t type, uint32_t ttl, size_t size)
{
	uint8_t *p = w->data + w->n;

	if (w->n + 12 + size + w->reserve > w->cap) {
		w->data[2] |= TC;
		return NULL;
	}
	put16(p, POINTER << 8 | DNS_HEAD);
	put16(p + 2, type);
	put16(p + 4, DNS_IN);
	put32(p + 6, ttl);
	put16(p + 10, (uint16_t)size);
	w->n += 12 + size;
	w->count++;
	return p + 12;
}

bool dns_add_addr(struct dns_answer *w, const struct addr *a, uint32_t ttl)
{
	uint8_t *p = record(w, a->len == 4 ? DNS_A : DNS_AAAA, ttl, a->len);

	if (p)
		memcpy(p, a->b, a->len);
	return p;
}

/* Bytes in ret, 0 for what is no name. */
static size_t write_name(const char *text, uint8_t ret[NAME_WIRE])
{
	size_t n = 0;

	while (*text) {
		size_t len = strcspn(text, ".");

		if (!len || len > 63 || n + len + 2 > NAME_WIRE)
			return 0;
		ret[n++] = (uint8_t)len;
		memcpy(ret + n, text, len);
		n += len;
		text += len + (text[len] == '.');
	}
	ret[n++] = 0;
	return n;
}

bool dns_add_ptr(struct dns_answer *w, const char *name, uint32_t ttl)
{
	uint8_t wire[NAME_WIRE], *p;
	size_t n = write_name(name, wire);

	p = n ? record(w, DNS_PTR, ttl, n) : NULL;
	if (p)
		memcpy(p, wire, n);
	return p;
}

size_t dns_end(struct dns_answer *w, const struct dns_question *q)
{
	uint8_t *p = w->data + w->n;

	put16(w->data + 6, w->count);
	if (q && q->edns) {
		w->data[11] = 1;
		memset(p, 0, OPT_SIZE);
		put16(p + 1, DNS_OPT);
		put16(p + 3, EDNS_ROOM);
		w->n += OPT_SIZE;
	}
	return w->n;
}

/* ---- addresses as names */

static int reverse4(const char *name, struct addr *ret)
{
	for (int i = 3; i >= 0; i--) {
		unsigned v = 0;
		int digits = 0;

		for (; *name >= '0' && *name <= '9' && digits < 3; name++, digits++)
			v = v * 10 + (unsigned)(*name - '0');
		if (!digits || v > 255 || *name++ != '.')
			return -1;
		ret->b[i] = (uint8_t)v;
	}
	ret->len = 4;
	return strcmp(name, "in-addr.arpa") ? -1 : 0;
}

static int reverse6(const char *name, struct addr *ret)
{
	static const char digits[] = "0123456789abcdef";

	for (int i = 31; i >= 0; i--, name += 2) {
		const char *d = *name ? strchr(digits, *name) : NULL;

		if (!d || name[1] != '.')
			return -1;
		ret->b[i / 2] |= (uint8_t)((d - digits) << (i & 1 ? 0 : 4));
	}
	ret->len = 16;
	return strcmp(name, "ip6.arpa") ? -1 : 0;
}

int dns_reverse(const char *name, struct addr *ret)
{
	size_t n = strlen(name);
	struct addr a = {0};

	if (n < 8 || (n > 8 && !strcmp(name + n - 8, "ip6.arpa") ? reverse6 : reverse4)(name, &a))
		return -1;
	*ret = a;
	return 0;
}
