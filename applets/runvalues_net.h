/* SPDX-License-Identifier: Apache-2.0 */
/*
 * runvalues_net: --network and the flags that belong to it, written into a create request. Errors
 * are ERR_INVALID in the words of Docker's client.
 */
#ifndef APPLETS_RUNVALUES_NET_H
#define APPLETS_RUNVALUES_NET_H

#include <stdbool.h>
#include <stdint.h>

#include "base/err.h"
#include "base/json.h"
#include "base/mem.h"

struct runvalues_net_one { /* a network's endpoint; what is not given is "" or empty */
	const char *name;
	struct strs aliases, links, driver_opts, link_local;
	const char *ip, *ip6, *mac;
	int64_t gw_priority;
};

/* networks: of --network; first: what the flags without a network's name say, which is the first
 * one's. *ret_n is at least 1: "default" where no network is given. */
int runvalues_net_parse(struct arena *a, const struct strs *networks,
			const struct runvalues_net_one *first, struct runvalues_net_one **ret,
			size_t *ret_n, struct err *e);
/* "NetworkingConfig"; nothing where nothing was asked for. */
void runvalues_net_write(struct json_w *w, const struct runvalues_net_one *v, size_t n);

#endif
