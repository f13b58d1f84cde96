/* SPDX-License-Identifier: Apache-2.0 */
/*
 * shimns: the namespaces that a shim itself lives in.
 */
#ifndef CONTAINER_SHIMNS_H
#define CONTAINER_SHIMNS_H

#include <stdbool.h>

/* Leave the caller's network and mount namespace for pid 1's, where they differ, so that the
 * container does not depend on where a command happened to be typed (an ssh session's private /tmp,
 * `ip netns exec`). The mount namespace is kept where the two roots are not the same directories
 * over there: an installation made inside a private mount namespace is only visible in it, as
 * the tests' are. Never fails: what cannot be entered is not. True: it is another one now. */
void shimns_enter_network(void);
bool shimns_enter_mounts(const char *data_root, const char *exec_root);

/* Enters a network namespace with loopback up: kept, or a new one where that is -1. -1: not
 * possible here. *host: the one that was left, opened where it is -1. */
int shimns_network(int *host, int kept);

#endif
