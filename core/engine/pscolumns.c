/* SPDX-License-Identifier: Apache-2.0 */
/*
 * ps(1) of procps has three dialects and some hundred columns. Here are the selections that mean
 * nothing for a container (all its processes are shown anyway), the three ready-made formats that
 * people use, and the columns of POSIX and their usual neighbours for -o.
 */
#include "engine/pscolumns.h"

#include <stdio.h>
#include <string.h>
#include <sys/sysmacros.h>
#include <time.h>

enum what {
	PID,
	PPID,
	PGID,
	SID,
	USER,
	RUSER,
	UID,
	RUID,
	GROUP,
	GID,
	COMM,
	ARGS,
	PCPU,
	C,
	PMEM,
	VSZ,
	RSS,
	STAT,
	STATE,
	TTY,
	TIME,
	BSDTIME,
	ETIME,
	ETIMES,
	STIME,
	LSTART,
	NICE,
	PRI,
	NLWP,
};

static const struct {
	const char *name; /* of -o */
	const char *title;
	enum what what;
} known[] = {
	{"pid", "PID", PID},
	{"ppid", "PPID", PPID},
	{"pgid", "PGID", PGID},
	{"pgrp", "PGRP", PGID},
	{"sid", "SID", SID},
	{"sess", "SESS", SID},
	{"user", "USER", USER},
	{"euser", "EUSER", USER},
	{"uname", "USER", USER},
	{"ruser", "RUSER", RUSER},
	{"uid", "UID", UID},
	{"euid", "EUID", UID},
	{"ruid", "RUID", RUID},
	{"group", "GROUP", GROUP},
	{"egroup", "EGROUP", GROUP},
	{"gid", "GID", GID},
	{"egid", "EGID", GID},
	{"comm", "COMMAND", COMM},
	{"ucmd", "CMD", COMM},
	{"args", "COMMAND", ARGS},
	{"cmd", "CMD", ARGS},
	{"command", "COMMAND", ARGS},
	{"pcpu", "%CPU", PCPU},
	{"%cpu", "%CPU", PCPU},
	{"c", "C", C},
	{"pmem", "%MEM", PMEM},
	{"%mem", "%MEM", PMEM},
	{"vsz", "VSZ", VSZ},
	{"vsize", "VSZ", VSZ},
	{"rss", "RSS", RSS},
	{"rssize", "RSS", RSS},
	{"stat", "STAT", STAT},
	{"state", "S", STATE},
	{"s", "S", STATE},
	{"tty", "TT", TTY},
	{"tt", "TT", TTY},
	{"tname", "TTY", TTY},
	{"time", "TIME", TIME},
	{"cputime", "TIME", TIME},
	{"bsdtime", "TIME", BSDTIME},
	{"etime", "ELAPSED", ETIME},
	{"etimes", "ELAPSED", ETIMES},
	{"stime", "STIME", STIME},
	{"start_time", "START", STIME},
	{"lstart", "STARTED", LSTART},
	{"ni", "NI", NICE},
	{"nice", "NI", NICE},
	{"pri", "PRI", PRI},
	{"nlwp", "NLWP", NLWP},
	{"thcount", "THCNT", NLWP},
};
#define KNOWN (sizeof(known) / sizeof(*known))

/* The ready-made ones. */
static const char full[] = "user=UID,pid,ppid,c,stime,tname,time,cmd",
		  user_oriented[] = "user,pid,%cpu,%mem,vsz,rss,tname,stat,start_time,bsdtime,"
				    "command",
		  bsd[] = "pid,tname,stat,bsdtime,command", plain[] = "pid,tname,time,comm=CMD";

static int unknown(const char *text, size_t n, struct err *e)
{
	char names[512];
	size_t at = 0;

	for (size_t i = 0; i < KNOWN && at < sizeof(names) - 16; i++)
		at += (size_t)snprintf(names + at, sizeof(names) - at, " %s", known[i].name);
	return err_set(e, ERR_INVALID,
		       "ps: error: unknown user-defined format specifier \"%.*s\"; known are:%s",
		       (int)(n < 40 ? n : 40), text, names);
}

/* "pid,user=WHO": a title goes to the end of the list's text, as with ps, only where it is last. */
static int add_list(struct arena *a, const char *list, struct pscolumns *c, struct err *e)
{
	while (*list) {
		size_t n = strcspn(list, ",= "), i = 0;

		while (i < KNOWN && (strlen(known[i].name) != n || strncmp(known[i].name, list, n)))
			i++;
		if (i == KNOWN)
			return unknown(list, n, e);
		if (c->n == PSCOLUMNS_MAX)
			return err_set(e, ERR_INVALID, "ps: error: more than %d columns",
				       PSCOLUMNS_MAX);
		c->v[c->n].what = (int)known[i].what;
		c->v[c->n].title = known[i].title;
		list += n;
		if (*list == '=') {
			n = strcspn(++list, ",");
			c->v[c->n].title = arena_strndup(a, list, n);
			list += n;
		}
		c->n++;
		list += strspn(list, ", ");
	}
	return 0;
}

struct options {
	const char *ready; /* NULL: -o was given, or nothing */
	bool dashed;
};

static int bad_letter(char letter, struct err *e)
{
	return err_set(e, ERR_INVALID,
		       "ps: error: unsupported option '%c': known are -e -A -a -f -x -w, a u x w, "
		       "and -o with a list of columns",
		       letter);
}

/* One word of options. *p moves on to the list of an -o. */
static int word(struct arena *a, const char *w, const char **rest, struct options *o,
		struct pscolumns *c, struct err *e)
{
	bool dash = *w == '-';

	o->dashed |= dash;
	for (w += dash; *w; w++) {
		if (*w == 'o') {
			const char *list = w[1] ? w + 1 : *rest + strspn(*rest, " ");
			size_t n = strcspn(list, " ");

			if (!n)
				return err_set(e, ERR_INVALID,
					       "ps: error: format specification must follow -o");
			if (!w[1])
				*rest = list + n;
			return add_list(a, arena_strndup(a, list, n), c, e);
		}
		if (dash && *w == 'f')
			o->ready = full;
		else if (*w == 'u')
			o->ready = user_oriented;
		else if (*w == 'x' || (!dash && *w == 'a'))
			o->ready = o->ready ? o->ready : bsd;
		else if (!strchr("eAaw", *w))
			return bad_letter(*w, e);
	}
	return 0;
}

int pscolumns_parse(struct arena *a, const char *args, struct pscolumns *ret, struct err *e)
{
	struct options o = {NULL, false};
	struct pscolumns c = {0};

	for (args += strspn(args, " "); *args; args += strspn(args, " ")) {
		size_t n = strcspn(args, " ");
		const char *w = arena_strndup(a, args, n);

		args += n;
		if (!strncmp(w, "--", 2))
			return err_set(e, ERR_INVALID, "ps: error: unsupported option '%.40s'", w);
		if (word(a, w, &args, &o, &c, e))
			return -1;
	}
	if (!c.n && add_list(a, o.ready ? o.ready : o.dashed ? plain : full, &c, e))
		return -1;
	for (size_t i = 0; i < c.n; i++)
		if (!strcmp(c.v[i].title, "PID")) {
			*ret = c;
			return 0;
		}
	/* Docker needs it to tell the container's processes from the others; scripts too */
	return err_set(e, ERR_INVALID, "Couldn't find PID field in ps output");
}

/* ---- cells */

static double seconds_alive(const struct procinfo *p)
{
	double s = procinfo_uptime() - (double)p->start / (double)procinfo_hz();

	return s > 0 ? s : 0;
}

static double percent_cpu(const struct procinfo *p)
{
	double s = seconds_alive(p), used = (double)(p->utime + p->stime) / (double)procinfo_hz();

	return s > 0 ? 100 * used / s : 0;
}

static char *elapsed(struct arena *a, int64_t s)
{
	int h = (int)(s / 3600 % 24), m = (int)(s / 60 % 60), rest = (int)(s % 60);

	if (s >= 86400)
		return arena_printf(a, "%lld-%02d:%02d:%02d", (long long)s / 86400, h, m, rest);
	return h ? arena_printf(a, "%02d:%02d:%02d", h, m, rest)
		 : arena_printf(a, "%02d:%02d", m, rest);
}

static char *cpu_time(struct arena *a, const struct procinfo *p, bool short_form)
{
	int64_t s = (int64_t)((p->utime + p->stime) / (uint64_t)procinfo_hz());

	if (short_form)
		return arena_printf(a, "%lld:%02d", (long long)s / 60, (int)(s % 60));
	if (s >= 86400)
		return elapsed(a, s);
	return arena_printf(a, "%02d:%02d:%02d", (int)(s / 3600), (int)(s / 60 % 60),
			    (int)(s % 60));
}

/* Today: the time; this year: the day; else the year. */
static char *started(struct arena *a, const struct procinfo *p, bool all)
{
	time_t then = (time_t)(procinfo_boot() + (int64_t)(p->start / (uint64_t)procinfo_hz()));
	time_t now = time(NULL);
	struct tm t, today;
	char text[64];

	if (!localtime_r(&then, &t) || !localtime_r(&now, &today))
		return arena_strdup(a, "?");
	strftime(text, sizeof(text),
		 all			      ? "%a %b %e %H:%M:%S %Y"
		 : t.tm_year != today.tm_year ? "%Y"
		 : t.tm_yday != today.tm_yday ? "%b%d"
					      : "%H:%M",
		 &t);
	return arena_strdup(a, text);
}

static char *terminal(struct arena *a, int tty)
{
	unsigned number = (unsigned)tty, ma = number >> 8 & 0xfff,
		 mi = (number & 0xff) | (number >> 12 & 0xfff00);

	if (ma >= 136 && ma <= 143)
		return arena_printf(a, "pts/%u", (ma - 136) * 256 + mi);
	if (ma == 4)
		return mi < 64 ? arena_printf(a, "tty%u", mi) : arena_printf(a, "ttyS%u", mi - 64);
	return arena_strdup(a, "?");
}

static char *state(struct arena *a, const struct procinfo *p)
{
	return arena_printf(a, "%c%s%s%s%s", p->state,
			    p->nice < 0	  ? "<"
			    : p->nice > 0 ? "N"
					  : "",
			    p->sid == p->pid ? "s" : "", p->threads > 1 ? "l" : "",
			    p->tpgid == p->pgid ? "+" : "");
}

static char *number(struct arena *a, int64_t n)
{
	return arena_printf(a, "%lld", (long long)n);
}

static char *name_or_number(struct arena *a, const char *name, unsigned id)
{
	return name ? arena_strdup(a, name) : number(a, id);
}

static char *percent_memory(struct arena *a, const struct procinfo *p)
{
	uint64_t all = procinfo_memory();

	return arena_printf(a, "%.1f", all ? 100 * (double)p->rss / (double)all : 0);
}

static char *cell(struct arena *a, enum what what, const struct procinfo *p) /* lint: flat */
{
	double cpu;

	switch (what) {
	case PID:
		return number(a, p->pid);
	case PPID:
		return number(a, p->ppid);
	case PGID:
		return number(a, p->pgid);
	case SID:
		return number(a, p->sid);
	case USER:
		return name_or_number(a, procinfo_user(a, p->euid), p->euid);
	case RUSER:
		return name_or_number(a, procinfo_user(a, p->ruid), p->ruid);
	case UID:
		return number(a, p->euid);
	case RUID:
		return number(a, p->ruid);
	case GROUP:
		return name_or_number(a, procinfo_group(a, p->egid), p->egid);
	case GID:
		return number(a, p->egid);
	case COMM:
		return arena_printf(a, "%s%s", p->comm, p->state == 'Z' ? " <defunct>" : "");
	case ARGS:
		return arena_strdup(a, p->args);
	case PCPU:
		return arena_printf(a, "%.1f", percent_cpu(p));
	case C:
		cpu = percent_cpu(p);
		return number(a, cpu > 99 ? 99 : (int64_t)cpu);
	case PMEM:
		return percent_memory(a, p);
	case VSZ:
		return number(a, (int64_t)(p->vsize / 1024));
	case RSS:
		return number(a, (int64_t)(p->rss / 1024));
	case STAT:
		return state(a, p);
	case STATE:
		return arena_printf(a, "%c", p->state);
	case TTY:
		return terminal(a, p->tty);
	case TIME:
		return cpu_time(a, p, false);
	case BSDTIME:
		return cpu_time(a, p, true);
	case ETIME:
		return elapsed(a, (int64_t)seconds_alive(p));
	case ETIMES:
		return number(a, (int64_t)seconds_alive(p));
	case STIME:
		return started(a, p, false);
	case LSTART:
		return started(a, p, true);
	case NICE:
		return number(a, p->nice);
	case PRI:
		return number(a, 39 - p->priority);
	case NLWP:
		return number(a, p->threads);
	}
	return arena_strdup(a, "?");
}

void pscolumns_row(struct arena *a, const struct pscolumns *c, const struct procinfo *p,
		   struct strs *cells)
{
	for (size_t i = 0; i < c->n; i++)
		strs_add(a, cells, cell(a, (enum what)c->v[i].what, p));
}
