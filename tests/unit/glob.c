/* SPDX-License-Identifier: Apache-2.0 */
/* Patterns of filters: what Go's documentation of path.Match says, case by case. */
#include "tests/unit/test.h"

#include "base/glob.h"

TEST(matches)
{
	static const char *const yes[][2] = {
		{"", ""},
		{"abc", "abc"},
		{"*", ""},
		{"*", "abc"},
		{"*c", "abcc"},
		{"a*", "a"},
		{"a*/b", "abc/b"},
		{"a*b*c*d", "axbxxcxxd"},
		{"a*b?c*x", "abxbbxdbxebxczzx"},
		{"ab[c]", "abc"},
		{"ab[b-d]", "abc"},
		{"ab[^e-g]", "abc"},
		{"a[^b]c", "a/c"},
		{"[a-zA-Z0-9]", "Q"},
		{"a\\*b", "a*b"},
		{"[\\]a]", "]"},
		{"[\\-x]", "-"},
		{"a?c", "a\xc3\xbc"
			"c"},
		{"[\xc3\xa4-\xc3\xbc]", "\xc3\xb6"},
		{"***b", "ab"},
		{"*/busybox:1.*", "library/busybox:1.37"},
	};

	for (size_t i = 0; i < sizeof(yes) / sizeof(*yes); i++)
		OK(glob_match(yes[i][0], yes[i][1]), "%s matches %s", yes[i][0], yes[i][1]);
}

TEST(others)
{
	static const char *const no[][2] = {
		{"", "a"},
		{"a", ""},
		{"abc", "ab"},
		{"ab", "abc"},
		{"*", "a/b"},
		{"a*", "ab/c"},
		{"a*/b", "a/c/b"},
		{"a?c", "a/c"},
		{"a*b?c*x", "abxbbxdbxebxczzy"},
		{"ab[e-g]", "abc"},
		{"ab[^b-d]", "abc"},
		{"a??c", "a\xc3\xbc"
			 "c"},
		{"[!a]", "b"}, /* '!' is a member like any other */
	};

	for (size_t i = 0; i < sizeof(no) / sizeof(*no); i++)
		OK(!glob_match(no[i][0], no[i][1]), "%s does not match %s", no[i][0], no[i][1]);
}

TEST(malformed)
{
	static const char *const bad[] = {"[",	 "[a", "[]a]", "[-]", "[x-]", "[-x]",
					  "[a-", "[^", "[^]",  "[\\", "a\\",  "[a-b-c]"};

	for (size_t i = 0; i < sizeof(bad) / sizeof(*bad); i++)
		OK(!glob_match(bad[i], "a") && !glob_match(bad[i], "-"), "%s is no pattern",
		   bad[i]);
}

TEST(takes_no_time)
{
	char pattern[2001], s[20001];

	for (size_t i = 0; i < 2000; i++)
		pattern[i] = i % 2 ? 'a' : '*';
	pattern[2000] = 0;
	memset(s, 'a', 20000);
	s[19999] = 'b';
	s[20000] = 0;
	OK(!glob_match(pattern, s), "the b at its end");
}

int main(void)
{
	RUN(matches);
	RUN(others);
	RUN(malformed);
	RUN(takes_no_time);
	return test_done();
}
