/* SPDX-License-Identifier: Apache-2.0 */
/*
 * list: all containers at a glance. Nothing is locked, no shim is asked: what goes away meanwhile
 * is not in the answer.
 */
#ifndef ENGINE_LIST_H
#define ENGINE_LIST_H

#include <stdbool.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/err.h"
#include "base/mem.h"
#include "engine/engine.h"

struct list_filter { /* an empty list: all match; label: all of them must, else any of them may */
	bool all, size;
	int64_t limit; /* the newest so many, whatever their state; <= 0: no limit */
	struct strs id, name, label, status, exited, ancestor, before, since, volume, network,
		publish, expose, health, isolation, is_task;
};

/* The array of GET /containers/json, the newest first. */
int list_containers(struct engine *en, const struct list_filter *f, struct buf *json,
		    struct err *e);

#endif
