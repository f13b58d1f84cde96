/* SPDX-License-Identifier: Apache-2.0 */
/*
 * References: the table holds what Docker's own parser said to 402 texts. It parsed them the way
 * the engine resolves a name to pull (no tag beside a digest, else "latest"), so the test does too.
 */
#include "base/file.h"
#include "base/json.h"
#include "image/digest.h"
#include "image/ref.h"
#include "test.h"

#include <fcntl.h>

#define SUM "86e0e091d0da6bde2456dbb48306f3956bbeb2eae1b5b9a43045843f69fe4aaa"

static void one_case(struct arena *a, const struct json *c)
{
	const char *in = json_str(json_get(c, "input"), NULL);
	const char *bad = json_str(json_get(c, "error"), NULL);
	struct ref r = {0};
	struct err e = {0};
	int rc = ref_parse_normalized(a, in, &r, &e);

	if (bad) {
		OK(rc && !strncmp(e.text, bad, strlen(bad)), "%s: %s", in, rc ? e.text : "taken");
		EQ_INT(e.kind, ERR_INVALID);
		return;
	}
	OK(!rc, "%s: %s", in, e.text);
	if (rc)
		return;
	ref_default_tag(&r);
	if (r.digest)
		r.tag = NULL;
	EQ_STR(r.domain, json_str(json_get(c, "domain"), NULL));
	EQ_STR(r.path, json_str(json_get(c, "path"), NULL));
	EQ_STR(r.tag, json_str(json_get(c, "tag"), NULL));
	EQ_STR(r.digest, json_str(json_get(c, "digest"), NULL));
	EQ_STR(ref_full(a, &r), json_str(json_get(c, "canonical"), NULL));
	EQ_STR(ref_familiar(a, &r), json_str(json_get(c, "familiar"), NULL));
}

TEST(table)
{
	AUTO_BUF b = BUF_INIT;
	struct err e;
	int n = 0;

	EQ_OK(file_read(AT_FDCWD, test_data("data/reference/cases.jsonl"), 1 << 20, &b, &e), e);
	REQUIRE(b.len);
	for (char *p = b.data, *end; (end = strchr(p, '\n')); p = end + 1, n++) {
		AUTO_ARENA a = ARENA_INIT;
		const struct json *c = json_parse(&a, p, (size_t)(end - p), 1 << 16, "case", &e);

		REQUIRE(c);
		one_case(&a, c);
	}
	EQ_INT(n, 402);
}

TEST(parts)
{
	AUTO_ARENA a = ARENA_INIT;
	struct ref r;
	struct err e;

	EQ_OK(ref_parse_normalized(&a, "busybox:1.36@sha256:" SUM, &r, &e), e);
	EQ_STR(r.tag, "1.36");
	EQ_STR(r.digest, "sha256:" SUM);
	EQ_STR(ref_full(&a, &r), "docker.io/library/busybox:1.36@sha256:" SUM);
	EQ_STR(ref_familiar(&a, &r), "busybox:1.36@sha256:" SUM);
	ref_default_tag(&r);
	EQ_STR(r.tag, "1.36");
	EQ_OK(ref_parse_normalized(&a, "localhost/x", &r, &e), e);
	EQ_STR(r.tag, NULL);
	EQ_STR(ref_familiar(&a, &r), "localhost/x");
	ref_default_tag(&r);
	EQ_STR(ref_full(&a, &r), "localhost/x:latest");
	EQ_STR(ref_familiar_name(&a, &r), "localhost/x");
	/* docker.io/library/a/b must keep its library/ */
	EQ_OK(ref_parse_normalized(&a, "library/a/b", &r, &e), e);
	EQ_STR(ref_familiar(&a, &r), "library/a/b");
	EQ_OK(ref_parse_normalized(&a, "docker.io/quay.io/x", &r, &e), e);
	EQ_STR(ref_familiar(&a, &r), "docker.io/quay.io/x");
}

TEST(refused)
{
	AUTO_ARENA a = ARENA_INIT;
	char text[5000];
	struct ref r = {.path = "kept"};
	struct err e;
	static const char *const bad[] = {
		"foo_bar.com/x",
		"a:",
		"a@",
		"a:b:c",
		"a/",
		"a//b",
		"a..b",
		"a___b",
		"-a",
		"a-",
		"[::1]x/y",
		"[]/y",
		"h:/y",
		"h:8a/y",
		"a b",
		"a\n",
		"a@sha256:" SUM "0",
		"a@sha256:" SUM ":x",
		"a@sha256:86E0E091D0da6bde2456dbb48306f3956bbeb2eae1b5b9a43045"
		"843f69fe4aaa",
		"../a",
		"a:../b",
		"a/../b",
	};

	for (size_t i = 0; i < sizeof(bad) / sizeof(*bad); i++)
		OK(ref_parse_normalized(&a, bad[i], &r, &e) == -1, "%s", bad[i]);
	memset(text, 'a', sizeof(text) - 1);
	text[sizeof(text) - 1] = 0;
	OK(ref_parse_normalized(&a, text, &r, &e) == -1);
	memcpy(text, "a:", 2);
	text[2 + 128] = 0;
	EQ_OK(ref_parse_normalized(&a, text, &r, &e), e);
	text[2 + 128] = 'a';
	text[2 + 129] = 0;
	r.path = "kept";
	OK(ref_parse_normalized(&a, text, &r, &e) == -1);
	EQ_STR(r.path, "kept");
}

TEST(id_prefix)
{
	OK(ref_is_id_prefix("a"));
	OK(ref_is_id_prefix(SUM));
	OK(ref_is_id_prefix("sha256:" SUM));
	OK(ref_is_id_prefix("sha256:86"));
	OK(!ref_is_id_prefix(""));
	OK(!ref_is_id_prefix("sha256:"));
	OK(!ref_is_id_prefix(SUM "0"));
	OK(!ref_is_id_prefix("86E0"));
	OK(!ref_is_id_prefix("busybox"));
}

TEST(digests)
{
	struct err e = {0};

	EQ_OK(digest_check("sha256:" SUM, &e), e);
	EQ_STR(digest_hex("sha256:" SUM), SUM);
	OK(digest_check("sha512:" SUM SUM, &e) && e.kind == ERR_UNSUPPORTED);
	OK(digest_check("sha256", &e) && e.kind == ERR_INVALID);
	OK(digest_check("", &e) && e.kind == ERR_INVALID);
	OK(digest_check("sha256:", &e) && e.kind == ERR_INVALID);
	OK(digest_check(":" SUM, &e) && e.kind == ERR_INVALID);
	OK(digest_check("sha256:" SUM "00", &e) && e.kind == ERR_INVALID);
	OK(digest_check("sha256:../../../../../../../../../../../../../../../../etc/passwd00000",
			&e));
	OK(digest_check("a+.b:" SUM, &e) && e.kind == ERR_INVALID);
	OK(digest_check("a+b:" SUM, &e) && e.kind == ERR_UNSUPPORTED);
}

/* Whatever is taken can be read again in its full form, which is longer. */
TEST(longest)
{
	AUTO_ARENA a = ARENA_INIT;
	char text[4200];
	struct ref r, again;
	struct err e;
	int taken = 0;

	for (size_t n = 4050; n < 4100; n++) {
		memset(text, 'a', n);
		text[1] = '.';
		text[n - 2] = '/';
		text[n] = 0;
		if (ref_parse_normalized(&a, text, &r, &e))
			continue;
		taken++;
		ref_default_tag(&r);
		OK(!ref_parse_normalized(&a, ref_full(&a, &r), &again, &e), "%zu", n);
	}
	OK(taken > 30 && taken < 50, "%d", taken);
}

int main(void)
{
	RUN(table);
	RUN(parts);
	RUN(refused);
	RUN(id_prefix);
	RUN(digests);
	RUN(longest);
	return test_done();
}
