/* SPDX-License-Identifier: Apache-2.0 */
/*
 * addr: IP addresses and prefixes as values: what networks, leases, ports and names are reckoned
 * with. Both families in one type, in network byte order. Texts are those of RFC 5952; an IPv4
 * address in IPv6's clothes (::ffff:a.b.c.d) is taken for an IPv4 one.
 *
 * Exports: addr_ prefix_
 */
#ifndef NETWORK_ADDR_H
#define NETWORK_ADDR_H

#include <stdbool.h>
#include <stdint.h>

#define ADDR_TEXT 46   /* bytes that any text fits into */
#define PREFIX_TEXT 50 /* "/128" behind it */

struct addr {
	uint8_t len; /* 4 or 16; 0: none */
	uint8_t b[16];
};

struct prefix {
	struct addr addr; /* as it was written: bits behind the prefix may be set */
	uint8_t bits;
};

/* 0, or -1 for what is no address. Digits in octal, zones (%eth0) and brackets are refused. */
int addr_parse(const char *text, struct addr *ret);
char *addr_text(const struct addr *a, char ret[ADDR_TEXT]);
/* "10.0.0.0/8". */
int prefix_parse(const char *text, struct prefix *ret);
char *prefix_text(const struct prefix *p, char ret[PREFIX_TEXT]);

/* <0, 0, >0; IPv4 before IPv6. */
int addr_cmp(const struct addr *a, const struct addr *b);
/* a + n. False where that is beyond the last address of all. */
bool addr_add(struct addr *a, uint64_t n);
/* The lowest and the highest address of a prefix. */
struct addr prefix_first(const struct prefix *p);
struct addr prefix_last(const struct prefix *p);
bool prefix_has(const struct prefix *p, const struct addr *a);
/* Whether some address is in both; false for different families. */
bool prefix_overlap(const struct prefix *a, const struct prefix *b);

#endif
