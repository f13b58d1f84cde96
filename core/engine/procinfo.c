/* SPDX-License-Identifier: Apache-2.0 */
/*
 * No ps of the host's is run: there may be none, and its output would have to be taken apart again.
 * The files that name users are read, never asked through libc, which could load what the host has
 * configured. A process may end between any two reads; then it is left out.
 *
 * The name in stat is whatever the process calls itself, parentheses and spaces too: fields are
 * counted from the last ')'.
 */
#include "engine/procinfo.h"
#include "base/file.h"

#include <ctype.h>
#include <dirent.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define STAT_MAX 4096
#define STATUS_MAX (2 << 20) /* it lists up to 65,536 groups */
#define FIELDS 25	     /* of stat, up to rss */
#define ARGS_MAX 4096	     /* what of a command line is shown */
#define NAMES_MAX (1 << 20)
#define PIDS_MAX 65536

static int read_proc(int pid, const char *name, size_t max, struct buf *b)
{
	char path[64];
	struct err e;

	if (pid)
		snprintf(path, sizeof(path), "/proc/%d/%s", pid, name);
	else
		snprintf(path, sizeof(path), "/proc/%s", name);
	return file_read(AT_FDCWD, path, max, b, &e);
}

static int parse_stat(const char *text, struct procinfo *p)
{
	const char *open = strchr(text, '('), *close = strrchr(text, ')'), *at;
	long long f[FIELDS]; /* as proc(5) counts them */
	char *end;

	if (!open || !close || close < open || close[1] != ' ' || !close[2])
		return -1;
	snprintf(p->comm, sizeof(p->comm), "%.*s", (int)(close - open - 1), open + 1);
	p->state = close[2];
	at = close + 3;
	for (int i = 4; i < FIELDS; i++, at = end) {
		f[i] = strtoll(at, &end, 10);
		if (end == at)
			return -1;
	}
	p->ppid = (int)f[4];
	p->pgid = (int)f[5];
	p->sid = (int)f[6];
	p->tty = (int)f[7];
	p->tpgid = (int)f[8];
	p->utime = (uint64_t)f[14];
	p->stime = (uint64_t)f[15];
	p->priority = f[18];
	p->nice = f[19];
	p->threads = f[20];
	p->start = (uint64_t)f[22];
	p->vsize = (uint64_t)f[23];
	p->rss = (uint64_t)(f[24] > 0 ? f[24] : 0) * (uint64_t)sysconf(_SC_PAGESIZE);
	return 0;
}

/* "Uid:\t1000\t1000\t...": the real and the effective one */
static int parse_id(const char *text, const char *key, unsigned *real, unsigned *effective)
{
	const char *at = strstr(text, key);
	char *end;

	if (!at)
		return -1;
	*real = (unsigned)strtoul(at + strlen(key), &end, 10);
	*effective = (unsigned)strtoul(end, NULL, 10);
	return 0;
}

static const char *args_of(struct arena *a, const struct procinfo *p)
{
	char path[64], text[ARGS_MAX];
	AUTO_FD int fd = -1;
	ssize_t n;

	snprintf(path, sizeof(path), "/proc/%d/cmdline", p->pid);
	fd = openat(AT_FDCWD, path, O_RDONLY | O_CLOEXEC);
	n = fd < 0 ? 0 : read(fd, text, sizeof(text));
	while (n > 0 && !text[n - 1])
		n--;
	if (n <= 0)
		return arena_printf(a, "[%s]%s", p->comm, p->state == 'Z' ? " <defunct>" : "");
	for (ssize_t i = 0; i < n; i++)
		if (!text[i] || iscntrl((unsigned char)text[i]))
			text[i] = text[i] ? '?' : ' ';
	return arena_strndup(a, text, (size_t)n);
}

int procinfo_read(struct arena *a, int pid, struct procinfo *ret)
{
	struct procinfo p = {.pid = pid};
	AUTO_BUF b = BUF_INIT;

	if (read_proc(pid, "stat", STAT_MAX, &b) || parse_stat(b.data, &p))
		return -1;
	buf_clear(&b);
	if (read_proc(pid, "status", STATUS_MAX, &b) ||
	    parse_id(b.data, "\nUid:", &p.ruid, &p.euid) ||
	    parse_id(b.data, "\nGid:", &p.rgid, &p.egid))
		return -1;
	p.args = args_of(a, &p);
	*ret = p;
	return 0;
}

/* ---- without control groups */

static ino_t pid_ns(int pid)
{
	char path[64], text[64] = "";

	snprintf(path, sizeof(path), "/proc/%d/ns/pid", pid);
	if (readlink(path, text, sizeof(text) - 1) < 0 || strncmp(text, "pid:[", 5))
		return 0;
	return (ino_t)strtoull(text + 5, NULL, 10);
}

static int parent_of(int pid)
{
	AUTO_BUF b = BUF_INIT;
	struct procinfo p = {0};

	return read_proc(pid, "stat", STAT_MAX, &b) || parse_stat(b.data, &p) ? 0 : p.ppid;
}

/* Whether `top` is among the ancestors; a chain that changes meanwhile ends. */
static bool below(int pid, int top)
{
	for (int i = 0; i < 1000 && pid > 1; i++) {
		if (pid == top)
			return true;
		pid = parent_of(pid);
	}
	return false;
}

size_t procinfo_of_namespace(struct arena *a, int pid, int **ret_pids)
{
	ino_t ns = pid_ns(pid);
	bool ours = ns == pid_ns(getpid());
	int *pids = arena_array(a, PIDS_MAX, sizeof(*pids));
	DIR *d = ns ? opendir("/proc") : NULL;
	struct dirent *de;
	size_t n = 0;

	while (d && n < PIDS_MAX && (de = readdir(d))) {
		int one = isdigit((unsigned char)de->d_name[0]) ? atoi(de->d_name) : 0;

		if (one && (ours ? below(one, pid) : pid_ns(one) == ns))
			pids[n++] = one;
	}
	if (d)
		closedir(d);
	*ret_pids = pids;
	return n;
}

/* ---- the machine */

long procinfo_hz(void)
{
	long hz = sysconf(_SC_CLK_TCK);

	return hz > 0 ? hz : 100;
}

double procinfo_uptime(void)
{
	AUTO_BUF b = BUF_INIT;

	return read_proc(0, "uptime", STAT_MAX, &b) ? 0 : strtod(b.data, NULL);
}

static uint64_t number_after(const char *file, size_t max, const char *key)
{
	AUTO_BUF b = BUF_INIT;
	const char *at;

	if (read_proc(0, file, max, &b))
		return 0;
	at = strstr(b.data, key);
	return at ? strtoull(at + strlen(key), NULL, 10) : 0;
}

int64_t procinfo_boot(void)
{
	return (int64_t)number_after("stat", 4 << 20, "\nbtime ");
}

uint64_t procinfo_memory(void)
{
	return number_after("meminfo", 64 << 10, "MemTotal:") * 1024;
}

/* "name:x:NUMBER:..." */
static const char *name_in(struct arena *a, const char *file, unsigned id)
{
	AUTO_BUF b = BUF_INIT;
	struct err e;

	if (file_read(AT_FDCWD, file, NAMES_MAX, &b, &e))
		return NULL;
	for (const char *line = b.data; line && *line; line = strchr(line, '\n')) {
		const char *name, *p;
		char *end;

		line += *line == '\n';
		name = line;
		p = strpbrk(line, ":\n");
		if (!p || *p != ':' || p == name)
			continue;
		p = strpbrk(p + 1, ":\n");
		if (p && *p == ':' && strtoul(p + 1, &end, 10) == id && end > p + 1 && *end == ':')
			return arena_strndup(a, name, strcspn(name, ":"));
	}
	return NULL;
}

const char *procinfo_user(struct arena *a, uid_t uid)
{
	return name_in(a, "/etc/passwd", uid);
}

const char *procinfo_group(struct arena *a, gid_t gid)
{
	return name_in(a, "/etc/group", gid);
}
