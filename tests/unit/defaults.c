/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Docker's defaults as we have them against tests/data/defaults/.
 */
#include <fcntl.h>
#include <sys/mount.h>

#include "base/buf.h"
#include "base/file.h"
#include "base/json.h"
#include "container/defaults.h"
#include "tests/unit/test.h"

static struct arena arena;

static const struct json *load(const char *name)
{
	struct buf b = BUF_INIT;
	const struct json *v = NULL;
	char path[128];
	struct err e;

	snprintf(path, sizeof(path), "data/defaults/%s", name);
	if (file_read(AT_FDCWD, test_data(path), 1 << 20, &b, &e) == 0)
		v = json_parse(&arena, b.data, b.len, 1 << 20, name, &e);
	buf_release(&b);
	return v;
}

/* An option is a flag or goes to the data, in order. */
static unsigned long split(const struct json *options, struct buf *text)
{
	static const struct {
		const char *name;
		unsigned long flag;
	} flags[] = {{"nosuid", MS_NOSUID},
		     {"noexec", MS_NOEXEC},
		     {"nodev", MS_NODEV},
		     {"ro", MS_RDONLY},
		     {"strictatime", MS_STRICTATIME}};
	unsigned long sum = 0;

	for (size_t i = 0; i < json_len(options); i++) {
		const char *o = json_str(json_at(options, i), "");
		unsigned long flag = 0;

		for (size_t k = 0; k < sizeof(flags) / sizeof(*flags); k++)
			if (!strcmp(o, flags[k].name))
				flag = flags[k].flag;
		if (!flag)
			buf_printf(text, "%s%s", text->len ? "," : "", o);
		sum |= flag;
	}
	return sum;
}

TEST(mounts)
{
	const struct json *want = json_get(load("default_mounts.json"), "mounts_in_order");
	struct defaults_mounts o = {0};
	struct spec s = {0};

	defaults_mounts(&arena, &o, &s);
	REQUIRE(json_len(want) == s.nmounts);
	for (size_t i = 0; i < s.nmounts; i++) {
		const struct json *m = json_at(want, i);
		AUTO_BUF text = BUF_INIT;
		unsigned long flags = split(json_get(m, "options"), &text);

		EQ_STR(s.mounts[i].dest, json_str(json_get(m, "destination"), ""));
		EQ_STR(s.mounts[i].type, json_str(json_get(m, "type"), ""));
		EQ_STR(s.mounts[i].source, json_str(json_get(m, "source"), ""));
		EQ_INT(s.mounts[i].flags, flags);
		if (!strcmp(s.mounts[i].dest, "/dev/shm"))
			buf_str(&text, ",size=67108864");
		EQ_STR(s.mounts[i].data, text.data);
	}
	o.privileged = o.no_shm = true;
	defaults_mounts(&arena, &o, &s);
	for (size_t i = 0; i < s.nmounts; i++)
		OK(!(s.mounts[i].flags & MS_RDONLY) && strcmp(s.mounts[i].dest, "/dev/shm"), "%s",
		   s.mounts[i].dest);
}

TEST(devices)
{
	const struct json *want = json_get(load("default_devices.json"), "nodes_created");
	struct spec s = {0};
	struct err e = {0};

	EQ_OK(defaults_devices(&arena, false, &s, &e), e);
	REQUIRE(json_len(want) == s.ndevices);
	for (size_t i = 0; i < s.ndevices; i++) {
		const struct json *d = json_at(want, i);

		EQ_STR(s.devices[i].path, json_str(json_get(d, "path"), ""));
		EQ_INT(s.devices[i].type, json_str(json_get(d, "type"), "")[0]);
		EQ_INT(s.devices[i].major, json_int(json_get(d, "major"), -1));
		EQ_INT(s.devices[i].minor, json_int(json_get(d, "minor"), -1));
		EQ_INT(s.devices[i].mode, strtol(json_str(json_get(d, "mode"), ""), NULL, 8));
	}
	EQ_OK(defaults_devices(&arena, true, &s, &e), e);
	for (size_t i = 0; i < s.ndevices; i++)
		OK(strncmp(s.devices[i].path, "/dev/pts/", 9) &&
			   strcmp(s.devices[i].path, "/dev/console"),
		   "%s", s.devices[i].path);
}

TEST(rules)
{
	const struct json *want = json_get(load("default_devices.json"), "cgroup_rules_in_order");
	struct spec s = {0};

	defaults_rules(&arena, false, &s);
	REQUIRE(json_len(want) == s.nrules);
	for (size_t i = 0; i < s.nrules; i++) {
		const struct json *r = json_at(want, i);

		EQ_INT(s.rules[i].allow, json_str(json_get(r, "action"), "")[0] == 'a');
		EQ_INT(s.rules[i].type, json_str(json_get(r, "type"), "")[0]);
		EQ_INT(s.rules[i].major, json_int(json_get(r, "major"), -1));
		EQ_INT(s.rules[i].minor, json_int(json_get(r, "minor"), -1));
		EQ_STR(s.rules[i].access, json_str(json_get(r, "access"), ""));
	}
	defaults_rules(&arena, true, &s);
	OK(s.nrules == 1 && s.rules[0].allow && s.rules[0].type == 'a');
}

static void same_list(const struct strs *got, const struct json *want)
{
	REQUIRE(got->n >= json_len(want) && json_len(want));
	for (size_t i = 0; i < got->n; i++)
		if (i < json_len(want))
			EQ_STR(got->v[i], json_str(json_at(want, i), ""));
		else
			OK(strstr(got->v[i], "/thermal_throttle") != NULL, "%s", got->v[i]);
}

TEST(masks)
{
	struct spec s = {0};

	defaults_masks(&arena, false, &s);
	same_list(&s.masked, json_get(load("masked_paths.json"), "paths"));
	same_list(&s.readonly_paths, json_get(load("readonly_paths.json"), "paths"));
	defaults_masks(&arena, true, &s);
	OK(s.masked.n == 0 && s.readonly_paths.n == 0);
}

TEST(sysctls)
{
	const struct json *want = json_get(load("default_mounts.json"), "sysctls_default");
	struct spec s = {0};

	defaults_sysctls(&arena, &s);
	EQ_INT(s.sysctls.n, json_len(want));
	for (size_t i = 0; i < s.sysctls.n; i++) {
		char *kv = arena_strdup(&arena, s.sysctls.v[i]), *eq = strchr(kv, '=');

		REQUIRE(eq);
		*eq = 0;
		EQ_STR(eq + 1, json_str(json_get(want, kv), ""));
	}
}

int main(void)
{
	RUN(mounts);
	RUN(devices);
	RUN(rules);
	RUN(masks);
	RUN(sysctls);
	arena_release(&arena);
	return test_done();
}
