/* SPDX-License-Identifier: Apache-2.0 */
/*
 * flows: the kernel's memory of connections (conntrack), over nfnetlink. TCP finds its end by
 * itself; a UDP flow that is remembered goes on to where it went, past any new rule, for as long as
 * its sender sends.
 */
#ifndef NETWORK_FLOWS_H
#define NETWORK_FLOWS_H

#include "network/nft_ports.h"

/* Forgets the UDP flows to these published ports, so that the next packet is looked at anew. A
 * kernel without it: nothing. */
void flows_forget(struct nl *n, const struct nft_port *p, size_t count);

#endif
