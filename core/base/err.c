/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The text is formatted into the value itself and truncated where it does not fit: a cut message
 * is still a message, an allocation that fails while reporting a failure is not. Names inside a
 * message come from images and clients, so control characters are masked here, once, rather than
 * at every place that prints.
 */
#include "base/err.h"

#undef err_set
#undef err_sys
#undef err_wrap

#include <ctype.h>
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

_Static_assert(sizeof(struct err) == 1024, "an error must fit one atomic pipe write");

static void mask(char *s)
{
	for (; *s; s++)
		if ((unsigned char)*s < 0x20 || *s == 0x7f)
			*s = *s == '\n' ? ' ' : '?';
}

int err_set(struct err *e, enum err_kind kind, const char *fmt, ...)
{
	char tmp[sizeof(e->text)];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(tmp, sizeof(tmp), fmt, ap);
	va_end(ap);
	mask(tmp);
	e->kind = kind;
	e->sys = 0;
	memcpy(e->text, tmp, sizeof(tmp));
	return -1;
}

int err_sys(struct err *e, const char *fmt, ...)
{
	int saved = errno;
	const char *why = strerror(saved);
	char tmp[sizeof(e->text)];
	va_list ap;
	int n;

	va_start(ap, fmt);
	n = vsnprintf(tmp, sizeof(tmp), fmt, ap);
	va_end(ap);
	if (n >= 0 && (size_t)n < sizeof(tmp)) /* in the middle of a line, so "no such file" */
		snprintf(tmp + n, sizeof(tmp) - (size_t)n, ": %c%s",
			 islower((unsigned char)why[1]) ? tolower((unsigned char)*why) : *why,
			 why + 1);
	mask(tmp);
	e->kind = ERR_SYS;
	e->sys = saved;
	memcpy(e->text, tmp, sizeof(tmp));
	errno = saved;
	return -1;
}

int err_wrap(struct err *e, const char *fmt, ...)
{
	char tmp[sizeof(e->text)];
	va_list ap;
	int n;

	va_start(ap, fmt);
	n = vsnprintf(tmp, sizeof(tmp), fmt, ap);
	va_end(ap);
	if (n >= 0 && (size_t)n < sizeof(tmp))
		snprintf(tmp + n, sizeof(tmp) - (size_t)n, ": %.*s", (int)sizeof(tmp) - n - 3,
			 e->text);
	mask(tmp);
	memcpy(e->text, tmp, sizeof(tmp));
	return -1;
}
