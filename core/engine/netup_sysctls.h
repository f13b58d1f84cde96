/* SPDX-License-Identifier: Apache-2.0 */
/*
 * netup_sysctls: the driver option com.docker.network.endpoint.sysctls of an endpoint:
 * "net.ipv4.conf.IFNAME.log_martians=1,net.ipv6.conf.IFNAME.accept_ra=2". A part of netup.h.
 */
#ifndef ENGINE_NETUP_SYSCTLS_H
#define ENGINE_NETUP_SYSCTLS_H

#include "base/err.h"

#define NETUP_SYSCTLS_OPTION "com.docker.network.endpoint.sysctls"

/* The caller is in the container's namespace; IFNAME stands for its interface. */
int netup_sysctls_set(const char *list, const char *ifname, struct err *e);

#endif
