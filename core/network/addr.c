/* SPDX-License-Identifier: Apache-2.0 */
/*
 * inet_pton and inet_ntop know the texts; what they let through that a person did not mean (an
 * IPv4 address mapped into IPv6) is made one thing here, so that comparing is comparing bytes.
 */
#include "network/addr.h"

#include <arpa/inet.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const uint8_t mapped[12] = {0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff};

int addr_parse(const char *text, struct addr *ret)
{
	struct addr a = {.len = strchr(text, ':') ? 16 : 4};

	if (inet_pton(a.len == 16 ? AF_INET6 : AF_INET, text, a.b) != 1)
		return -1;
	if (a.len == 16 && !memcmp(a.b, mapped, sizeof(mapped))) {
		memcpy(a.b, a.b + sizeof(mapped), 4);
		memset(a.b + 4, 0, sizeof(mapped));
		a.len = 4;
	}
	*ret = a;
	return 0;
}

char *addr_text(const struct addr *a, char ret[ADDR_TEXT])
{
	if (!a->len || !inet_ntop(a->len == 16 ? AF_INET6 : AF_INET, a->b, ret, ADDR_TEXT))
		*ret = 0;
	return ret;
}

int prefix_parse(const char *text, struct prefix *ret)
{
	const char *slash = strchr(text, '/');
	char addr[ADDR_TEXT], *end;
	struct prefix p;
	unsigned long bits;

	if (!slash || (size_t)(slash - text) >= sizeof(addr) || slash[1] < '0' || slash[1] > '9')
		return -1;
	snprintf(addr, sizeof(addr), "%.*s", (int)(slash - text), text);
	bits = strtoul(slash + 1, &end, 10);
	if (*end || (slash[1] == '0' && slash[2]) || addr_parse(addr, &p.addr) ||
	    bits > p.addr.len * 8u)
		return -1;
	p.bits = (uint8_t)bits;
	*ret = p;
	return 0;
}

char *prefix_text(const struct prefix *p, char ret[PREFIX_TEXT])
{
	char addr[ADDR_TEXT];

	snprintf(ret, PREFIX_TEXT, "%s/%u", addr_text(&p->addr, addr), p->bits);
	return ret;
}

int addr_cmp(const struct addr *a, const struct addr *b)
{
	return a->len != b->len ? a->len - b->len : memcmp(a->b, b->b, a->len);
}

bool addr_add(struct addr *a, uint64_t n)
{
	for (int i = a->len - 1; n && i >= 0; i--) {
		n += a->b[i];
		a->b[i] = (uint8_t)n;
		n >>= 8;
	}
	return !n;
}

/* Byte i of a netmask. */
static uint8_t mask(const struct prefix *p, int i)
{
	int bits = p->bits - i * 8;

	return bits >= 8 ? 0xff : bits <= 0 ? 0 : (uint8_t)(0xff00 >> bits);
}

struct addr prefix_first(const struct prefix *p)
{
	struct addr a = p->addr;

	for (int i = 0; i < a.len; i++)
		a.b[i] &= mask(p, i);
	return a;
}

struct addr prefix_last(const struct prefix *p)
{
	struct addr a = p->addr;

	for (int i = 0; i < a.len; i++)
		a.b[i] |= (uint8_t)~mask(p, i);
	return a;
}

bool prefix_has(const struct prefix *p, const struct addr *a)
{
	if (p->addr.len != a->len)
		return false;
	for (int i = 0; i < a->len; i++)
		if ((p->addr.b[i] ^ a->b[i]) & mask(p, i))
			return false;
	return true;
}

bool prefix_overlap(const struct prefix *a, const struct prefix *b)
{
	return a->bits < b->bits ? prefix_has(a, &b->addr) : prefix_has(b, &a->addr);
}
