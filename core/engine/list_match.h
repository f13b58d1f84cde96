/* SPDX-License-Identifier: Apache-2.0 */
/*
 * list_match: the filters of the list of containers. They are checked and resolved once, then each
 * container is held against them.
 */
#ifndef ENGINE_LIST_MATCH_H
#define ENGINE_LIST_MATCH_H

#include "base/pattern.h"
#include "engine/containers.h"
#include "engine/list.h"
#include "engine/netshow.h"
#include "engine/status.h"

struct list_row { /* what is known of one container; health: "" where it has no check */
	const struct containers_one *c;
	struct status st;
	const char *health;
	struct netshow net;
	int64_t created;
};

struct list_match {
	const struct list_filter *f;
	int64_t before, since;
	unsigned status; /* bits by status_kind; 0: any */
	int *exited;
	struct strs images; /* that an ancestor stands for: "sha256:..." */
	struct netshow_ports_asked publish, expose;
	struct pattern *names;
	bool *names_good;
	bool tasks; /* only those: there are none */
};

/* ERR_INVALID for a value that cannot be one, ERR_NOTFOUND for a container that is none. */
int list_match_init(struct engine *en, struct arena *a, const struct list_filter *f,
		    struct list_match *ret, struct err *e);
bool list_match(const struct list_match *m, struct arena *a, const struct list_row *r);

#endif
