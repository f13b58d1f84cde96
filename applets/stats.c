/* SPDX-License-Identifier: Apache-2.0 */
/*
 * proa stats: a live table of what containers use. One connection asks for one look at each
 * container, a second apart; what was used between two looks is worked out here, as Docker's client
 * does from what its daemon remembered. So any number of containers costs one process. Without
 * names the list is asked for again each time: those that start appear, those that end go.
 */
#include "applets/each.h"
#include "applets/format.h"
#include "applets/table.h"

#include <stdio.h>
#include <string.h>
#include <time.h>

#define PERIOD_MS 1000

static bool all, no_stream, no_trunc;
static const char *format;

static const struct option_def options[] = {
	{"all", 'a', OPTION_BOOL, &all, NULL, "Show all containers (default shows just running)",
	 NULL},
	{"format", 0, OPTION_STR, &format, "string", FORMAT_HELP, NULL},
	{"no-stream", 0, OPTION_BOOL, &no_stream, NULL, "Print the first result and end", NULL},
	{"no-trunc", 0, OPTION_BOOL, &no_trunc, NULL, "Don't truncate output", NULL},
	{NULL, 0, OPTION_BOOL, NULL, NULL, NULL, NULL},
};

static const struct format_column columns[] = {
	{"Container", "CONTAINER"},
	{"Name", "NAME"},
	{"ID", "CONTAINER ID"},
	{"CPUPerc", "CPU %"},
	{"MemUsage", "MEM USAGE / LIMIT"},
	{"MemPerc", "MEM %"},
	{"NetIO", "NET I/O"},
	{"BlockIO", "BLOCK I/O"},
	{"PIDs", "PIDS"},
	{NULL, NULL},
};
static const char own[] = "table {{.ID}}\t{{.Name}}\t{{.CPUPerc}}\t{{.MemUsage}}\t{{.MemPerc}}\t"
			  "{{.NetIO}}\t{{.BlockIO}}\t{{.PIDs}}";

struct cpu { /* of the last look at a container; used: 0 was none */
	char id[65];
	double used, machine;
};

struct watch {
	struct applet_ctx *c;
	struct client_conn cc;
	struct cpu *last; /* of the round before */
	size_t nlast;
	struct cpu *now;
	size_t nnow, cap;
	int status;
};

static double num(const struct json *v, const char *key)
{
	return json_real(json_get(v, key), (double)json_int(json_get(v, key), 0));
}

/* Of all CPUs' time between the looks; negative: not known yet. */
static double cpu_percent(struct watch *w, const char *id, const struct json *v)
{
	const struct json *cpu = json_get(v, "cpu_stats"), *usage = json_get(cpu, "cpu_usage");
	struct cpu now = {.used = num(usage, "total_usage"),
			  .machine = num(cpu, "system_cpu_usage")};
	double cpus = num(cpu, "online_cpus"), used, machine;

	if (cpus < 1)
		cpus = (double)json_len(json_get(usage, "percpu_usage"));
	snprintf(now.id, sizeof(now.id), "%s", id);
	if (w->nnow == w->cap) {
		w->cap = w->cap ? 2 * w->cap : 16;
		w->now = mem_realloc(w->now, w->cap * sizeof(*w->now));
	}
	w->now[w->nnow++] = now;
	if (now.machine <= 0)
		return 0; /* it does not run */
	for (size_t i = 0; i < w->nlast; i++) {
		if (strcmp(w->last[i].id, id))
			continue;
		used = now.used - w->last[i].used;
		machine = now.machine - w->last[i].machine;
		return used > 0 && machine > 0 ? used / machine * cpus * 100 : 0;
	}
	return -1;
}

/* Without what the kernel can take back at once: the inactive part of the page cache. */
static double memory_used(const struct json *memory)
{
	const struct json *stats = json_get(memory, "stats");
	double usage = num(memory, "usage"), cache = num(stats, "total_inactive_file");

	if (json_typeof(json_get(stats, "total_inactive_file")) == JSON_NULL)
		cache = num(stats, "inactive_file");
	return cache < usage ? usage - cache : usage;
}

/* 585728 -> "572KiB" */
static void binary_size(double bytes, char ret[32])
{
	static const char *const units[] = {"B", "KiB", "MiB", "GiB", "TiB", "PiB"};
	int i = 0;

	for (; bytes >= 1024 && i < 5; i++)
		bytes /= 1024;
	snprintf(ret, 32, "%.4g%s", bytes, units[i]);
}

static void pair(struct json_w *w, const char *key, double a, double b, bool binary)
{
	char x[32], y[32], text[80];

	if (binary) {
		binary_size(a, x);
		binary_size(b, y);
	} else {
		table_size((int64_t)a, x);
		table_size((int64_t)b, y);
	}
	snprintf(text, sizeof(text), "%s / %s", x, y);
	json_w_str(w, key, text);
}

static void percent(struct json_w *w, const char *key, double v)
{
	char text[40];

	snprintf(text, sizeof(text), "%.2f%%", v);
	json_w_str(w, key, v < 0 ? "--" : text);
}

static void write_io(struct json_w *w, const struct json *v)
{
	struct json_iter it =
		json_iter(json_get(json_get(v, "blkio_stats"), "io_service_bytes_recursive"));
	double in = 0, out = 0;

	for (const struct json *x; (x = json_next(&it, NULL));) {
		char op = *json_str(json_get(x, "op"), "");

		if (op == 'r' || op == 'R')
			in += num(x, "value");
		else if (op == 'w' || op == 'W')
			out += num(x, "value");
	}
	pair(w, "BlockIO", in, out, false);
}

static void write_net(struct json_w *w, const struct json *v)
{
	struct json_iter it = json_iter(json_get(v, "networks"));
	double in = 0, out = 0;

	for (const struct json *x; (x = json_next(&it, NULL));) {
		in += num(x, "rx_bytes");
		out += num(x, "tx_bytes");
	}
	pair(w, "NetIO", in, out, false);
}

static void write_row(struct watch *watch, const char *name, const struct json *v, struct buf *b)
{
	const struct json *memory = json_get(v, "memory_stats");
	const char *id = json_str(json_get(v, "id"), name),
		   *full = json_str(json_get(v, "name"), "");
	double used = memory_used(memory), limit = num(memory, "limit");
	struct json_w w = JSON_W(b);
	char text[32];

	w.verbatim = true;
	json_w_obj(&w, NULL);
	write_io(&w, v);
	percent(&w, "CPUPerc", cpu_percent(watch, id, v));
	json_w_str(&w, "Container", name);
	json_w_str(&w, "ID", no_trunc ? id : arena_strndup(watch->c->a, id, 12));
	percent(&w, "MemPerc", limit > 0 ? used / limit * 100 : 0);
	pair(&w, "MemUsage", used, limit, true);
	json_w_str(&w, "Name", full + (*full == '/'));
	write_net(&w, v);
	snprintf(text, sizeof(text), "%.0f", num(json_get(v, "pids_stats"), "current"));
	json_w_str(&w, "PIDs", text);
	json_w_end(&w);
}

static int row(struct watch *w, const char *name, struct format *f, struct err *e)
{
	const char *target = each_target(w->c, name, "/stats?stream=false&one-shot=true", e);
	AUTO_BUF b = BUF_INIT;
	const struct json *v;

	if (!target || client_json(&w->cc, w->c->a, "GET", target, NULL, &v, e))
		return -1;
	write_row(w, name, v, &b);
	return format_row(f, &b, e);
}

/* The containers of this round. */
static int names(struct watch *w, struct strs *ret, struct err *e)
{
	const struct json *list, *v;
	struct json_iter it;

	for (int i = 0; i < w->c->argc; i++)
		strs_add(w->c->a, ret, w->c->argv[i]);
	if (ret->n)
		return 0;
	if (client_json(&w->cc, w->c->a, "GET", all ? "/containers/json?all=1" : "/containers/json",
			NULL, &list, e))
		return -1;
	it = json_iter(list);
	while ((v = json_next(&it, NULL)))
		strs_add(w->c->a, ret, arena_strdup(w->c->a, json_str(json_get(v, "Id"), "")));
	return 0;
}

/* Over what stands on the screen already, line by line. */
static void paint(const struct buf *out)
{
	fputs("\033[H", stdout);
	for (size_t i = 0; i < out->len;) {
		size_t n = strcspn(out->data + i, "\n");

		printf("%.*s\033[K\n", (int)n, out->data + i);
		i += n + 1;
	}
	fputs("\033[J", stdout);
	fflush(stdout);
}

/* One look at all of them. A name that is not there is told once. */
static int look(struct watch *w, struct format *f, bool first, bool quiet, struct err *e)
{
	AUTO_BUF out = BUF_INIT;
	struct strs list = {0};
	size_t rows = 0;

	if (format_open(f, format, own, e) || names(w, &list, e))
		return -1;
	for (size_t i = 0; i < list.n; i++) {
		if (!row(w, list.v[i], f, e)) {
			rows++;
			continue;
		}
		if (e->kind != ERR_NOTFOUND)
			return -1;
		if (first && w->c->argc)
			w->status = applet_fail(e, 1);
	}
	if (quiet || (w->c->argc && !rows)) /* of those named none is there */
		return 0;
	if (no_stream)
		return format_end(f, e);
	if (format_text(f, &out, e))
		return -1;
	paint(&out);
	return 0;
}

static int round_of(struct watch *w, bool first, bool quiet, struct err *e)
{
	struct format f = {.a = w->c->a, .columns = columns};
	int rc = look(w, &f, first, quiet, e);

	buf_release(&f.out); /* of a round that nobody was shown */
	return rc;
}

/* A name that is not there would be forgotten in what is painted over it: it ends a stream. */
static int watch(struct watch *w, struct err *e)
{
	const struct timespec second = {PERIOD_MS / 1000, 0};
	struct arena a = ARENA_INIT, *saved = w->c->a;
	int rc = 0;

	w->c->a = &a;
	for (int i = 0; !rc; i++) {
		rc = round_of(w, i == 0, no_stream && i == 0, e);
		arena_release(&a);
		if (rc || (w->status && !no_stream) || (no_stream && i) || ferror(stdout))
			break;
		mem_autofree(&w->last);
		w->last = w->now;
		w->nlast = w->nnow;
		w->now = NULL;
		w->nnow = w->cap = 0;
		nanosleep(&second, NULL);
	}
	mem_autofree(&w->last);
	mem_autofree(&w->now);
	w->c->a = saved;
	return rc;
}

static int stats_main(struct applet_ctx *c)
{
	struct watch w = {.c = c, .cc = {.fd = -1}};
	struct err e;
	int rc;

	if (client_dial(&c->client, &w.cc, &e))
		return applet_fail(&e, 1);
	rc = watch(&w, &e);
	client_close(&w.cc);
	return rc ? applet_fail(&e, 1) : w.status;
}

APPLET(stats, .name = "stats", .alias = "container stats", .usage = "[OPTIONS] [CONTAINER...]",
       .brief = "Display a live stream of container(s) resource usage statistics",
       .options = options, .min_args = 0, .max_args = -1, .main = stats_main);
