/* SPDX-License-Identifier: Apache-2.0 */
/*
 * test: what a unit test program includes, and all it needs.
 *
 *	TEST(names) { EQ_STR(ref_domain("A/b"), "a"); OK(x == 1, "x is %d", x); }
 *	int main(void) { RUN(names); return test_done(); }
 *
 * One TEST is one line of TAP. A check that does not hold prints where and what, and the test goes
 * on, so that one run shows all that is wrong; where it cannot go on, REQUIRE(cond) returns from
 *it. Everything is static on purpose: each program is one translation unit plus core. Programs
 *start in an empty scratch folder of their own if they ask test_tmp() for it.
 */
#ifndef TESTS_UNIT_TEST_H
#define TESTS_UNIT_TEST_H

#include <errno.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define TEST(name) static void test_##name(void)
#define RUN(name) test_run(#name, test_##name)

static int test_count, test_bad, test_failed_here;
static const char *test_skipped;

__attribute__((format(printf, 3, 4), unused)) static void test_fail(const char *file, int line,
								    const char *fmt, ...)
{
	va_list ap;

	test_failed_here++;
	printf("# %s:%d: ", file, line);
	va_start(ap, fmt);
	vprintf(fmt, ap);
	va_end(ap);
	putchar('\n');
}

__attribute__((format(printf, 1, 2), unused)) static void test_note(const char *fmt, ...)
{
	va_list ap;

	if (!fmt[1])
		return;
	printf("# ");
	va_start(ap, fmt);
	vprintf(fmt, ap);
	va_end(ap);
	putchar('\n');
}

__attribute__((unused)) static void test_run(const char *name, void (*fn)(void))
{
	test_failed_here = 0;
	test_skipped = NULL;
	fn();
	test_count++;
	test_bad += test_failed_here > 0;
	printf("%sok %d - %s%s%s\n", test_failed_here ? "not " : "", test_count, name,
	       test_skipped ? " # SKIP " : "", test_skipped ? test_skipped : "");
	fflush(stdout);
}

/* The plan and the exit status: the last thing main does. */
__attribute__((unused)) static int test_done(void)
{
	printf("1..%d\n", test_count);
	return test_bad > 0;
}

__attribute__((unused)) static bool test_same(const char *a, const char *b)
{
	return a && b ? strcmp(a, b) == 0 : a == b;
}

/* Goes to a new empty folder, removed by the runner; its name is valid for the whole program. */
__attribute__((unused)) static const char *test_tmp(void)
{
	static char path[512];
	const char *base = getenv("TMP");

	snprintf(path, sizeof(path), "%s/unit.XXXXXX", base ? base : "/tmp");
	if (!mkdtemp(path) || chdir(path)) {
		printf("Bail out! no scratch folder %s: %s\n", path, strerror(errno));
		exit(1);
	}
	return path;
}

/* The address of a file below tests/, for data: TOP comes from the runner. Static, reused. */
__attribute__((unused)) static const char *test_data(const char *rel)
{
	static char path[1024];
	const char *top = getenv("TOP");

	snprintf(path, sizeof(path), "%s/tests/%s", top ? top : ".", rel);
	return path;
}

/* OK(cond) or OK(cond, "format of a note", ...). */
#define OK(cond, ...)                                                                              \
	do {                                                                                       \
		if (!(cond)) {                                                                     \
			test_fail(__FILE__, __LINE__, "not true: %s", #cond);                      \
			test_note(" " __VA_ARGS__);                                                \
		}                                                                                  \
	} while (0)
#define REQUIRE(cond)                                                                              \
	do {                                                                                       \
		if (!(cond)) {                                                                     \
			test_fail(__FILE__, __LINE__, "not true, cannot go on: %s", #cond);        \
			return;                                                                    \
		}                                                                                  \
	} while (0)
/* Where the machine lacks something. Ends the test. */
#define SKIP(reason)                                                                               \
	do {                                                                                       \
		test_skipped = (reason);                                                           \
		return;                                                                            \
	} while (0)
#define EQ_INT(got, want)                                                                          \
	do {                                                                                       \
		long long got_ = (long long)(got), want_ = (long long)(want);                      \
		if (got_ != want_)                                                                 \
			test_fail(__FILE__, __LINE__, "%s is %lld, not %lld", #got, got_, want_);  \
	} while (0)
#define EQ_STR(got, want)                                                                          \
	do {                                                                                       \
		const char *got_ = (got), *want_ = (want);                                         \
		if (!test_same(got_, want_))                                                       \
			test_fail(__FILE__, __LINE__, "%s is \"%s\", not \"%s\"", #got,            \
				  got_ ? got_ : "(null)", want_ ? want_ : "(null)");               \
	} while (0)
#define EQ_MEM(got, want, len)                                                                     \
	do {                                                                                       \
		if (memcmp((got), (want), (len)))                                                  \
			test_fail(__FILE__, __LINE__, "%s differs from %s", #got, #want);          \
	} while (0)
/* The call returned 0, else the text of its struct err. */
#define EQ_OK(call, e)                                                                             \
	do {                                                                                       \
		if ((call) != 0)                                                                   \
			test_fail(__FILE__, __LINE__, "%s failed: %s", #call, (e).text);           \
	} while (0)

#endif
