/* SPDX-License-Identifier: Apache-2.0 */
/*
 * One table of facts per version would not do: v1 and v2 differ in units (memory + swap against
 * swap alone), in order (a v1 memsw limit must not be below the memory limit at any moment) and in
 * curves (shares against weights). So each limit is a few lines here, and every write goes through
 * put().
 */
#include "container/cgroup_limits.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "base/log.h"
#include "container/cgroup_hier.h"

struct put {
	const char *path;
	bool strict, failed;
	struct err *e;
};

/* A limit that cannot be set: why is NULL for errno. */
static void discard(struct put *p, const char *what, const char *why)
{
	if (!why)
		why = errno == ENOENT ? "this kernel does not support it" : strerror(errno);
	if (!p->strict)
		log_warn("container", "%s is not limited: %s", what, why);
	else if (!p->failed)
		err_set(p->e, ERR_INVALID, "%s cannot be limited: %s", what, why);
	p->failed = true;
}

static const struct cgroup_hier *need(struct put *p, enum cgroup_ctl c, const char *what)
{
	const struct cgroup_hier *h = cgroup_hier_of(c);

	if (!h)
		discard(p, what, "there is no control group for it on this machine");
	return h;
}

/* A missing file on v2 may only mean that somebody disabled the controller above us. */
static int try_write(const struct cgroup_hier *h, const char *path, const char *file,
		     const char *value)
{
	if (cgroup_hier_write(h, path, file, value) == 0)
		return 0;
	if (errno != ENOENT || !h->v2)
		return -1;
	cgroup_hier_enable(h, path);
	return cgroup_hier_write(h, path, file, value);
}

static void put(struct put *p, const struct cgroup_hier *h, const char *file, const char *value,
		const char *what)
{
	if (try_write(h, p->path, file, value) < 0)
		discard(p, what, NULL);
}

static void put_int(struct put *p, const struct cgroup_hier *h, const char *file, int64_t value,
		    const char *what)
{
	char text[32];

	/* both versions take their own word for "no limit"; everywhere else -1 does not occur */
	if (value < 0 && (h->v2 || !strcmp(file, "pids.max")))
		snprintf(text, sizeof(text), "max");
	else
		snprintf(text, sizeof(text), "%lld", (long long)value);
	put(p, h, file, text, what);
}

static void memory_v1(struct put *p, const struct cgroup_hier *h, const struct spec_resources *r)
{
	static const char limit[] = "memory.limit_in_bytes", both[] = "memory.memsw.limit_in_bytes";
	char text[32];

	if (r->memory) {
		snprintf(text, sizeof(text), "%lld", (long long)r->memory);
		/* raising the limit over the present memsw limit is EINVAL: then that goes first */
		if (cgroup_hier_write(h, p->path, limit, text) < 0) {
			if (errno == EINVAL && r->memory_swap) {
				put_int(p, h, both, r->memory_swap, "memory plus swap");
				put(p, h, limit, text, "memory");
				goto rest;
			}
			discard(p, "memory", NULL);
		}
	}
	if (r->memory_swap)
		put_int(p, h, both, r->memory_swap, "swap");
rest:
	if (r->memory_reservation)
		put_int(p, h, "memory.soft_limit_in_bytes", r->memory_reservation,
			"memory reservation");
	if (r->swappiness >= 0)
		put_int(p, h, "memory.swappiness", r->swappiness, "memory swappiness");
	if (r->oom_kill_disable)
		put(p, h, "memory.oom_control", "1", "the OOM killer");
}

static void memory_v2(struct put *p, const struct cgroup_hier *h, const struct spec_resources *r)
{
	if (r->memory)
		put_int(p, h, "memory.max", r->memory, "memory");
	if (r->memory_swap < 0)
		put_int(p, h, "memory.swap.max", -1, "swap");
	else if (r->memory_swap && r->memory > 0)
		put_int(p, h, "memory.swap.max", r->memory_swap - r->memory, "swap");
	if (r->memory_reservation)
		put_int(p, h, "memory.low", r->memory_reservation, "memory reservation");
	if (r->swappiness >= 0)
		discard(p, "memory swappiness", "cgroup v2 does not have it");
	if (r->oom_kill_disable)
		discard(p, "the OOM killer", "cgroup v2 cannot disable it");
}

static void memory(struct put *p, const struct spec_resources *r)
{
	const struct cgroup_hier *h;

	if (!r->memory && !r->memory_swap && !r->memory_reservation && r->swappiness < 0 &&
	    !r->oom_kill_disable)
		return;
	h = need(p, CGROUP_MEMORY, "memory");
	if (h && h->v2)
		memory_v2(p, h, r);
	else if (h)
		memory_v1(p, h, r);
}

/* log2 and 2^x to about ten digits; libm would be the only thing of its kind in the binary. */
static double log2_of(uint64_t v)
{
	int whole = 63 - __builtin_clzll(v);
	double m = (double)v / (double)(1ull << whole), t = (m - 1) / (m + 1), sum = 0, power = t;

	for (int i = 1; i < 60; i += 2, power *= t * t)
		sum += power / i;
	return whole + 2 * sum / 0.69314718055994530942;
}

static double pow10_of(double x)
{
	double y = x * 2.30258509299404568402 / 16, term = 1, sum = 1;

	for (int i = 1; i < 30; i++) {
		term *= y / i;
		sum += term;
	}
	for (int i = 0; i < 4; i++)
		sum *= sum;
	return sum;
}

uint64_t cgroup_limits_weight(uint64_t shares)
{
	double l, w;

	if (shares <= 2)
		return 1;
	if (shares >= 262144)
		return 10000;
	l = log2_of(shares);
	w = pow10_of((l * l + 125 * l) / 612.0 - 7.0 / 34.0) - 1e-6;
	return (uint64_t)w + 1; /* rounded up */
}

uint64_t cgroup_limits_io_weight(uint64_t weight)
{
	return weight <= 10 ? 1 : weight >= 1000 ? 10000 : 1 + (weight - 10) * 9999 / 990;
}

static void cpu(struct put *p, const struct spec_resources *r)
{
	const struct cgroup_hier *h;
	char text[64];

	if (!r->cpu_shares && !r->cpu_quota && !r->cpu_period)
		return;
	h = need(p, CGROUP_CPU, "CPU time");
	if (!h)
		return;
	if (r->cpu_shares && h->v2)
		put_int(p, h, "cpu.weight", (int64_t)cgroup_limits_weight((uint64_t)r->cpu_shares),
			"the share of CPU time");
	else if (r->cpu_shares)
		put_int(p, h, "cpu.shares", r->cpu_shares, "the share of CPU time");
	if (h->v2 && (r->cpu_quota || r->cpu_period)) {
		long long period = r->cpu_period ? r->cpu_period : 100000;

		if (r->cpu_quota > 0)
			snprintf(text, sizeof(text), "%lld %lld", (long long)r->cpu_quota, period);
		else
			snprintf(text, sizeof(text), "max %lld", period);
		put(p, h, "cpu.max", text, "CPU time");
		return;
	}
	if (r->cpu_period)
		put_int(p, h, "cpu.cfs_period_us", r->cpu_period, "the CPU period");
	if (r->cpu_quota)
		put_int(p, h, "cpu.cfs_quota_us", r->cpu_quota, "CPU time");
}

static void cpuset(struct put *p, const struct spec_resources *r)
{
	bool cpus = r->cpuset_cpus && *r->cpuset_cpus, mems = r->cpuset_mems && *r->cpuset_mems;
	const struct cgroup_hier *h =
		cpus || mems ? need(p, CGROUP_CPUSET, "the set of CPUs") : NULL;

	if (h && cpus)
		put(p, h, "cpuset.cpus", r->cpuset_cpus, "the set of CPUs");
	if (h && mems)
		put(p, h, "cpuset.mems", r->cpuset_mems, "the set of memory nodes");
}

/* The weight is one of the BFQ scheduler's files, or of io.cost's on v2, or of the old CFQ's. */
static void blkio(struct put *p, const struct spec_resources *r)
{
	const struct cgroup_hier *h = r->blkio_weight ? need(p, CGROUP_BLKIO, "block IO") : NULL;
	char text[32];

	if (!h)
		return;
	snprintf(text, sizeof(text), "%lld", (long long)r->blkio_weight);
	if (try_write(h, p->path, h->v2 ? "io.bfq.weight" : "blkio.bfq.weight", text) == 0)
		return;
	if (h->v2)
		put_int(p, h, "io.weight",
			(int64_t)cgroup_limits_io_weight((uint64_t)r->blkio_weight),
			"block IO weight");
	else
		put(p, h, "blkio.weight", text, "block IO weight");
}

int cgroup_limits_apply(const char *path, const struct spec_resources *r, bool strict,
			struct err *e)
{
	struct put p = {path, strict, false, e};
	const struct cgroup_hier *h;

	memory(&p, r);
	cpu(&p, r);
	cpuset(&p, r);
	h = r->pids ? need(&p, CGROUP_PIDS, "the number of processes") : NULL;
	if (h)
		put_int(&p, h, "pids.max", r->pids, "the number of processes");
	blkio(&p, r);
	return strict && p.failed ? -1 : 0;
}
