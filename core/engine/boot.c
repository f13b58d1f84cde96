/* SPDX-License-Identifier: Apache-2.0 */
/*
 * One after the other: a start takes a few milliseconds, and a machine that comes up has other
 * things to do. The list is read before anything is started, so nothing is seen twice.
 */
#include "engine/boot.h"
#include "base/file.h"
#include "container/shimpolicy.h"
#include "engine/containers.h"
#include "engine/reap.h"
#include "engine/start.h"

#include <dirent.h>
#include <fcntl.h>
#include <string.h>

struct outcome {
	struct strs started, failed, why; /* failed[i] for why[i] */
};

static int list(struct engine *en, struct arena *a, struct strs *ret, struct err *e)
{
	DIR *d = file_dir(en->containers);
	struct dirent *de;

	if (!d)
		return err_sys(e, "read the containers");
	while ((de = readdir(d)))
		if (de->d_name[0] != '.')
			strs_add(a, ret, arena_strdup(a, de->d_name));
	closedir(d);
	return 0;
}

/* The lock of one that does not run. A shim that was killed answers no more a moment before the
 * kernel lets go of its lock. */
static int lock_of(struct engine *en, const char *id)
{
	struct err why;
	int lock = containers_lock(en, id, &why);
	AUTO_FD int shim = lock < 0 ? containers_shim(en, id, &why) : -1;

	if (lock >= 0 || shim >= 0 || why.kind != ERR_UNAVAILABLE)
		return lock;
	return containers_lock_soon(en, id, &why);
}

/* Whether it is to be started: then it has been settled. */
static bool wanted(struct engine *en, struct arena *a, const struct containers_one *c)
{
	struct home h = containers_home(en);
	struct home_state s;
	struct err why;
	AUTO_FD int lock = -1;

	if (!*c->req.restart || !strcmp(c->req.restart, "no"))
		return false;
	lock = lock_of(en, c->id);
	return lock >= 0 && !containers_settle(en, a, c, &why) &&
	       !home_read_state(&h, c->id, &s, &why) && !s.running &&
	       shimpolicy_at_boot(c->req.restart, c->req.restart_max, &s, home_boot());
}

static void boot_one(struct engine *en, struct arena *a, const char *id, struct outcome *o)
{
	struct containers_one c = {.name = id};
	bool already;
	struct err why;

	if (containers_load(en, a, id, &c, &why)) {
		if (why.kind == ERR_NOTFOUND) /* half made, or gone meanwhile */
			return;
	} else if (!wanted(en, a, &c)) {
		return;
	} else if (!start_container(en, a, id, &already, &why)) {
		strs_add(a, &o->started, arena_strdup(a, c.name));
		return;
	}
	strs_add(a, &o->failed, arena_strdup(a, c.name));
	strs_add(a, &o->why, arena_strdup(a, why.text));
}

int boot_containers(struct engine *en, struct arena *a, struct json_w *w, struct err *e)
{
	struct outcome o = {.started = {0}};
	struct strs ids = {0};

	reap_all(en);
	if (list(en, a, &ids, e))
		return -1;
	for (size_t i = 0; i < ids.n; i++)
		boot_one(en, a, ids.v[i], &o);
	json_w_obj(w, NULL);
	json_w_strs(w, "Started", &o.started);
	json_w_arr(w, "Failed");
	for (size_t i = 0; i < o.failed.n; i++) {
		json_w_obj(w, NULL);
		json_w_str(w, "Name", o.failed.v[i]);
		json_w_str(w, "Error", o.why.v[i]);
		json_w_end(w);
	}
	json_w_arr_end(w);
	json_w_end(w);
	return 0;
}
