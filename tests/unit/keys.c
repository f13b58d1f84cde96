/* SPDX-License-Identifier: Apache-2.0 */
/* keys: the sequence is found however the input is cut, and nothing else is lost or changed. */
#include "base/keys.h"
#include "test.h"

#include <string.h>

static void feed(const char *seq, const char *in, size_t step, const char *want, bool found)
{
	char out[256], all[256] = "";
	size_t n, used = 0, len = strlen(in);
	struct keys k;
	struct err e;
	bool done = false;

	EQ_INT(keys_parse(&k, seq, &e), 0);
	for (size_t at = 0; at < len && !done; at += step) {
		done = keys_filter(&k, in + at, len - at < step ? len - at : step, out, &n);
		memcpy(all + used, out, n);
		used += n;
	}
	all[used] = 0;
	EQ_STR(all, want);
	EQ_INT(done, found);
}

TEST(found)
{
	for (size_t step = 1; step < 9; step++) {
		feed(NULL, "ab\x10\x11zz", step, "ab", true);
		feed("", "ab\x10x\x10\x11", step, "ab\x10x", true);
		feed("a,a,b", "xaaab", step, "xa", true);
		feed("a,b,a,b,c", "ababababc", step, "abab", true);
		feed("ctrl-c", "one", step, "one", false);
		feed("DEL,ctrl-_", "\x7f\x7f\x1f.", step, "\x7f", true);
	}
}

TEST(held)
{
	feed(NULL, "a\x10", 2, "a", false);
	feed("x", "abc", 3, "abc", false);
}

TEST(parse)
{
	static const char *const bad[] = {"ctrl-A",
					  "ctrl-",
					  "ab",
					  "a,",
					  ",",
					  "ctrl-p,,a",
					  "ctrl-~",
					  "del",
					  "a,a,a,a,a,a,a,a,a,a,a,a,a,a,a,a,a,"
					  "a,a,a,a,a,a,a,a,a,a,a,a,a,a,a,a"};
	struct keys k;
	struct err e;

	for (size_t i = 0; i < sizeof(bad) / sizeof(*bad); i++)
		EQ_INT(keys_parse(&k, bad[i], &e), -1);
	EQ_INT(keys_parse(&k, "ctrl-@,ctrl-[,ctrl-\\,ctrl-],ctrl-^,ctrl-_,ctrl-z,DEL,Z", &e), 0);
	EQ_INT((int)k.n, 9);
	EQ_INT(memcmp(k.seq, "\0\x1b\x1c\x1d\x1e\x1f\x1a\x7fZ", 9), 0);
}

int main(void)
{
	RUN(found);
	RUN(held);
	RUN(parse);
	return test_done();
}
