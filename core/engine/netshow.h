/* SPDX-License-Identifier: Apache-2.0 */
/*
 * netshow: a container's networks as inspect and the list of containers show them: what was asked
 * for, from its record, and what is, from the file that its shim keeps while it runs (netplan.h).
 * Nothing is locked and no shim is asked.
 */
#ifndef ENGINE_NETSHOW_H
#define ENGINE_NETSHOW_H

#include "base/json.h"
#include "base/mem.h"
#include "engine/containers.h"
#include "engine/status.h"

/* What names and IDs of networks stand for, looked up once each. It lives in an arena of its own
 * that outlives all netshows of a pass. */
struct netshow_known {
	struct engine *en;
	struct arena *a;
	struct netshow_seen *seen;
};

struct netshow_ports_asked { /* of a filter */
	struct {
		uint16_t low, high;
		uint8_t proto;
	} * v;
	size_t n;
};

struct netshow { /* in the arena; c and st stay the caller's */
	struct arena *a;
	struct netshow_known *known;
	const struct containers_one *c;
	const struct json *asked; /* by network */
	const struct json *live;  /* NULL: it does not run, or has none of our networks */
	const char *mode;	  /* NetworkMode */
	bool started, runs, left; /* left: reqnet.h's mode_left */
	int pid;
};

/* c: containers_look's or containers_load's. */
void netshow_load(struct engine *en, struct arena *a, struct netshow_known *known,
		  const struct containers_one *c, const struct status *st, struct netshow *ret);
/* inspect's NetworkSettings. */
void netshow_settings(struct json_w *w, const char *key, const struct netshow *n);
/* The list's, which has fewer words on each network; and its Ports. */
void netshow_networks(struct json_w *w, const char *key, const struct netshow *n);
void netshow_ports(struct json_w *w, const char *key, const struct netshow *n);
/* The MAC address that was asked for on the network of NetworkMode, or "". */
const char *netshow_mac(const struct netshow *n);
/* Whether it is on a network of this name, or whose ID starts so. */
bool netshow_on(const struct netshow *n, const char *network);
/* Whether one of its ports is in a range of `expose`, or one of the host's in one of `publish`. */
bool netshow_has_port(const struct netshow *n, const struct netshow_ports_asked *publish,
		      const struct netshow_ports_asked *expose);

#endif
