/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Sums and products are made in doubles where Go makes them in integers: nobody writes a duration
 * or a size to more than 15 digits, and a range check is then one comparison.
 */
#include "base/units.h"

#include <ctype.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

/* Digits with at most one point; strtod alone would also take "0x1p3" and "nan". */
static int decimal(const char *text, double *ret, const char **ret_end)
{
	size_t n = strspn(text, "0123456789.");
	char *end;

	*ret = strtod(text, &end);
	*ret_end = end;
	return !n || end != text + n || text[0] == '.' ? -1 : 0;
}

int units_bytes(const char *text, int64_t *ret)
{
	static const char units[] = "bkmgtp";
	const char *end, *u;
	double v;

	if (decimal(text, &v, &end))
		return -1;
	while (*end == ' ')
		end++;
	if (*end) {
		u = strchr(units, tolower((unsigned char)*end));
		if (!u)
			return -1;
		for (; u > units; u--)
			v *= 1024;
		if (*end != 'b' && *end != 'B' && end[1]) {
			end++;
			if (*end == 'i')
				end++;
			if (tolower((unsigned char)*end) != 'b')
				return -1;
		}
		if (end[1])
			return -1;
	}
	if (!(v >= 0 && v < 9.2e18))
		return -1;
	*ret = (int64_t)v;
	return 0;
}

static double unit_ns(const char *p, size_t n)
{
	static const struct {
		const char *unit;
		double ns;
	} units[] = {{"ns", 1},	  {"us", 1e3}, {"\xc2\xb5s", 1e3}, {"\xce\xbcs", 1e3},
		     {"ms", 1e6}, {"s", 1e9},  {"m", 60e9},	   {"h", 3600e9}};

	for (size_t i = 0; i < sizeof(units) / sizeof(*units); i++)
		if (strlen(units[i].unit) == n && !strncmp(units[i].unit, p, n))
			return units[i].ns;
	return 0;
}

int units_duration(const char *text, int64_t *ret_ns)
{
	const char *p = text + (*text == '-' || *text == '+');
	double sum = 0;

	if (!strcmp(p, "0")) {
		*ret_ns = 0;
		return 0;
	}
	do {
		const char *unit;
		double v, ns;
		size_t n;

		if (decimal(p, &v, &unit))
			return -1;
		n = strcspn(unit, "0123456789.");
		ns = unit_ns(unit, n);
		sum += v * ns;
		if (!ns || !(sum < 9.2e18))
			return -1;
		p = unit + n;
	} while (*p);
	*ret_ns = *text == '-' ? -(int64_t)sum : (int64_t)sum;
	return 0;
}

int units_number(const char *text, int64_t min, int64_t max, int64_t *ret)
{
	char *end;
	long long v;

	if (!isdigit((unsigned char)text[*text == '-' || *text == '+']))
		return -1;
	errno = 0;
	v = strtoll(text, &end, 10);
	if (errno || *end || v < min || v > max)
		return -1;
	*ret = v;
	return 0;
}
