/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Decoding is two tables: fields with their type and place, and fields that may only be absent,
 * empty or one harmless value because what they ask for is not built yet; what is nested is decoded
 * by hand in request_lists.c. Ranges are looked at in request_check.c. A client may send every
 * field of Docker's with its zero value, as the stock client does; so "not given" and "zero" are
 * the same for all that is refused.
 */
#include "engine/request.h"
#include "engine/request_lists.h"

#include <stddef.h>
#include <string.h>
#include <strings.h>

enum kind { STR, INT, BOOL, STRS, MAP, KEYS };

struct field {
	const char *key;
	enum kind kind;
	size_t at;
	size_t set; /* STRS: offset of a bool, or 0 */
};
#define AT(member) offsetof(struct request, member)

static const struct field config_fields[] = {
	{"Image", STR, AT(image), 0},
	{"Hostname", STR, AT(hostname), 0},
	{"Domainname", STR, AT(domainname), 0},
	{"User", STR, AT(user), 0},
	{"WorkingDir", STR, AT(workdir), 0},
	{"StopSignal", STR, AT(stop_signal), 0},
	{"Env", STRS, AT(env), 0},
	{"Cmd", STRS, AT(cmd), AT(cmd_set)},
	{"Entrypoint", STRS, AT(entrypoint), AT(entrypoint_set)},
	{"Labels", MAP, AT(labels), 0},
	{"Volumes", KEYS, AT(volumes), 0},
	{"ExposedPorts", KEYS, AT(ports), 0},
	{"Tty", BOOL, AT(tty), 0},
	{"OpenStdin", BOOL, AT(open_stdin), 0},
	{"StdinOnce", BOOL, AT(stdin_once), 0},
	{"AttachStdin", BOOL, AT(attach_stdin), 0},
	{"AttachStdout", BOOL, AT(attach_stdout), 0},
	{"AttachStderr", BOOL, AT(attach_stderr), 0},
	{"NetworkDisabled", BOOL, AT(network_disabled), 0},
	{"StopTimeout", INT, AT(stop_timeout), 0},
	{"MacAddress", STR, AT(net.mac), 0},
};

static const struct field host_fields[] = {
	{"Binds", STRS, AT(binds), 0},
	{"Tmpfs", MAP, AT(tmpfs), 0},
	{"Sysctls", MAP, AT(sysctls), 0},
	{"Annotations", MAP, AT(annotations), 0},
	{"CapAdd", STRS, AT(cap_add), 0},
	{"CapDrop", STRS, AT(cap_drop), 0},
	{"SecurityOpt", STRS, AT(security_opt), 0},
	{"GroupAdd", STRS, AT(group_add), 0},
	{"DeviceCgroupRules", STRS, AT(device_rules), 0},
	{"ExtraHosts", STRS, AT(extra_hosts), 0},
	{"Dns", STRS, AT(dns), 0},
	{"DnsSearch", STRS, AT(dns_search), 0},
	{"DnsOptions", STRS, AT(dns_options), 0},
	{"MaskedPaths", STRS, AT(masked), AT(masked_set)},
	{"ReadonlyPaths", STRS, AT(readonly_paths), AT(readonly_paths_set)},
	{"AutoRemove", BOOL, AT(auto_remove), 0},
	{"Privileged", BOOL, AT(privileged), 0},
	{"ReadonlyRootfs", BOOL, AT(readonly), 0},
	{"Init", BOOL, AT(init), 0},
	{"OomKillDisable", BOOL, AT(oom_kill_disable), 0},
	{"NetworkMode", STR, AT(network), 0},
	{"PidMode", STR, AT(pid), 0},
	{"IpcMode", STR, AT(ipc), 0},
	{"UTSMode", STR, AT(uts), 0},
	{"CgroupnsMode", STR, AT(cgroupns), 0},
	{"CgroupParent", STR, AT(cgroup_parent), 0},
	{"ContainerIDFile", STR, AT(cid_file), 0},
	{"ShmSize", INT, AT(shm_size), 0},
	{"OomScoreAdj", INT, AT(oom_score_adj), 0},
	{"Memory", INT, AT(memory), 0},
	{"MemorySwap", INT, AT(memory_swap), 0},
	{"MemoryReservation", INT, AT(memory_reservation), 0},
	{"MemorySwappiness", INT, AT(swappiness), 0},
	{"CpuShares", INT, AT(cpu_shares), 0},
	{"CpuPeriod", INT, AT(cpu_period), 0},
	{"CpuQuota", INT, AT(cpu_quota), 0},
	{"NanoCpus", INT, AT(nano_cpus), 0},
	{"PidsLimit", INT, AT(pids), 0},
	{"BlkioWeight", INT, AT(blkio_weight), 0},
	{"CpusetCpus", STR, AT(cpuset_cpus), 0},
	{"CpusetMems", STR, AT(cpuset_mems), 0},
	{"CpuRealtimePeriod", INT, AT(cpu_rt_period), 0},
	{"CpuRealtimeRuntime", INT, AT(cpu_rt_runtime), 0},
	{"VolumesFrom", STRS, AT(volumes_from), 0},
	{"VolumeDriver", STR, AT(volume_driver), 0},
	{"StorageOpt", MAP, AT(storage_opt), 0},
	{"UsernsMode", STR, AT(userns), 0},
	{"Runtime", STR, AT(runtime), 0},
};

static const struct {
	const char *key, *why;
} later[] = {
	{"DeviceRequests", "requests for devices by driver are not built yet: use --device"},
	{"KernelMemory", "the kernel has no such limit any more: use Memory"},
	{"KernelMemoryTCP", "only the old cgroup v1 had such a limit: use Memory"},
	{"CpuCount", "that is an option for Windows"},
	{"CpuPercent", "that is an option for Windows"},
	{"IOMaximumIOps", "that is an option for Windows"},
	{"IOMaximumBandwidth", "that is an option for Windows"},
};

static int decode_field(struct arena *a, const struct json *obj, const struct field *f,
			struct request *r, struct err *e)
{
	char *p = (char *)r + f->at;
	bool set = false;
	int rc = 0;

	switch (f->kind) {
	case STR:
		rc = json_want_str(obj, f->key, (const char **)(void *)p, e);
		break;
	case INT:
		rc = json_want_int(obj, f->key, (int64_t *)(void *)p, e);
		break;
	case BOOL:
		rc = json_want_bool(obj, f->key, (bool *)p, e);
		break;
	case STRS:
		rc = json_want_strs(obj, f->key, a, (struct strs *)(void *)p, &set, e);
		break;
	case MAP:
		rc = json_want_map(obj, f->key, a, (struct strs *)(void *)p, e);
		break;
	case KEYS:
		rc = json_want_keys(obj, f->key, a, (struct strs *)(void *)p, e);
		break;
	}
	if (f->set)
		*(bool *)((char *)r + f->set) = set;
	return rc;
}

static int decode_fields(struct arena *a, const struct json *obj, const struct field *f, size_t n,
			 struct request *r, struct err *e)
{
	for (size_t i = 0; i < n; i++)
		if (decode_field(a, obj, &f[i], r, e))
			return -1;
	return 0;
}

static bool is_zero(const struct json *v)
{
	switch (json_typeof(v)) {
	case JSON_NULL:
		return true;
	case JSON_BOOL:
		return !json_bool(v, false);
	case JSON_INT:
		return json_int(v, 0) == 0;
	case JSON_STR:
		return !*json_str(v, "");
	case JSON_ARR:
	case JSON_OBJ:
		return json_len(v) == 0;
	default:
		return false;
	}
}

static int refuse_later(const struct json *host, struct err *e)
{
	const struct json *isolation = json_get(host, "Isolation");

	for (size_t i = 0; i < sizeof(later) / sizeof(*later); i++)
		if (!is_zero(json_get(host, later[i].key)))
			return err_set(e, ERR_UNSUPPORTED, "%s: %s", later[i].key, later[i].why);
	if (*json_str(isolation, "") && strcasecmp(json_str(isolation, ""), "default"))
		return err_set(e, ERR_INVALID,
			       "invalid isolation (%.100s): linux only supports 'default'",
			       json_str(isolation, ""));
	return 0;
}

static void defaults(struct request *r)
{
	static const size_t strings[] = {
		AT(image),	 AT(hostname),	    AT(domainname),    AT(user),
		AT(workdir),	 AT(network),	    AT(pid),	       AT(ipc),
		AT(uts),	 AT(cgroupns),	    AT(cgroup_parent), AT(cid_file),
		AT(cpuset_cpus), AT(cpuset_mems),   AT(stop_signal),   AT(restart),
		AT(log_driver),	 AT(volume_driver), AT(userns),	       AT(runtime),
		AT(net.mac),
	};

	memset(r, 0, sizeof(*r));
	for (size_t i = 0; i < sizeof(strings) / sizeof(*strings); i++)
		*(const char **)(void *)((char *)r + strings[i]) = "";
	r->swappiness = -1;
	r->stop_timeout = REQUEST_NO_TIMEOUT;
	r->health.on_failure = "";
}

int request_decode(struct arena *a, const struct json *config, const struct json *host,
		   const struct json *networking, struct request *ret, struct err *e)
{
	const struct json *size;
	struct request r;

	defaults(&r);
	if (json_typeof(host) != JSON_NULL && json_typeof(host) != JSON_OBJ)
		return err_set(e, ERR_INVALID, "HostConfig: an object is needed");
	if (decode_fields(a, config, config_fields, sizeof(config_fields) / sizeof(*config_fields),
			  &r, e) ||
	    decode_fields(a, host, host_fields, sizeof(host_fields) / sizeof(*host_fields), &r,
			  e) ||
	    request_lists_decode(a, config, host, &r, e) ||
	    reqnet_decode(a, config, host, networking, &r.net, e) || refuse_later(host, e))
		return -1;
	r.mounts = json_get(host, "Mounts");
	if (json_typeof(r.mounts) != JSON_NULL && json_typeof(r.mounts) != JSON_ARR)
		return err_set(e, ERR_INVALID, "Mounts: an array is needed");
	size = json_get(host, "ConsoleSize");
	r.rows = json_int(json_at(size, 0), 0) & 0xffff;
	r.cols = json_int(json_at(size, 1), 0) & 0xffff;
	r.host = host;
	r.networking = networking;
	*ret = r;
	return request_check(ret, e);
}

/* ---- the image's part */

static bool has_key(const struct strs *list, const char *kv)
{
	size_t n = strcspn(kv, "=");

	for (size_t i = 0; i < list->n; i++)
		if (!strncmp(list->v[i], kv, n) && (list->v[i][n] == '=' || !list->v[i][n]))
			return true;
	return false;
}

/* The image's entries whose key the request does not have come last. A name without '=' in the
 * request takes that variable away. */
static void merge_env(struct arena *a, struct strs *ours, const struct strs *image)
{
	size_t n = ours->n;

	for (size_t i = 0; i < image->n; i++) {
		const struct strs given = {.v = ours->v, .n = n};

		if (!has_key(&given, image->v[i]))
			strs_add(a, ours, image->v[i]);
	}
}

static void merge_keys(struct arena *a, struct strs *ours, const struct strs *image)
{
	for (size_t i = 0; i < image->n; i++)
		if (!has_key(ours, image->v[i]))
			strs_add(a, ours, image->v[i]);
}

int request_merge(struct arena *a, struct request *r, const struct json *image, struct err *e)
{
	struct request im;

	defaults(&im);
	if (decode_fields(a, image, config_fields, sizeof(config_fields) / sizeof(*config_fields),
			  &im, e))
		return err_wrap(e, "the image's config");
	if (!r->entrypoint.n) {
		if (!r->cmd.n)
			r->cmd = im.cmd;
		if (!r->entrypoint_set)
			r->entrypoint = im.entrypoint;
	}
	/* [""] is how a client says "no entrypoint" */
	if (r->entrypoint.n == 1 && !*r->entrypoint.v[0])
		r->entrypoint.n = 0;
	if (!r->entrypoint.n && !r->cmd.n)
		return err_set(e, ERR_INVALID,
			       "no command specified: the image has none, give one after its name");
	if (!*r->user)
		r->user = im.user;
	if (!*r->workdir)
		r->workdir = im.workdir;
	if (!*r->stop_signal)
		r->stop_signal = im.stop_signal;
	if (request_lists_merge_health(a, &r->health, image, e))
		return err_wrap(e, "the image's config");
	merge_env(a, &r->env, &im.env);
	merge_keys(a, &r->labels, &im.labels);
	merge_keys(a, &r->volumes, &im.volumes);
	merge_keys(a, &r->ports, &im.ports);
	return 0;
}

static void write_keys(struct json_w *w, const char *key, const struct strs *s)
{
	if (!s->n)
		return;
	json_w_obj(w, key);
	for (size_t i = 0; i < s->n; i++) {
		json_w_obj(w, s->v[i]);
		json_w_end(w);
	}
	json_w_end(w);
}

void request_write(struct json_w *w, const char *key, const struct request *r)
{
	json_w_obj(w, key);
	request_lists_health(w, &r->health);
	for (size_t i = 0; i < sizeof(config_fields) / sizeof(*config_fields); i++) {
		const struct field *f = &config_fields[i];
		const char *p = (const char *)r + f->at;

		switch (f->kind) {
		case STR:
			json_w_str(w, f->key, *(const char *const *)(const void *)p);
			break;
		case INT: /* the one there is, StopTimeout, is not there when it is not set */
			if (*(const int64_t *)(const void *)p != REQUEST_NO_TIMEOUT)
				json_w_int(w, f->key, *(const int64_t *)(const void *)p);
			break;
		case BOOL:
			json_w_bool(w, f->key, *(const bool *)p);
			break;
		case STRS:
			json_w_strs(w, f->key, (const struct strs *)(const void *)p);
			break;
		case MAP:
			json_w_map(w, f->key, (const struct strs *)(const void *)p);
			break;
		case KEYS:
			write_keys(w, f->key, (const struct strs *)(const void *)p);
			break;
		}
	}
	json_w_end(w);
}
