/* SPDX-License-Identifier: Apache-2.0 */
/*
 * dnsd_names: what a name means to one container: extra hosts first, then its networks in their
 * order, in each its links before what the others call themselves. "a.b" may be a name on any
 * network or the name "a" on the network "b".
 *
 * Of each network an index is made when the first question comes, and again when its directory of
 * endpoint files has changed. Nothing of it is kept while nobody asks (dnsd_names_forget).
 */
#ifndef NETWORK_DNSD_NAMES_H
#define NETWORK_DNSD_NAMES_H

#include <stdbool.h>
#include <stddef.h>

#include "network/dns.h"
#include "network/dnsd.h"

#define DNSD_NAMES_MAX 512 /* addresses of one name: others are left out */

/* Copies what it needs. */
int dnsd_names_set(const struct dnsd_conf *c, struct err *e);
void dnsd_names_clear(void);

/* The addresses of a name (lower case), of both families, valid until the next call; *ret_n may be
 * 0. False: nobody's name. */
bool dnsd_names_find(const char *name, const struct addr **ret, size_t *ret_n);
/* "web.mynet". False: nobody's address. */
bool dnsd_names_of(const struct addr *a, char ret[DNS_NAME]);

bool dnsd_names_held(void);
void dnsd_names_forget(void);

#endif
