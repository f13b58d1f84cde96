/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Any bytes as a template, over a small object and over what stands behind a NUL as JSON: nothing
 * may crash, hang or print without end. A template that is taken must be taken again.
 */
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "applets/table.h"
#include "applets/template.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static const char sample[] =
	"{\"ID\":\"4fa6e0\",\"Names\":\"a,b\",\"N\":3,\"F\":1.5,\"B\":true,\"Nil\":null,"
	"\"L\":[1,\"x\",null,[2]],\"Labels\":{\"b\":\"2\",\"a\":\"1\"},\"Label\":{\"a\":\"1\"},"
	"\"State\":{\"Pid\":7,\"Health\":{\"Status\":\"ok\"}},\"Ports\":{\"80/tcp\":null}}";

static void run(const struct template *t, const struct json *v, enum template_data what)
{
	AUTO_ARENA a = ARENA_INIT;
	AUTO_BUF out = BUF_INIT, aligned = BUF_INIT;
	struct err e;

	if (!template_run(t, &a, v, what, &out, &e) && out.len && out.len < 4096 &&
	    out.data[out.len - 1] == '\n')
		table_align(&aligned, out.data, out.len);
	if (out.len > (130u << 20))
		abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	AUTO_ARENA a = ARENA_INIT;
	const struct json *v = NULL;
	struct template *t;
	char *text;
	struct err e;
	size_t n;

	if (size > 4096)
		return 0;
	text = arena_strndup(&a, (const char *)data, size);
	n = strlen(text);
	t = template_parse(&a, text, &e);
	if (!t)
		return 0;
	if (n < size)
		v = json_parse(&a, (const char *)data + n + 1, size - n - 1, 4096, "input", &e);
	if (!v)
		v = json_parse(&a, sample, sizeof(sample) - 1, sizeof(sample), "sample", &e);
	for (int what = TEMPLATE_ANY; what <= TEMPLATE_HEADER; what++)
		run(t, v, (enum template_data)what);
	return 0;
}
