/* SPDX-License-Identifier: Apache-2.0 */
/*
 * hostcheck: what of a create request this host cannot give or nobody could: CPUs and memory nodes
 * it has not, signals that do not exist, addresses that are none.
 */
#ifndef ENGINE_HOSTCHECK_H
#define ENGINE_HOSTCHECK_H

#include "base/err.h"
#include "engine/request.h"

/* ERR_INVALID says what was asked for and what there is. Where the kernel does not tell what it has
 * (no /sys), nothing is refused for it. */
int hostcheck_request(const struct request *r, struct err *e);

/* An "--add-host" entry: "name:ip", or "name=ip" where the address holds colons; an IPv6 address
 * may stand in brackets. Returns the address without them, in ip[46], and the length of the name.
 */
int hostcheck_extra_host(const char *text, char ip[46], size_t *ret_name, struct err *e);
/* An IPv4 or IPv6 address, or ERR_INVALID. */
int hostcheck_address(const char *text, struct err *e);

#endif
