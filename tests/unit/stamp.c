/* SPDX-License-Identifier: Apache-2.0 */
#include "base/stamp.h"
#include "test.h"

#define S 1000000000LL

static void both(const char *text, int64_t ns, const char *again)
{
	struct err e = {0};
	char out[STAMP_LEN];
	int64_t got = 1;

	EQ_OK(stamp_parse(text, &got, &e), e);
	EQ_INT(got, ns);
	stamp_format(got, out);
	EQ_STR(out, again);
}

TEST(both_ways)
{
	both("1970-01-01T00:00:00Z", 0, "1970-01-01T00:00:00Z");
	both("1970-01-01T00:00:00.000000001Z", 1, "1970-01-01T00:00:00.000000001Z");
	both("1969-12-31T23:59:59.9Z", -S / 10, "1969-12-31T23:59:59.9Z");
	both("2024-02-29T12:30:45.120000000Z", 1709209845 * S + 120000000,
	     "2024-02-29T12:30:45.12Z");
	both("2024-02-29T12:30:45.1234567899Z", 1709209845 * S + 123456789,
	     "2024-02-29T12:30:45.123456789Z");
	both("2024-03-01T01:00:00+02:00", 1709247600 * S, "2024-02-29T23:00:00Z");
	both("2024-02-29T20:30:00-07:30", 1709265600 * S, "2024-03-01T04:00:00Z");
	both("2024-02-29t12:30:45z", 1709209845 * S, "2024-02-29T12:30:45Z");
	both("2000-02-29T00:00:00Z", 951782400 * S, "2000-02-29T00:00:00Z");
	both("1900-03-01T00:00:00Z", -2203891200 * S, "1900-03-01T00:00:00Z");
	both("2100-02-28T23:59:59Z", 4107542399 * S, "2100-02-28T23:59:59Z");
}

TEST(out_of_reach)
{
	both(STAMP_ZERO, INT64_MIN, STAMP_ZERO);
	both("0000-01-01T00:00:00Z", INT64_MIN, STAMP_ZERO);
	both("9999-12-31T23:59:59.999Z", INT64_MAX, "2262-04-11T23:47:16.854775807Z");
}

TEST(every_day)
{
	struct err e = {0};
	char text[STAMP_LEN];
	int64_t got;

	for (int64_t d = -100000; d < 100000; d += 7) {
		stamp_format(d * 86400 * S + 5, text);
		EQ_OK(stamp_parse(text, &got, &e), e);
		OK(got == d * 86400 * S + 5, "%s", text);
	}
}

TEST(refused)
{
	static const char *const bad[] = {
		"",
		"2024",
		"2024-02-30T00:00:00Z",
		"2023-02-29T00:00:00Z",
		"1900-02-29T00:00:00Z",
		"2024-13-01T00:00:00Z",
		"2024-00-01T00:00:00Z",
		"2024-01-00T00:00:00Z",
		"2024-01-01T24:00:00Z",
		"2024-01-01T00:60:00Z",
		"2024-01-01T00:00:60Z",
		"2024-01-01T00:00:00",
		"2024-01-01T00:00:00.Z",
		"2024-01-01T00:00:00.1",
		"2024-01-01 00:00:00Z",
		"2024-01-01T00:00:00Zx",
		"2024-01-01T00:00:00+0100",
		"2024-01-01T00:00:00+24:00",
		"2024-01-01T00:00:00+00:60",
		"24-01-01T00:00:00Z",
		"2024-1-1T00:00:00Z",
		"+2024-01-01T00:00:00Z",
		"2024\r01-01T00:00:00Z",
	};
	struct err e = {0};
	int64_t ns = 42;

	for (size_t i = 0; i < sizeof(bad) / sizeof(*bad); i++)
		OK(stamp_parse(bad[i], &ns, &e) == -1 && e.kind == ERR_INVALID, "%s", bad[i]);
	EQ_INT(ns, 42);
}

TEST(human)
{
	static const struct {
		int64_t sec;
		const char *want;
	} t[] = {
		{-5, "Less than a second"},
		{0, "Less than a second"},
		{1, "1 second"},
		{45, "45 seconds"},
		{59, "59 seconds"},
		{60, "About a minute"},
		{119, "About a minute"},
		{120, "2 minutes"},
		{3540, "59 minutes"},
		{3600, "About an hour"},
		{5399, "About an hour"},
		{5400, "2 hours"},
		{3 * 3600, "3 hours"},
		{47 * 3600, "47 hours"},
		{48 * 3600, "2 days"},
		{13 * 86400, "13 days"},
		{14 * 86400, "2 weeks"},
		{59 * 86400, "8 weeks"},
		{60 * 86400, "2 months"},
		{23 * 30 * 86400, "23 months"},
		{729 * 86400, "24 months"},
		{730 * 86400, "2 years"},
		{3650LL * 86400, "10 years"},
	};
	char b[64];

	for (size_t i = 0; i < sizeof(t) / sizeof(*t); i++) {
		stamp_human(t[i].sec * S, b, sizeof(b));
		EQ_STR(b, t[i].want);
	}
	stamp_human(INT64_MAX, b, sizeof(b));
	EQ_STR(b, "292 years");
	stamp_human(INT64_MIN, b, sizeof(b));
	EQ_STR(b, "Less than a second");
}

TEST(now)
{
	OK(stamp_now() > 0);
}

int main(void)
{
	RUN(both_ways);
	RUN(out_of_reach);
	RUN(every_day);
	RUN(refused);
	RUN(human);
	RUN(now);
	return test_done();
}
