/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Capabilities, limits and sysctls: names and masks against tests/data/defaults/capabilities.json,
 * then what a child really has after dropping.
 */
#include <linux/capability.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/wait.h>

#include <fcntl.h>

#include "base/buf.h"
#include "base/file.h"
#include "base/json.h"
#include "container/caps.h"
#include "container/rlimit.h"
#include "container/sysctl.h"
#include "tests/unit/test.h"

static struct arena arena;

static const struct json *load(const char *name)
{
	struct buf b = BUF_INIT;
	const struct json *v = NULL;
	struct err e;

	if (file_read(AT_FDCWD, test_data(name), 1 << 20, &b, &e) == 0)
		v = json_parse(&arena, b.data, b.len, 1 << 20, name, &e);
	buf_release(&b);
	return v;
}

TEST(names_and_defaults)
{
	const struct json *data = load("data/defaults/capabilities.json");
	static const char *const lists[] = {"default", "dropped_by_default"};
	uint64_t mask = 0, bit, all = 0;
	struct err e;

	REQUIRE(data);
	for (int l = 0; l < 2; l++)
		for (size_t i = 0; i < json_len(json_get(data, lists[l])); i++) {
			const struct json *c = json_at(json_get(data, lists[l]), i);

			EQ_OK(caps_parse(json_str(json_get(c, "name"), ""), &bit, &e), e);
			EQ_INT(bit, 1ull << json_int(json_get(c, "bit"), 0));
			EQ_STR(caps_name((unsigned)json_int(json_get(c, "bit"), 0)),
			       json_str(json_get(c, "name"), ""));
			mask |= l ? 0 : bit;
			all |= bit;
		}
	EQ_INT(caps_default(), mask);
	EQ_INT(mask, 0xa80425fb);
	EQ_INT(all, 0x1ffffffffff);
	EQ_STR(caps_name(41), NULL);
}

TEST(spelling)
{
	uint64_t a, b;
	struct err e = {0};

	EQ_OK(caps_parse("net_admin", &a, &e), e);
	EQ_OK(caps_parse("Cap_Net_Admin", &b, &e), e);
	EQ_INT(a, b);
	OK(caps_parse("nonsense", &a, &e) < 0);
	EQ_STR(e.text, "unknown capability: \"CAP_NONSENSE\"");
	OK(caps_parse("", &a, &e) < 0);
	OK(caps_parse("CAP_", &a, &e) < 0);
}

static struct strs list(const char *a, const char *b)
{
	struct strs s = {0};

	if (a)
		strs_add(&arena, &s, arena_strdup(&arena, a));
	if (b)
		strs_add(&arena, &s, arena_strdup(&arena, b));
	return s;
}

static uint64_t tweak(struct strs add, struct strs drop, bool privileged)
{
	struct err e = {0};
	uint64_t mask = 0;

	EQ_OK(caps_tweak(&add, &drop, privileged, &mask, &e), e);
	return mask;
}

TEST(add_and_drop)
{
	const uint64_t chown = 1ull << CAP_CHOWN, all = caps_all(), def = caps_default() & all;
	struct strs none = {0}, bad = list("x", NULL);
	struct err e = {0};
	uint64_t m;

	EQ_INT(tweak(none, none, false), def);
	EQ_INT(tweak(none, none, true), all);
	EQ_INT(tweak(none, list("chown", NULL), true), all);
	EQ_INT(tweak(none, list("CHOWN", NULL), false), def & ~chown);
	EQ_INT(tweak(none, list("ALL", NULL), false), 0);
	EQ_INT(tweak(list("chown", NULL), list("all", NULL), false), chown & all);
	EQ_INT(tweak(list("ALL", NULL), none, false), all);
	EQ_INT(tweak(list("ALL", NULL), list("chown", NULL), false), all & ~chown);
	EQ_INT(tweak(list("chown", "chown"), none, false), def);
	OK(caps_tweak(&bad, &none, false, &m, &e) < 0);
	EQ_STR(e.text, "invalid CapAdd: unknown capability: \"CAP_X\"");
	OK(caps_tweak(&none, &bad, false, &m, &e) < 0);
	EQ_STR(e.text, "invalid CapDrop: unknown capability: \"CAP_X\"");
}

/* A line of /proc/self/status. */
static unsigned long long status_mask(const char *key)
{
	unsigned long long v = ~0ull;
	char line[256];
	FILE *f = fopen("/proc/self/status", "re");

	while (f && fgets(line, sizeof(line), f))
		if (!strncmp(line, key, strlen(key)))
			sscanf(line + strlen(key), ": %llx", &v);
	if (f)
		fclose(f);
	return v;
}

static int drop(uint64_t mask)
{
	struct err e;

	if (caps_bounding_drop(mask, &e) < 0 || caps_set(mask, &e) < 0)
		return 1;
	if (status_mask("CapBnd") & ~mask)
		return 2;
	if (status_mask("CapPrm") & ~mask || status_mask("CapEff") != status_mask("CapPrm"))
		return 3;
	return status_mask("CapInh") || status_mask("CapAmb") ? 4 : 0;
}

TEST(dropping)
{
	int status = -1;
	pid_t pid;

	if (!(caps_all() >> CAP_SETPCAP & 1) || geteuid() != 0)
		SKIP("needs root with CAP_SETPCAP");
	for (int i = 0; i < 2; i++) {
		pid = fork();
		if (pid == 0)
			_exit(drop(i ? caps_default() : 0));
		waitpid(pid, &status, 0);
		EQ_INT(status, 0);
	}
}

TEST(ulimits)
{
	static const char *const bad[] = {"",
					  "=",
					  "nofile",
					  "nofile=",
					  "=3",
					  "x=3",
					  "nofile=a",
					  "nofile=3:",
					  "nofile=3:2",
					  "nofile=1:2:3",
					  "nofile=-2",
					  "nofile=-1:5",
					  "nofile=99999999999999999999",
					  "averyveryverylongname=1"};
	struct spec_rlimit r;
	struct err e = {0};

	EQ_OK(rlimit_parse("nofile=1024:2048", &r, &e), e);
	EQ_INT(r.resource, RLIMIT_NOFILE);
	EQ_INT(r.soft, 1024);
	EQ_INT(r.hard, 2048);
	EQ_OK(rlimit_parse("core=-1", &r, &e), e);
	OK(r.soft == UINT64_MAX && r.hard == UINT64_MAX);
	EQ_OK(rlimit_parse("core=0:unlimited", &r, &e), e);
	OK(r.soft == 0 && r.hard == UINT64_MAX);
	for (size_t i = 0; i < sizeof(bad) / sizeof(*bad); i++)
		OK(rlimit_parse(bad[i], &r, &e) < 0, "%s", bad[i]);
	r = (struct spec_rlimit){RLIMIT_CORE, 0, 0};
	EQ_OK(rlimit_apply(&r, 1, &e), e);
}

TEST(sysctls)
{
	static const char *const bad[] = {"",
					  "net.ipv4.ip_forward",
					  "kernel.panic=1",
					  "kernel.hostname=x",
					  "vm.swappiness=1",
					  "kernel.shm_rmid_forced=1+kernel.core_pattern=x",
					  "net.ipv4..x=1",
					  "/net.x=1",
					  "net.x\n=1",
					  "kernel.core_pattern=|x",
					  "net/../kernel/core_pattern=1",
					  "=1"};
	struct spec own = {0}, host = {0};
	struct err e = {0};

	for (int i = 0; i < SPEC_NS_COUNT; i++)
		host.ns[i] = SPEC_NS_HOST;
	EQ_OK(sysctl_check(&own, "net.ipv4.ip_forward=1", &e), e);
	EQ_OK(sysctl_check(&own, "net/ipv4/conf/eth0.1/forwarding=1", &e), e);
	EQ_OK(sysctl_check(&own, "kernel.shmmax=1", &e), e);
	EQ_OK(sysctl_check(&own, "fs.mqueue.msg_max=1", &e), e);
	OK(sysctl_check(&host, "net.ipv4.ip_forward=1", &e) < 0);
	OK(sysctl_check(&host, "kernel.shmmax=1", &e) < 0);
	for (size_t i = 0; i < sizeof(bad) / sizeof(*bad); i++)
		OK(sysctl_check(&own, bad[i], &e) < 0, "%s", bad[i]);
}

int main(void)
{
	RUN(names_and_defaults);
	RUN(spelling);
	RUN(add_and_drop);
	RUN(dropping);
	RUN(ulimits);
	RUN(sysctls);
	arena_release(&arena);
	return test_done();
}
