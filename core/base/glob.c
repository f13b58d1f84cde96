/* SPDX-License-Identifier: Apache-2.0 */
/*
 * fnmatch(3) differs in sets ("[!" negates, classes have names) and brings 15 KB of tables for wide
 * characters along. No recursion: where characters behind a '*' do not fit, only the last '*' can
 * still take one more, because an earlier one could not make it cross a '/' either.
 */
#include "base/glob.h"

#include <string.h>

/* The next character as a number that compares like its code point; text may be no UTF-8 at all. */
static unsigned next(const char **p)
{
	const unsigned char *s = (const unsigned char *)*p;
	unsigned c = *s++;

	if (c >= 0xc0)
		for (c &= 0x3f; (*s & 0xc0) == 0x80; s++)
			c = c << 6 | (*s & 0x3f);
	*p = (const char *)s;
	return c;
}

/* One end of a range; what follows it must be there. */
static bool member(const char **pat, unsigned *ret)
{
	if (**pat == '-' || **pat == ']')
		return false;
	if (**pat == '\\')
		(*pat)++;
	if (!**pat)
		return false;
	*ret = next(pat);
	return **pat;
}

/* Behind the '['. 1, 0, or -1: malformed. */
static int set(const char **pat, unsigned c)
{
	bool negated = **pat == '^', in = false;

	*pat += negated;
	do {
		unsigned low, high;

		if (!member(pat, &low))
			return -1;
		high = low;
		if (**pat == '-') {
			(*pat)++;
			if (!member(pat, &high))
				return -1;
		}
		in |= low <= c && c <= high;
	} while (**pat != ']');
	(*pat)++;
	return in != negated;
}

/* One element of the pattern, which is no '*', against one character. As set. */
static int one(const char **pat, unsigned c)
{
	switch (**pat) {
	case 0:
		return 0;
	case '?':
		(*pat)++;
		return c != '/';
	case '[':
		(*pat)++;
		return set(pat, c);
	case '\\':
		if (!*++*pat)
			return -1;
	}
	return next(pat) == c;
}

bool glob_match(const char *pattern, const char *s)
{
	const char *star = NULL, *from = NULL; /* behind the last '*', and what it does not take */

	while (*s) {
		const char *p = pattern, *t = s;
		int hit;

		if (*pattern == '*') {
			star = ++pattern;
			from = s;
			continue;
		}
		hit = one(&p, next(&t));
		if (hit < 0)
			return false;
		if (!hit) {
			if (!star || *from == '/')
				return false;
			next(&from);
			p = star;
			t = from;
		}
		pattern = p;
		s = t;
	}
	return !pattern[strspn(pattern, "*")];
}
