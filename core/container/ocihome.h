/* SPDX-License-Identifier: Apache-2.0 */
/*
 * ocihome: the files of one container of proa-runc, below its --root.
 *
 *   <root>/<id>/  lock         held by who creates, starts or deletes it
 *                 config.json  as it was when the container was created
 *                 state        bundle, first process and its time of birth
 *                 gate         the socket that its first process waits at; gone once it was started
 *
 * Whether it runs is asked of the kernel, each time: nothing of ours lives as long as the
 * container.
 */
#ifndef CONTAINER_OCIHOME_H
#define CONTAINER_OCIHOME_H

#include <stdint.h>

#include "base/err.h"
#include "base/json.h"
#include "base/mem.h"
#include "container/bundle.h"
#include "container/spec.h"

#define OCIHOME_GATE "gate"

enum ocihome_status { OCI_CREATING, OCI_CREATED, OCI_RUNNING, OCI_PAUSED, OCI_STOPPED };

struct ocihome {
	const char *root, *id;
	int dir, lock; /* of the container; -1: not open */
	/* state */
	const char *bundle;
	int pid; /* 0: none yet */
	int64_t born, created;
	/* config.json */
	struct spec spec;
	struct bundle b;
};

/* A new one: ERR_CONFLICT where it exists. config: the text; it is parsed into h. Locked. */
int ocihome_make(struct arena *a, const char *root, const char *id, const char *bundle,
		 struct ocihome *h, struct err *e);
/* ERR_NOTFOUND. One whose creation was cut off has a pid of 0, and no more than its ID if it was
 * cut off early (h->bundle is NULL then). */
int ocihome_open(struct arena *a, const char *root, const char *id, struct ocihome *h,
		 struct err *e);
/* Waits for others that create, start or delete it; then reads its state again. */
int ocihome_lock(struct arena *a, struct ocihome *h, struct err *e);
/* Writes pid, born, created. */
int ocihome_write(const struct ocihome *h, struct err *e);
int ocihome_remove(const struct ocihome *h, struct err *e);
void ocihome_close(struct ocihome *h);
#define AUTO_OCIHOME __attribute__((cleanup(ocihome_close))) struct ocihome
#define OCIHOME_INIT                                                                               \
	{                                                                                          \
		.dir = -1, .lock = -1                                                              \
	}

enum ocihome_status ocihome_status(const struct ocihome *h);
const char *ocihome_status_name(enum ocihome_status s);
/* The state of the OCI specification; more: with what runc adds to it. */
void ocihome_json(struct json_w *w, const struct ocihome *h, enum ocihome_status s, bool more);
/* All containers there are. A missing root has none. */
int ocihome_list(struct arena *a, const char *root, struct strs *ret_ids, struct err *e);

#endif
