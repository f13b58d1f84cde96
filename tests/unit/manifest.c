/* SPDX-License-Identifier: Apache-2.0 */
/* Documents of images, platforms and the choice among them. */
#include "tests/unit/test.h"

#include "image/manifest.h"

#define HEX "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"
#define DESC(type) "{\"mediaType\":\"" type "\",\"digest\":\"sha256:" HEX "\",\"size\":7}"

static struct arena a;
static struct err e;

static int parse(const char *text, struct manifest *m)
{
	return manifest_parse(&a, text, strlen(text), "doc", m, &e);
}

static void refused(const char *text, const char *why)
{
	struct manifest m;

	OK(parse(text, &m) == -1, "accepted: %s", text);
	OK(e.kind == ERR_INVALID && strstr(e.text, why), "says \"%s\", not %s", e.text, why);
}

TEST(image)
{
	struct manifest m;

	REQUIRE(!parse(
		"{\"schemaVersion\":2,\"config\":" DESC(MANIFEST_OCI_CONFIG) ",\"layers\":[" DESC(
			MANIFEST_OCI_LAYER "+gzip") "," DESC(MANIFEST_OCI_LAYER "+zstd") "]}",
		&m));
	EQ_INT(m.kind, MANIFEST_KIND_IMAGE);
	EQ_INT(m.n, 2);
	EQ_STR(m.config.hex, HEX);
	EQ_INT(m.list[1].size, 7);
}

TEST(refusals)
{
	AUTO_BUF b = BUF_INIT;

	refused("", "doc");
	refused("[]", "not a JSON object");
	refused("{}", "schemaVersion is not 2");
	refused("{\"schemaVersion\":1}", "schema version 1");
	refused("{\"schemaVersion\":2}", "neither manifests nor layers");
	refused("{\"schemaVersion\":2,\"manifests\":[],\"layers\":[]}", "both");
	refused("{\"schemaVersion\":2,\"manifests\":{}}", "no list");
	refused("{\"schemaVersion\":2,\"manifests\":[7]}", "no object");
	refused("{\"schemaVersion\":2,\"mediaType\":\"" MANIFEST_OCI "\",\"manifests\":[]}",
		"media type");
	refused("{\"schemaVersion\":2,\"config\":" DESC(MANIFEST_OCI_CONFIG) ",\"layers\":[" DESC(
			"text/plain") "]}",
		"unknown media type");
	refused("{\"schemaVersion\":2,\"config\":" DESC("x/y") ",\"layers\":[]}",
		"not a container");
	refused("{\"schemaVersion\":2,\"manifests\":[{\"digest\":\"sha256:xyz\",\"size\":1}]}",
		"digest");
	refused("{\"schemaVersion\":2,\"manifests\":[{\"digest\":\"sha256:" HEX "\",\"size\":-1}]}",
		"negative");
	buf_str(&b, "{\"schemaVersion\":2,\"config\":" DESC(MANIFEST_OCI_CONFIG) ",\"layers\":[");
	for (int i = 0; i < 128; i++)
		buf_str(&b, i ? "," DESC(MANIFEST_OCI_LAYER) : DESC(MANIFEST_OCI_LAYER));
	buf_str(&b, "]}");
	refused(b.data, "at most 127");
}

TEST(config)
{
	static const char text[] =
		"{\"architecture\":\"aarch64\",\"variant\":\"v8\",\"os\":\"linux\",\"created\":\"1970-01-01T00:00:"
		"01Z\",\"config\":null,\"rootfs\":{\"type\":\"layers\",\"diff_ids\":[\"sha256:" HEX
		"\"]}}";
	struct manifest_config c;

	REQUIRE(!manifest_config_parse(&a, text, sizeof(text) - 1, "config", &c, &e));
	EQ_STR(c.platform.arch, "arm64");
	EQ_STR(c.platform.variant, "");
	EQ_INT(c.created, 1000000000);
	EQ_INT(c.diff_ids.n, 1);
	EQ_STR(c.diff_ids.v[0], HEX);
	EQ_INT(manifest_config_parse(&a, "{}", 2, "config", &c, &e), -1);
}

TEST(docker)
{
	static const char text[] =
		"[{\"Config\":\"c\",\"RepoTags\":null,\"Layers\":[\"a\",\"b\"]}]";
	struct manifest_docker *list;
	size_t n;

	REQUIRE(!manifest_docker_parse(&a, text, sizeof(text) - 1, &list, &n, &e));
	EQ_INT(n, 1);
	EQ_INT(list->layers.n, 2);
	EQ_INT(list->tags.n, 0);
	EQ_INT(manifest_docker_parse(&a, "[]", 2, &list, &n, &e), -1);
	EQ_INT(manifest_docker_parse(&a, "[{}]", 4, &list, &n, &e), -1);
}

static int fit(const char *want, const char *have, int strict)
{
	struct platform w, h;

	OK(!platform_parse(want, &w, &e) && !platform_parse(have, &h, &e));
	return platform_fit(&w, &h, strict);
}

TEST(platforms)
{
	struct platform p;
	char text[96];

	EQ_INT(platform_parse("linux/x86_64", &p, &e), 0);
	platform_text(&p, text, sizeof(text));
	EQ_STR(text, "linux/amd64");
	EQ_INT(platform_parse("armhf", &p, &e), 0);
	platform_text(&p, text, sizeof(text));
	EQ_STR(text, "linux/arm/v7");
	EQ_INT(platform_parse("linux/arm64/v8", &p, &e), 0);
	platform_text(&p, text, sizeof(text));
	EQ_STR(text, "linux/arm64");
	EQ_INT(platform_parse("a/b/c/d", &p, &e), -1);
	EQ_INT(platform_parse("", &p, &e), -1);
	EQ_INT(platform_parse("linux//x", &p, &e), -1);
	OK(fit("linux/arm/v7", "linux/arm/v7", 0) > fit("linux/arm/v7", "linux/arm/v6", 0));
	OK(fit("linux/arm/v7", "linux/arm/v6", 0) > fit("linux/arm/v7", "linux/arm/v5", 0));
	OK(fit("linux/arm/v7", "linux/arm/v5", 0) > 0);
	OK(fit("linux/arm/v6", "linux/arm/v7", 0) == 0);
	OK(fit("linux/arm/v7", "linux/arm/v6", 1) == 0);
	OK(fit("linux/amd64/v3", "linux/amd64/v2", 0) > fit("linux/amd64/v3", "linux/amd64", 0));
	OK(fit("linux/amd64", "linux/amd64/v2", 0) == 0);
	OK(fit("linux/amd64", "linux/386", 0) > 0 && fit("linux/amd64", "linux/386", 1) == 0);
	OK(fit("linux/amd64", "windows/amd64", 0) == 0);
	OK(fit("linux/s390x", "linux/amd64", 0) == 0);
}

int main(void)
{
	RUN(image);
	RUN(refusals);
	RUN(config);
	RUN(docker);
	RUN(platforms);
	arena_release(&a);
	return test_done();
}
