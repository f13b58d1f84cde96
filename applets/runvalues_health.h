/* SPDX-License-Identifier: Apache-2.0 */
/* runvalues_health: the --health-* flags of run and create: "Healthcheck". */
#ifndef APPLETS_RUNVALUES_HEALTH_H
#define APPLETS_RUNVALUES_HEALTH_H

#include <stdbool.h>
#include <stdint.h>

#include "applets/applet.h"
#include "base/err.h"
#include "base/json.h"

struct runvalues_health {
	const char *cmd, *on_failure;				 /* NULL: not given */
	int64_t interval, timeout, start_period, start_interval; /* ns */
	int64_t retries;
	bool none; /* --no-healthcheck */
};

/* Nothing where nothing was given. ERR_INVALID in the words of Docker's client. */
int runvalues_health_write(struct json_w *w, const struct runvalues_health *h, struct err *e);

#endif
