/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The layer goes the way of a loaded one: packed into a tar, by which it gets its diff ID and its
 * tar record, and unpacked again into the store. Sharing the upper directory would save the copy
 * and have the container go on writing to the image.
 *
 * While the container stands still a child holds the other end of a pipe and lets it go on as soon
 * as that closes: after our work, or with our death.
 */
#include "engine/commit.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/fs.h"
#include "base/stamp.h"
#include "container/cgroup.h"
#include "engine/containers.h"
#include "engine/diff.h"
#include "engine/images.h"
#include "engine/status.h"
#include "image/changes.h"
#include "image/confine.h"
#include "image/layers.h"
#include "image/packer.h"
#include "image/ref.h"

#define DIR_FLAGS (O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC)

struct commit {
	struct engine *en;
	struct arena *a;
	const struct commit_opts *o;
	struct containers_one c;
	int cdir;
	const char *ref; /* canonical, or NULL */
	struct strs ids; /* of the layers below */
	struct changes config;
	struct store_pin pin;
	struct layers_tmp t;
	pid_t guard;
	int hold;
};

/* ---- standing still */

static void thaw(struct commit *m)
{
	fd_autoclose(&m->hold);
	while (m->guard > 0 && waitpid(m->guard, NULL, 0) < 0 && errno == EINTR)
		;
	m->guard = 0;
}

static int freeze(struct commit *m, struct err *e)
{
	const char *group = containers_cgroup(m->en, m->a, &m->c.req, m->c.id);
	struct status s;
	struct err why;
	int p[2];
	char c;

	if (!m->o->pause || status_of(m->en, m->a, &m->c, &s, e))
		return m->o->pause ? -1 : 0;
	if (s.kind != STATUS_RUNNING)
		return 0;
	if (pipe2(p, O_CLOEXEC))
		return err_sys(e, "pipe");
	m->hold = p[1];
	m->guard = fork();
	if (!m->guard) {
		const int keep[] = {p[0], 2};

		setsid(); /* a signal to the caller's group does not reach it */
		if (!confine_fds(keep, 2, &why))
			while (read(0, &c, 1) < 0 && errno == EINTR)
				;
		_exit(cgroup_thaw(group, &why) ? 1 : 0);
	}
	close(p[0]);
	if (m->guard < 0)
		return err_sys(e, "fork");
	if (!cgroup_freeze(group, e) || e->kind == ERR_NOTFOUND)
		return 0; /* it has ended */
	return err_wrap(e, "pause container %s (--pause=false goes without)", m->c.id);
}

/* ---- the layer */

static int to_layer(void *ctx, const void *data, size_t n, struct err *e)
{
	struct commit *m = ctx;

	return unpack_write(m->t.unpack, data, n, e);
}

static int pack_upper(struct commit *m, int upper, struct err *e)
{
	struct packer job = {.rootfd = upper, .userfd = -1, .dirfd = upper};

	job.opts = (struct pack_opts){.diff = 1, .lenient = 1};
	return packer_run(&job, to_layer, m, e);
}

static int pack_change(struct pack *p, int tree, const struct diff_change *x, struct err *e)
{
	const char *path = x->path + 1, *slash = strrchr(path, '/');
	AUTO_ARENA a = ARENA_INIT;
	AUTO_FD int dir = -1;
	char name[256];

	if (x->kind == DIFF_DELETED)
		return pack_deleted(p,
				    arena_strndup(&a, path, slash ? (size_t)(slash + 1 - path) : 0),
				    slash ? slash + 1 : path, e);
	dir = fs_open_parent(tree, path, FS_BENEATH, 0, name, e);
	if (dir < 0)
		return e->kind == ERR_NOTFOUND ? 0 : -1;
	return pack_one(p, dir, name, path, e);
}

static int pack_tree_changes(struct commit *m, struct err *e)
{
	const struct pack_opts o = {.diff = 1, .lenient = 1};
	AUTO_FD int tree = openat(m->cdir, "tree", DIR_FLAGS);
	struct pack *p;
	struct diff d;
	int rc = 0;

	if (tree < 0)
		return err_sys(e, "open the container's root");
	if (diff_of(m->en, m->a, m->cdir, &d, e))
		return -1;
	p = pack_new(&o, to_layer, m);
	for (size_t i = 0; i < d.n && !rc; i++)
		rc = pack_change(p, tree, &d.v[i], e);
	if (!rc)
		rc = pack_end(p, e);
	pack_free(p);
	return rc;
}

static int make_layer(struct commit *m, struct err *e)
{
	AUTO_FD int upper = openat(m->cdir, "upper", DIR_FLAGS);
	const struct store *s = &m->en->store;
	struct unpack_limits lim;

	layers_limits(s, &lim);
	if (layers_tmp_begin(s, &m->pin, &lim, &m->t, e) || freeze(m, e))
		return -1;
	if (upper >= 0 ? pack_upper(m, upper, e) : pack_tree_changes(m, e))
		return -1;
	thaw(m);
	return layers_tmp_finish(&m->t, e);
}

/* ---- the image */

static void sets(struct arena *a, const struct strs *keys, struct strs *ret)
{
	for (size_t i = 0; i < keys->n; i++)
		strs_printf(a, ret, "%s=", keys->v[i]);
}

/* Environment and labels by name, what is new last; other lists and texts as a whole. */
static void over(struct arena *a, const struct strs *more, struct strs *list)
{
	for (size_t i = 0; i < more->n; i++) {
		size_t n = strcspn(more->v[i], "=") + 1, k = 0;

		while (k < list->n && strncmp(list->v[k], more->v[i], n))
			k++;
		if (k < list->n)
			list->v[k] = more->v[i];
		else
			strs_add(a, list, more->v[i]);
	}
}

static void put_request(struct arena *a, const struct request *r, struct changes *c)
{
	over(a, &r->env, &c->env);
	over(a, &r->labels, &c->labels);
	sets(a, &r->ports, &c->exposed);
	sets(a, &r->volumes, &c->volumes);
	if (r->entrypoint_set && (r->entrypoint.n || !c->has_entrypoint)) {
		c->entrypoint = r->entrypoint;
		c->has_entrypoint = r->entrypoint.n > 0;
	}
	if (r->cmd_set) {
		c->cmd = r->cmd;
		c->has_cmd = r->cmd.n > 0;
	}
	c->user = *r->user ? r->user : c->user;
	c->workdir = *r->workdir ? r->workdir : c->workdir;
	c->stopsignal = *r->stop_signal ? r->stop_signal : c->stopsignal;
	if (r->health.test.n) {
		c->health = r->health.test;
		c->interval = r->health.interval;
		c->timeout = r->health.timeout;
		c->start_period = r->health.start_period;
		c->start_interval = r->health.start_interval;
		c->retries = r->health.retries;
	}
}

static int make_config(struct commit *m, struct err *e)
{
	struct request body;

	put_request(m->a, &m->c.req, &m->config);
	if (m->o->config) {
		if (request_decode(m->a, m->o->config, NULL, NULL, &body, e))
			return -1;
		put_request(m->a, &body, &m->config);
	}
	for (size_t i = 0; i < m->o->changes.n; i++)
		if (changes_apply(m->a, m->o->changes.v[i], &m->config, e))
			return -1;
	return 0;
}

/* The image's own, if it is still there; one entry for each layer otherwise. */
static void write_history(struct commit *m, const struct json *base, const char *when, bool empty,
			  struct json_w *w)
{
	const struct json *old = json_get(base, "history"), *v;
	struct json_iter it = json_iter(old);
	AUTO_BUF cmd = BUF_INIT;

	json_w_arr(w, "history");
	while ((v = json_next(&it, NULL)))
		json_w_val(w, NULL, v);
	for (size_t i = 0; !json_len(old) && i < m->ids.n; i++) {
		json_w_obj(w, NULL);
		json_w_str(w, "created", STAMP_ZERO);
		json_w_end(w);
	}
	for (size_t i = 0; i < m->c.req.cmd.n; i++) {
		buf_str(&cmd, i ? " " : "");
		buf_str(&cmd, m->c.req.cmd.v[i]);
	}
	json_w_obj(w, NULL);
	json_w_str(w, "created", when);
	json_w_str(w, "created_by", cmd.data ? cmd.data : "");
	if (m->o->author && *m->o->author)
		json_w_str(w, "author", m->o->author);
	if (m->o->comment && *m->o->comment)
		json_w_str(w, "comment", m->o->comment);
	if (empty)
		json_w_bool(w, "empty_layer", true);
	json_w_end(w);
	json_w_arr_end(w);
}

static void write_config(struct commit *m, const struct json *base, int64_t now, bool empty,
			 struct buf *b)
{
	struct json_w w = JSON_W(b);
	struct platform host = {0};
	char when[STAMP_LEN];

	platform_host(&host);
	stamp_format(now, when);
	json_w_obj(&w, NULL);
	json_w_str(&w, "architecture", json_str(json_get(base, "architecture"), host.arch));
	if (json_get(base, "variant"))
		json_w_val(&w, "variant", json_get(base, "variant"));
	if (m->o->author && *m->o->author)
		json_w_str(&w, "author", m->o->author);
	json_w_obj(&w, "config");
	changes_write(&m->config, &w);
	json_w_end(&w);
	json_w_str(&w, "container", m->c.id);
	json_w_str(&w, "created", when);
	write_history(m, base, when, empty, &w);
	json_w_str(&w, "os", json_str(json_get(base, "os"), "linux"));
	json_w_obj(&w, "rootfs");
	json_w_str(&w, "type", "layers");
	json_w_arr(&w, "diff_ids");
	for (size_t i = 0; i < m->ids.n; i++)
		json_w_str(&w, NULL, arena_printf(m->a, "sha256:%s", m->ids.v[i]));
	if (!empty)
		json_w_str(&w, NULL, arena_printf(m->a, "sha256:%s", m->t.r.diff_id));
	json_w_arr_end(&w);
	json_w_end(&w);
	json_w_end(&w);
}

/* Pins the layers below, and says how large they are. */
static int take_layers(struct commit *m, struct store_image *rec, struct err *e)
{
	struct store_layer *v = arena_array(m->a, m->ids.n + 1, sizeof(*v));
	const struct store *s = &m->en->store;
	AUTO_FD int lock = store_lock(s, F_RDLCK, e);

	if (lock < 0)
		return -1;
	for (size_t i = 0; i < m->ids.n; i++) {
		struct layers_meta meta;

		if (layers_meta_get(s, m->ids.v[i], &meta, e) ||
		    store_pin_add(&m->pin, "layer", m->ids.v[i], e))
			return -1;
		v[i] = (struct store_layer){m->ids.v[i], arena_strdup(m->a, meta.blob), meta.size};
		rec->size += meta.size;
	}
	rec->layers = v;
	rec->nlayers = m->ids.n;
	return 0;
}

static int publish(struct commit *m, struct store_image *rec, const struct buf *config, bool empty,
		   char ret_id[65], struct err *e)
{
	const struct store *s = &m->en->store;
	AUTO_FD int lock = -1;
	char id[65];

	if (layers_sync(s, e))
		return -1;
	lock = store_lock(s, F_RDLCK, e);
	if (lock < 0 || (!empty && layers_commit(s, &m->pin, &m->t, e)) ||
	    layers_sync_names(s, e) || store_blob_put(s, config->data, config->len, id, e))
		return -1;
	rec->id = arena_strdup(m->a, id);
	if (store_image_put_named(s, rec, m->ref, e))
		return -1;
	memcpy(ret_id, id, sizeof(id));
	return 0;
}

static int make_image(struct commit *m, char ret_id[65], struct err *e)
{
	struct store_image rec = {.manifest = "", .parent = ""};
	struct images_image base = {.root = NULL};
	bool empty = !m->t.r.entries;
	char diff_id[65];
	AUTO_BUF config = BUF_INIT;
	struct err gone;

	if (!images_resolve(m->en, m->a, m->c.image, NULL, &base, &gone))
		rec.parent = store_digest_hex(base.id);
	if (take_layers(m, &rec, e))
		return -1;
	rec.created = rec.added = stamp_now();
	write_config(m, base.root, rec.created, empty, &config);
	memcpy(diff_id, m->t.r.diff_id, sizeof(diff_id));
	if (!empty) {
		rec.layers[rec.nlayers++] = (struct store_layer){diff_id, "", m->t.r.unpacked};
		rec.size += m->t.r.unpacked;
	}
	if (rec.nlayers > STORE_MAX_LAYERS)
		return err_set(e, ERR_INVALID, "max depth exceeded: an image has at most %d layers",
			       STORE_MAX_LAYERS);
	return publish(m, &rec, &config, empty, ret_id, e);
}

static int reference(struct commit *m, struct err *e)
{
	const char *repo = m->o->repo;
	struct ref f;

	if (!repo || !*repo)
		return 0;
	if (m->o->tag && *m->o->tag)
		repo = arena_printf(m->a, "%s:%s", repo, m->o->tag);
	if (ref_parse_normalized(m->a, repo, &f, e))
		return -1;
	if (f.digest)
		return err_set(e, ERR_INVALID, "invalid reference format: a digest names no tag");
	ref_default_tag(&f);
	m->ref = ref_full(m->a, &f);
	return 0;
}

static int run(struct commit *m, const char *ref, char ret_id[65], struct err *e)
{
	const char *driver;

	if (containers_load(m->en, m->a, ref, &m->c, e) || reference(m, e) || make_config(m, e))
		return -1;
	m->cdir = openat(m->en->containers, m->c.id, DIR_FLAGS);
	if (m->cdir < 0)
		return err_set(e, ERR_NOTFOUND, "No such container: %s", ref);
	if (images_layers(m->cdir, m->a, &driver, &m->ids, e) ||
	    store_pin_new(&m->en->store, &m->pin, e))
		return -1;
	return make_layer(m, e) || make_image(m, ret_id, e) ? -1 : 0;
}

int commit_container(struct engine *en, struct arena *a, const char *ref,
		     const struct commit_opts *o, char ret_id[65], struct err *e)
{
	struct commit *m = arena_alloc(a, sizeof(*m));
	const struct store_pin none = STORE_PIN_INIT;
	int rc;

	m->en = en;
	m->a = a;
	m->o = o;
	m->cdir = m->hold = -1;
	m->pin = none;
	m->t = (struct layers_tmp){.dir = -1, .diff = -1, .record = -1};
	rc = run(m, ref, ret_id, e);
	thaw(m);
	layers_tmp_discard(&en->store, &m->t);
	store_pin_release(&en->store, &m->pin);
	fd_autoclose(&m->cdir);
	return rc;
}
