/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The spec on its way from engine to shim: a native 32-bit length, that much JSON, then the seccomp
 * program as it is until the end.
 *
 * JSON, though both ends are one binary, because the two may be different builds: an old shim
 * restarts a container for a newer engine, and a field that one side does not know must be skipped
 * or take its "not set" value instead of shifting everything after it. Each field stands once in
 * each direction, in the order of spec.h. Decoding trusts nobody: the text crosses a process
 * border.
 */
#include "container/spec.h"

#include <stdio.h>
#include <string.h>

#include "base/json.h"

#define SPEC_MAX (16 << 20)
#define FILTER_INSN 8	/* sizeof(struct sock_filter): fixed by the kernel's ABI */
#define FILTER_MAX 4096 /* BPF_MAXINSNS */

static const char *const ns_keys[SPEC_NS_COUNT] = {"pid", "net", "ipc", "uts", "mnt", "cgroup"};

/* What is 0, false, NULL or empty is left out, which is what it is read as: most of a spec. */
static void put_num(struct json_w *w, const char *key, int64_t v)
{
	if (v)
		json_w_int(w, key, v);
}

/* Unsigned 64-bit numbers (masks, unlimited rlimits) travel as their signed twins. */
static void put_u64(struct json_w *w, const char *key, uint64_t v)
{
	put_num(w, key, (int64_t)v);
}

static void put_flag(struct json_w *w, const char *key, bool v)
{
	if (v)
		json_w_bool(w, key, v);
}

static void put_text(struct json_w *w, const char *key, const char *v)
{
	if (v)
		json_w_str(w, key, v);
}

static void put_list(struct json_w *w, const char *key, const struct strs *v)
{
	if (v->n)
		json_w_strs(w, key, v);
}

static void put_mounts(struct json_w *w, const struct spec *s)
{
	json_w_arr(w, "mounts");
	for (size_t i = 0; i < s->nmounts; i++) {
		const struct spec_mount *m = &s->mounts[i];

		json_w_obj(w, NULL);
		put_text(w, "type", m->type);
		put_text(w, "source", m->source);
		put_text(w, "dest", m->dest);
		put_u64(w, "flags", m->flags);
		put_u64(w, "propagation", m->propagation);
		put_text(w, "data", m->data);
		put_flag(w, "recursive", m->recursive);
		put_flag(w, "rro", m->rro);
		put_flag(w, "make_source", m->make_source);
		put_flag(w, "rro_force", m->rro_force);
		put_flag(w, "outside", m->outside);
		put_text(w, "subpath", m->subpath);
		put_num(w, "idmap", m->idmap);
		put_text(w, "base", m->base);
		put_list(w, "lowers", &m->lowers);
		json_w_end(w);
	}
	json_w_arr_end(w);
}

static void put_devices(struct json_w *w, const struct spec *s)
{
	char type[2] = "";

	json_w_arr(w, "devices");
	for (size_t i = 0; i < s->ndevices; i++) {
		const struct spec_device *d = &s->devices[i];

		type[0] = d->type;
		json_w_obj(w, NULL);
		put_text(w, "path", d->path);
		put_text(w, "type", type);
		put_num(w, "major", d->major);
		put_num(w, "minor", d->minor);
		put_num(w, "mode", d->mode);
		put_num(w, "uid", d->uid);
		put_num(w, "gid", d->gid);
		json_w_end(w);
	}
	json_w_arr_end(w);
	json_w_arr(w, "rules");
	for (size_t i = 0; i < s->nrules; i++) {
		const struct spec_device_rule *r = &s->rules[i];

		type[0] = r->type;
		json_w_obj(w, NULL);
		put_flag(w, "allow", r->allow);
		put_text(w, "type", type);
		put_num(w, "major", r->major);
		put_num(w, "minor", r->minor);
		put_text(w, "access", r->access);
		json_w_end(w);
	}
	json_w_arr_end(w);
}

static void put_blkio(struct json_w *w, const struct spec_resources *r)
{
	json_w_arr(w, "blkio");
	for (size_t i = 0; i < r->nblkio; i++) {
		json_w_obj(w, NULL);
		put_num(w, "kind", r->blkio[i].kind);
		put_num(w, "major", r->blkio[i].major);
		put_num(w, "minor", r->blkio[i].minor);
		put_num(w, "value", r->blkio[i].value);
		json_w_end(w);
	}
	json_w_arr_end(w);
}

static void put_resources(struct json_w *w, const struct spec_resources *r)
{
	json_w_obj(w, "res");
	put_num(w, "memory", r->memory);
	put_num(w, "memory_reservation", r->memory_reservation);
	put_num(w, "memory_swap", r->memory_swap);
	json_w_int(w, "swappiness", r->swappiness);
	put_flag(w, "oom_kill_disable", r->oom_kill_disable);
	put_num(w, "cpu_shares", r->cpu_shares);
	put_num(w, "cpu_quota", r->cpu_quota);
	put_num(w, "cpu_period", r->cpu_period);
	put_text(w, "cpuset_cpus", r->cpuset_cpus);
	put_text(w, "cpuset_mems", r->cpuset_mems);
	put_num(w, "pids", r->pids);
	put_num(w, "cpu_rt_period", r->cpu_rt_period);
	put_num(w, "cpu_rt_runtime", r->cpu_rt_runtime);
	put_num(w, "blkio_weight", r->blkio_weight);
	if (r->nblkio)
		put_blkio(w, r);
	json_w_end(w);
}

static void put_process(struct json_w *w, const struct spec *s)
{
	put_text(w, "id", s->id);
	put_text(w, "runtime", s->runtime);
	put_num(w, "runtime_limit", s->runtime_limit);
	put_list(w, "args", &s->args);
	put_list(w, "env", &s->env);
	put_text(w, "cwd", s->cwd);
	put_text(w, "user", s->user);
	put_list(w, "groups", &s->groups);
	put_flag(w, "tty", s->tty);
	put_num(w, "tty_rows", s->tty_rows);
	put_num(w, "tty_cols", s->tty_cols);
	put_flag(w, "open_stdin", s->open_stdin);
	put_flag(w, "init", s->init);
	put_num(w, "oom_score_adj", s->oom_score_adj);
	json_w_arr(w, "rlimits");
	for (size_t i = 0; i < s->nrlimits; i++) {
		json_w_obj(w, NULL);
		put_num(w, "resource", s->rlimits[i].resource);
		put_u64(w, "soft", s->rlimits[i].soft);
		put_u64(w, "hard", s->rlimits[i].hard);
		json_w_end(w);
	}
	json_w_arr_end(w);
}

static void put_isolation(struct json_w *w, const struct spec *s)
{
	put_u64(w, "caps", s->caps);
	put_flag(w, "no_new_privs", s->no_new_privs);
	json_w_int(w, "seccomp", s->seccomp.enabled ? s->seccomp.len : 0);
	put_text(w, "seccomp_oci", s->seccomp_oci);
	put_text(w, "apparmor", s->apparmor);
	put_text(w, "selinux", s->selinux);
	json_w_obj(w, "ns");
	for (int i = 0; i < SPEC_NS_COUNT; i++) {
		if (s->ns[i] == SPEC_NS_OWN)
			continue;
		json_w_obj(w, ns_keys[i]);
		put_num(w, "mode", s->ns[i]);
		put_text(w, "path", s->ns_path[i]);
		json_w_end(w);
	}
	json_w_end(w);
	put_text(w, "userns", s->userns);
	put_flag(w, "root_as_is", s->root_as_is);
	put_text(w, "uid_map", s->uid_map);
	put_text(w, "gid_map", s->gid_map);
	put_text(w, "hostname", s->hostname);
	put_text(w, "domainname", s->domainname);
	put_list(w, "sysctls", &s->sysctls);
	put_text(w, "network", s->network);
}

static void put_rootfs(struct json_w *w, const struct spec *s)
{
	put_num(w, "rootfs", s->rootfs);
	put_text(w, "base", s->base);
	put_list(w, "lowers", &s->lowers);
	put_text(w, "upper", s->upper);
	put_text(w, "work", s->work);
	put_text(w, "dir", s->dir);
	put_flag(w, "readonly", s->readonly);
	put_flag(w, "privileged_dev", s->privileged_dev);
	put_list(w, "masked", &s->masked);
	put_list(w, "readonly_paths", &s->readonly_paths);
	put_text(w, "cgroup", s->cgroup);
}

static void put_policy(struct json_w *w, const struct spec_policy *p)
{
	json_w_obj(w, "policy");
	put_text(w, "restart", p->restart);
	put_num(w, "restart_max", p->restart_max);
	put_num(w, "stop_signal", p->stop_signal);
	json_w_int(w, "stop_timeout", p->stop_timeout);
	json_w_end(w);
}

static void put_shim(struct json_w *w, const struct spec *s)
{
	json_w_obj(w, "log");
	put_text(w, "driver", s->log.driver);
	put_text(w, "path", s->log.path);
	put_num(w, "max_size", s->log.max_size);
	put_num(w, "max_files", s->log.max_files);
	put_flag(w, "compress", s->log.compress);
	put_flag(w, "nonblocking", s->log.nonblocking);
	put_num(w, "buffer", s->log.buffer);
	put_text(w, "attrs", s->log.attrs);
	json_w_end(w);
	if (s->health.test.n) {
		json_w_obj(w, "health");
		put_list(w, "test", &s->health.test);
		put_num(w, "interval", s->health.interval);
		put_num(w, "timeout", s->health.timeout);
		put_num(w, "start_period", s->health.start_period);
		put_num(w, "start_interval", s->health.start_interval);
		put_num(w, "retries", s->health.retries);
		put_text(w, "on_failure", s->health.on_failure);
		json_w_end(w);
	}
	put_policy(w, &s->policy);
	put_list(w, "volumes", &s->volumes);
}

void spec_encode(const struct spec *s, struct buf *b)
{
	struct json_w w = JSON_W(b);
	size_t start = b->len;
	uint32_t len = 0;

	buf_append(b, &len, sizeof(len));
	json_w_obj(&w, NULL);
	put_process(&w, s);
	put_isolation(&w, s);
	put_rootfs(&w, s);
	put_mounts(&w, s);
	put_devices(&w, s);
	put_resources(&w, &s->res);
	put_shim(&w, s);
	json_w_end(&w);
	len = (uint32_t)(b->len - start - sizeof(len));
	memcpy(b->data + start, &len, sizeof(len));
	if (s->seccomp.enabled)
		buf_append(b, s->seccomp.filter, (size_t)s->seccomp.len * FILTER_INSN);
}

void spec_encode_changes(const struct spec *s, struct buf *b)
{
	struct json_w w = JSON_W(b);

	json_w_obj(&w, NULL);
	put_resources(&w, &s->res);
	put_policy(&w, &s->policy);
	json_w_end(&w);
}

/* ---- decoding */

struct reader {
	struct arena *a;
	struct err *e;
	int bad; /* some list was not what it must be; *e says which */
};

static const char *text(const struct json *o, const char *key)
{
	return json_str(json_get(o, key), NULL);
}

static int64_t num(const struct json *o, const char *key)
{
	return json_int(json_get(o, key), 0);
}

static bool flag(const struct json *o, const char *key)
{
	return json_bool(json_get(o, key), false);
}

static char letter(const struct json *o, const char *key)
{
	return json_str(json_get(o, key), "?")[0];
}

static void list(struct reader *r, const struct json *o, const char *key, struct strs *ret)
{
	bool set;

	if (!r->bad && json_want_strs(o, key, r->a, ret, &set, r->e))
		r->bad = 1;
}

/* The elements of array `key` as a fresh C array of `size` each. */
static void *array(struct reader *r, const struct json *o, const char *key, size_t size,
		   size_t *ret_n)
{
	*ret_n = json_len(json_get(o, key));
	return arena_array(r->a, *ret_n ? *ret_n : 1, size);
}

static void get_mounts(struct reader *r, const struct json *o, struct spec *s)
{
	struct json_iter it = json_iter(json_get(o, "mounts"));
	struct spec_mount *m = s->mounts = array(r, o, "mounts", sizeof(*m), &s->nmounts);

	for (const struct json *v; (v = json_next(&it, NULL)); m++) {
		m->type = json_str(json_get(v, "type"), "");
		m->source = text(v, "source");
		m->dest = json_str(json_get(v, "dest"), "");
		m->flags = (unsigned long)num(v, "flags");
		m->propagation = (unsigned long)num(v, "propagation");
		m->data = text(v, "data");
		m->recursive = flag(v, "recursive");
		m->rro = flag(v, "rro");
		m->make_source = flag(v, "make_source");
		m->rro_force = flag(v, "rro_force");
		m->outside = flag(v, "outside");
		m->subpath = text(v, "subpath");
		m->idmap = (enum spec_idmap)num(v, "idmap");
		m->base = text(v, "base");
		if (m->base)
			list(r, v, "lowers", &m->lowers);
	}
}

static void get_devices(struct reader *r, const struct json *o, struct spec *s)
{
	struct json_iter it = json_iter(json_get(o, "devices"));
	struct spec_device *d = s->devices = array(r, o, "devices", sizeof(*d), &s->ndevices);
	struct spec_device_rule *rule = s->rules = array(r, o, "rules", sizeof(*rule), &s->nrules);
	const struct json *v;

	for (; (v = json_next(&it, NULL)); d++) {
		d->path = json_str(json_get(v, "path"), "");
		d->type = letter(v, "type");
		d->major = (unsigned)num(v, "major");
		d->minor = (unsigned)num(v, "minor");
		d->mode = (mode_t)num(v, "mode") & 07777;
		d->uid = (uid_t)num(v, "uid");
		d->gid = (gid_t)num(v, "gid");
	}
	it = json_iter(json_get(o, "rules"));
	for (; (v = json_next(&it, NULL)); rule++) {
		rule->allow = flag(v, "allow");
		rule->type = letter(v, "type");
		rule->major = num(v, "major");
		rule->minor = num(v, "minor");
		rule->access = json_str(json_get(v, "access"), "");
	}
}

static void get_blkio(struct reader *r, const struct json *o, struct spec_resources *res)
{
	struct json_iter it = json_iter(json_get(o, "blkio"));
	struct spec_blkio *b = res->blkio = array(r, o, "blkio", sizeof(*b), &res->nblkio);

	for (const struct json *v; (v = json_next(&it, NULL)); b++) {
		b->kind = (enum spec_blkio_kind)num(v, "kind");
		b->major = (unsigned)num(v, "major");
		b->minor = (unsigned)num(v, "minor");
		b->value = num(v, "value");
	}
}

static void get_resources(struct reader *rd, const struct json *o, struct spec_resources *r)
{
	r->memory = num(o, "memory");
	r->memory_reservation = num(o, "memory_reservation");
	r->memory_swap = num(o, "memory_swap");
	r->swappiness = json_int(json_get(o, "swappiness"), -1);
	r->oom_kill_disable = flag(o, "oom_kill_disable");
	r->cpu_shares = num(o, "cpu_shares");
	r->cpu_quota = num(o, "cpu_quota");
	r->cpu_period = num(o, "cpu_period");
	r->cpuset_cpus = text(o, "cpuset_cpus");
	r->cpuset_mems = text(o, "cpuset_mems");
	r->pids = num(o, "pids");
	r->cpu_rt_period = num(o, "cpu_rt_period");
	r->cpu_rt_runtime = num(o, "cpu_rt_runtime");
	r->blkio_weight = num(o, "blkio_weight");
	get_blkio(rd, o, r);
}

static void get_process(struct reader *r, const struct json *o, struct spec *s)
{
	struct json_iter it = json_iter(json_get(o, "rlimits"));
	struct spec_rlimit *l = s->rlimits = array(r, o, "rlimits", sizeof(*l), &s->nrlimits);

	s->id = json_str(json_get(o, "id"), "");
	s->runtime = text(o, "runtime");
	s->runtime_limit = num(o, "runtime_limit");
	list(r, o, "args", &s->args);
	list(r, o, "env", &s->env);
	s->cwd = json_str(json_get(o, "cwd"), "");
	s->user = json_str(json_get(o, "user"), "");
	list(r, o, "groups", &s->groups);
	s->tty = flag(o, "tty");
	s->tty_rows = (unsigned)num(o, "tty_rows");
	s->tty_cols = (unsigned)num(o, "tty_cols");
	s->open_stdin = flag(o, "open_stdin");
	s->init = flag(o, "init");
	s->oom_score_adj = (int)num(o, "oom_score_adj");
	for (const struct json *v; (v = json_next(&it, NULL)); l++) {
		l->resource = (int)num(v, "resource");
		l->soft = (uint64_t)num(v, "soft");
		l->hard = (uint64_t)num(v, "hard");
	}
}

static void get_isolation(struct reader *r, const struct json *o, struct spec *s)
{
	s->caps = (uint64_t)num(o, "caps");
	s->no_new_privs = flag(o, "no_new_privs");
	s->seccomp_oci = text(o, "seccomp_oci");
	s->apparmor = text(o, "apparmor");
	s->selinux = text(o, "selinux");
	for (int i = 0; i < SPEC_NS_COUNT; i++) {
		const struct json *ns = json_get(json_get(o, "ns"), ns_keys[i]);

		s->ns[i] = (enum spec_ns_mode)num(ns, "mode");
		s->ns_path[i] = text(ns, "path");
	}
	s->userns = text(o, "userns");
	s->root_as_is = flag(o, "root_as_is");
	s->uid_map = text(o, "uid_map");
	s->gid_map = text(o, "gid_map");
	s->hostname = text(o, "hostname");
	s->domainname = text(o, "domainname");
	list(r, o, "sysctls", &s->sysctls);
	s->network = text(o, "network");
}

static void get_rootfs(struct reader *r, const struct json *o, struct spec *s)
{
	s->rootfs = (enum spec_rootfs)num(o, "rootfs");
	s->base = text(o, "base");
	list(r, o, "lowers", &s->lowers);
	s->upper = text(o, "upper");
	s->work = text(o, "work");
	s->dir = text(o, "dir");
	s->readonly = flag(o, "readonly");
	s->privileged_dev = flag(o, "privileged_dev");
	list(r, o, "masked", &s->masked);
	list(r, o, "readonly_paths", &s->readonly_paths);
	s->cgroup = text(o, "cgroup");
}

static void get_policy(const struct json *o, struct spec_policy *p)
{
	*p = (struct spec_policy){
		.restart = json_str(json_get(o, "restart"), "no"),
		.restart_max = num(o, "restart_max"),
		.stop_signal = (int)num(o, "stop_signal"),
		.stop_timeout = json_int(json_get(o, "stop_timeout"), 10),
	};
}

static void get_shim(struct reader *r, const struct json *o, struct spec *s)
{
	const struct json *log = json_get(o, "log"), *health = json_get(o, "health");

	s->log = (struct spec_log){
		.driver = json_str(json_get(log, "driver"), "none"),
		.path = text(log, "path"),
		.max_size = num(log, "max_size"),
		.max_files = num(log, "max_files"),
		.compress = flag(log, "compress"),
		.nonblocking = flag(log, "nonblocking"),
		.buffer = num(log, "buffer"),
		.attrs = text(log, "attrs"),
	};
	list(r, health, "test", &s->health.test);
	s->health.interval = num(health, "interval");
	s->health.timeout = num(health, "timeout");
	s->health.start_period = num(health, "start_period");
	s->health.start_interval = num(health, "start_interval");
	s->health.retries = num(health, "retries");
	s->health.on_failure = json_str(json_get(health, "on_failure"), "none");
	get_policy(json_get(o, "policy"), &s->policy);
	list(r, o, "volumes", &s->volumes);
}

/* What acting on a damaged spec could do worse than fail. */
static int check(const struct spec *s, struct err *e)
{
	if (!s->id || !*s->id || !s->dir || s->dir[0] != '/')
		return err_set(e, ERR_INVALID, "container spec has no id or no absolute root");
	if (s->runtime && s->runtime[0] != '/')
		return err_set(e, ERR_INVALID, "container spec: runtime %s is no absolute path",
			       s->runtime);
	if (!s->args.n)
		return err_set(e, ERR_INVALID, "no command specified");
	for (int i = 0; i < SPEC_NS_COUNT; i++)
		if ((unsigned)s->ns[i] > SPEC_NS_PATH ||
		    (s->ns[i] == SPEC_NS_PATH && !s->ns_path[i]))
			return err_set(e, ERR_INVALID, "container spec: bad %s namespace",
				       ns_keys[i]);
	for (size_t i = 0; i < s->nmounts; i++)
		if (s->mounts[i].dest[0] != '/')
			return err_set(e, ERR_INVALID, "mount destination %s is not absolute",
				       s->mounts[i].dest);
	if (s->rootfs == SPEC_ROOTFS_OVERLAY && (!s->base || !s->lowers.n))
		return err_set(e, ERR_INVALID, "container spec: overlay without layers");
	if ((unsigned)s->rootfs > SPEC_ROOTFS_DIR)
		return err_set(e, ERR_INVALID, "container spec: unknown kind of root");
	return 0;
}

/* The length stands in the text as well: a filter that lost its end must not pass as a shorter one.
 */
static int get_filter(struct arena *a, int64_t count, const char *data, size_t len, struct spec *s,
		      struct err *e)
{
	if (count < 0 || count > FILTER_MAX || len != (size_t)count * FILTER_INSN)
		return err_set(e, ERR_INVALID, "container spec: bad seccomp program");
	if (!count)
		return 0;
	s->seccomp.enabled = true;
	s->seccomp.len = (uint16_t)count;
	s->seccomp.filter = arena_alloc(a, len);
	memcpy(s->seccomp.filter, data, len);
	return 0;
}

int spec_decode(struct arena *a, const void *data, size_t len, struct spec *ret, struct err *e)
{
	struct reader r = {a, e, 0};
	const struct json *o;
	struct spec s = {0};
	uint32_t n;

	if (len < sizeof(n))
		return err_set(e, ERR_INVALID, "container spec is cut short");
	memcpy(&n, data, sizeof(n));
	if (n > len - sizeof(n))
		return err_set(e, ERR_INVALID, "container spec is cut short");
	o = json_parse(a, (const char *)data + sizeof(n), n, SPEC_MAX, "container spec", e);
	if (!o)
		return -1;
	get_process(&r, o, &s);
	get_isolation(&r, o, &s);
	get_rootfs(&r, o, &s);
	get_mounts(&r, o, &s);
	get_devices(&r, o, &s);
	get_resources(&r, json_get(o, "res"), &s.res);
	get_shim(&r, o, &s);
	if (r.bad || check(&s, e))
		return -1;
	if (get_filter(a, json_int(json_get(o, "seccomp"), -1), (const char *)data + sizeof(n) + n,
		       len - sizeof(n) - n, &s, e))
		return -1;
	*ret = s;
	return 0;
}

int spec_decode_changes(struct arena *a, const void *data, size_t len, struct spec *s,
			struct err *e)
{
	struct reader r = {a, e, 0};
	const struct json *o = json_parse(a, data, len, SPEC_MAX, "changes of a container", e);
	struct spec_resources res = {0};

	if (!o)
		return -1;
	get_resources(&r, json_get(o, "res"), &res);
	if (r.bad)
		return -1;
	s->res = res;
	get_policy(json_get(o, "policy"), &s->policy);
	return 0;
}
