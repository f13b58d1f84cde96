/* SPDX-License-Identifier: Apache-2.0 */
/*
 * dns: DNS messages (RFC 1035, RFC 6891), as far as a responder needs them: a query is read, an
 * answer written, somebody else's answer compared with what was asked.
 *
 * Nothing here follows a compression pointer: a question stands first, so there is nothing that it
 * could point to, and other names are only stepped over. So no message makes a reader loop.
 */
#ifndef NETWORK_DNS_H
#define NETWORK_DNS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "network/addr.h"

#define DNS_NAME 256 /* bytes that any name's text fits into */
#define DNS_HEAD 12
#define DNS_UDP_MIN 512 /* what every receiver takes */

enum dns_type { DNS_A = 1, DNS_PTR = 12, DNS_AAAA = 28, DNS_OPT = 41, DNS_ANY = 255 };
enum dns_class { DNS_IN = 1 };
enum dns_rcode {
	DNS_NOERROR,
	DNS_FORMERR,
	DNS_SERVFAIL,
	DNS_NXDOMAIN,
	DNS_NOTIMP,
	DNS_REFUSED,
};

struct dns_question {
	char name[DNS_NAME]; /* lower case, "" is the root, no dot at the end; a byte in a label
				that no text could hold is \001 */
	uint16_t type, class;
	uint16_t end;  /* of the question, from the message's beginning */
	uint16_t room; /* bytes that the asker takes by UDP */
	bool edns;
	int rcode; /* of a message that is no query: what to answer with; -1: nothing */
};

/* One query with one question: 0. Otherwise -1, and only ret->rcode is set. */
int dns_read(const void *msg, size_t n, struct dns_question *ret);

struct dns_answer {
	uint8_t *data;
	size_t n, cap;
	size_t reserve; /* for what comes last */
	uint16_t count;
};
/* Begins the answer to query, of which q was read: q NULL for one that could not be. cap (at least
 * DNS_UDP_MIN) bounds it all. */
void dns_begin(struct dns_answer *w, void *data, size_t cap, const void *query,
	       const struct dns_question *q, enum dns_rcode rcode);
/* False: no room, and the answer says that it is cut (TC). */
bool dns_add_addr(struct dns_answer *w, const struct addr *a, uint32_t ttl);
/* False: no room, or the text is no name. */
bool dns_add_ptr(struct dns_answer *w, const char *name, uint32_t ttl);
size_t dns_end(struct dns_answer *w, const struct dns_question *q); /* its length */

uint16_t dns_id(const void *msg);
void dns_set_id(void *msg, uint16_t id);
enum dns_rcode dns_rcode(const void *msg); /* without EDNS's upper bits */
/* Whether this is an answer to exactly that query (of which `end` is known), by ID and question;
 * cases may differ. Then the question gets the query's own. */
bool dns_answers(void *msg, size_t n, const void *query, size_t end);

/* "2.0.18.172.in-addr.arpa" and the like of ip6.arpa; lower case. 0 or -1. */
int dns_reverse(const char *name, struct addr *ret);

#endif
