/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The record is written again as it was read, member by member, so that fields which this build
 * does not know stay. Which of the two roots holds it says how durable it is (home.h); that is
 * looked at here again rather than told by a flag.
 */
#include "engine/containers_record.h"
#include "base/file.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#define STAGED "config.json.new"

static int none(const char *id, struct err *e)
{
	return err_set(e, ERR_NOTFOUND, "No such container: %s", id);
}

int containers_record_lock(struct engine *en, const char *id, struct err *e)
{
	AUTO_FD int dir = openat(en->containers, id, O_RDONLY | O_DIRECTORY | O_CLOEXEC), fd = -1;

	if (dir < 0)
		return errno == ENOENT ? none(id, e) : err_sys(e, "open the container's directory");
	fd = file_lock_open(dir, "record.lock", e);
	if (fd < 0)
		return e->sys == ENOENT ? none(id, e) : -1;
	if (file_lock(fd, F_WRLCK, 1, e))
		return -1;
	return fd_steal(&fd);
}

static void rewrite(const struct json *record, const char *key, const struct buf *value,
		    struct buf *b)
{
	struct json_iter it = json_iter(record);
	struct json_w w = JSON_W(b);
	const struct json *v;
	const char *k;
	bool done = false;

	json_w_obj(&w, NULL);
	while ((v = json_next(&it, &k))) {
		if (strcmp(k, key)) {
			json_w_val(&w, k, v);
		} else if (!done) {
			json_w_raw(&w, k, value->data, value->len);
			done = true;
		}
	}
	if (!done)
		json_w_raw(&w, key, value->data, value->len);
	json_w_end(&w);
}

/* The directory that has it. */
static int open_dir(struct engine *en, const char *id, bool *ret_durable, struct err *e)
{
	char path[80];
	int dir;

	snprintf(path, sizeof(path), "%s/config.json", id);
	*ret_durable = !faccessat(en->containers, path, F_OK, AT_SYMLINK_NOFOLLOW);
	dir = openat(*ret_durable ? en->containers : en->run_containers, id,
		     O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (dir < 0)
		return errno == ENOENT ? none(id, e) : err_sys(e, "open the container's directory");
	return dir;
}

static int put(struct engine *en, const struct containers_one *c, const char *name, const char *key,
	       const struct buf *value, struct err *e)
{
	AUTO_BUF b = BUF_INIT;
	bool durable;
	AUTO_FD int dir = open_dir(en, c->id, &durable, e);

	if (dir < 0)
		return -1;
	rewrite(c->record, key, value, &b);
	if (b.len > CONTAINERS_RECORD_MAX)
		return err_set(e, ERR_INVALID,
			       "the container's configuration is larger than %d MiB",
			       CONTAINERS_RECORD_MAX >> 20);
	if (!file_write_atomic(dir, name, b.data, b.len, 0600, durable ? FILE_SYNC : FILE_NOSYNC,
			       e))
		return 0;
	return e->sys == ENOENT ? none(c->id, e) : -1; /* it is being removed */
}

int containers_record_put(struct engine *en, const struct containers_one *c, const char *key,
			  const struct buf *value, struct err *e)
{
	return put(en, c, "config.json", key, value, e);
}

int containers_record_stage(struct engine *en, const struct containers_one *c, const char *key,
			    const struct buf *value, struct err *e)
{
	return put(en, c, STAGED, key, value, e);
}

int containers_record_commit(struct engine *en, const char *id, struct err *e)
{
	bool durable;
	AUTO_FD int dir = open_dir(en, id, &durable, e);

	if (dir < 0)
		return -1;
	if (renameat(dir, STAGED, dir, "config.json"))
		return errno == ENOENT ? none(id, e) : err_sys(e, "rename to config.json");
	return durable && fsync(dir) ? err_sys(e, "write config.json") : 0;
}

void containers_record_drop(struct engine *en, const char *id)
{
	bool durable;
	struct err why;
	AUTO_FD int dir = open_dir(en, id, &durable, &why);

	if (dir >= 0)
		unlinkat(dir, STAGED, 0);
}
