/* SPDX-License-Identifier: Apache-2.0 */
/* What bundle_write writes of a spec is what bundle_parse reads; what is no bundle is refused. */
#include "test.h"

#include <sys/mount.h>

#include "base/buf.h"
#include "container/bundle.h"
#include "container/bundle_write.h"
#include "container/caps.h"
#include "container/defaults.h"

static int parse(struct arena *a, const char *text, struct spec *s, struct err *e)
{
	struct bundle b;

	*s = (struct spec){.id = "unit"};
	return bundle_parse(a, text, strlen(text), "/b", s, &b, e);
}

TEST(round)
{
	const struct defaults_mounts o = {.privileged = false};
	static const struct user u = {.uid = 5, .gid = 6};
	struct spec s = {.cwd = "/w", .hostname = "h", .cgroup = "/x/y", .readonly = true}, got;
	AUTO_ARENA a = ARENA_INIT;
	AUTO_BUF text = BUF_INIT;
	struct json_w w = JSON_W(&text);
	struct err e = {0};

	strs_add(&a, &s.args, arena_strdup(&a, "sh"));
	s.caps = caps_default();
	s.res = (struct spec_resources){.memory = 1 << 20, .pids = 7, .swappiness = -1};
	defaults_mounts(&a, &o, &s);
	defaults_masks(&a, false, &s);
	bundle_write(&w, &s, &u, "rootfs", NULL);
	EQ_INT(parse(&a, text.data, &got, &e), 0);
	REQUIRE(!*e.text);
	EQ_STR(got.args.v[0], "sh");
	EQ_STR(got.cwd, "/w");
	EQ_STR(got.user, "5:6");
	EQ_STR(got.dir, "/b/rootfs");
	EQ_STR(got.hostname, "h");
	OK(got.caps == s.caps, "capabilities");
	OK(got.readonly, "read-only");
	EQ_INT(got.res.memory, 1 << 20);
	EQ_INT(got.res.pids, 7);
	EQ_INT(got.nmounts, s.nmounts);
	for (size_t i = 0; i < got.nmounts && i < s.nmounts; i++) {
		EQ_STR(got.mounts[i].dest, s.mounts[i].dest);
		OK(got.mounts[i].flags == s.mounts[i].flags, "flags of %s", s.mounts[i].dest);
	}
	EQ_INT(got.masked.n, s.masked.n);
}

TEST(sets_and_hooks)
{
	static const char text[] =
		"{\"ociVersion\":\"1.1.0\",\"root\":{\"path\":\"/r\"},\"process\":{\"cwd\":\"/\","
		"\"args\":[\"a\"],\"user\":{\"uid\":5,\"gid\":6},\"capabilities\":{\"bounding\":["
		"\"CAP_CHOWN\",\"CAP_KILL\"],\"ambient\":[\"CAP_KILL\",\"CAP_OF_TOMORROW\"]}},"
		"\"linux\":{\"namespaces\":[{\"type\":\"mount\"}]},\"hooks\":{"
		"\"createContainer\":[{\"path\":\"/h\",\"timeout\":3}],"
		"\"startContainer\":[{\"path\":\"/i\",\"args\":[\"j\",\"k\"],\"env\":[\"A=b\"]}]}}";
	struct spec s = {.id = "unit"};
	AUTO_ARENA a = ARENA_INIT;
	struct err e = {0};
	struct bundle b;

	EQ_OK(bundle_parse(&a, text, strlen(text), "/b", &s, &b, &e), e);
	OK(s.caps == 0x21 && s.ambient == 0x20, "two sets");
	EQ_INT(b.nhooks[BUNDLE_PRESTART], 0);
	EQ_INT(b.nhooks[BUNDLE_CREATE_CONTAINER], 1);
	EQ_INT(b.hooks[BUNDLE_CREATE_CONTAINER][0].timeout, 3);
	EQ_STR(b.hooks[BUNDLE_CREATE_CONTAINER][0].args.v[0], "/h");
	EQ_INT(b.nhooks[BUNDLE_START_CONTAINER], 1);
	EQ_STR(b.hooks[BUNDLE_START_CONTAINER][0].args.v[1], "k");
	EQ_STR(b.hooks[BUNDLE_START_CONTAINER][0].env.v[0], "A=b");
}

TEST(refused)
{
	static const char *const texts[] = {
		"",
		"[]",
		"{}",
		"{\"ociVersion\":\"2.0\"}",
		"{\"ociVersion\":\"1.0\",\"process\":[]}",
		"{\"ociVersion\":\"1.0\",\"root\":{\"path\":\"r\"},\"process\":{\"cwd\":\"/\"}}",
		"{\"ociVersion\":\"1.0\",\"root\":{\"path\":\"r\"},\"process\":{\"cwd\":\"/\","
		"\"args\":[\"a\"]}}",
	};

	for (size_t i = 0; i < sizeof(texts) / sizeof(*texts); i++) {
		AUTO_ARENA a = ARENA_INIT;
		struct err e = {0};
		struct spec s;

		EQ_INT(parse(&a, texts[i], &s, &e), -1);
		OK(*e.text, "text %zu says why", i);
	}
}

int main(void)
{
	RUN(round);
	RUN(sets_and_hooks);
	RUN(refused);
	return test_done();
}
