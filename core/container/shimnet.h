/* SPDX-License-Identifier: Apache-2.0 */
/*
 * shimnet: what a shim needs done for its container's networks, by somebody else: container and
 * network are rooms that do not know each other. The functions are engine/netup.h's; the program
 * that is the shim (applets/shim.c) hands them over. All are called in the shim, one thread, by
 * turns.
 */
#ifndef CONTAINER_SHIMNET_H
#define CONTAINER_SHIMNET_H

#include <stdint.h>

#include "base/err.h"
#include "container/home.h"
#include "container/spec.h"

#define SHIMNET_EVENT 0x200000u /* epoll data of theirs: this bit and an index below it */

struct shimnet {
	/* A namespace with loopback up that was kept for such a container, or -1; before anything
	 * is known but text. Then, in that one or in a new one: what can be prepared. */
	int (*kept)(const char *text);
	void (*early)(int host);
	/* The same as kept for one whose spec is here. */
	int (*take)(const struct spec *s, const struct home *h);
	/* Before each run, in the container's new namespace; its processes may already be there but
	 * its command is not. spec->network says what to do. host: the namespace that bridges are
	 * in. What fails leaves nothing behind. */
	int (*up)(const struct spec *s, const struct home *h, int host, int epoll, struct err *e);
	/* While it runs: text is what the engine sent with SHIM_NETWORK. */
	int (*change)(const char *text, struct err *e);
	/* At any time: the container is called otherwise now. */
	void (*rename)(const char *name);
	void (*event)(uint32_t index, uint32_t events);
	/* The run has ended and nobody has heard of it yet: gives up the ports. */
	void (*withdraw)(void);
	/* All of it, with or without that. */
	void (*down)(void);
	/* The last thing that the shim does: a namespace for those who come after it. */
	void (*keep)(void);
};

#endif
