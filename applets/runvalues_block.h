/* SPDX-License-Identifier: Apache-2.0 */
/*
 * runvalues_block: --device, and the limits per block device (path:rate). Written into a create
 * request; -1 with ERR_INVALID in the words of Docker's client. Exports: runvalues_block_
 */
#ifndef APPLETS_RUNVALUES_BLOCK_H
#define APPLETS_RUNVALUES_BLOCK_H

#include "base/err.h"
#include "base/json.h"
#include "base/mem.h"

enum runvalues_block {
	RUNVALUES_BLOCK_WEIGHT,
	RUNVALUES_BLOCK_READ_BPS,
	RUNVALUES_BLOCK_WRITE_BPS,
	RUNVALUES_BLOCK_READ_IOPS,
	RUNVALUES_BLOCK_WRITE_IOPS,
};

/* "Devices" from src[:dst[:rwm]]. */
int runvalues_block_devices(struct arena *a, struct json_w *w, const struct strs *v, struct err *e);
/* "BlkioDeviceReadBps" and the like. Nothing for an empty list. */
int runvalues_block_rates(struct json_w *w, enum runvalues_block kind, const struct strs *v,
			  struct err *e);

#endif
