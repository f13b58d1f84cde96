/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The order is Docker's: defaults first (without those that the user replaces; a mount on /dev
 * takes every default below /dev along), then what the user and the engine mount, by depth, so that
 * a parent comes before what is mounted inside it.
 *
 * Anonymous volumes (an image's VOLUME, -v /path) wait for volumes as such. Until then their
 * content simply is part of the container's own tree, which a container cannot tell from a volume,
 * but for --read-only: there a directory of the container's own is bound, empty at first.
 */
#include "engine/runmount.h"
#include "base/file.h"
#include "base/log.h"
#include "container/defaults.h"

#include <assert.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <unistd.h>

#define MAX_MOUNTS 4096
#define ENGINE_MOUNTS 8 /* at most: files of the engine, binds for --ipc host */

struct list {
	struct arena *a;
	struct spec_mount *v;
	size_t n, max;
	bool check;
};

/* Removes "//", "/./" and "/../" from an absolute path. */
static const char *clean(struct arena *a, const char *path)
{
	char *out = arena_alloc(a, strlen(path) + 2), *o = out;

	while (*path) {
		size_t n = strcspn(path, "/");

		if (n == 2 && !strncmp(path, "..", 2)) {
			while (o > out && *--o != '/')
				;
		} else if (n && !(n == 1 && *path == '.')) {
			*o++ = '/';
			memcpy(o, path, n);
			o += n;
		}
		path += n + (path[n] == '/');
	}
	if (o == out)
		*o++ = '/';
	*o = 0;
	return out;
}

static int depth(const char *path)
{
	int n = 0;

	for (; *path; path++)
		n += *path == '/' && path[1];
	return n;
}

static int add(struct list *l, struct spec_mount m, struct err *e)
{
	if (m.dest[0] != '/')
		return err_set(e, ERR_INVALID,
			       "invalid mount path: '%s' mount path must be absolute", m.dest);
	m.dest = clean(l->a, m.dest);
	if (!strcmp(m.dest, "/"))
		return err_set(e, ERR_INVALID, "invalid mount: destination can't be '/'");
	for (size_t i = 0; i < l->n; i++)
		if (!strcmp(l->v[i].dest, m.dest))
			return err_set(e, ERR_INVALID, "Duplicate mount point: %s", m.dest);
	assert(l->n < l->max);
	l->v[l->n++] = m;
	return 0;
}

static int propagation(const char *s, unsigned long *ret)
{
	static const struct {
		const char *name;
		unsigned long flags;
	} all[] = {
		{"", 0},
		{"private", MS_PRIVATE},
		{"rprivate", MS_PRIVATE | MS_REC},
		{"slave", MS_SLAVE},
		{"rslave", MS_SLAVE | MS_REC},
		{"shared", MS_SHARED},
		{"rshared", MS_SHARED | MS_REC},
	};

	for (size_t i = 0; i < sizeof(all) / sizeof(*all); i++)
		if (!strcmp(s, all[i].name)) {
			*ret = all[i].flags;
			return 0;
		}
	return -1;
}

static bool one_of(const char *s, const char *const *list)
{
	for (; *list; list++)
		if (!strcmp(s, *list))
			return true;
	return false;
}

/* ---- -v */

static int bind_options(struct arena *a, const char *text, struct spec_mount *m, struct err *e)
{
	/* without a meaning here: labels need SELinux, consistency is for machines that share
	 * directories with another one */
	static const char *const accepted[] = {"rw",	     "z",	"Z",
					       "nocopy",     "cached",	"delegated",
					       "consistent", "default", NULL};
	char *copy = arena_strdup(a, text), *save = NULL;

	for (char *o = strtok_r(copy, ",", &save); o; o = strtok_r(NULL, ",", &save)) {
		if (!strcmp(o, "ro")) {
			m->flags |= MS_RDONLY;
			m->rro = true;
		} else if (propagation(o, &m->propagation) && !one_of(o, accepted)) {
			return err_set(e, ERR_INVALID, "invalid mode: %s", text);
		}
	}
	return 0;
}

/* "source:dest[:options]" */
static int add_bind(struct list *l, const char *text, struct err *e)
{
	struct spec_mount m = {.type = "bind", .recursive = true, .make_source = true};
	const char *dest = strchr(text, ':'), *opts;

	if (!dest || dest == text || !dest[1] || dest[1] == ':')
		return err_set(e, ERR_INVALID, "invalid volume specification: '%s'", text);
	m.source = arena_strndup(l->a, text, (size_t)(dest++ - text));
	opts = strchr(dest, ':');
	m.dest = opts ? arena_strndup(l->a, dest, (size_t)(opts - dest)) : dest;
	if (m.source[0] != '/')
		return err_set(
			e, ERR_UNSUPPORTED,
			"volume %s: volumes by name are not built yet, give an absolute path",
			m.source);
	if (opts && bind_options(l->a, opts + 1, &m, e))
		return -1;
	m.source = clean(l->a, m.source);
	return add(l, m, e);
}

/* ---- --tmpfs and --mount type=tmpfs */

/* Splits options into mount flags and what the file system gets. */
static int tmpfs_options(struct arena *a, const char *text, struct spec_mount *m, struct err *e)
{
	static const struct {
		const char *name;
		unsigned long set, clear;
	} flags[] = {
		{"ro", MS_RDONLY, 0},
		{"rw", 0, MS_RDONLY},
		{"exec", 0, MS_NOEXEC},
		{"noexec", MS_NOEXEC, 0},
		{"suid", 0, MS_NOSUID},
		{"nosuid", MS_NOSUID, 0},
		{"dev", 0, MS_NODEV},
		{"nodev", MS_NODEV, 0},
		{"sync", MS_SYNCHRONOUS, 0},
		{"async", 0, MS_SYNCHRONOUS},
		{"atime", 0, MS_NOATIME},
		{"noatime", MS_NOATIME, 0},
		{"diratime", 0, MS_NODIRATIME},
		{"nodiratime", MS_NODIRATIME, 0},
		{"relatime", MS_RELATIME, 0},
		{"norelatime", 0, MS_RELATIME},
		{"strictatime", MS_STRICTATIME, 0},
		{"nostrictatime", 0, MS_STRICTATIME},
		{"defaults", 0, 0},
	};
	static const char *const data[] = {"size",	"mode", "uid",	"gid", "nr_inodes",
					   "nr_blocks", "mpol", "huge", NULL};
	char *copy = arena_strdup(a, text), *save = NULL;
	AUTO_BUF b = BUF_INIT;

	for (char *o = strtok_r(copy, ",", &save); o; o = strtok_r(NULL, ",", &save)) {
		size_t n = strcspn(o, "="), i = 0;

		while (i < sizeof(flags) / sizeof(*flags) && strcmp(o, flags[i].name))
			i++;
		if (i < sizeof(flags) / sizeof(*flags)) {
			m->flags = (m->flags | flags[i].set) & ~flags[i].clear;
		} else if (propagation(o, &m->propagation)) {
			if (!o[n] || !one_of(arena_strndup(a, o, n), data))
				return err_set(e, ERR_INVALID, "invalid tmpfs option [\"%s\"]", o);
			buf_printf(&b, "%s%s", b.len ? "," : "", o);
		}
	}
	m->data = arena_strdup(a, b.len ? b.data : "");
	return 0;
}

static int add_tmpfs(struct list *l, const char *dest, const char *opts, struct err *e)
{
	struct spec_mount m = {.type = "tmpfs",
			       .source = "tmpfs",
			       .dest = dest,
			       .flags = MS_NOSUID | MS_NODEV | MS_NOEXEC};

	if (tmpfs_options(l->a, opts, &m, e))
		return -1;
	return add(l, m, e);
}

static int mount_tmpfs(struct list *l, const struct json *v, const char *dest, bool ro,
		       struct err *e)
{
	const struct json *o, *list, *x;
	AUTO_BUF b = BUF_INIT;
	int64_t size = 0, mode = 0;
	struct json_iter it;

	if (json_want_obj(v, "TmpfsOptions", &o, e) || json_want_int(o, "SizeBytes", &size, e) ||
	    json_want_int(o, "Mode", &mode, e))
		return err_wrap(e, "TmpfsOptions");
	if (size < 0 || mode < 0 || mode > 07777)
		return err_set(e, ERR_INVALID, "TmpfsOptions: size or mode out of range");
	if (ro)
		buf_str(&b, "ro,");
	if (size)
		buf_printf(&b, "size=%lld,", (long long)size);
	if (mode)
		buf_printf(&b, "mode=%llo,", (long long)mode);
	list = json_get(o, "Options");
	it = json_iter(list);
	while ((x = json_next(&it, NULL))) {
		const char *k = json_str(json_at(x, 0), ""), *val = json_str(json_at(x, 1), NULL);

		buf_printf(&b, "%s%s%s,", k, val ? "=" : "", val ? val : "");
	}
	return add_tmpfs(l, dest, b.len ? b.data : "", e);
}

/* ---- --mount */

static int mount_bind(struct list *l, const struct json *v, const char *dest, bool ro,
		      struct err *e)
{
	const struct json *o;
	bool flat = false, flat_ro = false, force = false, make = false;
	struct spec_mount m = {.type = "bind", .source = "", .dest = dest};
	const char *prop = "";
	struct stat st;

	if (json_want_obj(v, "BindOptions", &o, e) || json_want_str(v, "Source", &m.source, e) ||
	    json_want_str(o, "Propagation", &prop, e) ||
	    json_want_bool(o, "NonRecursive", &flat, e) ||
	    json_want_bool(o, "ReadOnlyNonRecursive", &flat_ro, e) ||
	    json_want_bool(o, "ReadOnlyForceRecursive", &force, e) ||
	    json_want_bool(o, "CreateMountpoint", &make, e))
		return err_wrap(e, "Mounts");
	if (!*m.source)
		return err_set(e, ERR_INVALID,
			       "invalid mount config for type \"bind\": field Source must not be "
			       "empty");
	if (m.source[0] != '/')
		return err_set(e, ERR_INVALID,
			       "invalid mount config for type \"bind\": invalid mount path: '%s' "
			       "mount path must be absolute",
			       m.source);
	if (propagation(prop, &m.propagation))
		return err_set(e, ERR_INVALID,
			       "invalid mount config for type \"bind\": invalid propagation '%s'",
			       prop);
	m.source = clean(l->a, m.source);
	if (l->check && !make && stat(m.source, &st) && errno == ENOENT)
		return err_set(e, ERR_INVALID,
			       "invalid mount config for type \"bind\": bind source path does not "
			       "exist: %s",
			       m.source);
	m.recursive = !flat;
	m.make_source = make;
	m.flags = ro ? MS_RDONLY : 0;
	m.rro = ro && !flat_ro;
	return add(l, m, e);
}

static int add_mount(struct list *l, const struct json *v, struct err *e)
{
	const char *type = "", *dest = "";
	bool ro = false;

	if (json_want_str(v, "Type", &type, e) || json_want_str(v, "Target", &dest, e) ||
	    json_want_bool(v, "ReadOnly", &ro, e))
		return err_wrap(e, "Mounts");
	if (!*dest)
		return err_set(
			e, ERR_INVALID,
			"invalid mount config for type \"%s\": field Target must not be empty",
			type);
	if (!strcmp(type, "bind"))
		return mount_bind(l, v, dest, ro, e);
	if (!strcmp(type, "tmpfs"))
		return mount_tmpfs(l, v, dest, ro, e);
	if (!strcmp(type, "volume") || !strcmp(type, "image") || !strcmp(type, "cluster"))
		return err_set(e, ERR_UNSUPPORTED,
			       "mount type %s is not built yet: use bind or tmpfs", type);
	return err_set(e, ERR_INVALID, "mount type unknown: \"%s\"", type);
}

/* ---- all of it */

static int user_mounts(struct list *l, const struct request *r, struct err *e)
{
	const struct json *v;
	struct json_iter it = json_iter(r->mounts);

	for (size_t i = 0; i < r->binds.n; i++)
		if (add_bind(l, r->binds.v[i], e))
			return -1;
	while ((v = json_next(&it, NULL)))
		if (add_mount(l, v, e))
			return -1;
	for (size_t i = 0; i < r->tmpfs.n; i++) {
		const char *kv = r->tmpfs.v[i];
		size_t n = strcspn(kv, "=");

		if (add_tmpfs(l, arena_strndup(l->a, kv, n), kv + n + 1, e))
			return -1;
	}
	return 0;
}

static bool taken(const struct list *l, const char *dest)
{
	for (size_t i = 0; i < l->n; i++)
		if (!strcmp(l->v[i].dest, dest))
			return true;
	return false;
}

static int volumes(struct list *l, const struct request *r, const struct runspec_place *p,
		   struct err *e)
{
	for (size_t i = 0; i < r->volumes.n; i++) {
		const char *dest = r->volumes.v[i];
		struct spec_mount m = {.type = "bind", .recursive = true, .dest = dest};

		if (dest[0] != '/')
			return err_set(e, ERR_INVALID, "invalid volume: '%s' is not absolute",
				       dest);
		if (!p || taken(l, clean(l->a, dest)))
			continue;
		if (!r->readonly) {
			log_debug("engine", "volume %s is kept in the container's own tree", dest);
			continue;
		}
		m.source = arena_printf(l->a, "%s/volumes/%zu", p->cdir, i);
		if (file_mkdirs(m.source, 0755, e) || add(l, m, e))
			return -1;
	}
	return 0;
}

/* --read-only reaches them too; of the default mounts it reaches none that is writable. */
static int engine_files(struct list *l, const struct request *r, const struct runspec_place *p,
			struct err *e)
{
	static const char *const names[] = {"resolv.conf", "hostname", "hosts"};

	for (size_t i = 0; i < 3; i++) {
		struct spec_mount m = {.type = "bind", .recursive = true};

		if (r->readonly)
			m.flags = MS_RDONLY;
		m.source = arena_printf(l->a, "%s/%s", p->rdir, names[i]);
		m.dest = arena_printf(l->a, "/etc/%s", names[i]);
		if (!taken(l, m.dest) && add(l, m, e))
			return -1;
	}
	return 0;
}

static bool replaced(const struct list *l, const char *dest)
{
	return taken(l, dest) || (!strncmp(dest, "/dev/", 5) && taken(l, "/dev"));
}

/* --ipc host. /dev/mqueue needs no bind: a mount of its own shows what its IPC namespace has. */
static int host_shm(struct list *l, struct err *e)
{
	struct spec_mount m = {.type = "bind",
			       .source = "/dev/shm",
			       .dest = "/dev/shm",
			       .recursive = true};

	return taken(l, m.dest) || access(m.source, F_OK) ? 0 : add(l, m, e);
}

/* Stable, by depth of the destination; few entries. */
static void sort(struct spec_mount *v, size_t n)
{
	for (size_t i = 1; i < n; i++) {
		struct spec_mount m = v[i];
		size_t j = i;

		for (; j > 0 && depth(v[j - 1].dest) > depth(m.dest); j--)
			v[j] = v[j - 1];
		v[j] = m;
	}
}

int runmount_build(struct arena *a, const struct request *r, const struct runspec_place *p,
		   struct spec *s, struct err *e)
{
	bool host_ipc = !strcmp(r->ipc, "host");
	struct defaults_mounts o = {
		.privileged = r->privileged,
		.no_shm = !strcmp(r->ipc, "none") || host_ipc,
		.shm_size = r->shm_size,
	};
	struct list l = {.a = a, .check = !p};
	struct spec_mount *all;
	size_t n = 0;

	l.max = r->binds.n + r->tmpfs.n + json_len(r->mounts) + r->volumes.n + ENGINE_MOUNTS;
	if (l.max > MAX_MOUNTS)
		return err_set(e, ERR_INVALID, "more than %d mounts", MAX_MOUNTS);
	l.v = arena_array(a, l.max, sizeof(*l.v));
	if (user_mounts(&l, r, e) || volumes(&l, r, p, e))
		return -1;
	if (!p)
		return 0;
	if (host_ipc && host_shm(&l, e))
		return -1;
	if (engine_files(&l, r, p, e))
		return -1;
	sort(l.v, l.n);
	defaults_mounts(a, &o, s);
	all = arena_array(a, s->nmounts + l.n, sizeof(*all));
	for (size_t i = 0; i < s->nmounts; i++)
		if (!replaced(&l, s->mounts[i].dest))
			all[n++] = s->mounts[i];
	memcpy(all + n, l.v, l.n * sizeof(*all));
	s->mounts = all;
	s->nmounts = n + l.n;
	return 0;
}
