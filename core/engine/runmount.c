/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The order is Docker's: defaults first (without those that the user replaces; a mount on /dev
 * takes every default below /dev along), then what the user and the engine mount, by depth, so that
 * a parent comes before what is mounted inside it.
 *
 * What -v, --mount, --volumes-from and images' VOLUMEs ask for was settled at create (mounts.h).
 */
#include "engine/runmount.h"
#include "container/defaults.h"
#include "engine/mountopt.h"
#include "engine/mountprop.h"
#include "engine/mounts.h"
#include "image/driver.h"
#include "image/layers.h"

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
	bool mapped; /* it has a user namespace */
};

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
	m.dest = mounts_clean(l->a, m.dest);
	if (!strcmp(m.dest, "/"))
		return err_set(e, ERR_INVALID, "invalid specification: destination can't be '/'");
	for (size_t i = 0; i < l->n; i++)
		if (!strcmp(l->v[i].dest, m.dest))
			return err_set(e, ERR_INVALID, "Duplicate mount point: %s", m.dest);
	assert(l->n < l->max);
	l->v[l->n++] = m;
	return 0;
}

/* ---- --tmpfs */

static int add_tmpfs(struct list *l, const char *dest, const char *opts, struct err *e)
{
	struct spec_mount m = {.type = "tmpfs",
			       .source = "tmpfs",
			       .dest = dest,
			       .flags = MS_NOSUID | MS_NODEV | MS_NOEXEC};

	if (mountopt_tmpfs(l->a, opts, &m, e))
		return -1;
	return add(l, m, e);
}

static int add_all_tmpfs(struct list *l, const struct request *r, struct err *e)
{
	for (size_t i = 0; i < r->tmpfs.n; i++) {
		const char *kv = r->tmpfs.v[i];
		size_t n = strcspn(kv, "=");

		if (add_tmpfs(l, arena_strndup(l->a, kv, n), kv[n] ? kv + n + 1 : "", e))
			return -1;
	}
	return 0;
}

/* ---- what was settled */

/* A volume with options is a bind, or a file system of the host's, mounted for this container. */
static int volume_options(struct list *l, const struct mounts_one *o, struct spec_mount *m,
			  struct err *e)
{
	if (mountopt_volume(l->a, &o->options, m, e))
		return err_wrap(e, "volume %s", o->name);
	m->outside = strcmp(m->type, "bind") != 0;
	if (!m->outside) /* somebody else's directory after all */
		m->idmap = SPEC_IDMAP_NONE;
	m->rro = o->ro;
	if (o->ro && !m->outside)
		m->flags |= MS_RDONLY;
	return 0;
}

static void image_layers(struct list *l, const struct mounts_one *o, const char *layers,
			 struct spec_mount *m)
{
	m->type = "layers";
	m->flags = MS_RDONLY;
	m->base = layers;
	for (size_t i = o->layers.n; i-- > 0;)
		strs_printf(l->a, &m->lowers, "l/%.*s", LAYERS_ALIAS, o->layers.v[i]);
	if (!o->layers.n)
		strs_add(l->a, &m->lowers, arena_strdup(l->a, "l/none"));
}

static int add_settled(struct list *l, const struct mounts_one *o, const char *layers,
		       struct err *e)
{
	struct spec_mount m = {.type = "bind",
			       .source = o->source,
			       .dest = o->dest,
			       .recursive = !o->flat,
			       .make_source = o->make_source,
			       .flags = o->ro ? MS_RDONLY : 0,
			       .rro = o->ro && !o->flat_ro,
			       .rro_force = o->force_ro,
			       .subpath = *o->subpath ? o->subpath : NULL};

	if (!strcmp(o->type, "tmpfs"))
		return add_tmpfs(l, o->dest, o->data, e);
	if (mountopt_propagation(o->propagation, &m.propagation))
		return err_set(e, ERR_INVALID, "invalid propagation mode: %s", o->propagation);
	if (mountprop_check(o->source, m.propagation, e))
		return -1;
	if (l->mapped && !strcmp(o->type, "volume"))
		m.idmap = SPEC_IDMAP_MUST;
	if (!strcmp(o->type, "image"))
		image_layers(l, o, layers, &m);
	if (o->options.n) {
		m.flags = 0;
		m.recursive = false;
		if (volume_options(l, o, &m, e))
			return -1;
	}
	return add(l, m, e);
}

static int add_all_settled(struct list *l, const struct mounts *ms, const struct runspec_place *p,
			   struct spec *s, bool auto_remove, struct err *e)
{
	for (size_t i = 0; i < ms->n; i++) {
		if (add_settled(l, &ms->v[i], p->layers, e))
			return -1;
		if (auto_remove && ms->v[i].anonymous)
			strs_add(l->a, &s->volumes, arena_strdup(l->a, ms->v[i].name));
	}
	return 0;
}

/* ---- all of it */

static bool taken(const struct list *l, const char *dest)
{
	for (size_t i = 0; i < l->n; i++)
		if (!strcmp(l->v[i].dest, dest))
			return true;
	return false;
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
		if (l->mapped) /* a tmpfs: from 6.3 */
			m.idmap = SPEC_IDMAP_TRY;
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

/* --ipc container: what the other one has there. Its mqueue too comes with the namespace. */
static int peer_shm(struct list *l, struct err *e)
{
	const struct spec_mount m = {.type = "peer", .source = "dev/shm", .dest = "/dev/shm"};

	return taken(l, m.dest) ? 0 : add(l, m, e);
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
	bool host_ipc = !strcmp(r->ipc, "host"), peer_ipc = !strncmp(r->ipc, "container:", 10);
	struct defaults_mounts o = {
		.privileged = r->privileged,
		.no_shm = !strcmp(r->ipc, "none") || host_ipc || peer_ipc,
		.shm_size = r->shm_size,
	};
	struct list l = {.a = a, .mapped = s->userns};
	struct mounts settled = {.n = 0};
	struct spec_mount *all;
	size_t n = 0;

	if (p && mounts_read(a, p->mounts, &settled, e))
		return -1;
	l.max = r->tmpfs.n + settled.n + ENGINE_MOUNTS;
	if (l.max > MAX_MOUNTS)
		return err_set(e, ERR_INVALID, "more than %d mounts", MAX_MOUNTS);
	l.v = arena_array(a, l.max, sizeof(*l.v));
	if (add_all_tmpfs(&l, r, e))
		return -1;
	if (!p)
		return 0;
	if (add_all_settled(&l, &settled, p, s, r->auto_remove, e))
		return -1;
	if ((host_ipc && host_shm(&l, e)) || (peer_ipc && peer_shm(&l, e)))
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

int runmount_view(struct arena *a, const struct runspec_place *p, struct spec *s, struct err *e)
{
	struct mounts settled = {.n = 0};
	struct list l = {.a = a};

	if (mounts_read(a, p->mounts, &settled, e))
		return -1;
	l.max = settled.n;
	l.v = arena_array(a, l.max + 1, sizeof(*l.v));
	for (size_t i = 0; i < settled.n; i++)
		if (strcmp(settled.v[i].type, "tmpfs") &&
		    add_settled(&l, &settled.v[i], p->layers, e))
			return -1;
	sort(l.v, l.n);
	s->mounts = l.v;
	s->nmounts = l.n;
	return 0;
}
