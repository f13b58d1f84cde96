/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Docker's order: a duration as Go writes it, then RFC 3339 with less and less in it, then a number
 * that is passed on as it is.
 */
#include "applets/moment.h"
#include "base/stamp.h"

#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#define NS 1000000000LL

static bool unit(const char **p, double *ret)
{
	static const struct {
		const char *name;
		double ns;
	} units[] = {
		{"ns", 1},   {"us", 1e3}, {"\xc2\xb5s", 1e3}, {"\xce\xbcs", 1e3},
		{"ms", 1e6}, {"s", 1e9},  {"m", 60e9},	      {"h", 3600e9},
	};

	for (size_t i = 0; i < sizeof(units) / sizeof(*units); i++)
		if (!strncmp(*p, units[i].name, strlen(units[i].name))) {
			*ret = units[i].ns;
			*p += strlen(units[i].name);
			return true;
		}
	return false;
}

static bool duration(const char *p, int64_t *ret)
{
	bool minus = *p == '-';
	double sum = 0, u;

	p += *p == '-' || *p == '+';
	if (!*p || !strcmp(p, "0"))
		return false; /* "0" is a number */
	while (*p) {
		char *end;
		double v;

		if (strspn(p, "0123456789.") == 0)
			return false;
		v = strtod(p, &end);
		if ((size_t)(end - p) != strspn(p, "0123456789."))
			return false;
		p = end;
		if (!unit(&p, &u))
			return false;
		sum += v * u;
	}
	if (sum > 9e18)
		return false;
	*ret = minus ? -(int64_t)sum : (int64_t)sum;
	return true;
}

/* Without a zone: the machine's own. */
static bool local_date(const char *text, int64_t *ret)
{
	static const char *const formats[] = {"%Y-%m-%dT%H:%M:%S", "%Y-%m-%dT%H:%M", "%Y-%m-%dT%H",
					      "%Y-%m-%d"};

	for (int i = 0; i < 4; i++) {
		struct tm tm = {.tm_isdst = -1};
		const char *end = strptime(text, formats[i], &tm);
		int64_t frac = 0, digit = NS / 10;

		if (end && !i && *end == '.')
			for (end++; *end >= '0' && *end <= '9'; end++, digit /= 10)
				frac += (*end - '0') * digit;
		if (end && !*end) {
			*ret = (int64_t)mktime(&tm) * NS + frac;
			return true;
		}
	}
	return false;
}

/* The zone behind a date that has less than seconds: "2006-01-02T15:04Z", "2006-01-02+02:00". */
static bool zoned_date(const char *text, int64_t *ret)
{
	static const char *const fill[] = {"T00:00:00", ":00:00", ":00", ""};
	static const size_t lengths[] = {10, 13, 16, 19};
	struct err e;
	char full[64];

	for (int i = 0; i < 4; i++)
		if (strlen(text) > lengths[i] && strchr("Z+-.", text[lengths[i]])) {
			snprintf(full, sizeof(full), "%.*s%s%.30s", (int)lengths[i], text, fill[i],
				 text + lengths[i]);
			if (!stamp_parse(full, ret, &e))
				return true;
		}
	return false;
}

int moment_parse(const char *name, const char *text, char ret[MOMENT_LEN], struct err *e)
{
	size_t digits = strspn(text + (*text == '-'), "0123456789");
	const char *rest = text + (*text == '-') + digits;
	int64_t ns;

	if (duration(text, &ns))
		ns = stamp_now() - ns;
	else if (digits &&
		 (!*rest || (*rest == '.' && !rest[1 + strspn(rest + 1, "0123456789")])) &&
		 strlen(text) < MOMENT_LEN) {
		snprintf(ret, MOMENT_LEN, "%s", text);
		return 0;
	} else if (!local_date(text, &ns) && !zoned_date(text, &ns)) {
		return err_set(e, ERR_INVALID,
			       "invalid value for \"%s\": failed to parse value as time or "
			       "duration: \"%.100s\"",
			       name, text);
	}
	snprintf(ret, MOMENT_LEN, "%lld.%09lld", (long long)(ns / NS),
		 (long long)((ns % NS + NS) % NS));
	return 0;
}
