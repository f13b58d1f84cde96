/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A table in Docker's order. Most fields are passed on as they were sent, or are what Docker shows
 * where nothing was; those that mean something else by default than their zero value have a
 * function. Docker shows null for a list that a client did not send, and its own client sends most
 * of them empty; ours leaves them out, so "[]" and "{}" stand here for what that client sends.
 *
 * Runtime is ours unless another was asked for: there is no runc behind it.
 */
#include "engine/inspect_host.h"
#include "container/cgroup.h"
#include "container/defaults.h"
#include "engine/netlinks.h"
#include "engine/shape.h"

#include <stdlib.h>
#include <string.h>

#define RUNTIME "proa"

typedef void field_fn(struct json_w *w, struct arena *a, const char *key, const struct request *r);

struct field {
	const char *key;
	const char *none; /* JSON shown where nothing was given */
	field_fn *fn;	  /* or it is written by this */
};

static void log_config(struct json_w *w, struct arena *a, const char *key, const struct request *r)
{
	json_w_obj(w, key);
	json_w_str(w, "Type", *r->log_driver ? r->log_driver : "json-file");
	shape_map(w, a, "Config", &r->log_opts);
	json_w_end(w);
}

static void network_mode(struct json_w *w, struct arena *a, const char *key,
			 const struct request *r)
{
	(void)a;
	json_w_str(w, key, shape_network(r->network));
}

static int by_text(const void *a, const void *b)
{
	return strcmp(*(char *const *)a, *(char *const *)b);
}

struct binding {
	const char *port;
	const struct json *v;
};

/* Of equal ports by place: the last one counts. */
static int by_port(const void *a, const void *b)
{
	const struct binding *x = a, *y = b;
	int d = strcmp(x->port, y->port);

	return d ? d : (x->v > y->v) - (x->v < y->v);
}

static void port_bindings(struct json_w *w, struct arena *a, const char *key,
			  const struct request *r)
{
	const struct json *all = json_get(r->host, key);
	struct json_iter it = json_iter(all);
	struct binding *list = arena_array(a, json_len(all) + 1, sizeof(*list));
	size_t n = 0;

	while ((list[n].v = json_next(&it, &list[n].port)))
		n++;
	qsort(list, n, sizeof(*list), by_port);
	json_w_obj(w, key);
	for (size_t i = 0; i < n; i++)
		if (i + 1 == n || strcmp(list[i].port, list[i + 1].port))
			json_w_val(w, list[i].port, list[i].v);
	json_w_end(w);
}

static void restart_policy(struct json_w *w, struct arena *a, const char *key,
			   const struct request *r)
{
	(void)a;
	json_w_obj(w, key);
	json_w_str(w, "Name", *r->restart ? r->restart : "no");
	json_w_int(w, "MaximumRetryCount", r->restart_max);
	json_w_end(w);
}

/* NET_ADMIN, net_admin and CAP_NET_ADMIN are the same one, and shown sorted. */
static void caps(struct json_w *w, struct arena *a, const char *key, const struct strs *list)
{
	struct strs out = {0};

	for (size_t i = 0; i < list->n; i++) {
		char *s = arena_printf(a, "CAP_%s", list->v[i]);

		for (char *p = s; *p; p++)
			if (*p >= 'a' && *p <= 'z')
				*p = (char)(*p - 'a' + 'A');
		if (!strncmp(s, "CAP_CAP_", 8) || !strcmp(s, "CAP_ALL"))
			s += 4;
		strs_add(a, &out, s);
	}
	if (out.n)
		qsort(out.v, out.n, sizeof(*out.v), by_text);
	json_w_strs(w, key, out.n ? &out : NULL);
}

static void cap_add(struct json_w *w, struct arena *a, const char *key, const struct request *r)
{
	caps(w, a, key, &r->cap_add);
}

static void cap_drop(struct json_w *w, struct arena *a, const char *key, const struct request *r)
{
	caps(w, a, key, &r->cap_drop);
}

static void cgroupns(struct json_w *w, struct arena *a, const char *key, const struct request *r)
{
	(void)a;
	if (*r->cgroupns)
		json_w_str(w, key, r->cgroupns);
	else
		json_w_str(w, key, r->privileged || !cgroup_pure_v2() ? "host" : "private");
}

static void ipc_mode(struct json_w *w, struct arena *a, const char *key, const struct request *r)
{
	(void)a;
	json_w_str(w, key, *r->ipc ? r->ipc : "private");
}

/* What shares the host's processes or memory gets no label of its own. */
static void security_opt(struct json_w *w, struct arena *a, const char *key,
			 const struct request *r)
{
	struct strs own = {0};

	if (r->privileged || !strcmp(r->pid, "host") || !strcmp(r->ipc, "host"))
		strs_add(a, &own, arena_strdup(a, "label=disable"));
	if (r->security_opt.n)
		own = r->security_opt;
	json_w_strs(w, key, own.n ? &own : NULL);
}

static void map(struct json_w *w, struct arena *a, const char *key, const struct strs *list)
{
	if (list->n)
		shape_map(w, a, key, list);
}

static void annotations(struct json_w *w, struct arena *a, const char *key, const struct request *r)
{
	map(w, a, key, &r->annotations);
}

static void storage_opt(struct json_w *w, struct arena *a, const char *key, const struct request *r)
{
	map(w, a, key, &r->storage_opt);
}

static void tmpfs(struct json_w *w, struct arena *a, const char *key, const struct request *r)
{
	map(w, a, key, &r->tmpfs);
}

static void sysctls(struct json_w *w, struct arena *a, const char *key, const struct request *r)
{
	map(w, a, key, &r->sysctls);
}

static void shm_size(struct json_w *w, struct arena *a, const char *key, const struct request *r)
{
	(void)a;
	json_w_int(w, key, r->shm_size ? r->shm_size : DEFAULTS_SHM_SIZE);
}

static void runtime(struct json_w *w, struct arena *a, const char *key, const struct request *r)
{
	(void)a;
	json_w_str(w, key, *r->runtime ? r->runtime : RUNTIME);
}

/* As much swap as memory, where there is a limit. */
static void memory_swap(struct json_w *w, struct arena *a, const char *key, const struct request *r)
{
	int64_t twice = r->memory > INT64_MAX / 2 ? INT64_MAX : r->memory * 2;

	(void)a;
	json_w_int(w, key, r->memory_swap ? r->memory_swap : twice);
}

static void swappiness(struct json_w *w, struct arena *a, const char *key, const struct request *r)
{
	(void)a;
	if (r->swappiness < 0)
		json_w_null(w, key);
	else
		json_w_int(w, key, r->swappiness);
}

static void pids(struct json_w *w, struct arena *a, const char *key, const struct request *r)
{
	(void)a;
	if (r->pids)
		json_w_int(w, key, r->pids);
	else
		json_w_null(w, key);
}

static void ulimits(struct json_w *w, struct arena *a, const char *key, const struct request *r)
{
	(void)a;
	json_w_arr(w, key);
	for (size_t i = 0; i < r->nulimits; i++) {
		json_w_obj(w, NULL);
		json_w_str(w, "Name", r->ulimits[i].name);
		json_w_int(w, "Hard", r->ulimits[i].hard);
		json_w_int(w, "Soft", r->ulimits[i].soft);
		json_w_end(w);
	}
	json_w_arr_end(w);
}

static void mounts(struct json_w *w, struct arena *a, const char *key, const struct request *r)
{
	(void)a;
	if (json_len(r->mounts))
		json_w_val(w, key, r->mounts);
}

static void masked(struct json_w *w, struct arena *a, const char *key, const struct request *r)
{
	struct spec s = {.id = ""};

	defaults_masks(a, r->privileged, &s);
	if (r->masked_set)
		s.masked = r->masked;
	json_w_strs(w, key, s.masked.n || r->masked_set ? &s.masked : NULL);
}

static void readonly_paths(struct json_w *w, struct arena *a, const char *key,
			   const struct request *r)
{
	struct spec s = {.id = ""};

	defaults_masks(a, r->privileged, &s);
	if (r->readonly_paths_set)
		s.readonly_paths = r->readonly_paths;
	json_w_strs(w, key, s.readonly_paths.n || r->readonly_paths_set ? &s.readonly_paths : NULL);
}

/* Left out where nothing was said. */
static void init(struct json_w *w, struct arena *a, const char *key, const struct request *r)
{
	(void)a;
	if (json_typeof(json_get(r->host, key)) == JSON_BOOL)
		json_w_bool(w, key, r->init);
}

static const struct field fields[] = {
	{"Binds", "null", NULL},
	{"ContainerIDFile", "\"\"", NULL},
	{"LogConfig", NULL, log_config},
	{"NetworkMode", NULL, network_mode},
	{"PortBindings", NULL, port_bindings},
	{"RestartPolicy", NULL, restart_policy},
	{"AutoRemove", "false", NULL},
	{"VolumeDriver", "\"\"", NULL},
	{"VolumesFrom", "null", NULL},
	{"ConsoleSize", "[0,0]", NULL},
	{"Annotations", NULL, annotations},
	{"CapAdd", NULL, cap_add},
	{"CapDrop", NULL, cap_drop},
	{"CgroupnsMode", NULL, cgroupns},
	{"Dns", "[]", NULL},
	{"DnsOptions", "[]", NULL},
	{"DnsSearch", "[]", NULL},
	{"ExtraHosts", "null", NULL},
	{"GroupAdd", "null", NULL},
	{"IpcMode", NULL, ipc_mode},
	{"Cgroup", "\"\"", NULL},
	{"Links", "null", NULL},
	{"OomScoreAdj", "0", NULL},
	{"PidMode", "\"\"", NULL},
	{"Privileged", "false", NULL},
	{"PublishAllPorts", "false", NULL},
	{"ReadonlyRootfs", "false", NULL},
	{"SecurityOpt", NULL, security_opt},
	{"StorageOpt", NULL, storage_opt},
	{"Tmpfs", NULL, tmpfs},
	{"UTSMode", "\"\"", NULL},
	{"UsernsMode", "\"\"", NULL},
	{"ShmSize", NULL, shm_size},
	{"Sysctls", NULL, sysctls},
	{"Runtime", NULL, runtime},
	{"Isolation", "\"\"", NULL},
	{"CpuShares", "0", NULL},
	{"Memory", "0", NULL},
	{"NanoCpus", "0", NULL},
	{"CgroupParent", "\"\"", NULL},
	{"BlkioWeight", "0", NULL},
	{"BlkioWeightDevice", "[]", NULL},
	{"BlkioDeviceReadBps", "[]", NULL},
	{"BlkioDeviceWriteBps", "[]", NULL},
	{"BlkioDeviceReadIOps", "[]", NULL},
	{"BlkioDeviceWriteIOps", "[]", NULL},
	{"CpuPeriod", "0", NULL},
	{"CpuQuota", "0", NULL},
	{"CpuRealtimePeriod", "0", NULL},
	{"CpuRealtimeRuntime", "0", NULL},
	{"CpusetCpus", "\"\"", NULL},
	{"CpusetMems", "\"\"", NULL},
	{"Devices", "[]", NULL},
	{"DeviceCgroupRules", "null", NULL},
	{"DeviceRequests", "null", NULL},
	{"MemoryReservation", "0", NULL},
	{"MemorySwap", NULL, memory_swap},
	{"MemorySwappiness", NULL, swappiness},
	{"OomKillDisable", "false", NULL},
	{"PidsLimit", NULL, pids},
	{"Ulimits", NULL, ulimits},
	{"CpuCount", "0", NULL},
	{"CpuPercent", "0", NULL},
	{"IOMaximumIOps", "0", NULL},
	{"IOMaximumBandwidth", "0", NULL},
	{"Mounts", NULL, mounts},
	{"MaskedPaths", NULL, masked},
	{"ReadonlyPaths", NULL, readonly_paths},
	{"Init", NULL, init},
};

void inspect_host(struct json_w *w, struct engine *en, struct arena *a,
		  const struct containers_one *c)
{
	const struct request *r = &c->req;
	struct strs links = {0};

	netlinks_show(en, a, c, &links);
	json_w_obj(w, "HostConfig");
	for (size_t i = 0; i < sizeof(fields) / sizeof(*fields); i++) {
		const struct field *f = &fields[i];
		const struct json *v = f->fn ? NULL : json_get(r->host, f->key);

		if (!strcmp(f->key, "Links"))
			json_w_strs(w, f->key, links.n ? &links : NULL);
		else if (f->fn)
			f->fn(w, a, f->key, r);
		else if (json_typeof(v) != JSON_NULL)
			json_w_val(w, f->key, v);
		else
			json_w_raw(w, f->key, f->none, strlen(f->none));
	}
	json_w_end(w);
}
