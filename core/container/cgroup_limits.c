/* SPDX-License-Identifier: Apache-2.0 */
/*
 * One table of facts per version would not do: v1 and v2 differ in units (memory + swap against
 * swap alone), in order (a v1 memsw limit must not be below the memory limit at any moment) and in
 * curves (shares against weights). So each limit is a few lines here, and every write goes through
 * cgroup_put.
 */
#include "container/cgroup_limits.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "container/cgroup_blkio.h"
#include "container/cgroup_put.h"
#include "container/cgroup_rt.h"

static void memory_v1(struct cgroup_put *p, const struct cgroup_hier *h,
		      const struct spec_resources *r)
{
	static const char limit[] = "memory.limit_in_bytes", both[] = "memory.memsw.limit_in_bytes";
	char text[32];

	if (r->memory) {
		snprintf(text, sizeof(text), "%lld", (long long)r->memory);
		/* raising the limit over the present memsw limit is EINVAL: then that goes first */
		if (cgroup_put_try(p, h, limit, text) < 0) {
			if (errno == EINVAL && r->memory_swap) {
				cgroup_put_int(p, h, both, r->memory_swap, "memory plus swap");
				cgroup_put_text(p, h, limit, text, "memory");
				goto rest;
			}
			cgroup_put_discard(p, "memory", NULL);
		}
	}
	if (r->memory_swap)
		cgroup_put_int(p, h, both, r->memory_swap, "swap");
rest:
	if (r->memory_reservation)
		cgroup_put_int(p, h, "memory.soft_limit_in_bytes", r->memory_reservation,
			       "memory reservation");
	if (r->swappiness >= 0)
		cgroup_put_int(p, h, "memory.swappiness", r->swappiness, "memory swappiness");
	if (r->oom_kill_disable)
		cgroup_put_text(p, h, "memory.oom_control", "1", "the OOM killer");
}

static void memory_v2(struct cgroup_put *p, const struct cgroup_hier *h,
		      const struct spec_resources *r)
{
	if (r->memory)
		cgroup_put_int(p, h, "memory.max", r->memory, "memory");
	if (r->memory_swap < 0)
		cgroup_put_int(p, h, "memory.swap.max", -1, "swap");
	else if (r->memory_swap && r->memory > 0)
		cgroup_put_int(p, h, "memory.swap.max", r->memory_swap - r->memory, "swap");
	if (r->memory_reservation)
		cgroup_put_int(p, h, "memory.low", r->memory_reservation, "memory reservation");
	if (r->swappiness >= 0)
		cgroup_put_discard(p, "memory swappiness", "cgroup v2 does not have it");
	if (r->oom_kill_disable)
		cgroup_put_discard(p, "the OOM killer", "cgroup v2 cannot disable it");
}

static void memory(struct cgroup_put *p, const struct spec_resources *r)
{
	const struct cgroup_hier *h;

	if (!r->memory && !r->memory_swap && !r->memory_reservation && r->swappiness < 0 &&
	    !r->oom_kill_disable)
		return;
	h = cgroup_put_need(p, CGROUP_MEMORY, "memory");
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

static void cpu(struct cgroup_put *p, const struct spec_resources *r)
{
	const struct cgroup_hier *h;
	char text[64];

	if (!r->cpu_shares && !r->cpu_quota && !r->cpu_period)
		return;
	h = cgroup_put_need(p, CGROUP_CPU, "CPU time");
	if (!h)
		return;
	if (r->cpu_shares && h->v2)
		cgroup_put_int(p, h, "cpu.weight",
			       (int64_t)cgroup_limits_weight((uint64_t)r->cpu_shares),
			       "the share of CPU time");
	else if (r->cpu_shares)
		cgroup_put_int(p, h, "cpu.shares", r->cpu_shares, "the share of CPU time");
	if (h->v2 && (r->cpu_quota || r->cpu_period)) {
		long long period = r->cpu_period ? r->cpu_period : 100000;

		if (r->cpu_quota > 0)
			snprintf(text, sizeof(text), "%lld %lld", (long long)r->cpu_quota, period);
		else
			snprintf(text, sizeof(text), "max %lld", period);
		cgroup_put_text(p, h, "cpu.max", text, "CPU time");
		return;
	}
	if (r->cpu_period)
		cgroup_put_int(p, h, "cpu.cfs_period_us", r->cpu_period, "the CPU period");
	if (r->cpu_quota)
		cgroup_put_int(p, h, "cpu.cfs_quota_us", r->cpu_quota, "CPU time");
}

static void cpuset(struct cgroup_put *p, const struct spec_resources *r)
{
	bool cpus = r->cpuset_cpus && *r->cpuset_cpus, mems = r->cpuset_mems && *r->cpuset_mems;
	const struct cgroup_hier *h =
		cpus || mems ? cgroup_put_need(p, CGROUP_CPUSET, "the set of CPUs") : NULL;

	if (h && cpus)
		cgroup_put_text(p, h, "cpuset.cpus", r->cpuset_cpus, "the set of CPUs");
	if (h && mems)
		cgroup_put_text(p, h, "cpuset.mems", r->cpuset_mems, "the set of memory nodes");
}

int cgroup_limits_apply(const char *path, const struct spec_resources *r, bool strict,
			struct err *e)
{
	struct cgroup_put p = {.path = path, .strict = strict, .e = e};
	const struct cgroup_hier *h;

	memory(&p, r);
	cpu(&p, r);
	cgroup_rt_put(&p, r);
	cpuset(&p, r);
	h = r->pids ? cgroup_put_need(&p, CGROUP_PIDS, "the number of processes") : NULL;
	if (h)
		cgroup_put_int(&p, h, "pids.max", r->pids, "the number of processes");
	cgroup_blkio_put(&p, r);
	if (!strict || !p.failed)
		return 0;
	cgroup_put_undo(&p);
	return -1;
}
