/* SPDX-License-Identifier: Apache-2.0 */
/*
 * dnsd: the name server of one container, at 127.0.0.11 in its network namespace, UDP and TCP, a
 * part of its shim: nonblocking, bounded, in the shim's epoll loop. Messages are read and written
 * by network/dns.h.
 *
 * It knows the containers of its networks from their endpoint files (network/endpoint.h), which it
 * reads again when their directory has changed. What it does not know it forwards, unless no
 * network of the container leads outside. Answers are A, AAAA and PTR, several in changing order,
 * TTL 600; a name that is known without such a record is an empty answer and is never forwarded.
 */
#ifndef NETWORK_DNSD_H
#define NETWORK_DNSD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"
#include "base/mem.h"

#define DNSD_EVENT 0x200000u /* epoll data of ours: this bit and an index below it */
#define DNSD_ADDRESS "127.0.0.11"

struct dnsd_network {
	int endpoints;	   /* directory of endpoint files; copied */
	const char *name;  /* "web.<name>" is web on this network; answers to PTR end with it */
	bool internal;	   /* does not lead outside */
	struct strs links; /* "container:alias" of this endpoint: only we know container by alias */
};
struct dnsd_conf {  /* copied */
	int hostns; /* the host's namespace: queries to its own name servers are sent from there */
	const struct dnsd_network *networks;
	size_t nnetworks;
	struct strs
		servers;   /* --dns: asked from the container's namespace; none: those of the host's
			      /etc/resolv.conf, asked from hostns, read again when it changes */
	struct strs hosts; /* --add-host "name:address", answered first */
	bool ndots; /* the container's resolv.conf says ndots:1 or more: an unknown name without a
		       dot is then an empty answer, and not forwarded */
};

/* The caller is in the container's namespace. */
int dnsd_open(int epoll, const struct dnsd_conf *c, struct err *e);
/* Networks came or went. */
int dnsd_change(const struct dnsd_conf *c, struct err *e);
void dnsd_event(uint32_t index, uint32_t events);
void dnsd_close(void);

struct dnsd_counts {
	uint64_t queries, known, forwarded;
	uint64_t refused;   /* too many are under way */
	uint64_t malformed; /* no queries */
	uint64_t strange;   /* answers that nobody asked for: spoofed, or far too late */
};
/* Since dnsd_open. */
void dnsd_counts(struct dnsd_counts *ret);

#endif
