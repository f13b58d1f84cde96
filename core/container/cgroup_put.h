/* SPDX-License-Identifier: Apache-2.0 */
/*
 * cgroup_put: setting limits, one file at a time, with one answer to what cannot be set: a warning
 * line at the start of a container, an error and everything as before for a change of one that
 * runs. For the parts of cgroup_limits.c only.
 */
#ifndef CONTAINER_CGROUP_PUT_H
#define CONTAINER_CGROUP_PUT_H

#include <stdbool.h>
#include <stdint.h>

#include "base/err.h"
#include "container/cgroup_hier.h"

#define CGROUP_PUT_MAX 24 /* files that one change may write */

struct cgroup_put {
	const char *path;
	bool strict; /* after the first failure nothing more is written */
	bool failed;
	struct err *e;
	/* the rest is cgroup_put's: what stood in the files that were written, if strict */
	int n;
	struct {
		const struct cgroup_hier *h;
		const char *file;
		char text[128];
	} was[CGROUP_PUT_MAX];
};

/* Records that `what` is not limited. why NULL: errno says it. */
void cgroup_put_discard(struct cgroup_put *p, const char *what, const char *why);
/* The hierarchy with the controller; NULL, recorded, where there is none. */
const struct cgroup_hier *cgroup_put_need(struct cgroup_put *p, enum cgroup_ctl c,
					  const char *what);
/* Writes; -1 with errno, for who has another way. file: a constant. */
int cgroup_put_try(struct cgroup_put *p, const struct cgroup_hier *h, const char *file,
		   const char *value);
/* Writes or records. */
void cgroup_put_text(struct cgroup_put *p, const struct cgroup_hier *h, const char *file,
		     const char *value, const char *what);
/* -1 is "no limit". */
void cgroup_put_int(struct cgroup_put *p, const struct cgroup_hier *h, const char *file,
		    int64_t value, const char *what);
/* Writes back what was there, the last first. */
void cgroup_put_undo(struct cgroup_put *p);

#endif
