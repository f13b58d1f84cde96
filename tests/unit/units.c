/* SPDX-License-Identifier: Apache-2.0 */
#include "base/units.h"
#include "test.h"

#define MS 1000000LL
#define S 1000000000LL

TEST(durations)
{
	static const struct {
		const char *text;
		int64_t ns;
	} t[] = {{"0", 0},
		 {"0s", 0},
		 {"1ns", 1},
		 {"1us", 1000},
		 {"500ms", 500 * MS},
		 {"1.5s", 1500 * MS},
		 {"1m30s", 90 * S},
		 {"1h", 3600 * S},
		 {"-2s", -2 * S},
		 {"+3m", 180 * S},
		 {"1h2m3s4ms", 3723 * S + 4 * MS},
		 {"2\xc2\xb5s", 2000}};
	static const char *const bad[] = {"",	  "10",	  "x",		"1x",	  "s",
					  "1 s",  "-",	  "1m30",	"1.2.3s", "1e3s",
					  "0x1s", "nans", "9999999999h"};
	int64_t v;

	for (size_t i = 0; i < sizeof(t) / sizeof(*t); i++) {
		v = -1;
		OK(!units_duration(t[i].text, &v), "%s", t[i].text);
		EQ_INT(v, t[i].ns);
	}
	for (size_t i = 0; i < sizeof(bad) / sizeof(*bad); i++)
		OK(units_duration(bad[i], &v) == -1, "%s", bad[i]);
}

TEST(numbers)
{
	static const char *const bad[] = {"", "-", "1x", " 1", "11", "-6", "99999999999999999999"};
	int64_t v = 7;

	OK(!units_number("-5", -5, 10, &v), "-5");
	EQ_INT(v, -5);
	OK(!units_number("+10", -5, 10, &v), "+10");
	EQ_INT(v, 10);
	for (size_t i = 0; i < sizeof(bad) / sizeof(*bad); i++)
		OK(units_number(bad[i], -5, 10, &v) == -1, "%s", bad[i]);
}

int main(void)
{
	RUN(durations);
	RUN(numbers);
	return test_done();
}
