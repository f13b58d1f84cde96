/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The opposite of bundle.c, field by field: what it reads, this writes. A cgroup view of ours is a
 * mount of type cgroup, which every runtime knows.
 */
#include "container/bundle_write.h"

#include <string.h>

#include "container/bundle_mount.h"
#include "container/caps.h"
#include "container/rlimit.h"

static void write_caps(struct json_w *w, const char *key, uint64_t caps)
{
	json_w_arr(w, key);
	for (unsigned i = 0; i < 64; i++)
		if (caps >> i & 1 && caps_name(i))
			json_w_str(w, NULL, caps_name(i));
	json_w_arr_end(w);
}

static void write_rlimits(struct json_w *w, const struct spec *s)
{
	char name[32] = "RLIMIT_";

	json_w_arr(w, "rlimits");
	for (size_t i = 0; i < s->nrlimits; i++) {
		const char *from = rlimit_name(s->rlimits[i].resource);
		size_t n = 7;

		for (; from && *from && n < sizeof(name) - 1; from++)
			name[n++] = (char)(*from & ~0x20);
		name[n] = 0;
		json_w_obj(w, NULL);
		json_w_str(w, "type", name);
		json_w_uint(w, "hard", s->rlimits[i].hard);
		json_w_uint(w, "soft", s->rlimits[i].soft);
		json_w_end(w);
	}
	json_w_arr_end(w);
}

static void write_user(struct json_w *w, const struct user *u)
{
	json_w_obj(w, "user");
	json_w_uint(w, "uid", u->uid);
	json_w_uint(w, "gid", u->gid);
	json_w_arr(w, "additionalGids");
	for (size_t i = 0; i < u->ngroups; i++)
		json_w_uint(w, NULL, u->groups[i]);
	json_w_arr_end(w);
	json_w_end(w);
}

void bundle_write_process(struct json_w *w, const char *key, const struct spec *s,
			  const struct user *u)
{
	json_w_obj(w, key);
	json_w_bool(w, "terminal", s->tty);
	if (s->tty && s->tty_rows && s->tty_cols) {
		json_w_obj(w, "consoleSize");
		json_w_uint(w, "height", s->tty_rows);
		json_w_uint(w, "width", s->tty_cols);
		json_w_end(w);
	}
	write_user(w, u);
	json_w_strs(w, "args", &s->args);
	json_w_strs(w, "env", &s->env);
	json_w_str(w, "cwd", s->cwd && *s->cwd ? s->cwd : "/");
	json_w_obj(w, "capabilities");
	write_caps(w, "bounding", s->caps);
	write_caps(w, "effective", u->uid ? 0 : s->caps);
	write_caps(w, "permitted", u->uid ? 0 : s->caps);
	json_w_end(w);
	write_rlimits(w, s);
	json_w_bool(w, "noNewPrivileges", s->no_new_privs);
	if (s->apparmor)
		json_w_str(w, "apparmorProfile", s->apparmor);
	if (s->selinux)
		json_w_str(w, "selinuxLabel", s->selinux);
	if (s->oom_score_adj)
		json_w_int(w, "oomScoreAdj", s->oom_score_adj);
	json_w_end(w);
}

static void some_int(struct json_w *w, const char *key, int64_t v)
{
	if (v)
		json_w_int(w, key, v);
}

static void write_rules(struct json_w *w, const struct spec *s)
{
	json_w_arr(w, "devices");
	for (size_t i = 0; i < s->nrules; i++) {
		const struct spec_device_rule *r = &s->rules[i];

		json_w_obj(w, NULL);
		json_w_bool(w, "allow", r->allow);
		if (r->type != 'a')
			json_w_strn(w, "type", &r->type, 1);
		if (r->major >= 0)
			json_w_int(w, "major", r->major);
		if (r->minor >= 0)
			json_w_int(w, "minor", r->minor);
		json_w_str(w, "access", r->access);
		json_w_end(w);
	}
	json_w_arr_end(w);
}

static void write_blkio(struct json_w *w, const struct spec_resources *r)
{
	static const char *const keys[SPEC_BLKIO_KINDS] = {
		[SPEC_BLKIO_WEIGHT] = "weightDevice",
		[SPEC_BLKIO_READ_BPS] = "throttleReadBpsDevice",
		[SPEC_BLKIO_WRITE_BPS] = "throttleWriteBpsDevice",
		[SPEC_BLKIO_READ_IOPS] = "throttleReadIOPSDevice",
		[SPEC_BLKIO_WRITE_IOPS] = "throttleWriteIOPSDevice",
	};

	if (!r->blkio_weight && !r->nblkio)
		return;
	json_w_obj(w, "blockIO");
	some_int(w, "weight", r->blkio_weight);
	for (int k = 0; k < SPEC_BLKIO_KINDS; k++) {
		json_w_arr(w, keys[k]);
		for (size_t i = 0; i < r->nblkio; i++) {
			if (r->blkio[i].kind != (enum spec_blkio_kind)k)
				continue;
			json_w_obj(w, NULL);
			json_w_uint(w, "major", r->blkio[i].major);
			json_w_uint(w, "minor", r->blkio[i].minor);
			json_w_int(w, k == SPEC_BLKIO_WEIGHT ? "weight" : "rate",
				   r->blkio[i].value);
			json_w_end(w);
		}
		json_w_arr_end(w);
	}
	json_w_end(w);
}

static void write_resources(struct json_w *w, const struct spec *s)
{
	const struct spec_resources *r = &s->res;

	json_w_obj(w, "resources");
	write_rules(w, s);
	json_w_obj(w, "memory");
	some_int(w, "limit", r->memory);
	some_int(w, "reservation", r->memory_reservation);
	some_int(w, "swap", r->memory_swap);
	if (r->swappiness >= 0)
		json_w_int(w, "swappiness", r->swappiness);
	if (r->oom_kill_disable)
		json_w_bool(w, "disableOOMKiller", true);
	json_w_end(w);
	json_w_obj(w, "cpu");
	some_int(w, "shares", r->cpu_shares);
	some_int(w, "quota", r->cpu_quota);
	some_int(w, "period", r->cpu_period);
	some_int(w, "realtimeRuntime", r->cpu_rt_runtime);
	some_int(w, "realtimePeriod", r->cpu_rt_period);
	if (r->cpuset_cpus)
		json_w_str(w, "cpus", r->cpuset_cpus);
	if (r->cpuset_mems)
		json_w_str(w, "mems", r->cpuset_mems);
	json_w_end(w);
	if (r->pids) {
		json_w_obj(w, "pids");
		json_w_int(w, "limit", r->pids);
		json_w_end(w);
	}
	write_blkio(w, r);
	json_w_end(w);
}

static void write_devices(struct json_w *w, const struct spec *s)
{
	json_w_arr(w, "devices");
	for (size_t i = 0; i < s->ndevices; i++) {
		const struct spec_device *d = &s->devices[i];

		json_w_obj(w, NULL);
		json_w_str(w, "path", d->path);
		json_w_strn(w, "type", &d->type, 1);
		json_w_uint(w, "major", d->major);
		json_w_uint(w, "minor", d->minor);
		json_w_uint(w, "fileMode", d->mode);
		json_w_uint(w, "uid", d->uid);
		json_w_uint(w, "gid", d->gid);
		json_w_end(w);
	}
	json_w_arr_end(w);
}

static void write_namespaces(struct json_w *w, const struct spec *s)
{
	static const char *const names[SPEC_NS_COUNT] = {"pid", "network", "ipc",
							 "uts", "mount",   "cgroup"};

	json_w_arr(w, "namespaces");
	for (int i = 0; i < SPEC_NS_COUNT; i++) {
		if (s->ns[i] == SPEC_NS_HOST)
			continue;
		json_w_obj(w, NULL);
		json_w_str(w, "type", names[i]);
		if (s->ns[i] == SPEC_NS_PATH)
			json_w_str(w, "path", s->ns_path[i]);
		json_w_end(w);
	}
	json_w_arr_end(w);
}

void bundle_write(struct json_w *w, const struct spec *s, const struct user *u, const char *root,
		  const char *seccomp)
{
	json_w_obj(w, NULL);
	json_w_str(w, "ociVersion", "1.0.2");
	bundle_write_process(w, "process", s, u);
	json_w_obj(w, "root");
	json_w_str(w, "path", root);
	json_w_bool(w, "readonly", s->readonly);
	json_w_end(w);
	if (s->hostname && s->ns[SPEC_NS_UTS] != SPEC_NS_HOST)
		json_w_str(w, "hostname", s->hostname);
	if (s->domainname && s->ns[SPEC_NS_UTS] != SPEC_NS_HOST)
		json_w_str(w, "domainname", s->domainname);
	bundle_mount_write(w, s);
	json_w_obj(w, "linux");
	if (s->cgroup)
		json_w_str(w, "cgroupsPath", s->cgroup);
	write_resources(w, s);
	write_devices(w, s);
	write_namespaces(w, s);
	if (s->sysctls.n)
		json_w_map(w, "sysctl", &s->sysctls);
	if (seccomp)
		json_w_raw(w, "seccomp", seccomp, strlen(seccomp));
	json_w_strs(w, "maskedPaths", &s->masked);
	json_w_strs(w, "readonlyPaths", &s->readonly_paths);
	json_w_end(w);
	json_w_end(w);
}
