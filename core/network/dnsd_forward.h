/* SPDX-License-Identifier: Apache-2.0 */
/*
 * dnsd_forward: questions handed on to other name servers, each from a socket of its own with a
 * port and an ID that nobody can foresee; what does not come from the asked server, with that ID
 * and that question, is counted and dropped. The next server is asked after two seconds, a refusal
 * or a failure. At most DNSD_FORWARD_MAX are under way.
 */
#ifndef NETWORK_DNSD_FORWARD_H
#define NETWORK_DNSD_FORWARD_H

#include <netinet/in.h>

#include "network/dns.h"
#include "network/dnsd.h"

#define DNSD_FORWARD_MAX 256
#define DNSD_FORWARD_QUERY 2048 /* bytes of a query: a longer one is nobody's */

struct dnsd_from { /* who asked */
	bool tcp;
	struct sockaddr_in peer; /* by UDP */
	uint32_t client, serial; /* by TCP */
};
typedef void dnsd_forward_answer(const struct dnsd_from *to, void *msg, size_t n);

/* Events come with `base` and an index below DNSD_FORWARD_MAX. hostns is copied; answer gets every
 * answer, also that there is none. */
int dnsd_forward_open(int epoll, uint32_t base, const struct dnsd_conf *c,
		      dnsd_forward_answer *answer, struct err *e);
/* Other servers, from now on. */
void dnsd_forward_change(const struct dnsd_conf *c);
void dnsd_forward_close(void);

/* By the protocol that it came by. False: too many are under way. */
bool dnsd_forward(const struct dnsd_from *from, const void *query, size_t n,
		  const struct dns_question *q);
void dnsd_forward_event(uint32_t index);
/* Asks the next server where one has not answered in time. */
void dnsd_forward_expire(int64_t now);
int64_t dnsd_forward_due(
	void); /* when that may be needed, in ms of CLOCK_MONOTONIC; or INT64_MAX */
/* Answers that were not ours since dnsd_forward_open. */
uint64_t dnsd_forward_strange(void);

#endif
