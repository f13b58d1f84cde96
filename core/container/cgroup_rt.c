/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A group may have as much of it as its parent has and no sibling took (RT_GROUP_SCHED), and a new
 * group has none. So where the kernel refuses, each group above ours gets that much more, from the
 * top down. It keeps that when the container goes: the next one finds it there and adds nothing.
 */
#include "container/cgroup_rt.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const char period_file[] = "cpu.rt_period_us", runtime_file[] = "cpu.rt_runtime_us";

static long long number(const struct cgroup_hier *h, const char *path, const char *file)
{
	char text[32];

	return cgroup_hier_read(h, path, file, text, sizeof(text)) < 0 ? -1 : atoll(text);
}

bool cgroup_rt_here(void)
{
	const struct cgroup_hier *h = cgroup_hier_of(CGROUP_CPU);

	return h && !h->v2 && number(h, "", period_file) > 0;
}

static void raise_parents(const struct cgroup_hier *h, const char *path, long long runtime)
{
	char part[sizeof(((struct cgroup *)NULL)->path)], text[32];
	long long mine = number(h, path, period_file);

	for (size_t i = 1; path[i] && mine > 0; i++) {
		long long period, have;

		if (path[i] != '/')
			continue;
		snprintf(part, sizeof(part), "%.*s", (int)i, path);
		period = number(h, part, period_file);
		have = number(h, part, runtime_file);
		if (period <= 0 || have < 0)
			return;
		/* rounded up: the kernel compares fractions */
		snprintf(text, sizeof(text), "%lld", have + (runtime * period + mine - 1) / mine);
		cgroup_hier_write(h, part, runtime_file, text);
	}
}

static void put_runtime(struct cgroup_put *p, const struct cgroup_hier *h, int64_t runtime)
{
	char text[32];

	snprintf(text, sizeof(text), "%lld", (long long)runtime);
	if (cgroup_put_try(p, h, runtime_file, text) == 0)
		return;
	raise_parents(h, p->path, runtime);
	cgroup_put_text(p, h, runtime_file, text, "real-time CPU time");
}

void cgroup_rt_put(struct cgroup_put *p, const struct spec_resources *r)
{
	const struct cgroup_hier *h;

	if (!r->cpu_rt_period && !r->cpu_rt_runtime)
		return;
	h = cgroup_put_need(p, CGROUP_CPU, "real-time CPU time");
	if (!h)
		return;
	if (h->v2) {
		cgroup_put_discard(p, "real-time CPU time", "cgroup v2 does not have it");
		return;
	}
	if (r->cpu_rt_period)
		cgroup_put_int(p, h, period_file, r->cpu_rt_period, "the real-time CPU period");
	if (r->cpu_rt_runtime)
		put_runtime(p, h, r->cpu_rt_runtime);
}
