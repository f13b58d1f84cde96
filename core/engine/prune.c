/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Looks first, without a lock, at which containers do not run, and then removes each as a person
 * would, who is told that one that has been started meanwhile is not removed. One that a foreground
 * run has made and is about to start is left alone too, which Docker's prune does not see. One that
 * cannot be removed is a warning and does not keep the others.
 */
#include "engine/prune.h"
#include "base/file.h"
#include "base/log.h"
#include "base/stamp.h"
#include "engine/containers.h"
#include "engine/disksize.h"
#include "engine/status.h"
#include "engine/until.h"

#include <dirent.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>

static bool has_label(const struct json *labels, const char *want)
{
	AUTO_ARENA a = ARENA_INIT;
	size_t n = strcspn(want, "=");
	const struct json *v = json_get(labels, arena_strndup(&a, want, n));

	return v && (!want[n] || !strcmp(json_str(v, ""), want + n + 1));
}

static bool labels_fit(const struct prune_filter *f, const struct json *labels)
{
	for (size_t i = 0; i < f->label.n; i++)
		if (!has_label(labels, f->label.v[i]))
			return false;
	for (size_t i = 0; i < f->not_label.n; i++)
		if (has_label(labels, f->not_label.v[i]))
			return false;
	return true;
}

static bool wanted(struct engine *en, const struct prune_filter *f, int64_t before, const char *id)
{
	AUTO_ARENA a = ARENA_INIT;
	struct containers_one c;
	struct status st;
	int64_t created;
	struct err e;

	if (containers_look(en, &a, id, &c, &e) ||
	    stamp_parse(json_str(json_get(c.record, "Created"), ""), &created, &e) ||
	    status_of(en, &a, &c, &st, &e)) {
		if (e.kind != ERR_NOTFOUND)
			log_warn("engine", "container %.12s passed over: %s", id, e.text);
		return false;
	}
	return !st.state.running && !(st.kind == STATUS_CREATED && containers_held(en, id)) &&
	       created < before && labels_fit(f, json_get(json_get(c.record, "Config"), "Labels"));
}

static int find(struct engine *en, struct arena *a, const struct prune_filter *f, int64_t before,
		struct strs *ret, struct err *e)
{
	DIR *d = file_dir(en->containers);
	struct dirent *de;

	if (!d)
		return err_sys(e, "read containers");
	while ((de = readdir(d)))
		if (store_is_hex(de->d_name) && wanted(en, f, before, de->d_name))
			strs_add(a, ret, arena_strdup(a, de->d_name));
	closedir(d);
	return 0;
}

static bool take_away(struct engine *en, const char *id, int64_t *bytes)
{
	AUTO_ARENA a = ARENA_INIT;
	struct disksize d = {0};
	char removed[65];
	struct err e;

	if (disksize_of(en, id, &d, &e) ||
	    containers_remove(en, &a, id, false, false, removed, &e)) {
		if (e.kind != ERR_NOTFOUND && e.kind != ERR_CONFLICT)
			log_warn("engine", "container %.12s stays: %s", id, e.text);
		return false;
	}
	*bytes += d.rw;
	return true;
}

int prune_containers(struct engine *en, struct arena *a, const struct prune_filter *f,
		     struct json_w *w, struct strs *ret_ids, struct err *e)
{
	int64_t before = INT64_MAX, bytes = 0;
	struct strs found = {0};

	for (size_t i = 0; i < f->until.n; i++) {
		int64_t t;

		if (until_parse(f->until.v[i], &t, e))
			return -1;
		before = t < before ? t : before;
	}
	if (find(en, a, f, before, &found, e))
		return -1;
	for (size_t i = 0; i < found.n; i++)
		if (take_away(en, found.v[i], &bytes))
			strs_add(a, ret_ids, found.v[i]);
	json_w_obj(w, NULL);
	json_w_strs(w, "ContainersDeleted", ret_ids->n ? ret_ids : NULL);
	json_w_int(w, "SpaceReclaimed", bytes);
	json_w_end(w);
	return 0;
}
