/* SPDX-License-Identifier: Apache-2.0 */
/*
 * relay: TCP connections to a published port that no rule can lead to the container, taken over and
 * passed on by its shim: from ::1, which the kernel never routes off the loopback interface, and
 * over IPv6 to a container that has only IPv4. Everything else is translated before it comes here.
 *
 * The data goes through pipes (splice(2)), never through our memory. Nonblocking, bounded, in the
 * shim's epoll loop.
 */
#ifndef NETWORK_RELAY_H
#define NETWORK_RELAY_H

#include <stdint.h>

#include "base/err.h"
#include "network/addr.h"

/* event is the first one of 0x4000 numbers of the caller's for epoll's data. hostns: where
 * connections to containers are made from; stays the caller's. */
void relay_open(int epoll, int hostns, uint32_t event);
/* fd: a bound socket of the host's namespace, stays the caller's. */
int relay_listen(int fd, const struct addr *to, uint16_t port, struct err *e);
/* index: epoll's data less the first number. */
void relay_event(uint32_t index, uint32_t events);
/* Connections are cut, and the listeners forgotten. Without relay_open: nothing. */
void relay_close(void);

#endif
