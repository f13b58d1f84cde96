/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Without control groups what the processes say of themselves is summed up (CPU time, resident
 * memory, their number): less exact, since who has ended is not counted, but not nothing.
 *
 * The network is read from the first process's own /proc/PID/net/dev: the counters of its
 * namespace.
 */
#include "engine/stats.h"
#include "base/file.h"
#include "base/stamp.h"
#include "container/cgroup.h"
#include "engine/containers.h"
#include "engine/procinfo.h"
#include "engine/status.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define NET_MAX (1 << 20)
#define PROC_STAT_MAX (4 << 20)

/* Of memory.stat what Docker passes on, in its order. */
static const char *const memory_v1[] = {
	"active_anon",
	"active_file",
	"cache",
	"dirty",
	"hierarchical_memory_limit",
	"hierarchical_memsw_limit",
	"inactive_anon",
	"inactive_file",
	"mapped_file",
	"pgfault",
	"pgmajfault",
	"pgpgin",
	"pgpgout",
	"rss",
	"rss_huge",
	"total_active_anon",
	"total_active_file",
	"total_cache",
	"total_dirty",
	"total_inactive_anon",
	"total_inactive_file",
	"total_mapped_file",
	"total_pgfault",
	"total_pgmajfault",
	"total_pgpgin",
	"total_pgpgout",
	"total_rss",
	"total_rss_huge",
	"total_unevictable",
	"total_writeback",
	"unevictable",
	"writeback",
};
static const char *const memory_v2[] = {
	"active_anon",
	"active_file",
	"anon",
	"anon_thp",
	"file",
	"file_dirty",
	"file_mapped",
	"file_writeback",
	"inactive_anon",
	"inactive_file",
	"kernel_stack",
	"pgactivate",
	"pgdeactivate",
	"pgfault",
	"pglazyfree",
	"pglazyfreed",
	"pgmajfault",
	"pgrefill",
	"pgscan",
	"pgsteal",
	"shmem",
	"slab",
	"slab_reclaimable",
	"slab_unreclaimable",
	"sock",
	"thp_collapse_alloc",
	"thp_fault_alloc",
	"unevictable",
	"workingset_activate",
	"workingset_nodereclaim",
	"workingset_refault",
};

static void time_field(struct json_w *w, const char *key, int64_t ns)
{
	char text[STAMP_LEN] = STAMP_ZERO;

	if (ns)
		stamp_format(ns, text);
	json_w_str(w, key, text);
}

/* The first line of /proc/stat: user nice system idle iowait irq softirq. */
static uint64_t system_cpu(void)
{
	AUTO_BUF b = BUF_INIT;
	uint64_t sum = 0;
	struct err e;
	char *at, *end;

	if (file_read(AT_FDCWD, "/proc/stat", PROC_STAT_MAX, &b, &e) || strncmp(b.data, "cpu ", 4))
		return 0;
	at = b.data + 4;
	for (int i = 0; i < 7; i++, at = end)
		sum += strtoull(at, &end, 10);
	return sum * (1000000000u / (uint64_t)procinfo_hz());
}

/* ---- without control groups */

static void sum_up(struct arena *a, int pid, struct cgroup_stat *s)
{
	uint64_t tick = 1000000000u / (uint64_t)procinfo_hz();
	int *pids;
	size_t n = procinfo_of_namespace(a, pid, &pids);

	*s = (struct cgroup_stat){.have_cpu = true,
				  .have_memory = true,
				  .have_pids = true,
				  .memory_stat = ""};
	s->memory_limit = s->pids_limit = UINT64_MAX;
	for (size_t i = 0; i < n; i++) {
		struct procinfo p;

		if (procinfo_read(a, pids[i], &p))
			continue;
		s->pids++;
		s->cpu_user += p.utime * tick;
		s->cpu_system += p.stime * tick;
		s->memory += p.rss;
	}
	s->cpu = s->cpu_user + s->cpu_system;
}

/* ---- the parts of the object */

static void write_pids(struct json_w *w, const struct cgroup_stat *s)
{
	json_w_obj(w, "pids_stats");
	if (s->have_pids)
		json_w_uint(w, "current", s->pids);
	if (s->have_pids && (s->pids_limit != UINT64_MAX || s->memory_v2))
		json_w_uint(w, "limit", s->pids_limit);
	json_w_end(w);
}

static void write_list(struct json_w *w, const char *key, const struct cgroup_stat_io *v, size_t n)
{
	json_w_arr(w, key);
	for (size_t i = 0; i < n; i++) {
		json_w_obj(w, NULL);
		json_w_uint(w, "major", v[i].major);
		json_w_uint(w, "minor", v[i].minor);
		json_w_str(w, "op", v[i].op);
		json_w_uint(w, "value", v[i].value);
		json_w_end(w);
	}
	json_w_arr_end(w);
}

/* v2 has bytes only; without figures all is null. */
static void write_io(struct json_w *w, const struct cgroup_stat *s)
{
	static const char *const others[] = {"io_queue_recursive",     "io_service_time_recursive",
					     "io_wait_time_recursive", "io_merged_recursive",
					     "io_time_recursive",      "sectors_recursive"};
	bool v1 = s->have_io && !s->io_v2;

	json_w_obj(w, "blkio_stats");
	if (v1 || s->nbytes)
		write_list(w, "io_service_bytes_recursive", s->bytes, s->nbytes);
	else
		json_w_null(w, "io_service_bytes_recursive");
	if (v1)
		write_list(w, "io_serviced_recursive", s->ops, s->nops);
	else
		json_w_null(w, "io_serviced_recursive");
	for (size_t i = 0; i < sizeof(others) / sizeof(*others); i++) {
		if (v1)
			write_list(w, others[i], NULL, 0);
		else
			json_w_null(w, others[i]);
	}
	json_w_end(w);
}

static void write_cpu(struct json_w *w, const char *key, const struct stats *s)
{
	const struct cgroup_stat *g = s ? &s->group : &(const struct cgroup_stat){0};
	long cpus = sysconf(_SC_NPROCESSORS_ONLN);

	json_w_obj(w, key);
	json_w_obj(w, "cpu_usage");
	json_w_uint(w, "total_usage", g->cpu);
	if (g->npercpu) {
		json_w_arr(w, "percpu_usage");
		for (size_t i = 0; i < g->npercpu; i++)
			json_w_uint(w, NULL, g->percpu[i]);
		json_w_arr_end(w);
	}
	json_w_uint(w, "usage_in_kernelmode", g->cpu_system);
	json_w_uint(w, "usage_in_usermode", g->cpu_user);
	json_w_end(w);
	if (s && s->running) {
		json_w_uint(w, "system_cpu_usage", s->machine);
		json_w_int(w, "online_cpus", cpus > 0 ? cpus : 1);
	}
	json_w_obj(w, "throttling_data");
	json_w_uint(w, "periods", g->periods);
	json_w_uint(w, "throttled_periods", g->throttled);
	json_w_uint(w, "throttled_time", g->throttled_ns);
	json_w_end(w);
	json_w_end(w);
}

static void write_memory(struct json_w *w, const struct cgroup_stat *s)
{
	const char *const *keys = s->memory_v2 ? memory_v2 : memory_v1;
	size_t n = s->memory_v2 ? sizeof(memory_v2) / sizeof(*memory_v2)
				: sizeof(memory_v1) / sizeof(*memory_v1);
	uint64_t machine = procinfo_memory();

	json_w_obj(w, "memory_stats");
	if (s->have_memory) {
		json_w_uint(w, "usage", s->memory);
		if (s->memory_max)
			json_w_uint(w, "max_usage", s->memory_max);
		if (*s->memory_stat) {
			json_w_obj(w, "stats");
			for (size_t i = 0; i < n; i++)
				json_w_uint(w, keys[i], cgroup_stat_memory(s, keys[i]));
			json_w_end(w);
		}
		if (s->failures)
			json_w_uint(w, "failcnt", s->failures);
		json_w_uint(w, "limit",
			    machine && s->memory_limit > machine ? machine : s->memory_limit);
	}
	json_w_end(w);
}

/* "  eth0: 572 6 0 0 0 0 0 0 84 2 0 0 ..." */
static void write_interface(struct json_w *w, const char *name, size_t len, const char *at)
{
	static const char *const keys[] = {"rx_bytes", "rx_packets", "rx_errors", "rx_dropped",
					   "tx_bytes", "tx_packets", "tx_errors", "tx_dropped"};
	char text[32];

	snprintf(text, sizeof(text), "%.*s", (int)(len < 31 ? len : 31), name);
	json_w_obj(w, text);
	for (int i = 0; i < 12; i++) {
		char *end;
		uint64_t v = strtoull(at, &end, 10);

		if (i < 4 || i >= 8)
			json_w_uint(w, keys[i < 4 ? i : i - 4], v);
		at = end;
	}
	json_w_end(w);
}

static void write_networks(struct json_w *w, int pid)
{
	AUTO_BUF b = BUF_INIT;
	bool any = false;
	char path[64];
	struct err e;

	snprintf(path, sizeof(path), "/proc/%d/net/dev", pid);
	if (file_read(AT_FDCWD, path, NET_MAX, &b, &e))
		return;
	for (const char *line = strchr(b.data, '\n'); line && line[1]; line = strchr(line, '\n')) {
		const char *name = line + 1 + strspn(line + 1, " ");
		size_t n = strcspn(name, ":\n");

		line++;
		if (name[n] != ':' || (n == 2 && !strncmp(name, "lo", 2)))
			continue;
		if (!any)
			json_w_obj(w, "networks");
		any = true;
		write_interface(w, name, n, name + n + 1);
	}
	if (any)
		json_w_end(w);
}

static void look(struct engine *en, struct arena *a, const struct containers_one *c,
		 const struct status *s, struct stats *ret)
{
	const char *group = containers_cgroup(en, a, &c->req, c->id);
	struct stats now = {0};

	now.running = s->kind == STATUS_RUNNING || s->kind == STATUS_PAUSED;
	if (now.running) {
		now.read = stamp_now();
		now.machine = system_cpu();
		if (cgroup_mode() == CGROUP_NONE)
			sum_up(a, s->state.pid, &now.group);
		else
			cgroup_stat_read(group, a, &now.group);
	}
	*ret = now;
}

int stats_read(struct engine *en, struct arena *a, const char *ref, const struct stats *before,
	       struct stats *ret, struct buf *json, struct err *e)
{
	struct json_w w = JSON_W(json);
	struct containers_one c;
	struct status s;

	if (containers_load(en, a, ref, &c, e) || status_of(en, a, &c, &s, e))
		return -1;
	if (before && !before->running)
		before = NULL;
	look(en, a, &c, &s, ret);
	json_w_obj(&w, NULL);
	json_w_str(&w, "name", arena_printf(a, "/%s", c.name));
	json_w_str(&w, "id", c.id);
	time_field(&w, "read", ret->read);
	time_field(&w, "preread", before && ret->running ? before->read : 0);
	write_pids(&w, &ret->group);
	write_io(&w, &ret->group);
	json_w_int(&w, "num_procs", 0);
	json_w_obj(&w, "storage_stats");
	json_w_end(&w);
	write_cpu(&w, "cpu_stats", ret);
	write_cpu(&w, "precpu_stats", ret->running ? before : NULL);
	write_memory(&w, &ret->group);
	if (ret->running && strcmp(c.req.network, "host"))
		write_networks(&w, s.state.pid);
	json_w_end(&w);
	return 0;
}
