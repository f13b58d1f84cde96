/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Looks as inspect and ps do: by the liveness lock, waiting for nobody. What a killed shim left is
 * no user, and is cleaned up by whoever wants the network gone.
 */
#include "engine/networks_users.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>

#include "base/file.h"
#include "engine/containers.h"
#include "engine/control.h"
#include "engine/status.h"

#define TRIES 500 /* of 10 ms */

static bool runs(struct engine *en, const char *id)
{
	struct home home = containers_home(en);
	struct home_state s;
	struct err why;

	return containers_held(en, id) && !home_read_state(&home, id, &s, &why) && s.running;
}

static int all_files(struct engine *en, struct arena *a, const struct networks_one *o,
		     struct endpoint **ret, size_t *ret_n, struct err *e)
{
	AUTO_FD int dir = networks_dir_there(en->exec, o->id, "endpoints");

	*ret_n = 0;
	if (dir < 0)
		return errno == ENOENT ? 0
				       : err_sys(e, "open the endpoints of network %s", o->name);
	return endpoint_all(dir, a, ret, ret_n, e);
}

static int ids_below(int dir, struct arena *a, struct strs *ret, struct err *e)
{
	DIR *d = file_dir(dir);
	struct dirent *de;

	if (!d)
		return err_sys(e, "read containers");
	while ((de = readdir(d)))
		if (strlen(de->d_name) == 64)
			strs_add(a, ret, arena_strdup(a, de->d_name));
	closedir(d);
	return 0;
}

static bool runs_with(struct engine *en, struct arena *a, const char *id, const char *mode,
		      struct endpoint *ret)
{
	struct containers_one c;
	struct status st;
	struct err why;

	if (!containers_held(en, id) || containers_look(en, a, id, &c, &why) ||
	    strcmp(json_str(json_get(json_get(c.record, "HostConfig"), "NetworkMode"), ""), mode) ||
	    status_of(en, a, &c, &st, &why) ||
	    (st.kind != STATUS_RUNNING && st.kind != STATUS_PAUSED))
		return false;
	*ret = (struct endpoint){.container = id, .name = c.name, .id = ""};
	return true;
}

static int by_mode(struct engine *en, struct arena *a, const char *mode, struct endpoint **ret,
		   size_t *ret_n, struct err *e)
{
	struct strs ids = {0};
	struct endpoint *v;
	size_t n = 0;

	if (ids_below(en->run_containers, a, &ids, e))
		return -1;
	v = arena_array(a, ids.n + 1, sizeof(*v));
	for (size_t i = 0; i < ids.n; i++)
		if (runs_with(en, a, ids.v[i], mode, &v[n]))
			n++;
	*ret = v;
	*ret_n = n;
	return 0;
}

int networks_users(struct engine *en, struct arena *a, const struct networks_one *o, bool all,
		   struct endpoint **ret, size_t *ret_n, struct err *e)
{
	struct endpoint *v = NULL;
	size_t n, k = 0;

	if (o->config_only) {
		*ret_n = 0;
		return 0;
	}
	if (o->driver != NETWORKS_BRIDGE)
		return by_mode(en, a, o->name, ret, ret_n, e);
	if (all_files(en, a, o, &v, &n, e))
		return -1;
	for (size_t i = 0; i < n; i++)
		if (all ? containers_held(en, v[i].container) : runs(en, v[i].container))
			v[k++] = v[i];
	*ret = v;
	*ret_n = k;
	return 0;
}

static bool is_there(struct engine *en, const struct networks_one *o, const char *id)
{
	AUTO_FD int dir = networks_dir_there(en->exec, o->id, "endpoints");

	return dir >= 0 && !faccessat(dir, id, F_OK, AT_SYMLINK_NOFOLLOW);
}

void networks_users_settle(struct engine *en, struct arena *a, const struct networks_one *o)
{
	struct endpoint *v = NULL;
	struct err why;
	int try = 0;
	size_t n;

	if (all_files(en, a, o, &v, &n, &why))
		return;
	for (size_t i = 0; i < n; i++) {
		const char *id = v[i].container;

		while (try < TRIES && is_there(en, o, id) && containers_held(en, id) &&
		       !runs(en, id))
			containers_nap(try++);
		if (!containers_held(en, id))
			control_settle(en, a, id, &why);
	}
}
