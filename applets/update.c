/* SPDX-License-Identifier: Apache-2.0 */
/*
 * proa update: other limits and another restart policy for containers that exist. Only what was
 * given is sent, since a 0 may mean something (--pids-limit 0: no limit).
 */
#include "applets/each.h"
#include "applets/runvalues.h"

#include <stdio.h>

static struct {
	int64_t blkio_weight, cpu_period, cpu_quota, rt_period, rt_runtime, shares, memory,
		reservation, swap, pids, nano;
	const char *cpus, *cpuset_cpus, *cpuset_mems, *restart;
	bool pids_set;
} f;

static const struct option_def options[] = {
	{"blkio-weight", 0, OPTION_INT, &f.blkio_weight, "uint16",
	 "Block IO (relative weight), between 10 and 1000, or 0 to leave it", NULL},
	{"cpu-period", 0, OPTION_INT, &f.cpu_period, "int", "CPU CFS period, in microseconds",
	 NULL},
	{"cpu-quota", 0, OPTION_INT, &f.cpu_quota, "int",
	 "CPU CFS quota, in microseconds (-1: unlimited)", NULL},
	{"cpu-rt-period", 0, OPTION_INT, &f.rt_period, "int",
	 "CPU real-time period, in microseconds", NULL},
	{"cpu-rt-runtime", 0, OPTION_INT, &f.rt_runtime, "int",
	 "CPU real-time runtime, in microseconds", NULL},
	{"cpu-shares", 'c', OPTION_INT, &f.shares, "int", "CPU shares (relative weight)", NULL},
	{"cpus", 0, OPTION_STR, &f.cpus, "decimal", "Number of CPUs", NULL},
	{"cpuset-cpus", 0, OPTION_STR, &f.cpuset_cpus, "string",
	 "CPUs in which to allow execution (0-3, 0,1)", NULL},
	{"cpuset-mems", 0, OPTION_STR, &f.cpuset_mems, "string",
	 "Memory nodes in which to allow execution (0-3, 0,1)", NULL},
	{"memory", 'm', OPTION_BYTES, &f.memory, "bytes", "Memory limit", NULL},
	{"memory-reservation", 0, OPTION_BYTES, &f.reservation, "bytes", "Memory soft limit", NULL},
	{"memory-swap", 0, OPTION_SWAP, &f.swap, "bytes",
	 "Limit of memory plus swap: -1 for unlimited swap", NULL},
	{"pids-limit", 0, OPTION_INT, &f.pids, "int", "Number of processes (-1 for unlimited)",
	 &f.pids_set},
	{"restart", 0, OPTION_STR, &f.restart, "string",
	 "Restart policy to apply when a container exits", NULL},
	{NULL, 0, OPTION_BOOL, NULL, NULL, NULL, NULL},
};

/* How many flags were given a value that says something. */
static int encode(struct buf *b, struct err *e)
{
	const struct {
		const char *key;
		int64_t value;
	} numbers[] = {
		{"BlkioWeight", f.blkio_weight},
		{"CpuPeriod", f.cpu_period},
		{"CpuQuota", f.cpu_quota},
		{"CpuRealtimePeriod", f.rt_period},
		{"CpuShares", f.shares},
		{"CpuRealtimeRuntime", f.rt_runtime},
		{"Memory", f.memory},
		{"MemoryReservation", f.reservation},
		{"MemorySwap", f.swap},
	};
	struct json_w w = JSON_W(b);
	int n = 0;

	json_w_obj(&w, NULL);
	for (size_t i = 0; i < sizeof(numbers) / sizeof(*numbers); i++)
		if (numbers[i].value && ++n)
			json_w_int(&w, numbers[i].key, numbers[i].value);
	if (f.nano && ++n)
		json_w_int(&w, "NanoCpus", f.nano);
	if (f.pids_set && ++n)
		json_w_int(&w, "PidsLimit", f.pids);
	if (f.cpuset_cpus && ++n)
		json_w_str(&w, "CpusetCpus", f.cpuset_cpus);
	if (f.cpuset_mems && ++n)
		json_w_str(&w, "CpusetMems", f.cpuset_mems);
	if (f.restart && ++n && runvalues_restart(&w, f.restart, e))
		return -1;
	json_w_end(&w);
	return n ? 0
		 : err_set(e, ERR_INVALID,
			   "you must provide one or more flags when using this command");
}

static int update_one(struct applet_ctx *c, struct client_conn *cc, const char *name,
		      const struct buf *body, struct err *e)
{
	const char *target = each_target(c, name, "/update", e);
	const struct json *answer, *v;
	struct json_iter it;

	if (!target || client_json(cc, c->a, "POST", target, body, &answer, e))
		return -1;
	printf("%s\n", name);
	it = json_iter(json_get(answer, "Warnings"));
	while ((v = json_next(&it, NULL)))
		fprintf(stderr, "WARNING: %s\n", json_str(v, ""));
	return 0;
}

static int update_main(struct applet_ctx *c)
{
	struct client_conn cc = {.fd = -1};
	AUTO_BUF body = BUF_INIT;
	int status = 0;
	struct err e;

	if (f.cpus && runvalues_cpus(f.cpus, &f.nano, &e))
		return applet_fail(&e, 125); /* a flag's value */
	if (encode(&body, &e) || client_dial(&c->client, &cc, &e))
		return applet_fail(&e, 1);
	for (int i = 0; i < c->argc; i++)
		if (update_one(c, &cc, c->argv[i], &body, &e))
			status = applet_fail(&e, 1);
	client_close(&cc);
	return status;
}

APPLET(update, .name = "update", .alias = "container update",
       .usage = "[OPTIONS] CONTAINER [CONTAINER...]",
       .brief = "Update configuration of one or more containers", .options = options, .min_args = 1,
       .max_args = -1, .main = update_main);
