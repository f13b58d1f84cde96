/* SPDX-License-Identifier: Apache-2.0 */
/* Regular expressions of filters: cases by hand, and random ones against libc's. */
#include "tests/unit/test.h"

#include <regex.h>

#include "base/pattern.h"

/* -1: no expression. */
static int match(const char *pattern, const char *text)
{
	struct pattern p;

	return pattern_compile(pattern, &p) ? -1 : pattern_match(&p, text);
}

TEST(cases)
{
	EQ_INT(match("", "abc"), 1);
	EQ_INT(match("b", "abc"), 1);
	EQ_INT(match("d", "abc"), 0);
	EQ_INT(match("^b", "abc"), 0);
	EQ_INT(match("^a", "abc"), 1);
	EQ_INT(match("c$", "abc"), 1);
	EQ_INT(match("b$", "abc"), 0);
	EQ_INT(match("^abc$", "abc"), 1);
	EQ_INT(match("^/?(web|db)$", "/db"), 1);
	EQ_INT(match("^/?(web|db)$", "dbs"), 0);
	EQ_INT(match("(^|/)web", "/web"), 1);
	EQ_INT(match("(^|/)web", "web"), 1);
	EQ_INT(match("(^|/)web", "aweb"), 0);
	EQ_INT(match("a.c", "abc"), 1);
	EQ_INT(match("a\\.c", "abc"), 0);
	EQ_INT(match("a\\.c", "a.c"), 1);
	EQ_INT(match("w[a-f]+b", "weeb"), 1);
	EQ_INT(match("w[^a-f]b", "web"), 0);
	EQ_INT(match("[]x]", "]"), 1);
	EQ_INT(match("[a-]", "-"), 1);
	EQ_INT(match("web_\\d+$", "web_12"), 1);
	EQ_INT(match("\\D", "12"), 0);
	EQ_INT(match("\\w+-\\w+", "a-b"), 1);
	EQ_INT(match("(?:ab)+?c", "ababc"), 1);
	EQ_INT(match("()", "x"), 1);
	EQ_INT(match("^(a||b)$", ""), 1);
	EQ_INT(match("^$", ""), 1);
	EQ_INT(match("^$", "x"), 0);
}

TEST(none)
{
	static const char *const bad[] = {"(",	   ")",	   "a)",	  "(a",	   "*",	  "a**",
					  "a+*",   "[",	   "[a",	  "[b-a]", "\\",  "\\q",
					  "(?i)a", "a{2}", "[[:alpha:]]", "|*",	   "(*)", "[\\"};
	char text[PATTERN_MAX + 2];

	for (size_t i = 0; i < sizeof(bad) / sizeof(*bad); i++)
		OK(match(bad[i], "a") == -1, "%s is taken", bad[i]);
	memset(text, 'a', sizeof(text));
	text[PATTERN_MAX + 1] = 0;
	EQ_INT(match(text, text), -1);
	EQ_INT(match(text + 1, text), 1);
	memset(text, '(', PATTERN_MAX + 1);
	EQ_INT(match(text + 1, "a"), -1);
	for (int i = 0; i < PATTERN_MAX; i++)
		text[i] = i < PATTERN_MAX / 2 ? '(' : i == PATTERN_MAX / 2 ? 'a' : ')';
	text[PATTERN_MAX] = 0;
	EQ_INT(match(text, "a"), 1);
	memset(text, '|', PATTERN_MAX);
	EQ_INT(match(text, "a"), 1);
}

static unsigned rnd(unsigned n)
{
	static uint32_t x = 12345;

	x = x * 1664525 + 1013904223;
	return (x >> 16) % n;
}

static void fill(char *to, const char *from, unsigned max)
{
	unsigned n = rnd(max);

	for (unsigned i = 0; i < n; i++)
		to[i] = from[rnd((unsigned)strlen(from))];
	to[n] = 0;
}

TEST(as_libc)
{
	unsigned compared = 0;

	for (int i = 0; i < 100000; i++) {
		char pattern[12], text[10];
		struct pattern p;
		regex_t re;

		fill(pattern, "aab(.)*|+?[ab]", sizeof(pattern));
		fill(text, "abc", sizeof(text));
		/* what is a lazy repetition here repeats a repetition there, and an empty
		 * alternative is no expression for some libcs */
		if (strstr(pattern, "*?") || strstr(pattern, "+?") || strstr(pattern, "??"))
			continue;
		if (pattern_compile(pattern, &p) || regcomp(&re, pattern, REG_EXTENDED | REG_NOSUB))
			continue;
		compared++;
		OK(pattern_match(&p, text) == !regexec(&re, text, 0, NULL, 0), "%s on %s", pattern,
		   text);
		regfree(&re);
	}
	OK(compared > 10000, "only %u were compared", compared);
}

int main(void)
{
	RUN(cases);
	RUN(none);
	RUN(as_libc);
	return test_done();
}
