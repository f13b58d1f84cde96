/* SPDX-License-Identifier: Apache-2.0 */
/*
 * stats: what a container uses, as the JSON object of GET /containers/{id}/stats. The fields that
 * one version of control groups has and the other has not are Docker's for each.
 */
#ifndef ENGINE_STATS_H
#define ENGINE_STATS_H

#include <stdbool.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/err.h"
#include "base/mem.h"
#include "container/cgroup_stat.h"
#include "engine/engine.h"

struct stats { /* one look */
	bool running;
	int64_t read;	  /* ns since 1970 */
	uint64_t machine; /* ns of CPU time of the whole machine */
	struct cgroup_stat group;
};

/* Looks, and writes the object with what `before` saw as "precpu_stats"; NULL: nothing yet. One
 * that does not run has an object without figures. ERR_NOTFOUND: it has gone. */
int stats_read(struct engine *en, struct arena *a, const char *ref, const struct stats *before,
	       struct stats *ret, struct buf *json, struct err *e);

#endif
