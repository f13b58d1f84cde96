/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Templates against what docker's own client printed for the same container (tests/data/template),
 * and what is ours alone: rows of lists, bounds, refusals.
 */
#include "test.h"

#include <fcntl.h>

#include "applets/template.h"
#include "base/file.h"

static struct arena a;

static const struct json *parse(const char *text, size_t len)
{
	struct err e;
	const struct json *v = json_parse(&a, text, len, SIZE_MAX, "data", &e);

	OK(v, "%s", v ? "" : e.text);
	return v;
}

/* What it prints, or "error: why". */
static const char *run(const char *text, const struct json *data, enum template_data what)
{
	AUTO_BUF b = BUF_INIT;
	struct err e;
	struct template *t = template_parse(&a, text, &e);

	if (!t || template_run(t, &a, data, what, &b, &e))
		return arena_printf(&a, "error: %s", e.text);
	return b.data ? arena_strdup(&a, b.data) : "";
}

static const struct json *load(const char *name)
{
	AUTO_BUF b = BUF_INIT;
	char block[4096];
	AUTO_FD int fd = openat(AT_FDCWD, test_data(name), O_RDONLY | O_CLOEXEC);
	ssize_t n;

	while ((n = read(fd, block, sizeof(block))) > 0)
		buf_append(&b, block, (size_t)n);
	return parse(b.data ? b.data : "", b.len);
}

TEST(docker)
{
	const struct json *data = load("data/template/container.json");
	const struct json *cases = load("data/template/cases.json"), *c;
	struct json_iter it = json_iter(cases);

	REQUIRE(data && cases);
	while ((c = json_next(&it, NULL))) {
		const char *want = json_str(json_at(c, 1), NULL);

		if (!want)
			want = arena_printf(&a, "error: %s", json_str(json_at(c, 3), ""));
		EQ_STR(run(json_str(json_at(c, 0), ""), data, TEMPLATE_OBJECT), want);
	}
}

int main(void)
{
	RUN(docker);
	arena_release(&a);
	return test_done();
}
