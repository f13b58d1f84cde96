/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A --rm container's volumes are dropped by its shim, which knows no records: home_drop_volume of
 * the container's room renames a volume away unless its file "shared" is there. Whoever takes an
 * anonymous volume that exists for another container writes that file first, under the flock of
 * the volume's directory that the shim takes too; such a volume is left to volumes_reap, which
 * reads who uses it.
 *
 * Any other container's anonymous volumes have such an owner too until its record is there, so that
 * those of a killed create are known as garbage.
 */
#include "engine/volumes.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "base/file.h"
#include "base/fs.h"
#include "base/log.h"
#include "base/rand.h"
#include "base/stamp.h"
#include "container/home.h"
#include "engine/containers.h"
#include "engine/names.h"

#define RECORD_MAX (1 << 20)
#define NAME_LEN_MAX 200

static int open_volumes(struct engine *en, bool make, struct err *e)
{
	int fd;

	if (make)
		return file_opendir(en->data, "volumes", 0711, e);
	fd = openat(en->data, "volumes", O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	if (fd < 0 && errno == ENOENT)
		return err_set(e, ERR_NOTFOUND, "no volumes");
	return fd < 0 ? err_sys(e, "open volumes") : fd;
}

int volumes_lock(struct engine *en, int type, struct err *e)
{
	AUTO_FD int dir = open_volumes(en, true, e), fd = -1;

	if (dir < 0)
		return -1;
	fd = file_lock_open(dir, ".lock", e);
	if (fd < 0 || file_lock(fd, type, 1, e))
		return -1;
	return fd_steal(&fd);
}

const char *volumes_path(struct engine *en, struct arena *a, const char *name)
{
	return arena_printf(a, "%s/volumes/%s/_data", en->c.data_root, name);
}

/* ---- rules */

static bool good_name(const char *name)
{
	static const char more[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789"
				   "_.-";
	size_t n = strlen(name);

	return n > 1 && n <= NAME_LEN_MAX && strspn(name, more) == n && !strchr("_.-", *name);
}

static int check_name(const char *name, struct err *e)
{
	if (strlen(name) == 1)
		return err_set(e, ERR_INVALID,
			       "create %s: volume name is too short, names should be at least two "
			       "alphanumeric characters",
			       name);
	if (strlen(name) > NAME_LEN_MAX)
		return err_set(e, ERR_INVALID, "create: volume name longer than %d characters",
			       NAME_LEN_MAX);
	if (!good_name(name))
		return err_set(e, ERR_INVALID,
			       "create %s: \"%s\" includes invalid characters for a local volume "
			       "name, only \"[a-zA-Z0-9][a-zA-Z0-9_.-]\" are allowed. If you "
			       "intended to pass a host directory, use absolute path",
			       name, name);
	return 0;
}

const char *volumes_value(const struct strs *map, const char *key)
{
	size_t n = strlen(key);

	for (size_t i = map->n; i-- > 0;)
		if (!strncmp(map->v[i], key, n) && map->v[i][n] == '=')
			return map->v[i] + n + 1;
	return NULL;
}

static int check_options(const struct volumes_one *v, struct err *e)
{
	static const char *const known[] = {"type", "o", "device", "size"};
	static const char *const needed[] = {"device", "type"};

	for (size_t i = 0; i < v->options.n; i++) {
		size_t n = strcspn(v->options.v[i], "="), k = 0;

		while (k < 4 && (strlen(known[k]) != n || strncmp(known[k], v->options.v[i], n)))
			k++;
		if (k == 4)
			return err_set(e, ERR_INVALID, "create %s: invalid option: \"%.*s\"",
				       v->name, (int)n, v->options.v[i]);
	}
	if (volumes_value(&v->options, "size"))
		return err_set(e, ERR_INVALID,
			       "create %s: quota size requested but no quota support", v->name);
	for (size_t i = 0; v->options.n && i < 2; i++)
		if (!volumes_value(&v->options, needed[i]))
			return err_set(e, ERR_INVALID, "create %s: missing required option: \"%s\"",
				       v->name, needed[i]);
	return 0;
}

int volumes_check(const struct volumes_one *v, struct err *e)
{
	if (strcmp(v->driver, "local") != 0)
		return err_set(e, ERR_NOTFOUND,
			       "create %s: error looking up volume plugin %s: plugin \"%s\" not "
			       "found",
			       v->name, v->driver, v->driver);
	return check_name(v->name, e) || check_options(v, e) ? -1 : 0;
}

/* ---- records */

/* As Go writes its maps; few entries. */
static void sort(struct strs *map)
{
	for (size_t i = 1; i < map->n; i++) {
		char *s = map->v[i];
		size_t k = i;

		for (; k > 0 && strcmp(map->v[k - 1], s) > 0; k--)
			map->v[k] = map->v[k - 1];
		map->v[k] = s;
	}
}

static int read_one(int dir, struct arena *a, const char *name, struct volumes_one *ret,
		    struct err *e)
{
	struct volumes_one v = {.driver = "local"};
	AUTO_BUF b = BUF_INIT;
	const struct json *r;
	const char *created = "";
	struct err ignored;
	char path[NAME_LEN_MAX + 32];

	snprintf(path, sizeof(path), "%s/volume.json", name);
	if (!good_name(name))
		return err_set(e, ERR_NOTFOUND, "get %.200s: no such volume", name);
	if (file_read(dir, path, RECORD_MAX, &b, e))
		return e->kind != ERR_NOTFOUND
			       ? -1
			       : err_set(e, ERR_NOTFOUND, "get %.200s: no such volume", name);
	r = json_parse(a, b.data ? b.data : "", b.len, RECORD_MAX, path, e);
	if (!r)
		return -1;
	if (json_int(json_get(r, "Version"), 0) != 1)
		return err_set(e, ERR_UNSUPPORTED, "%s was written by a newer proa", path);
	if (json_want_str(r, "Driver", &v.driver, e) ||
	    json_want_str(r, "CreatedAt", &created, e) ||
	    json_want_map(r, "Labels", a, &v.labels, e) ||
	    json_want_map(r, "Options", a, &v.options, e))
		return err_wrap(e, "volume %s", name);
	if (stamp_parse(created, &v.created, &ignored))
		v.created = 0;
	sort(&v.labels);
	sort(&v.options);
	v.name = arena_strdup(a, name);
	*ret = v;
	return 0;
}

int volumes_get(struct engine *en, struct arena *a, const char *name, struct volumes_one *ret,
		struct err *e)
{
	AUTO_FD int dir = open_volumes(en, false, e);

	if (dir < 0)
		return e->kind == ERR_NOTFOUND
			       ? err_set(e, ERR_NOTFOUND, "get %.200s: no such volume", name)
			       : -1;
	return read_one(dir, a, name, ret, e);
}

static int by_name(const void *a, const void *b)
{
	const struct volumes_one *x = a, *y = b;

	return strcmp(x->name, y->name);
}

/* The names below dir that could be volumes. */
static int list_names(int dir, struct arena *a, struct strs *ret, struct err *e)
{
	DIR *d = file_dir(dir);
	struct dirent *de;

	if (!d)
		return err_sys(e, "read volumes");
	while ((de = readdir(d)))
		if (de->d_name[0] != '.')
			strs_add(a, ret, arena_strdup(a, de->d_name));
	closedir(d);
	return 0;
}

int volumes_all(struct engine *en, struct arena *a, struct volumes_one **ret, size_t *ret_n,
		struct err *e)
{
	AUTO_FD int dir = open_volumes(en, false, e);
	struct volumes_one *v = NULL;
	struct strs names = {0};
	struct err why;
	size_t n = 0;

	if (dir < 0 && e->kind != ERR_NOTFOUND)
		return -1;
	if (dir >= 0 && list_names(dir, a, &names, e))
		return -1;
	v = arena_array(a, names.n + 1, sizeof(*v));
	for (size_t i = 0; i < names.n; i++)
		if (!read_one(dir, a, names.v[i], &v[n], &why))
			n++;
		else if (why.kind != ERR_NOTFOUND)
			log_warn("engine", "volume %s is passed over: %s", names.v[i], why.text);
	qsort(v, n, sizeof(*v), by_name);
	*ret = v;
	*ret_n = n;
	return 0;
}

void volumes_write(struct engine *en, struct json_w *w, const char *key,
		   const struct volumes_one *v)
{
	AUTO_ARENA a = ARENA_INIT;
	char at[STAMP_LEN];

	stamp_format(v->created / 1000000000 * 1000000000, at);
	json_w_obj(w, key);
	json_w_str(w, "CreatedAt", at);
	json_w_str(w, "Driver", v->driver);
	json_w_map(w, "Labels", v->labels.n ? &v->labels : NULL);
	json_w_str(w, "Mountpoint", volumes_path(en, &a, v->name));
	json_w_str(w, "Name", v->name);
	json_w_map(w, "Options", v->options.n ? &v->options : NULL);
	json_w_str(w, "Scope", "local");
	json_w_end(w);
}

/* ---- making */

static int fill(int tmp, const struct volumes_one *v, enum file_sync sync, struct err *e)
{
	AUTO_BUF b = BUF_INIT;
	AUTO_FD int data = -1;
	struct json_w w = JSON_W(&b);
	char at[STAMP_LEN];

	stamp_format(v->created, at);
	json_w_obj(&w, NULL);
	json_w_int(&w, "Version", 1);
	json_w_str(&w, "Name", v->name);
	json_w_str(&w, "Driver", v->driver);
	json_w_str(&w, "CreatedAt", at);
	json_w_map(&w, "Labels", &v->labels);
	json_w_map(&w, "Options", &v->options);
	json_w_end(&w);
	if (b.len > RECORD_MAX)
		return err_set(e, ERR_INVALID, "create %s: labels and options are larger than %d",
			       v->name, RECORD_MAX);
	data = file_opendir(tmp, "_data", 0755, e);
	if (data < 0)
		return -1;
	if (fchmod(tmp, 0701) || fchmod(data, 0755)) /* whatever the umask */
		return err_sys(e, "make volume %s", v->name);
	return file_write_atomic(tmp, "volume.json", b.data, b.len, 0600, sync, e);
}

/* The intent, before the volume is there. */
static int note_owner(int dir, const char *owner, const char *name, struct err *e)
{
	AUTO_FD int rm = file_opendir(dir, ".rm", 0700, e), fd = -1;
	char path[NAME_LEN_MAX + 80];

	if (rm < 0)
		return -1;
	snprintf(path, sizeof(path), "%s.%s", owner, name);
	fd = openat(rm, path, O_CREAT | O_WRONLY | O_CLOEXEC, 0600);
	return fd < 0 ? err_sys(e, "note the owner of volume %.12s", name) : 0;
}

/* 0 made, 1 somebody else was first. */
static int put(struct engine *en, int dir, struct store_pin *pin, const struct volumes_one *v,
	       bool durable, struct err *e)
{
	struct store *s = &en->store;
	AUTO_FD int tmp = -1;
	struct err ignored;
	char name[33];

	rand_hex(name, 32);
	if (store_pin_tmp(s, pin, name, e))
		return -1;
	tmp = file_opendir(s->tmp, name, 0700, e);
	if (tmp < 0 || fill(tmp, v, durable ? FILE_SYNC : FILE_NOSYNC, e))
		goto undo;
	/* onto a volume that is there it fails: a directory that is not empty */
	if (!renameat(s->tmp, name, dir, v->name))
		return durable && fsync(dir) ? err_sys(e, "make volume %s durable", v->name) : 0;
	if (errno == ENOTEMPTY || errno == EEXIST) {
		fs_remove_tree(s->tmp, name, &ignored);
		return 1;
	}
	err_sys(e, "put volume %s in place", v->name);
undo:
	fs_remove_tree(s->tmp, name, &ignored);
	return -1;
}

static bool same_map(const struct strs *a, const struct strs *b)
{
	if (a->n != b->n)
		return false;
	for (size_t i = 0; i < a->n; i++) {
		size_t k = 0;

		while (k < b->n && strcmp(a->v[i], b->v[k]))
			k++;
		if (k == b->n)
			return false;
	}
	return true;
}

int volumes_make(struct engine *en, struct arena *a, const struct volumes_one *v, const char *owner,
		 bool durable, struct volumes_one *ret, bool *ret_new, struct err *e)
{
	struct volumes_one mine = *v; /* whose lists are sorted in place */
	struct store_pin pin = STORE_PIN_INIT;
	AUTO_FD int dir = -1;
	int rc;

	if (volumes_check(v, e))
		return -1;
	dir = open_volumes(en, true, e);
	if (dir < 0)
		return -1;
	rc = read_one(dir, a, v->name, ret, e) ? -1 : 1;
	if (rc < 0 && e->kind != ERR_NOTFOUND)
		return -1;
	if (rc < 0) {
		mine.created = stamp_now();
		sort(&mine.labels);
		sort(&mine.options);
		if ((owner && note_owner(dir, owner, v->name, e)) ||
		    store_pin_new(&en->store, &pin, e))
			return -1;
		rc = put(en, dir, &pin, &mine, durable, e);
		store_pin_release(&en->store, &pin);
		if (rc < 0 || (rc == 1 && read_one(dir, a, v->name, ret, e)))
			return -1;
		if (!rc)
			*ret = mine;
	}
	if (ret_new)
		*ret_new = !rc;
	if (rc == 1 && v->options.n && !same_map(&v->options, &ret->options))
		return err_set(e, ERR_CONFLICT,
			       "create %s: conflict: a volume of that name exists with other "
			       "options: remove it first, or take another name",
			       v->name);
	return 0;
}

int volumes_share(struct engine *en, const char *name, struct err *e)
{
	AUTO_FD int dir = open_volumes(en, false, e), fd = -1, mark = -1;
	struct stat a, b;

	if (dir < 0)
		return -1;
	fd = openat(dir, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	if (fd < 0 || flock(fd, LOCK_EX) || fstat(fd, &a) ||
	    fstatat(dir, name, &b, AT_SYMLINK_NOFOLLOW) || a.st_ino != b.st_ino)
		return err_set(e, ERR_NOTFOUND, "get %.200s: no such volume", name);
	mark = openat(fd, "shared", O_CREAT | O_WRONLY | O_CLOEXEC, 0600);
	return mark < 0 ? err_sys(e, "share volume %s", name) : 0;
}

/* ---- who uses what */

static bool uses(const struct json *mounts, const char *name)
{
	struct json_iter it = json_iter(mounts);
	const struct json *v;

	while ((v = json_next(&it, NULL)))
		if (!strcmp(json_str(json_get(v, "Type"), ""), "volume") &&
		    !strcmp(json_str(json_get(v, "Name"), ""), name))
			return true;
	return false;
}

static void look_at(int dirfd, const char *id, struct arena *a, const char *name, struct strs *ret)
{
	AUTO_ARENA tmp = ARENA_INIT;
	AUTO_BUF b = BUF_INIT;
	const struct json *v;
	struct err why;
	char path[300];

	snprintf(path, sizeof(path), "%s/config.json", id);
	if (file_read(dirfd, path, CONTAINERS_RECORD_MAX, &b, &why)) {
		if (why.kind != ERR_NOTFOUND)
			log_warn("engine", "container %.12s passed over: %s", id, why.text);
		return;
	}
	/* most use none; a name is never escaped */
	if (!b.data || !strstr(b.data, name))
		return;
	v = json_parse(&tmp, b.data, b.len, CONTAINERS_RECORD_MAX, "config.json", &why);
	if (uses(json_get(v, "Mounts"), name))
		strs_add(a, ret, arena_strdup(a, id));
}

static int look_below(int dirfd, struct arena *a, const char *name, struct strs *ret, struct err *e)
{
	struct strs ids = {0};

	if (list_names(dirfd, a, &ids, e))
		return -1;
	for (size_t i = 0; i < ids.n; i++)
		look_at(dirfd, ids.v[i], a, name, ret);
	return 0;
}

int volumes_users(struct engine *en, struct arena *a, const char *name, struct strs *ret,
		  struct err *e)
{
	/* a foreground --rm container's record is in the second only */
	return look_below(en->containers, a, name, ret, e) ||
			       look_below(en->run_containers, a, name, ret, e)
		       ? -1
		       : 0;
}

/* ---- removal */

int volumes_take_away(struct engine *en, const char *name, struct volumes_trash *ret, struct err *e)
{
	AUTO_FD int dir = open_volumes(en, false, e);

	if (dir < 0)
		return -1;
	home_volume_trash(name, ret->name);
	if (renameat(dir, name, en->trash, ret->name)) {
		if (errno != ENOENT)
			return err_sys(e, "move volume %s to the trash", name);
		ret->name[0] = 0;
	}
	return fsync(dir) ? err_sys(e, "remove volume %s", name) : 0;
}

void volumes_clean(struct engine *en, const struct volumes_trash *t)
{
	struct err e;

	if (*t->name && fs_remove_tree(en->trash, t->name, &e))
		log_warn("engine", "a volume's files stay in trash: %s", e.text);
}

/* Docker lists them between brackets. */
static int in_use(const char *name, const struct strs *ids, struct err *e)
{
	AUTO_BUF b = BUF_INIT;

	for (size_t i = 0; i < ids->n && i < 8; i++)
		buf_printf(&b, "%s%s", i ? ", " : "", ids->v[i]);
	return err_set(e, ERR_CONFLICT, "remove %s: volume is in use - [%s]", name, b.data);
}

int volumes_remove(struct engine *en, struct arena *a, const char *name, bool force,
		   struct volumes_trash *ret, struct err *e)
{
	AUTO_FD int lock = volumes_lock(en, F_WRLCK, e);
	struct volumes_one v;
	struct strs ids = {0};

	ret->name[0] = 0;
	if (lock < 0)
		return -1;
	/* one whose record is damaged can still be removed by force */
	if (volumes_get(en, a, name, &v, e) && !(force && good_name(name)))
		return force && e->kind == ERR_NOTFOUND ? 0 : -1;
	if (volumes_users(en, a, name, &ids, e))
		return -1;
	if (ids.n)
		return in_use(name, &ids, e);
	return volumes_take_away(en, name, ret, e);
}

static bool is_anonymous(struct engine *en, struct arena *a, const char *name)
{
	struct volumes_one v;
	struct err why;

	return !volumes_get(en, a, name, &v, &why) && volumes_value(&v.labels, VOLUMES_ANONYMOUS);
}

static void drop_one(struct engine *en, const char *name, const char *id)
{
	AUTO_ARENA a = ARENA_INIT;
	struct home h = containers_home(en);
	struct volumes_trash t = {.name = ""};
	struct strs ids = {0};
	struct err e;
	AUTO_FD int lock = volumes_lock(en, F_WRLCK, &e);
	size_t others = 0;

	if (lock < 0 || volumes_users(en, &a, name, &ids, &e)) {
		log_warn("engine", "volume %.12s stays: %s", name, e.text);
		return;
	}
	for (size_t i = 0; i < ids.n; i++)
		others += strcmp(ids.v[i], id) != 0;
	if (!others && is_anonymous(en, &a, name) && volumes_take_away(en, name, &t, &e))
		log_warn("engine", "volume %.12s stays: %s", name, e.text);
	home_forget_volume(&h, id, name);
	fd_autoclose(&lock);
	volumes_clean(en, &t);
}

/* The next volume that may be anonymous, or NULL. */
static const char *next_name(struct json_iter *mounts)
{
	const struct json *v;

	while ((v = json_next(mounts, NULL))) {
		const char *name = json_str(json_get(v, "Name"), "");

		if (!strcmp(json_str(json_get(v, "Type"), ""), "volume") && strlen(name) == 64 &&
		    good_name(name))
			return name;
	}
	return NULL;
}

void volumes_drop(struct engine *en, struct arena *a, const struct json *mounts, const char *id)
{
	struct json_iter it = json_iter(mounts);
	const char *name;

	(void)a;
	while ((name = next_name(&it)))
		drop_one(en, name, id);
}

void volumes_own(struct engine *en, const struct json *mounts, const char *id, bool own)
{
	struct json_iter it = json_iter(mounts);
	struct home h = containers_home(en);
	const char *name;
	struct err why;

	while ((name = next_name(&it))) {
		AUTO_FD int dir = own ? open_volumes(en, false, &why) : -1;

		if (!own)
			home_forget_volume(&h, id, name);
		else if (dir >= 0 && note_owner(dir, id, name, &why))
			log_warn("engine", "%s", why.text);
	}
}

/* Its container has been made, and is one that leaves its volumes behind. */
static bool is_kept(struct engine *en, const char *id)
{
	char path[80];

	snprintf(path, sizeof(path), "%s/config.json", id);
	return !faccessat(en->containers, path, F_OK, AT_SYMLINK_NOFOLLOW);
}

static void reap_one(struct engine *en, int rm, const char *entry)
{
	char id[65];

	if (strlen(entry) < 66 || entry[64] != '.' || !good_name(entry + 65))
		return;
	memcpy(id, entry, 64);
	id[64] = 0;
	if (is_kept(en, id))
		unlinkat(rm, entry, 0);
	else if (!names_making(en, id) &&
		 faccessat(en->containers, id, F_OK, AT_SYMLINK_NOFOLLOW) &&
		 faccessat(en->run_containers, id, F_OK, AT_SYMLINK_NOFOLLOW))
		drop_one(en, entry + 65, id);
}

void volumes_reap(struct engine *en)
{
	AUTO_ARENA a = ARENA_INIT;
	AUTO_FD int rm =
		openat(en->data, "volumes/.rm", O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	struct strs names = {0};
	struct err e;

	if (rm < 0 || list_names(rm, &a, &names, &e))
		return;
	for (size_t i = 0; i < names.n; i++)
		reap_one(en, rm, names.v[i]);
}
