/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The processes are those of the container's control group, those of an exec among them; without
 * groups those of its PID namespace.
 */
#include "engine/top.h"
#include "container/cgroup.h"
#include "engine/containers.h"
#include "engine/procinfo.h"
#include "engine/pscolumns.h"
#include "engine/status.h"

#include <stdlib.h>

static int by_pid(const void *a, const void *b)
{
	int x = *(const int *)a, y = *(const int *)b;

	return (x > y) - (x < y);
}

int top_container(struct engine *en, struct arena *a, const char *ref, const char *args,
		  struct top *ret, struct err *e)
{
	struct containers_one c;
	struct pscolumns columns;
	struct top t = {0};
	struct status s;
	int *pids = NULL;
	size_t n;

	if (containers_load(en, a, ref, &c, e) || status_of(en, a, &c, &s, e))
		return -1;
	if (s.kind == STATUS_RESTARTING)
		return err_set(e, ERR_CONFLICT,
			       "Container %s is restarting, wait until the container is running",
			       c.id);
	if (s.kind != STATUS_RUNNING && s.kind != STATUS_PAUSED)
		return err_set(e, ERR_CONFLICT, "container %s is not running", c.id);
	if (pscolumns_parse(a, args && *args ? args : "-ef", &columns, e))
		return -1;
	if (cgroup_pids(containers_cgroup(en, a, &c.req, c.id), a, &pids, &n))
		n = procinfo_of_namespace(a, s.state.pid, &pids);
	if (n)
		qsort(pids, n, sizeof(*pids), by_pid);
	for (size_t i = 0; i < columns.n; i++)
		strs_add(a, &t.titles, arena_strdup(a, columns.v[i].title));
	for (size_t i = 0; i < n; i++) {
		struct procinfo p;

		if (!procinfo_read(a, pids[i], &p))
			pscolumns_row(a, &columns, &p, &t.cells);
	}
	*ret = t;
	return 0;
}
