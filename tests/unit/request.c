/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The body of a create: a field of the wrong type is refused by its name, whatever it is, and never
 * read as "not given"; what is not built yet is refused unless it is as good as not given.
 */
#include "tests/unit/test.h"

#include "base/json.h"
#include "engine/mounts_parse.h"
#include "engine/request.h"
#include "engine/runspec.h"

static struct arena arena;

static int decode(const char *text, struct request *r, struct err *e)
{
	const struct json *v = json_parse(&arena, text, strlen(text), 1 << 20, "body", e);

	if (!v)
		return -1;
	return request_decode(&arena, v, json_get(v, "HostConfig"), json_get(v, "NetworkingConfig"),
			      r, e);
}

/* The fields of one kind, each with a value that is none of its kind. */
static void refused(bool host, const char *const *fields, const char *value)
{
	char text[256];
	struct request r;
	struct err e;

	for (; *fields; fields++) {
		snprintf(text, sizeof(text), "{%s\"%s\":%s%s}", host ? "\"HostConfig\":{" : "",
			 *fields, value, host ? "}" : "");
		OK(decode(text, &r, &e) && e.kind == ERR_INVALID && strstr(e.text, *fields), "%s",
		   text);
		snprintf(text, sizeof(text), "{%s\"%s\":null%s}", host ? "\"HostConfig\":{" : "",
			 *fields, host ? "}" : "");
		EQ_OK(decode(text, &r, &e), e);
	}
}

TEST(wrong_types)
{
	static const char *const strings[] = {"Image", "Hostname", "User", "WorkingDir", NULL};
	static const char *const lists[] = {"Env", "Cmd", "Entrypoint", NULL};
	static const char *const objects[] = {"Labels",	     "Volumes",	   "ExposedPorts",
					      "Healthcheck", "HostConfig", NULL};
	static const char *const numbers[] = {"Memory", "NanoCpus", "PidsLimit", "ShmSize", NULL};
	static const char *const flags[] = {"Privileged", "AutoRemove", "ReadonlyRootfs", NULL};
	static const char *const host_strings[] = {"NetworkMode", "UsernsMode", "CgroupParent",
						   NULL};
	static const char *const host_lists[] = {"Binds",   "CapAdd", "SecurityOpt", "Devices",
						 "Ulimits", "Mounts", "MaskedPaths", NULL};
	static const char *const host_objects[] = {"Tmpfs", "Sysctls", "RestartPolicy", "LogConfig",
						   NULL};

	refused(false, strings, "1");
	refused(false, lists, "{\"a\":1}");
	refused(false, lists, "[1]");
	refused(false, objects, "\"always\"");
	refused(true, numbers, "\"5\"");
	refused(true, numbers, "1e30");
	refused(true, flags, "\"true\"");
	refused(true, flags, "1");
	refused(true, host_strings, "[\"host\"]");
	refused(true, host_lists, "7");
	refused(true, host_objects, "\"always\"");
	refused(true, host_objects, "[]");
}

TEST(later)
{
	static const char *const bad[] = {
		"{\"HostConfig\":{\"DeviceRequests\":[{\"Driver\":\"x\"}]}}",
	};
	static const char zero[] =
		"{\"Image\":\"x\",\"Healthcheck\":{\"Test\":[]},\"HostConfig\":{\"RestartPolicy\":{"
		"\"Name\":\"no\",\"MaximumRetryCount\":0},\"LogConfig\":{\"Type\":\"\",\"Config\":{"
		"}},\"PublishAllPorts\":false,\"PortBindings\":{},\"Links\":null}}";
	struct request r;
	struct err e;

	for (size_t i = 0; i < sizeof(bad) / sizeof(*bad); i++)
		OK(decode(bad[i], &r, &e) && e.kind == ERR_UNSUPPORTED, "%s", bad[i]);
	EQ_OK(decode(zero, &r, &e), e);
}

TEST(mounts)
{
	static const char *const bad[] = {
		"{\"Type\":\"bind\",\"Source\":\"/\",\"Target\":\"/a\",\"BindOptions\":[]}",
		"{\"Type\":\"bind\",\"Source\":7,\"Target\":\"/a\"}",
		"{\"Type\":\"tmpfs\",\"Target\":\"/a\",\"TmpfsOptions\":\"size=1\"}",
		"{\"Type\":\"tmpfs\",\"Target\":\"/a\",\"TmpfsOptions\":{\"SizeBytes\":\"1\"}}",
		"7",
	};
	struct mounts all = {.a = &arena};
	char text[256];
	struct request r;
	struct err e;

	for (size_t i = 0; i < sizeof(bad) / sizeof(*bad); i++) {
		snprintf(text, sizeof(text), "{\"HostConfig\":{\"Mounts\":[%s]}}", bad[i]);
		REQUIRE(!decode(text, &r, &e));
		REQUIRE(json_len(r.mounts) == 1);
		OK(mounts_parse_mount(&all, json_at(r.mounts, 0), &e) && e.kind == ERR_INVALID,
		   "%s", text);
	}
	EQ_INT(all.n, 0);
}

TEST(limits)
{
	struct engine en = {.c = {.cgroup_parent = "/proa", .data_root = "/", .exec_root = "/"}};
	struct strs warnings = {0};
	struct request r;
	struct err e;

	REQUIRE(!decode("{\"HostConfig\":{\"Memory\":9000000000000000000}}", &r, &e));
	EQ_OK(runspec_check(&en, &arena, &r, &warnings, &e), e); /* twice that is no number */
}

int main(void)
{
	RUN(wrong_types);
	RUN(later);
	RUN(mounts);
	RUN(limits);
	arena_release(&arena);
	return test_done();
}
