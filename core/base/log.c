/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Each line is one write(2), so that lines of several processes sharing a descriptor do not mix.
 * Levels are process-wide state set once at start: the one global of the base room.
 */
#include "base/log.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

static const char *const names[] = {"debug", "info", "warn", "error"};
static enum log_level threshold = LOG_WARN;
static int log_fd = 2;

void log_set(enum log_level least, int fd)
{
	threshold = least;
	log_fd = fd;
}

int log_parse(const char *name, enum log_level *ret)
{
	for (unsigned i = 0; i < sizeof(names) / sizeof(*names); i++)
		if (!strcmp(name, names[i])) {
			*ret = (enum log_level)i;
			return 0;
		}
	return -1;
}

void log_write(enum log_level level, const char *room, const char *fmt, ...)
{
	int saved = errno;
	char line[1400];
	struct timespec t;
	struct tm tm;
	va_list ap;
	int n, m;

	if (level < threshold)
		return;
	clock_gettime(CLOCK_REALTIME, &t);
	gmtime_r(&t.tv_sec, &tm);
	n = snprintf(line, sizeof(line), "%04d-%02d-%02dT%02d:%02d:%02d.%03ldZ %s %s ",
		     tm.tm_year + 1900, tm.tm_mon + 1, tm.tm_mday, tm.tm_hour, tm.tm_min, tm.tm_sec,
		     t.tv_nsec / 1000000, names[level], room);
	va_start(ap, fmt);
	m = vsnprintf(line + n, sizeof(line) - (size_t)n - 1, fmt, ap);
	va_end(ap);
	n += m < 0 ? 0 : m;
	if (n > (int)sizeof(line) - 2)
		n = (int)sizeof(line) - 2;
	for (int i = 0; i < n; i++)
		if ((unsigned char)line[i] < 0x20)
			line[i] = '?';
	line[n++] = '\n';
	if (write(log_fd, line, (size_t)n) < 0)
		errno = saved;
	errno = saved;
}
