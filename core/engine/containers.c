/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Looking is cheap and writes nothing; only what needs the lock takes it. Who removes a container
 * may meet others who start it: what he stops may be started again by one who asked before, so he
 * goes on until the lock is his.
 */
#include "engine/containers.h"
#include "base/file.h"
#include "base/log.h"
#include "container/cgroup.h"
#include "container/orphan.h"
#include "container/shimcall.h"
#include "engine/names.h"
#include "engine/netup.h"
#include "engine/runruntime.h"
#include "engine/status.h"
#include "engine/volumes.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>

#define KILL_AGAIN_MS 1000
#define LOCK_TRIES 500 /* of 10 ms: a shim that has answered and is cleaning up */

struct home containers_home(const struct engine *en)
{
	return (struct home){.data = en->data, .exec = en->exec};
}

static bool is_hex(const char *s, size_t min)
{
	size_t n = strlen(s);

	return n >= min && n <= 64 && strspn(s, "0123456789abcdef") == n;
}

static bool exists(int dir, const char *name)
{
	return !faccessat(dir, name, F_OK, AT_SYMLINK_NOFOLLOW);
}

static int by_name(struct engine *en, const char *name, char ret_id[65])
{
	return names_get(en, name, ret_id) || !is_hex(ret_id, 64) || !exists(en->containers, ret_id)
		       ? -1
		       : 0;
}

/* The number of IDs that begin with prefix; one of them in ret_id. */
static int by_prefix(struct engine *en, const char *prefix, char ret_id[65])
{
	DIR *d = file_dir(en->containers);
	int found = 0;
	struct dirent *de;

	if (!d)
		return 0;
	while ((de = readdir(d)))
		if (strlen(de->d_name) == 64 && !strncmp(de->d_name, prefix, strlen(prefix))) {
			memcpy(ret_id, de->d_name, 65);
			found++;
		}
	closedir(d);
	return found;
}

int containers_find(struct engine *en, const char *ref, char ret_id[65], struct err *e)
{
	int found;

	if (*ref == '/')
		ref++;
	if (is_hex(ref, 64) && exists(en->containers, ref)) {
		memcpy(ret_id, ref, 65);
		return 0;
	}
	if (!by_name(en, ref, ret_id))
		return 0;
	found = is_hex(ref, 1) ? by_prefix(en, ref, ret_id) : 0;
	if (found > 1)
		return err_set(e, ERR_INVALID, "Multiple IDs found with provided prefix: %s", ref);
	if (!found)
		return err_set(e, ERR_NOTFOUND, "No such container: %.200s", ref);
	return 0;
}

static int read_record(struct engine *en, struct arena *a, struct containers_one *c, struct err *e)
{
	AUTO_BUF b = BUF_INIT;
	char path[100];

	snprintf(path, sizeof(path), "%s/config.json", c->id);
	if (file_read(en->containers, path, CONTAINERS_RECORD_MAX, &b, e)) {
		if (e->kind != ERR_NOTFOUND)
			return -1;
		if (file_read(en->run_containers, path, CONTAINERS_RECORD_MAX, &b, e))
			return e->kind == ERR_NOTFOUND
				       ? err_set(e, ERR_NOTFOUND, "No such container: %s", c->id)
				       : -1;
	}
	c->record = json_parse(a, b.data, b.len, CONTAINERS_RECORD_MAX, path, e);
	if (!c->record)
		return -1;
	if (json_int(json_get(c->record, "Version"), 0) != 1)
		return err_set(e, ERR_UNSUPPORTED, "%s was written by a newer proa", path);
	return 0;
}

void containers_paths(struct engine *en, struct arena *a, struct containers_one *c)
{
	c->cdir = arena_printf(a, "%s/containers/%s", en->c.data_root, c->id);
	c->rdir = arena_printf(a, "%s/containers/%s", en->c.exec_root, c->id);
}

int containers_look(struct engine *en, struct arena *a, const char *id, struct containers_one *ret,
		    struct err *e)
{
	struct containers_one c = {.name = ""};

	snprintf(c.id, sizeof(c.id), "%s", id);
	if (read_record(en, a, &c, e))
		return -1;
	c.name = json_str(json_get(c.record, "Name"), "");
	c.image = json_str(json_get(c.record, "Image"), "");
	c.req.cgroup_parent =
		json_str(json_get(json_get(c.record, "HostConfig"), "CgroupParent"), "");
	*ret = c;
	return 0;
}

int containers_load(struct engine *en, struct arena *a, const char *ref, struct containers_one *ret,
		    struct err *e)
{
	struct containers_one c = {.name = ""};

	if (containers_find(en, ref, c.id, e))
		return -1;
	if (read_record(en, a, &c, e))
		return e->kind == ERR_NOTFOUND
			       ? -1
			       : err_wrap(e, "container %.12s (rm -f removes it)", c.id);
	if (request_decode(a, json_get(c.record, "Config"), json_get(c.record, "HostConfig"),
			   json_get(c.record, "NetworkingConfig"), &c.req, e))
		return err_wrap(e, "container %.12s", c.id);
	c.name = json_str(json_get(c.record, "Name"), "");
	c.image = json_str(json_get(c.record, "Image"), "");
	c.mounts = json_get(c.record, "MountSpecs");
	containers_paths(en, a, &c);
	*ret = c;
	return 0;
}

const char *containers_cgroup(struct engine *en, struct arena *a, const struct request *r,
			      const char *id)
{
	const char *parent = *r->cgroup_parent ? r->cgroup_parent : en->c.cgroup_parent;
	size_t n = strlen(parent);

	while (n && parent[n - 1] == '/')
		n--;
	return arena_printf(a, "%s%.*s/%s", *parent == '/' ? "" : "/", (int)n, parent, id);
}

static int open_lock(struct engine *en, const char *id, struct err *e)
{
	char path[80];
	int fd;

	snprintf(path, sizeof(path), "%s/lock", id);
	fd = file_lock_open(en->containers, path, e);
	return fd < 0 && e->sys == ENOENT ? err_set(e, ERR_NOTFOUND, "No such container: %s", id)
					  : fd;
}

int containers_shim(struct engine *en, const char *id, struct err *e)
{
	AUTO_FD int dir = openat(en->run_containers, id, O_RDONLY | O_DIRECTORY | O_CLOEXEC);

	if (dir < 0)
		return err_set(e, ERR_UNAVAILABLE, "container %.12s has no shim", id);
	return shimcall_connect(dir, e);
}

int containers_lock(struct engine *en, const char *id, struct err *e)
{
	AUTO_FD int fd = open_lock(en, id, e);

	if (fd < 0 || file_lock(fd, F_WRLCK, 0, e))
		return -1;
	return fd_steal(&fd);
}

/* As file_locked, of its liveness lock below dir; 0 where there is none. */
static int locked(int dir, const char *id)
{
	AUTO_FD int fd = -1;
	char path[80];

	snprintf(path, sizeof(path), "%.64s/lock", id);
	fd = openat(dir, path, O_RDWR | O_NOFOLLOW | O_CLOEXEC);
	return fd < 0 ? 0 : file_locked(fd, F_WRLCK);
}

bool containers_held(const struct engine *en, const char *id)
{
	return locked(en->containers, id) == 1;
}

bool containers_leaving(const struct engine *en, const char *id)
{
	return locked(en->trash, id) != 0;
}

void containers_nap(int try)
{
	const struct timespec t = {0, try < 10 ? 500000 : 10000000};

	nanosleep(&t, NULL);
}

static int no_end(const char *id, struct err *e)
{
	return err_set(e, ERR_CONFLICT, "container %.12s does not end", id);
}

int containers_lock_soon(struct engine *en, const char *id, struct err *e)
{
	for (int i = 0; i < LOCK_TRIES; i++) {
		int fd = containers_lock(en, id, e);

		if (fd >= 0 || e->kind != ERR_CONFLICT)
			return fd;
		containers_nap(i);
	}
	return no_end(id, e);
}

/* A shim takes its socket away when it goes by itself. So one without a shim is the sign of a shim
 * that was killed, also in the moments of a start of which nothing is written yet. */
static bool has_socket(struct engine *en, const char *id)
{
	char path[80];

	snprintf(path, sizeof(path), "%s/" SHIM_SOCK, id);
	return !faccessat(en->run_containers, path, F_OK, AT_SYMLINK_NOFOLLOW);
}

static void drop_socket(struct engine *en, const char *id)
{
	char path[80];

	snprintf(path, sizeof(path), "%s/" SHIM_SOCK, id);
	unlinkat(en->run_containers, path, 0);
}

/* What became of one that ran, written down. */
static int record_lost(struct engine *en, const struct containers_one *c, struct home_state *s,
		       struct err *e)
{
	struct home h = containers_home(en);
	struct home_state last;
	struct err why;

	if (home_read_exit(&h, c->id, &last, e))
		return -1;
	if (last.finished >= s->started) { /* its shim had written that already */
		*s = last;
	} else {
		if (!s->restarting && !strcmp(s->boot, home_boot()))
			snprintf(s->error, sizeof(s->error), "the container's shim was killed");
		status_lost(s);
	}
	if (home_write_exit(&h, c->id, s, true, &why))
		log_warn("engine", "%.12s: its end is not on disk yet: %s", c->id, why.text);
	return 0;
}

/* Everything of it that lives outside of its directories. */
static int drop_remains(struct engine *en, struct arena *a, const struct containers_one *c,
			struct err *e)
{
	runruntime_forget(en, a, c);
	if (cgroup_teardown(containers_cgroup(en, a, &c->req, c->id), e))
		return -1;
	return has_socket(en, c->id) ? netup_clean(en, a, c->id, e) : 0;
}

int containers_settle(struct engine *en, struct arena *a, const struct containers_one *c,
		      struct err *e)
{
	struct home h = containers_home(en);
	struct home_state s;
	struct err why;

	if (home_read_state(&h, c->id, &s, e))
		return -1;
	if (!s.running && !has_socket(en, c->id)) {
		if (!c->req.auto_remove && home_keep_exit(&h, c->id, &why))
			log_warn("engine", "%.12s: its end is not on disk yet: %s", c->id,
				 why.text);
		return 0;
	}
	if (s.running && !strcmp(s.boot, home_boot()))
		orphan_kill(s.pid, s.born);
	if (drop_remains(en, a, c, e))
		return -1;
	drop_socket(en, c->id);
	if (c->req.auto_remove) {
		if (home_hide(&h, c->id, c->name, e))
			return -1;
		volumes_drop(en, a, json_get(c->record, "Mounts"), c->id);
		containers_clean(en, c->id);
		return err_set(e, ERR_NOTFOUND, "No such container: %s", c->id);
	}
	/* else it was killed before it could write that it runs */
	return s.running ? record_lost(en, c, &s, e) : 0;
}

/* ---- removal */

static int refuse_removal(struct engine *en, const struct containers_one *c, const char *ref,
			  struct err *e)
{
	AUTO_ARENA a = ARENA_INIT;
	struct status s = {.kind = STATUS_RUNNING};
	struct err why;

	if (!status_of(en, &a, c, &s, &why) && s.kind == STATUS_PAUSED)
		return err_set(e, ERR_CONFLICT,
			       "cannot remove container \"%s\": container is paused and must be "
			       "unpaused first",
			       ref);
	return err_set(e, ERR_CONFLICT,
		       "cannot remove container \"%s\": container is %s: stop the container before "
		       "removing or force remove",
		       ref, status_word(s.kind));
}

/* Makes its shim go: an armed one does so at once, one that runs only by force. What it is doing is
 * for the shim to say: a start may be on its way, of which nothing is written yet. A restart that
 * comes behind the kill undoes it, so the end is not waited for without end. */
static int stop(struct engine *en, const struct containers_one *c, const char *ref, bool force,
		struct err *e)
{
	const struct shim_msg leave = {.version = SHIM_VERSION, .op = SHIM_KILL};
	const struct shim_msg wait = {.version = SHIM_VERSION, .op = SHIM_WAIT};
	struct shim_msg kill_it = leave;
	struct pollfd ended;
	struct shim_reply r;
	AUTO_FD int dir = openat(en->run_containers, c->id, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	AUTO_FD int sock = dir < 0 ? -1 : shimcall_connect(dir, e);

	/* where nobody listens any more it has ended by itself */
	if (sock < 0 || !shimcall(sock, &leave, &r, e) || e->kind == ERR_UNAVAILABLE)
		return 0;
	if (e->kind != ERR_CONFLICT)
		return -1;
	if (!force)
		return refuse_removal(en, c, ref, e);
	kill_it.arg = SIGKILL;
	if (shimcall(sock, &kill_it, &r, e) || shimcall_send(sock, &wait, -1, NULL, 0, e))
		return e->kind == ERR_UNAVAILABLE ? 0 : -1;
	ended = (struct pollfd){.fd = sock, .events = POLLIN};
	poll(&ended, 1, KILL_AGAIN_MS);
	return 0;
}

/* Of one whose record cannot be read only the ID is known, and the name if it was asked for by it.
 */
static int only_id(struct engine *en, const char *ref, struct containers_one *ret, struct err *e)
{
	*ret = (struct containers_one){.name = *ref == '/' ? ref + 1 : ref,
				       .req = {.cgroup_parent = ""}};
	return containers_find(en, ref, ret->id, e);
}

/* The liveness lock, once it has ended; -1 and *ret_gone: it has been removed by its shim. */
static int end_and_lock(struct engine *en, const struct containers_one *c, const char *ref,
			bool force, bool *ret_gone, struct err *e)
{
	*ret_gone = false;
	for (int i = 0; i < LOCK_TRIES; i++) {
		AUTO_FD int lock = containers_lock(en, c->id, e);

		*ret_gone = c->req.auto_remove && !exists(en->containers, c->id);
		if (*ret_gone)
			return -1;
		if (lock >= 0 && !exists(en->containers, c->id))
			return err_set(e, ERR_NOTFOUND, "No such container: %s", c->id);
		if (lock >= 0)
			return fd_steal(&lock);
		if (e->kind != ERR_CONFLICT || stop(en, c, ref, force, e))
			return -1;
		containers_nap(i);
	}
	return no_end(c->id, e);
}

/* With the lock held nobody renames it any more (rename.c): of what it is called now, the record
 * says the truth. */
static const char *name_now(struct engine *en, struct arena *a, const struct containers_one *c)
{
	struct containers_one now;
	struct err why;

	return containers_look(en, a, c->id, &now, &why) ? c->name : now.name;
}

int containers_remove(struct engine *en, struct arena *a, const char *ref, bool force, bool volumes,
		      char ret_id[65], struct err *e)
{
	struct home h = containers_home(en);
	struct containers_one c;
	AUTO_FD int lock = -1;
	bool gone;

	if (containers_load(en, a, ref, &c, e) &&
	    (!force || e->kind == ERR_NOTFOUND || only_id(en, ref, &c, e)))
		return -1;
	memcpy(ret_id, c.id, sizeof(c.id));
	lock = end_and_lock(en, &c, ref, force, &gone, e);
	if (lock < 0)
		return gone ? 0 : -1;
	if (!c.req.auto_remove) /* or they would be those of a killed create */
		volumes_own(en, json_get(c.record, "Mounts"), c.id, volumes);
	if (drop_remains(en, a, &c, e) || home_hide(&h, c.id, name_now(en, a, &c), e))
		return -1;
	/* or it would be back after a power cut */
	if (!c.req.auto_remove && fsync(en->containers))
		return err_sys(e, "write the removal of container %.12s to disk", c.id);
	return 0;
}

void containers_clean(struct engine *en, const char *id)
{
	struct home h = containers_home(en);
	struct err e;

	if (home_clean(&h, id, &e))
		log_warn("engine", "%.12s: files stay in trash: %s", id, e.text);
}
