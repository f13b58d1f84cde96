/* SPDX-License-Identifier: Apache-2.0 */
/*
 * One small JSON file per fact. Where a container's config.json lies says how durable it is, so
 * nothing here needs a flag that could be wrong after a crash. Everything is done relative to the
 * two root descriptors: the shim, which may have entered another mount namespace, opens its own.
 *
 * The directory in data-root moves first: that one rename is the removal. Whoever is killed behind
 * it leaves a name that says a container which is not there, and such a name is free (names.h). The
 * other way round a container without a name would be left. A name is only unlinked while it says
 * this ID; somebody else may own it after a rename.
 */
#include "container/home.h"
#include "base/file.h"
#include "base/fs.h"
#include "base/id.h"
#include "base/json.h"
#include "base/log.h"
#include "base/mem.h"
#include "base/rand.h"
#include "base/stamp.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

static int open_root(const char *path, struct err *e)
{
	int fd = openat(AT_FDCWD, path, O_PATH | O_DIRECTORY | O_CLOEXEC);

	return fd < 0 ? err_sys(e, "open %s", path) : fd;
}

int home_open(const char *data_root, const char *exec_root, struct home *ret, struct err *e)
{
	AUTO_FD int data = open_root(data_root, e);
	int exec;

	if (data < 0)
		return -1;
	exec = open_root(exec_root, e);
	if (exec < 0)
		return -1;
	ret->data = fd_steal(&data);
	ret->exec = exec;
	return 0;
}

const char *home_boot(void)
{
	static char boot[37];
	AUTO_FD int fd = -1;
	ssize_t n;

	if (*boot)
		return boot;
	fd = openat(AT_FDCWD, "/proc/sys/kernel/random/boot_id", O_RDONLY | O_CLOEXEC);
	n = fd < 0 ? -1 : read(fd, boot, sizeof(boot) - 1);
	boot[n > 0 ? n : 0] = 0;
	return boot;
}

static int open_dir(int root, const char *id, struct err *e)
{
	char path[90];
	int fd;

	snprintf(path, sizeof(path), "containers/%s", id);
	fd = openat(root, path, O_RDONLY | O_DIRECTORY | O_CLOEXEC | O_NOFOLLOW);
	return fd < 0 ? err_sys(e, "open %s", path) : fd;
}

static void time_field(struct json_w *w, const char *key, int64_t ns)
{
	char text[STAMP_LEN] = STAMP_ZERO;

	if (ns)
		stamp_format(ns, text);
	json_w_str(w, key, text);
}

static void encode(struct buf *b, const struct home_state *s)
{
	struct json_w w = JSON_W(b);

	json_w_obj(&w, NULL);
	json_w_int(&w, "Version", 1);
	json_w_bool(&w, "Running", s->running);
	json_w_int(&w, "Pid", s->pid);
	if (s->born)
		json_w_int(&w, "PidBorn", s->born);
	json_w_int(&w, "Shim", s->shim);
	json_w_int(&w, "ExitCode", s->exit_code);
	json_w_bool(&w, "OOMKilled", s->oom);
	json_w_bool(&w, "Restarting", s->restarting);
	json_w_bool(&w, "Manual", s->manual);
	json_w_int(&w, "Restarts", s->restarts);
	json_w_str(&w, "Boot", s->boot);
	json_w_str(&w, "Error", s->error);
	time_field(&w, "StartedAt", s->started);
	time_field(&w, "FinishedAt", s->finished);
	json_w_end(&w);
}

int home_write_state(const struct home *h, const char *id, const struct home_state *s,
		     struct err *e)
{
	AUTO_BUF b = BUF_INIT;
	AUTO_FD int dir = open_dir(h->exec, id, e);

	if (dir < 0)
		return -1;
	encode(&b, s);
	return file_write_atomic(dir, "state", b.data, b.len, 0600, FILE_NOSYNC, e);
}

int home_write_run(const struct home *h, const char *id, const struct home_state *s, bool synced,
		   struct err *e)
{
	AUTO_BUF b = BUF_INIT;
	AUTO_FD int dir = open_dir(h->data, id, e);
	struct home_state run = *s;

	if (dir < 0)
		return -1;
	run.pid = run.shim = 0; /* another boot's numbers say nothing */
	run.born = 0;
	encode(&b, &run);
	return file_write_atomic(dir, "exit", b.data, b.len, 0600, synced ? FILE_SYNC : FILE_NOSYNC,
				 e);
}

static int put_exit(int root, const char *id, const struct buf *b, enum file_sync sync,
		    struct err *e)
{
	AUTO_FD int dir = open_dir(root, id, e);

	return dir < 0 ? -1 : file_write_atomic(dir, "exit", b->data, b->len, 0600, sync, e);
}

/* Absent where nothing was started, or the exec-root went with a reboot. */
static void drop_in_exec(const struct home *h, const char *id, const char *name)
{
	char path[100];

	snprintf(path, sizeof(path), "containers/%s/%s", id, name);
	unlinkat(h->exec, path, 0);
}

int home_write_exit(const struct home *h, const char *id, const struct home_state *s, bool durable,
		    struct err *e)
{
	AUTO_BUF b = BUF_INIT;
	struct err why;
	int rc;

	encode(&b, s);
	if (!durable) {
		rc = put_exit(h->exec, id, &b, FILE_NOSYNC, e);
	} else {
		rc = put_exit(h->data, id, &b, FILE_SYNC, e);
		if (!rc)
			drop_in_exec(h, id, "exit");
		else if (put_exit(h->exec, id, &b, FILE_NOSYNC, &why))
			return -1;
	}
	if (!rc || durable)
		drop_in_exec(h, id, "state");
	return rc;
}

int home_keep_exit(const struct home *h, const char *id, struct err *e)
{
	AUTO_BUF b = BUF_INIT;
	char path[100];

	snprintf(path, sizeof(path), "containers/%s/exit", id);
	if (file_read(h->exec, path, HOME_STATE_MAX, &b, e))
		return e->kind == ERR_NOTFOUND ? 0 : -1;
	if (put_exit(h->data, id, &b, FILE_SYNC, e))
		return -1;
	drop_in_exec(h, id, "exit");
	return 0;
}

static int64_t time_of(const struct json *v, const char *key)
{
	const char *text = json_str(json_get(v, key), STAMP_ZERO);
	struct err e;
	int64_t ns;

	if (!strcmp(text, STAMP_ZERO) || stamp_parse(text, &ns, &e))
		return 0;
	return ns;
}

/* 1: *ret filled; 0: no such file. */
static int read_one(int root, const char *id, const char *name, struct home_state *ret,
		    struct err *e)
{
	AUTO_ARENA a = ARENA_INIT;
	AUTO_BUF b = BUF_INIT;
	char path[100];
	const struct json *v;

	snprintf(path, sizeof(path), "containers/%s/%s", id, name);
	if (file_read(root, path, HOME_STATE_MAX, &b, e))
		return e->kind == ERR_NOTFOUND ? 0 : -1;
	v = json_parse(&a, b.data, b.len, HOME_STATE_MAX, path, e);
	if (!v)
		return -1;
	if (json_int(json_get(v, "Version"), 0) != 1)
		return err_set(e, ERR_UNSUPPORTED, "%s was written by a newer proa", path);
	*ret = (struct home_state){
		.running = json_bool(json_get(v, "Running"), false),
		.pid = (int)json_int(json_get(v, "Pid"), 0),
		.born = json_int(json_get(v, "PidBorn"), 0),
		.shim = (int)json_int(json_get(v, "Shim"), 0),
		.exit_code = (int)json_int(json_get(v, "ExitCode"), 0),
		.oom = json_bool(json_get(v, "OOMKilled"), false),
		.restarting = json_bool(json_get(v, "Restarting"), false),
		.manual = json_bool(json_get(v, "Manual"), false),
		.restarts = (int)json_int(json_get(v, "Restarts"), 0),
		.started = time_of(v, "StartedAt"),
		.finished = time_of(v, "FinishedAt"),
	};
	snprintf(ret->boot, sizeof(ret->boot), "%s", json_str(json_get(v, "Boot"), ""));
	snprintf(ret->error, sizeof(ret->error), "%s", json_str(json_get(v, "Error"), ""));
	return 1;
}

int home_read_exit(const struct home *h, const char *id, struct home_state *ret, struct err *e)
{
	int n = read_one(h->exec, id, "exit", ret, e);

	if (n == 0)
		n = read_one(h->data, id, "exit", ret, e);
	if (n == 0)
		*ret = (struct home_state){.running = false};
	return n < 0 ? -1 : 0;
}

int home_read_state(const struct home *h, const char *id, struct home_state *ret, struct err *e)
{
	int n = read_one(h->exec, id, "state", ret, e);

	return n ? (n < 0 ? -1 : 0) : home_read_exit(h, id, ret, e);
}

static int free_name(const struct home *h, const char *id, const char *name, struct err *e)
{
	char path[300], have[ID_STEM + 1];

	if (!*name || strchr(name, '/'))
		return 0;
	snprintf(path, sizeof(path), "names/%s", name);
	if (readlinkat(h->data, path, have, sizeof(have)) != ID_STEM || memcmp(have, id, ID_STEM))
		return 0;
	if (unlinkat(h->data, path, 0) && errno != ENOENT)
		return err_sys(e, "remove the name %s", name);
	return 0;
}

static int move_away(int root, const char *id, struct err *e)
{
	char from[90], to[90];

	snprintf(from, sizeof(from), "containers/%s", id);
	snprintf(to, sizeof(to), "trash/%s", id);
	if (renameat(root, from, root, to) && errno != ENOENT)
		return err_sys(e, "move %s to trash", from);
	return 0;
}

int home_hide(const struct home *h, const char *id, const char *name, struct err *e)
{
	if (move_away(h->data, id, e) || move_away(h->exec, id, e) || free_name(h, id, name, e))
		return -1;
	return 0;
}

static int clean_trash(int root, const char *id, struct err *e)
{
	AUTO_FD int dir = openat(root, "trash", O_RDONLY | O_DIRECTORY | O_CLOEXEC | O_NOFOLLOW);

	if (dir < 0)
		return err_sys(e, "open trash");
	return fs_remove_tree(dir, id, e);
}

int home_clean(const struct home *h, const char *id, struct err *e)
{
	if (clean_trash(h->data, id, e) || clean_trash(h->exec, id, e))
		return -1;
	return 0;
}

/* ---- volumes */

void home_volume_trash(const char *name, char ret[80])
{
	snprintf(ret, 80, "%.64s", name);
	if (strlen(name) != 64 || strspn(name, "0123456789abcdef") != 64)
		rand_hex(ret, 64);
}

void home_forget_volume(const struct home *h, const char *id, const char *name)
{
	char path[400];

	snprintf(path, sizeof(path), "volumes/.rm/%s.%s", id, name);
	unlinkat(h->data, path, 0);
}

void home_drop_volume(const struct home *h, const char *id, const char *name)
{
	char from[300], to[100], trash[80];
	AUTO_FD int fd = -1;

	snprintf(from, sizeof(from), "volumes/%s", name);
	fd = openat(h->data, from, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	if (fd >= 0 && (flock(fd, LOCK_EX) || !faccessat(fd, "shared", F_OK, AT_SYMLINK_NOFOLLOW)))
		return;
	home_volume_trash(name, trash);
	snprintf(to, sizeof(to), "trash/%s", trash);
	if (fd < 0 || !renameat(h->data, from, h->data, to) || errno == ENOENT)
		home_forget_volume(h, id, name);
}

void home_clean_volume(const struct home *h, const char *name)
{
	char trash[80];
	struct err e;

	home_volume_trash(name, trash);
	if (clean_trash(h->data, trash, &e))
		log_warn("shim", "volume %.12s: files stay in trash: %s", name, e.text);
}
