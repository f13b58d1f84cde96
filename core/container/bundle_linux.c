/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Every container has the six devices of the specification and may use them, a terminal and what
 * mknod needs: a list of rules usually begins with "none", and engines rely on the runtime to add
 * those behind it.
 *
 * Docker and podman name a group of systemd's as "slice:prefix:name"; it becomes the path that
 * systemd would give it.
 */
#include "container/bundle_linux.h"

#include <string.h>

#include "base/buf.h"
#include "base/log.h"
#include "container/bundle.h"
#include "container/cgroup.h"
#include "container/defaults.h"
#include "container/seccomp.h"

#define LIST_MAX 4096
#define DEVICE_MAX 0xfffff

/* ---- devices */

static int parse_device(const struct json *v, struct spec_device *d, struct err *e)
{
	const char *type = NULL;
	int64_t n[5] = {-1, -1, 0666, 0, 0};

	if (json_want_str(v, "path", &d->path, e) || json_want_str(v, "type", &type, e) ||
	    json_want_int(v, "major", &n[0], e) || json_want_int(v, "minor", &n[1], e) ||
	    json_want_int(v, "fileMode", &n[2], e) || json_want_int(v, "uid", &n[3], e) ||
	    json_want_int(v, "gid", &n[4], e))
		return -1;
	if (!d->path || *d->path != '/')
		return err_set(e, ERR_INVALID, "path is not an absolute one");
	if (!type || strlen(type) != 1 || !strchr("cbu", *type))
		return err_set(e, ERR_INVALID, "%s: type is not c, b or u", d->path);
	if (n[0] < 0 || n[1] < 0 || n[0] > DEVICE_MAX || n[1] > DEVICE_MAX || n[3] < 0 || n[4] < 0)
		return err_set(e, ERR_INVALID, "%s: a number is missing or out of range", d->path);
	d->type = *type == 'b' ? 'b' : 'c';
	d->major = (unsigned)n[0];
	d->minor = (unsigned)n[1];
	d->mode = (mode_t)n[2] & 07777;
	d->uid = (uid_t)n[3];
	d->gid = (gid_t)n[4];
	return 0;
}

static bool has_device(const struct spec *s, const char *path)
{
	for (size_t i = 0; i < s->ndevices; i++)
		if (!strcmp(s->devices[i].path, path))
			return true;
	return false;
}

static int parse_devices(struct arena *a, const struct json *list, struct spec *s, struct err *e)
{
	struct json_iter it = json_iter(list);
	struct spec std = {0};
	const struct json *v;

	if (json_len(list) > LIST_MAX)
		return err_set(e, ERR_INVALID, "linux.devices: more than %d", LIST_MAX);
	if (defaults_devices(a, false, &std, e))
		return -1;
	s->devices = arena_array(a, json_len(list) + std.ndevices, sizeof(*s->devices));
	while ((v = json_next(&it, NULL)))
		if (parse_device(v, &s->devices[s->ndevices++], e))
			return err_wrap(e, "linux.devices");
	for (size_t i = 0; i < std.ndevices; i++)
		if (!has_device(s, std.devices[i].path))
			s->devices[s->ndevices++] = std.devices[i];
	return 0;
}

static int parse_rule(const struct json *v, struct spec_device_rule *r, struct err *e)
{
	const char *type = "a";

	*r = (struct spec_device_rule){.major = -1, .minor = -1, .access = "rwm"};
	if (json_want_bool(v, "allow", &r->allow, e) || json_want_str(v, "type", &type, e) ||
	    json_want_int(v, "major", &r->major, e) || json_want_int(v, "minor", &r->minor, e) ||
	    json_want_str(v, "access", &r->access, e))
		return -1;
	if (!*type)
		type = "a";
	if (strlen(type) != 1 || !strchr("abc", *type) || r->major < -1 || r->minor < -1 ||
	    r->major > DEVICE_MAX || r->minor > DEVICE_MAX || r->access[strspn(r->access, "rwm")])
		return err_set(e, ERR_INVALID, "not a rule for devices");
	r->type = *type;
	if (!*r->access)
		r->access = "rwm";
	return 0;
}

static int parse_rules(struct arena *a, const struct json *list, struct spec *s, struct err *e)
{
	struct json_iter it = json_iter(list);
	struct spec_device_rule *r;
	const struct json *v;
	struct spec std = {0};

	if (json_len(list) > LIST_MAX)
		return err_set(e, ERR_INVALID, "more than %d", LIST_MAX);
	defaults_rules(a, false, &std);
	s->rules = arena_array(a, json_len(list) + std.nrules, sizeof(*s->rules));
	while ((v = json_next(&it, NULL)))
		if (parse_rule(v, &s->rules[s->nrules++], e))
			return -1;
	for (size_t i = 0; i < std.nrules; i++) {
		r = &std.rules[i];
		if (r->allow && !(r->major == 10 && r->minor == 200)) /* tun is Docker's own */
			s->rules[s->nrules++] = *r;
	}
	return 0;
}

/* ---- limits */

static int parse_throttle(const struct json *io, const char *key, enum spec_blkio_kind kind,
			  struct spec_resources *ret, struct err *e)
{
	struct json_iter it = json_iter(json_get(io, key));
	const struct json *v;

	while ((v = json_next(&it, NULL))) {
		int64_t n[3] = {-1, -1, 0};

		if (json_want_int(v, "major", &n[0], e) || json_want_int(v, "minor", &n[1], e) ||
		    json_want_int(v, kind == SPEC_BLKIO_WEIGHT ? "weight" : "rate", &n[2], e))
			return err_wrap(e, "%s", key);
		if (n[0] < 0 || n[1] < 0 || n[0] > DEVICE_MAX || n[1] > DEVICE_MAX || n[2] < 0)
			return err_set(e, ERR_INVALID, "%s: not a limit of a device", key);
		ret->blkio[ret->nblkio++] =
			(struct spec_blkio){kind, (unsigned)n[0], (unsigned)n[1], n[2]};
	}
	return 0;
}

static int parse_blkio(struct arena *a, const struct json *io, struct spec_resources *ret,
		       struct err *e)
{
	static const char *const keys[SPEC_BLKIO_KINDS] = {
		[SPEC_BLKIO_WEIGHT] = "weightDevice",
		[SPEC_BLKIO_READ_BPS] = "throttleReadBpsDevice",
		[SPEC_BLKIO_WRITE_BPS] = "throttleWriteBpsDevice",
		[SPEC_BLKIO_READ_IOPS] = "throttleReadIOPSDevice",
		[SPEC_BLKIO_WRITE_IOPS] = "throttleWriteIOPSDevice",
	};
	size_t n = 0;

	for (int i = 0; i < SPEC_BLKIO_KINDS; i++)
		n += json_len(json_get(io, keys[i]));
	if (n > LIST_MAX)
		return err_set(e, ERR_INVALID, "more than %d devices", LIST_MAX);
	ret->blkio = arena_array(a, n + 1, sizeof(*ret->blkio));
	for (int i = 0; i < SPEC_BLKIO_KINDS; i++)
		if (parse_throttle(io, keys[i], (enum spec_blkio_kind)i, ret, e))
			return -1;
	return json_want_int(io, "weight", &ret->blkio_weight, e);
}

static int parse_cpu(const struct json *cpu, struct spec_resources *r, struct err *e)
{
	if (json_want_int(cpu, "shares", &r->cpu_shares, e) ||
	    json_want_int(cpu, "quota", &r->cpu_quota, e) ||
	    json_want_int(cpu, "period", &r->cpu_period, e) ||
	    json_want_int(cpu, "realtimeRuntime", &r->cpu_rt_runtime, e) ||
	    json_want_int(cpu, "realtimePeriod", &r->cpu_rt_period, e) ||
	    json_want_str(cpu, "cpus", &r->cpuset_cpus, e) ||
	    json_want_str(cpu, "mems", &r->cpuset_mems, e))
		return err_wrap(e, "cpu");
	if (r->cpuset_cpus && !*r->cpuset_cpus)
		r->cpuset_cpus = NULL;
	if (r->cpuset_mems && !*r->cpuset_mems)
		r->cpuset_mems = NULL;
	return 0;
}

int bundle_linux_resources(struct arena *a, const struct json *v, struct spec_resources *ret,
			   struct err *e)
{
	static const char *const ignored[] = {"hugepageLimits", "network", "rdma", "unified"};
	struct spec_resources r = {.swappiness = -1};
	const struct json *memory, *cpu, *pids, *io;

	if (json_want_obj(v, "memory", &memory, e) || json_want_obj(v, "cpu", &cpu, e) ||
	    json_want_obj(v, "pids", &pids, e) || json_want_obj(v, "blockIO", &io, e) ||
	    json_want_int(memory, "limit", &r.memory, e) ||
	    json_want_int(memory, "reservation", &r.memory_reservation, e) ||
	    json_want_int(memory, "swap", &r.memory_swap, e) ||
	    json_want_int(memory, "swappiness", &r.swappiness, e) ||
	    json_want_bool(memory, "disableOOMKiller", &r.oom_kill_disable, e) ||
	    parse_cpu(cpu, &r, e) || json_want_int(pids, "limit", &r.pids, e) ||
	    parse_blkio(a, io, &r, e))
		return err_wrap(e, "resources");
	if (r.memory < 0)
		r.memory = 0;
	if (r.swappiness < -1 || r.swappiness > 100)
		return err_set(e, ERR_INVALID, "resources: memory.swappiness: 0 to 100");
	for (size_t i = 0; i < sizeof(ignored) / sizeof(*ignored); i++)
		if (json_len(json_get(v, ignored[i])))
			log_warn("bundle", "resources.%s: ignored", ignored[i]);
	*ret = r;
	return 0;
}

/* ---- the rest */

static int parse_cgroup(struct arena *a, const struct json *linux_, struct spec *s, struct err *e)
{
	const char *path = NULL, *prefix, *name;

	if (json_want_str(linux_, "cgroupsPath", &path, e))
		return -1;
	if (path && *path != '/' && (prefix = strchr(path, ':')) && (name = strchr(++prefix, ':')))
		path = arena_printf(a, "/%.*s/%.*s-%s.scope", (int)(prefix - path - 1), path,
				    (int)(name - prefix), prefix, name + 1);
	else if (!path || !*path)
		path = arena_printf(a, "/%s", s->id);
	else if (*path != '/')
		path = arena_printf(a, "/%s", path);
	if (strstr(path, "..") || strlen(path) > 230)
		return err_set(e, ERR_INVALID,
			       "linux.cgroupsPath: '%.240s' is no path for a "
			       "control group",
			       path);
	s->cgroup = cgroup_mode() == CGROUP_NONE ? NULL : path;
	return 0;
}

static int parse_seccomp(struct arena *a, const struct json *v, struct spec *s, struct err *e)
{
	AUTO_BUF text = BUF_INIT;

	if (!v)
		return 0;
	if (!seccomp_available())
		return err_set(e, ERR_UNSUPPORTED,
			       "linux.seccomp: this kernel has no seccomp filters");
	json_dump(&text, v);
	return seccomp_profile(text.data, text.len, s->caps, a, &s->seccomp, e);
}

static int parse_propagation(const struct json *linux_, struct err *e)
{
	const char *p = "";

	if (json_want_str(linux_, "rootfsPropagation", &p, e))
		return -1;
	if (strstr(p, "shared"))
		log_warn("bundle", "linux.rootfsPropagation: %s: the root stays private", p);
	return 0;
}

int bundle_linux_parse(struct arena *a, const struct json *linux_, struct spec *s, struct err *e)
{
	static const char *const ignored[] = {"intelRdt", "personality", "timeOffsets"};
	const struct json *r, *seccomp;

	if (json_want_obj(linux_, "resources", &r, e) ||
	    json_want_obj(linux_, "seccomp", &seccomp, e) ||
	    json_want_strs(linux_, "maskedPaths", a, &s->masked, NULL, e) ||
	    json_want_strs(linux_, "readonlyPaths", a, &s->readonly_paths, NULL, e) ||
	    bundle_linux_resources(a, r, &s->res, e) ||
	    parse_rules(a, json_get(r, "devices"), s, e))
		return err_wrap(e, "linux");
	for (size_t i = 0; i < sizeof(ignored) / sizeof(*ignored); i++)
		if (json_len(json_get(linux_, ignored[i])))
			log_warn("bundle", "linux.%s: ignored", ignored[i]);
	return parse_devices(a, json_get(linux_, "devices"), s, e) ||
			       parse_cgroup(a, linux_, s, e) || parse_seccomp(a, seccomp, s, e) ||
			       parse_propagation(linux_, e)
		       ? -1
		       : 0;
}
