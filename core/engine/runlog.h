/* SPDX-License-Identifier: Apache-2.0 */
/*
 * runlog: a request's log driver and its options, as Docker's json-file takes and refuses them.
 * Ours: without max-size a log is bounded (20m, 5 files); max-size=-1 means no limit.
 */
#ifndef ENGINE_RUNLOG_H
#define ENGINE_RUNLOG_H

#include "base/err.h"
#include "base/mem.h"
#include "container/spec.h"
#include "engine/request.h"
#include "engine/runspec.h"

#define RUNLOG_MAX_SIZE 20000000
#define RUNLOG_MAX_FILES 5

/* p NULL: only checks. */
int runlog_build(struct arena *a, const struct request *r, const struct runspec_place *p,
		 struct spec_log *ret, struct err *e);
/* Whether the request's output can be read again. */
bool runlog_readable(const struct request *r);
/* data-root/containers/<id>/<id>-json.log; NULL where the driver writes none. */
const char *runlog_path(struct arena *a, const struct request *r, const char *cdir, const char *id);

#endif
