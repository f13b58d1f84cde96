/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Alive or dead is never a matter of time where a lock can tell. A container's maker holds the lock
 * of its name (names.h), makes the directory in exec-root first where there is one, and writes the
 * record last. So in this order is it looked at: nobody makes it; it is not whole; then nobody
 * ever will be back for it. Its remover moves the directory in data-root first, with the lock he
 * holds, and whatever else there is belongs to that half in the trash.
 *
 * Age decides only about a directory without a record that nothing in our exec-root belongs to: it
 * may be a foreground --rm container of another exec-root on the same data-root, created and not
 * yet started, whose record lies there. After a reboot that excuse is gone.
 */
#include "engine/reap.h"
#include "base/file.h"
#include "base/log.h"
#include "container/cgroup.h"
#include "engine/containers.h"
#include "engine/containers_record.h"
#include "engine/control.h"
#include "engine/names.h"
#include "engine/netup.h"
#include "engine/sweep.h"
#include "engine/volumes.h"

#include <dirent.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>

#define FOREIGN_AGE 600 /* seconds */
#define CLAIM_TRIES 500 /* of 10 ms */

static bool exists(int dir, const char *name)
{
	return !faccessat(dir, name, F_OK, AT_SYMLINK_NOFOLLOW);
}

static void discard(struct engine *en, const char *id)
{
	struct home h = containers_home(en);
	struct err e;

	if (!home_hide(&h, id, "", &e))
		containers_clean(en, id);
}

/* By its record, which is in one of its halves, wherever that is now. */
static const char *cgroup_parent(struct engine *en, struct arena *a, const char *id)
{
	const int where[] = {en->trash, en->exec_trash, en->run_containers};
	const char *path = arena_printf(a, "%s/config.json", id);

	for (size_t i = 0; i < sizeof(where) / sizeof(*where); i++) {
		AUTO_BUF b = BUF_INIT;
		const struct json *v;
		struct err why;

		if (file_read(where[i], path, CONTAINERS_RECORD_MAX, &b, &why))
			continue;
		v = json_parse(a, b.data, b.len, CONTAINERS_RECORD_MAX, path, &why);
		return json_str(json_get(json_get(v, "HostConfig"), "CgroupParent"), "");
	}
	return "";
}

/* One that is on its way out, with all that a shim may have left of it that was killed. */
static void bury(struct engine *en, const char *id)
{
	AUTO_ARENA a = ARENA_INIT;
	struct request r = {.cgroup_parent = cgroup_parent(en, &a, id)};
	struct home h = containers_home(en);
	struct err e;

	if (cgroup_teardown(containers_cgroup(en, &a, &r, id), &e) || netup_clean(en, &a, id, &e) ||
	    home_hide(&h, id, "", &e)) {
		log_warn("engine", "%.12s: %s", id, e.text);
		return;
	}
	containers_clean(en, id);
}

/* ---- halves */

static bool old(struct engine *en, const char *id)
{
	struct timespec up = {0, 0};
	struct stat st;
	time_t now = time(NULL);

	clock_gettime(CLOCK_BOOTTIME, &up);
	return !fstatat(en->containers, id, &st, AT_SYMLINK_NOFOLLOW) &&
	       (now - st.st_mtime > FOREIGN_AGE || st.st_mtime < now - up.tv_sec);
}

static void reap_exec_half(struct engine *en, const char *id)
{
	/* who removes it has moved the other half to where his lock shows, or is done */
	if (!names_making(en, id) && !exists(en->containers, id) && !containers_leaving(en, id))
		bury(en, id);
}

/* Its lock is held. */
static void reap_without_record(struct engine *en, struct arena *a, const char *id)
{
	struct containers_one c;
	struct err e;

	if (!exists(en->run_containers, id) && !old(en, id))
		return;
	if (!names_making(en, id) && containers_look(en, a, id, &c, &e) && e.kind == ERR_NOTFOUND)
		discard(en, id);
}

static void reap_one(struct engine *en, int where, const char *id)
{
	AUTO_ARENA a = ARENA_INIT;
	struct containers_one c;
	AUTO_FD int lock = -1;
	struct err e;

	if (!exists(en->containers, id)) {
		if (where == en->run_containers)
			reap_exec_half(en, id);
		return;
	}
	lock = containers_lock(en, id, &e);
	if (lock < 0)
		return;
	if (!containers_load(en, &a, id, &c, &e)) {
		if (containers_settle(en, &a, &c, &e) && e.kind != ERR_NOTFOUND)
			log_warn("engine", "%.12s: %s", id, e.text);
	} else if (e.kind == ERR_NOTFOUND) {
		reap_without_record(en, &a, id);
	} else {
		log_warn("engine", "%.12s: %s", id, e.text);
	}
}

/* Who moved it there was killed before it was deleted, if nobody holds its lock; perhaps even
 * before its other half was moved. */
static void reap_trash(struct engine *en, int where, const char *id)
{
	(void)where;
	if (!containers_leaving(en, id))
		bury(en, id);
}

static void reap_in(struct engine *en, int where,
		    void (*reap)(struct engine *en, int where, const char *id))
{
	DIR *d = file_dir(where);
	struct dirent *de;

	if (!d)
		return;
	while ((de = readdir(d)))
		if (store_is_hex(de->d_name))
			reap(en, where, de->d_name);
	closedir(d);
}

void reap_all(struct engine *en)
{
	reap_in(en, en->run_containers, reap_one);
	reap_in(en, en->containers, reap_one);
	reap_in(en, en->trash, reap_trash);
	reap_in(en, en->exec_trash, reap_trash);
	names_reap(en);
	volumes_reap(en);
	sweep_dead(en);
}

/* ---- a name that is wanted */

/* A rename that was killed leaves its container with two names. The record says which one it has;
 * its shim is told too, so that nobody else comes to free the other one. */
static void drop_alias(struct engine *en, const char *name)
{
	AUTO_ARENA a = ARENA_INIT;
	AUTO_FD int lock = -1, record = -1, live = -1;
	struct containers_one c;
	struct err why;
	char id[65];

	lock = names_lock(en, name, false, &why);
	if (lock < 0 || names_get(en, name, id))
		return;
	record = containers_record_lock(en, id, &why);
	if (record < 0 || containers_look(en, &a, id, &c, &why) || !strcmp(c.name, name))
		return;
	if (!control_update(en, &a, id, &live, &why))
		names_free(en, name);
}

int reap_claim(struct engine *en, const char *name, const char *id, bool durable, int *ret_lock,
	       struct err *e)
{
	for (int i = 0;; i++) {
		if (!names_claim(en, name, id, durable, ret_lock, e))
			return 0;
		if (e->kind != ERR_CONFLICT)
			return -1;
		if (!i) {
			reap_all(en);
			drop_alias(en, name);
		} else if (i < CLAIM_TRIES && names_empty(en, name)) {
			containers_nap(i);
			names_reap(en);
		} else {
			return names_taken(en, name, e);
		}
	}
}
