/* SPDX-License-Identifier: Apache-2.0 */
/*
 * One read per file, all small: a kernel that writes a longer one than expected is cut at a line
 * that is simply not found. v1's CPU time of user and system comes in clock ticks, all else in
 * nanoseconds; v2's in microseconds.
 */
#include "container/cgroup_stat.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "container/cgroup_hier.h"

#define TEXT_MAX 16384
#define CPUS_MAX 4096
#define IO_MAX 512

struct reader {
	const struct cgroup_hier *h;
	const char *path;
	char text[TEXT_MAX];
};

static bool load(struct reader *r, const char *file)
{
	return cgroup_hier_read(r->h, r->path, file, r->text, sizeof(r->text)) >= 0;
}

/* The number behind the word `key` at the start of a line. */
static uint64_t find(const char *text, const char *key)
{
	size_t n = strlen(key);

	for (const char *line = text; line; line = strchr(line, '\n')) {
		line += *line == '\n';
		if (!strncmp(line, key, n) && line[n] == ' ')
			return strtoull(line + n + 1, NULL, 10);
	}
	return 0;
}

static uint64_t number(struct reader *r, const char *file)
{
	if (!load(r, file))
		return 0;
	return strncmp(r->text, "max", 3) ? strtoull(r->text, NULL, 10) : UINT64_MAX;
}

static void cpu_v2(struct reader *r, struct cgroup_stat *s)
{
	s->have_cpu = load(r, "cpu.stat");
	if (!s->have_cpu)
		return;
	s->cpu = find(r->text, "usage_usec") * 1000;
	s->cpu_user = find(r->text, "user_usec") * 1000;
	s->cpu_system = find(r->text, "system_usec") * 1000;
	s->periods = find(r->text, "nr_periods");
	s->throttled = find(r->text, "nr_throttled");
	s->throttled_ns = find(r->text, "throttled_usec") * 1000;
}

static void percpu(struct reader *r, struct arena *a, struct cgroup_stat *s)
{
	char *at = r->text, *end;

	if (!load(r, "cpuacct.usage_percpu"))
		return;
	s->percpu = arena_array(a, CPUS_MAX, sizeof(*s->percpu));
	while (s->npercpu < CPUS_MAX) {
		uint64_t v = strtoull(at, &end, 10);

		if (end == at)
			break;
		s->percpu[s->npercpu++] = v;
		at = end;
	}
}

static void cpu_v1(struct reader *r, struct arena *a, struct cgroup_stat *s)
{
	long hz = sysconf(_SC_CLK_TCK);
	uint64_t tick = 1000000000u / (uint64_t)(hz > 0 ? hz : 100);

	r->h = cgroup_hier_of(CGROUP_CPUACCT);
	if (r->h && load(r, "cpuacct.usage")) {
		s->have_cpu = true;
		s->cpu = strtoull(r->text, NULL, 10);
		if (load(r, "cpuacct.stat")) {
			s->cpu_user = find(r->text, "user") * tick;
			s->cpu_system = find(r->text, "system") * tick;
		}
		percpu(r, a, s);
	}
	r->h = cgroup_hier_of(CGROUP_CPU);
	if (r->h && load(r, "cpu.stat")) {
		s->periods = find(r->text, "nr_periods");
		s->throttled = find(r->text, "nr_throttled");
		s->throttled_ns = find(r->text, "throttled_time");
	}
}

static void memory(struct reader *r, struct arena *a, struct cgroup_stat *s)
{
	r->h = cgroup_hier_of(CGROUP_MEMORY);
	if (!r->h || !load(r, r->h->v2 ? "memory.current" : "memory.usage_in_bytes"))
		return;
	s->have_memory = true;
	s->memory_v2 = r->h->v2;
	s->memory = strtoull(r->text, NULL, 10);
	if (r->h->v2) {
		s->memory_limit = number(r, "memory.max");
		if (load(r, "memory.events"))
			s->failures = find(r->text, "oom");
	} else {
		s->memory_limit = number(r, "memory.limit_in_bytes");
		s->memory_max = number(r, "memory.max_usage_in_bytes");
		s->failures = number(r, "memory.failcnt");
	}
	s->memory_stat = load(r, "memory.stat") ? arena_strdup(a, r->text) : "";
}

static void add_io(struct arena *a, struct cgroup_stat_io **v, size_t *n, unsigned ma, unsigned mi,
		   const char *op, uint64_t value)
{
	if (!*v)
		*v = arena_array(a, IO_MAX, sizeof(**v));
	if (*n < IO_MAX)
		(*v)[(*n)++] = (struct cgroup_stat_io){ma, mi, op, value};
}

/* "MAJOR:MINOR", and where it ends. */
static char *device(char *line, unsigned *ma, unsigned *mi)
{
	char *end;

	*ma = (unsigned)strtoul(line, &end, 10);
	if (end == line || *end != ':')
		return NULL;
	line = end + 1;
	*mi = (unsigned)strtoul(line, &end, 10);
	return end == line || *end != ' ' ? NULL : end + 1;
}

/* "8:0 Read 4096" */
static void io_v1(struct arena *a, char *text, struct cgroup_stat_io **v, size_t *n)
{
	char *save = NULL;

	for (char *line = strtok_r(text, "\n", &save); line; line = strtok_r(NULL, "\n", &save)) {
		unsigned ma, mi;
		char *at = device(line, &ma, &mi), *space = at ? strchr(at, ' ') : NULL;

		if (space)
			add_io(a, v, n, ma, mi, arena_strndup(a, at, (size_t)(space - at)),
			       strtoull(space, NULL, 10));
	}
}

/* "8:0 rbytes=4096 wbytes=0 rios=1 wios=0 dbytes=0 dios=0" */
static void io_v2(struct arena *a, char *text, struct cgroup_stat *s)
{
	char *save = NULL;

	for (char *line = strtok_r(text, "\n", &save); line; line = strtok_r(NULL, "\n", &save)) {
		unsigned ma, mi;
		char *at = device(line, &ma, &mi), *r = at ? strstr(at, "rbytes=") : NULL,
		     *w = at ? strstr(at, "wbytes=") : NULL;

		if (!r || !w)
			continue;
		add_io(a, &s->bytes, &s->nbytes, ma, mi, "read", strtoull(r + 7, NULL, 10));
		add_io(a, &s->bytes, &s->nbytes, ma, mi, "write", strtoull(w + 7, NULL, 10));
	}
}

static void io(struct reader *r, struct arena *a, struct cgroup_stat *s)
{
	r->h = cgroup_hier_of(CGROUP_BLKIO);
	if (!r->h)
		return;
	s->io_v2 = r->h->v2;
	if (s->io_v2) {
		s->have_io = load(r, "io.stat");
		if (s->have_io)
			io_v2(a, r->text, s);
		return;
	}
	s->have_io = load(r, "blkio.throttle.io_service_bytes_recursive");
	if (s->have_io)
		io_v1(a, r->text, &s->bytes, &s->nbytes);
	if (load(r, "blkio.throttle.io_serviced_recursive"))
		io_v1(a, r->text, &s->ops, &s->nops);
}

void cgroup_stat_read(const char *path, struct arena *a, struct cgroup_stat *ret)
{
	struct reader r = {.path = path};
	struct cgroup_stat s = {0};
	const struct cgroup_hier *h;
	int n;

	h = cgroup_hier_all(&n, NULL);
	r.h = cgroup_hier_of(CGROUP_CPU);
	for (int i = 0; i < n && !r.h; i++)
		if (h[i].v2) /* the basic figures need no controller */
			r.h = &h[i];
	if (r.h && r.h->v2)
		cpu_v2(&r, &s);
	else if (n)
		cpu_v1(&r, a, &s);
	memory(&r, a, &s);
	r.h = cgroup_hier_of(CGROUP_PIDS);
	if (r.h && load(&r, "pids.current")) {
		s.have_pids = true;
		s.pids = strtoull(r.text, NULL, 10);
		s.pids_limit = number(&r, "pids.max");
	}
	io(&r, a, &s);
	*ret = s;
}

uint64_t cgroup_stat_memory(const struct cgroup_stat *s, const char *key)
{
	return s->memory_stat ? find(s->memory_stat, key) : 0;
}
