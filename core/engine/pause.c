/* SPDX-License-Identifier: Apache-2.0 */
/*
 * No lock: two who pause at once both write the same word to the kernel. A container that ends in
 * the moment of the pause has no group any more, and the answer is that it does not run.
 */
#include "engine/pause.h"
#include "container/cgroup.h"
#include "engine/containers.h"
#include "engine/status.h"

static int not_running(const char *id, struct err *e)
{
	return err_set(e, ERR_CONFLICT, "container %s is not running", id);
}

static int change(int (*fn)(const char *path, struct err *e), const char *what, struct engine *en,
		  struct arena *a, const struct containers_one *c, struct err *e)
{
	if (!fn(containers_cgroup(en, a, &c->req, c->id), e))
		return 0;
	if (e->kind == ERR_NOTFOUND)
		return not_running(c->id, e);
	return err_wrap(e, "Cannot %s container %s", what, c->id);
}

int pause_container(struct engine *en, struct arena *a, const char *ref, struct err *e)
{
	struct containers_one c;
	struct status s;

	if (containers_load(en, a, ref, &c, e) || status_of(en, a, &c, &s, e))
		return -1;
	if (s.kind == STATUS_PAUSED)
		return err_set(e, ERR_CONFLICT, "Container %s is already paused", c.id);
	if (s.kind == STATUS_RESTARTING)
		return err_set(e, ERR_CONFLICT,
			       "Container %s is restarting, wait until the container is running",
			       c.id);
	if (s.kind != STATUS_RUNNING)
		return not_running(c.id, e);
	return change(cgroup_freeze, "pause", en, a, &c, e);
}

int pause_end(struct engine *en, struct arena *a, const char *ref, struct err *e)
{
	struct containers_one c;
	struct status s;

	if (containers_load(en, a, ref, &c, e) || status_of(en, a, &c, &s, e))
		return -1;
	if (s.kind != STATUS_PAUSED)
		return err_set(e, ERR_CONFLICT, "Container %s is not paused", c.id);
	return change(cgroup_thaw, "unpause", en, a, &c, e);
}
