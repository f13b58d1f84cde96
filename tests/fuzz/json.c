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

/* Reads text and writes it again; both ways of writing must read. */
static void rewrite(struct arena *a, const struct buf *text, struct buf *ret)
{
	AUTO_BUF pretty = BUF_INIT, other = BUF_INIT;
	struct err e;
	const struct json *v = json_parse(a, text->data, text->len, SIZE_MAX, "dump", &e);

	if (!v)
		abort();
	json_dump(ret, v);
	json_indent(&pretty, v, "", "  ");
	v = json_parse(a, pretty.data, pretty.len, SIZE_MAX, "indented dump", &e);
	if (!v)
		abort();
	json_dump(&other, v);
	if (ret->len != other.len && !strstr(ret->data, "-0"))
		abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	AUTO_ARENA a = ARENA_INIT;
	AUTO_BUF one = BUF_INIT, two = BUF_INIT, three = BUF_INIT;
	const struct json *v;
	struct err e;

	v = json_parse(&a, (const char *)data, size, 1 << 16, "input", &e);
	if (!v)
		return 0;
	use(&a, v);
	json_dump(&one, v);
	/* the real -0 becomes the integer 0 the first time: from then on nothing changes */
	rewrite(&a, &one, &two);
	rewrite(&a, &two, &three);
	if (two.len != three.len || memcmp(two.data, three.data, two.len))
		abort();
	return 0;
}
