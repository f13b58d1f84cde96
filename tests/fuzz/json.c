/* SPDX-License-Identifier: Apache-2.0 */
/* Any bytes as JSON: what is taken must be written as JSON that reads the same again. */
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/json.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void use(struct arena *a, const struct json *v)
{
	struct err e;
	struct strs l = {0};
	const char *s = NULL, *k;
	const struct json *x;
	int64_t i = 0;
	bool b = false;

	for (struct json_iter it = json_iter(v); (x = json_next(&it, &k));) {
		json_int(x, 0);
		json_real(x, 0);
		if (!k || strlen(k) > 64)
			continue;
		json_want_str(v, k, &s, &e);
		json_want_int(v, k, &i, &e);
		json_want_bool(v, k, &b, &e);
		json_want_strs(v, k, a, &l, NULL, &e);
		json_want_map(v, k, a, &l, &e);
		if (json_len(v) > 64)
			return;
	}
	json_at(v, 1);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	AUTO_ARENA a = ARENA_INIT;
	AUTO_BUF one = BUF_INIT, two = BUF_INIT, pretty = BUF_INIT;
	const struct json *v, *again;
	struct err e;

	v = json_parse(&a, (const char *)data, size, 1 << 16, "input", &e);
	if (!v)
		return 0;
	use(&a, v);
	json_dump(&one, v);
	json_indent(&pretty, v, "", "  ");
	again = json_parse(&a, one.data, one.len, SIZE_MAX, "dump", &e);
	if (!again)
		abort();
	json_dump(&two, again);
	if (one.len != two.len || memcmp(one.data, two.data, one.len))
		abort();
	again = json_parse(&a, pretty.data, pretty.len, SIZE_MAX, "indented dump", &e);
	if (!again)
		abort();
	buf_clear(&two);
	json_dump(&two, again);
	if (one.len != two.len || memcmp(one.data, two.data, one.len))
		abort();
	return 0;
}
