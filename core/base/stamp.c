/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The calendar is computed here rather than by strptime and timegm: those depend on the libc, on
 * TZ and on what they let pass, and what is read here comes from images. Days are counted from
 * 0000-03-01, so that a leap day is the last of its year and the lengths of the months before it
 * never change.
 */
#include "base/stamp.h"

#include <stdio.h>
#include <time.h>

#define NS 1000000000LL
#define DAYS_TO_1970 719468 /* from 0000-03-01 */

int64_t stamp_now(void)
{
	struct timespec t;

	clock_gettime(CLOCK_REALTIME, &t);
	return (int64_t)t.tv_sec * NS + t.tv_nsec;
}

void stamp_format(int64_t ns, char ret[STAMP_LEN])
{
	int64_t sec = ns / NS, frac = ns % NS;
	time_t t;
	struct tm tm;
	int n, width = 9;

	if (frac < 0) {
		frac += NS;
		sec--;
	}
	t = (time_t)sec;
	if (ns == INT64_MIN || !gmtime_r(&t, &tm)) {
		snprintf(ret, STAMP_LEN, STAMP_ZERO);
		return;
	}
	n = snprintf(ret, STAMP_LEN, "%04d-%02d-%02dT%02d:%02d:%02d", tm.tm_year + 1900,
		     tm.tm_mon + 1, tm.tm_mday, tm.tm_hour, tm.tm_min, tm.tm_sec);
	for (; frac && frac % 10 == 0; width--)
		frac /= 10;
	if (frac)
		snprintf(ret + n, STAMP_LEN - (size_t)n, ".%0*lldZ", width, (long long)frac);
	else
		snprintf(ret + n, STAMP_LEN - (size_t)n, "Z");
}

/* Takes exactly n digits, then the character `then` (0: none). Returns -1 if they are not there. */
static int number(const char **p, int n, char then)
{
	int v = 0;

	for (; n; n--, ++*p) {
		if (**p < '0' || **p > '9')
			return -1;
		v = v * 10 + (**p - '0');
	}
	if (then && **p != then && !(then == 'T' && **p == 't'))
		return -1;
	*p += then != 0;
	return v;
}

static int days_in(int year, int month)
{
	static const int days[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
	int leap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);

	return days[month - 1] + (month == 2 && leap);
}

static int64_t days_since_1970(int year, int month, int day)
{
	int y = month > 2 ? year : year - 1; /* -1 early in year 0, far outside of what fits */
	int m = (month + 9) % 12;	     /* March is 0 */
	int64_t days = y * 365LL + y / 4 - y / 100 + y / 400;

	return days + (m * 153 + 2) / 5 + day - 1 - DAYS_TO_1970;
}

/* "Z" or "+hh:mm"; 0 and the offset in seconds, or -1. */
static int zone(const char *p, int *ret)
{
	int sign = *p == '-' ? -1 : 1, h, m;

	if (*p == 'Z' || *p == 'z') {
		*ret = 0;
		return p[1] ? -1 : 0;
	}
	if (*p != '+' && *p != '-')
		return -1;
	p++;
	h = number(&p, 2, ':');
	m = h < 0 ? -1 : number(&p, 2, 0);
	if (h < 0 || h > 23 || m < 0 || m > 59 || *p)
		return -1;
	*ret = sign * (h * 3600 + m * 60);
	return 0;
}

static int64_t fraction(const char **p)
{
	int64_t v = 0, unit = NS / 10;

	for (++*p; **p >= '0' && **p <= '9'; ++*p, unit /= 10)
		v += (**p - '0') * unit;
	return v;
}

static int parse(const char *p, int64_t *ret_sec, int64_t *ret_frac)
{
	static const char then[] = "--T::";
	static const int lo[] = {0, 1, 1, 0, 0, 0}, hi[] = {9999, 12, 31, 23, 59, 59};
	int v[6], off = 0;

	for (int i = 0; i < 6; i++) {
		v[i] = number(&p, i ? 2 : 4, then[i]);
		if (v[i] < lo[i] || v[i] > hi[i])
			return -1;
	}
	if (v[2] > days_in(v[0], v[1]))
		return -1;
	*ret_frac = 0;
	if (*p == '.' && p[1] >= '0' && p[1] <= '9')
		*ret_frac = fraction(&p);
	if (zone(p, &off))
		return -1;
	*ret_sec = days_since_1970(v[0], v[1], v[2]) * 86400 + v[3] * 3600 + v[4] * 60 + v[5] - off;
	return 0;
}

int stamp_parse(const char *text, int64_t *ret_ns, struct err *e)
{
	int64_t sec, frac;

	if (parse(text, &sec, &frac))
		return err_set(e, ERR_INVALID, "'%s' is not a time like 2006-01-02T15:04:05.999Z",
			       text);
	if (sec <= INT64_MIN / NS)
		*ret_ns = INT64_MIN;
	else if (sec >= INT64_MAX / NS)
		*ret_ns = INT64_MAX;
	else
		*ret_ns = sec * NS + frac;
	return 0;
}

void stamp_human(int64_t ns, char *ret, int size)
{
	int64_t sec = ns / NS, min = sec / 60, hours = (ns / NS + 1800) / 3600;
	size_t n = (size_t)size;

	if (sec < 1)
		snprintf(ret, n, "Less than a second");
	else if (sec == 1)
		snprintf(ret, n, "1 second");
	else if (sec < 60)
		snprintf(ret, n, "%d seconds", (int)sec);
	else if (min == 1)
		snprintf(ret, n, "About a minute");
	else if (min < 60)
		snprintf(ret, n, "%d minutes", (int)min);
	else if (hours == 1)
		snprintf(ret, n, "About an hour");
	else if (hours < 48)
		snprintf(ret, n, "%d hours", (int)hours);
	else if (hours < 24 * 7 * 2)
		snprintf(ret, n, "%d days", (int)(hours / 24));
	else if (hours < 24 * 30 * 2)
		snprintf(ret, n, "%d weeks", (int)(hours / 24 / 7));
	else if (hours < 24 * 365 * 2)
		snprintf(ret, n, "%d months", (int)(hours / 24 / 30));
	else
		snprintf(ret, n, "%d years", (int)(sec / 3600 / 24 / 365));
}
