/* SPDX-License-Identifier: Apache-2.0 */
/*
 * netup_kept: network namespaces that are ready for a network's next containers: loopback up, the
 * pair of interfaces made, its near end on the bridge; no address yet. To make one takes longer
 * than all the rest of a start, so who ends makes the next one's.
 *
 *   exec-root/networks/<id>/kept/<endpoint's ID>/ns   such a namespace, mounted (namespaces(7))
 *   exec-root/networks/<id>/kept/.<ID>/               taken, or not yet there: to be swept
 *
 * Whoever renames it has it, with no lock; flock of kept/ is held by who makes or sweeps.
 */
#ifndef ENGINE_NETUP_KEPT_H
#define ENGINE_NETUP_KEPT_H

#include <stdbool.h>

#include "base/err.h"

/* The namespace and its endpoint's ID; -1: none is ready. */
int netup_kept_claim(int exec, const char *network, char ret_id[65]);
/* kept/ of the network, opened, locked and swept, where another one is wanted in it; else -1. */
int netup_kept_open(int exec, const char *network);
/* The namespace that the caller is in, into that. */
int netup_kept_put(int dir, const char *id, struct err *e);
/* What was taken or is no use goes; all: the ready ones too. */
void netup_kept_sweep(int exec, const char *network, bool all);

#endif
