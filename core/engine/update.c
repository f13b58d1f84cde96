/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The record is merged as JSON, read back by the decoder that a create uses, and so meets every
 * check of a create. It gets its place on the disk, which may be full; then the kernel is asked,
 * which may refuse (memory that is in use); and only what it took counts as written down. Of the
 * group only what changes is written: a limit that this machine could not set when the container
 * was made must not make an unrelated change fail.
 *
 * Against a start: one who starts reads the record with the liveness lock held. So with that lock
 * free it is held here while the record is changed; with it taken there is a shim, or will be one
 * in a moment, which is told to keep the new values for its next runs. If it made the group before
 * it knew them, they are written to the group once more behind its answer.
 */
#include "engine/update.h"
#include "container/cgroup.h"
#include "container/shimcall.h"
#include "engine/containers.h"
#include "engine/containers_record.h"
#include "engine/control.h"
#include "engine/hostcheck.h"
#include "engine/runresources.h"

#include <string.h>

#define CANNOT "Cannot update container %s"

static const char *const numbers[] = {
	"BlkioWeight", "CpuPeriod", "CpuQuota", "CpuRealtimePeriod", "CpuRealtimeRuntime",
	"CpuShares",   "Memory",    "NanoCpus", "MemoryReservation", "MemorySwap",
};
static const char *const texts[] = {"CpusetCpus", "CpusetMems"};
/* what the body's type has too, and Docker ignores */
static const char *const fixed[] = {
	"BlkioWeightDevice",   "BlkioDeviceReadBps",   "BlkioDeviceWriteBps",
	"BlkioDeviceReadIOps", "BlkioDeviceWriteIOps", "Devices",
	"DeviceCgroupRules",   "DeviceRequests",       "Ulimits",
};

static bool changes(const struct strs *keys, const char *key)
{
	for (size_t i = 0; i < keys->n; i++)
		if (!strcmp(keys->v[i], key))
			return true;
	return false;
}

/* Which keys of the body say something. PidsLimit's 0 does: no limit. */
static int find_changes(struct arena *a, const struct json *body, struct strs *keys, struct err *e)
{
	const struct json *policy;

	for (size_t i = 0; i < sizeof(fixed) / sizeof(*fixed); i++)
		if (json_len(json_get(body, fixed[i])))
			return err_set(e, ERR_UNSUPPORTED,
				       "%s cannot be changed: make a new container", fixed[i]);
	for (size_t i = 0; i < sizeof(numbers) / sizeof(*numbers); i++) {
		int64_t n = 0;

		if (json_want_int(body, numbers[i], &n, e))
			return -1;
		if (n)
			strs_add(a, keys, arena_strdup(a, numbers[i]));
	}
	for (size_t i = 0; i < sizeof(texts) / sizeof(*texts); i++) {
		const char *s = "";

		if (json_want_str(body, texts[i], &s, e))
			return -1;
		if (*s)
			strs_add(a, keys, arena_strdup(a, texts[i]));
	}
	if (json_typeof(json_get(body, "PidsLimit")) != JSON_NULL)
		strs_add(a, keys, arena_strdup(a, "PidsLimit"));
	if (json_want_obj(body, "RestartPolicy", &policy, e))
		return -1;
	if (*json_str(json_get(policy, "Name"), ""))
		strs_add(a, keys, arena_strdup(a, "RestartPolicy"));
	return 0;
}

static void write_merged(const struct json *old, const struct json *body, const struct strs *keys,
			 struct buf *b)
{
	struct json_iter it = json_iter(old);
	struct json_w w = JSON_W(b);
	const struct json *v;
	const char *k;

	json_w_obj(&w, NULL);
	while ((v = json_next(&it, &k)))
		if (!changes(keys, k))
			json_w_val(&w, k, v);
	for (size_t i = 0; i < keys->n; i++) {
		v = json_get(body, keys->v[i]);
		if (!strcmp(keys->v[i], "PidsLimit") && json_int(v, 1) <= 0)
			json_w_int(&w, keys->v[i], -1);
		else
			json_w_val(&w, keys->v[i], v);
	}
	json_w_end(&w);
}

static int conflict(const char *id, const char *what, struct err *e)
{
	return err_set(e, ERR_CONFLICT, CANNOT ": %s", id, what);
}

/* What the new value contradicts, which was set before and is not changed now. */
static int check_conflicts(const struct containers_one *c, const struct spec_resources *old,
			   const struct json *body, const struct strs *keys, struct err *e)
{
	const struct request *r = &c->req;
	int64_t memory = json_int(json_get(body, "Memory"), 0);

	if (changes(keys, "NanoCpus") && r->cpu_period > 0)
		return conflict(c->id,
				"Conflicting options: Nano CPUs cannot be updated as CPU Period "
				"has already been set",
				e);
	if (changes(keys, "NanoCpus") && r->cpu_quota > 0)
		return conflict(c->id,
				"Conflicting options: Nano CPUs cannot be updated as CPU Quota "
				"has already been set",
				e);
	if (changes(keys, "CpuPeriod") && r->nano_cpus > 0)
		return conflict(c->id,
				"Conflicting options: CPU Period cannot be updated as NanoCPUs "
				"has already been set",
				e);
	if (changes(keys, "CpuQuota") && r->nano_cpus > 0)
		return conflict(c->id,
				"Conflicting options: CPU Quota cannot be updated as NanoCPUs has "
				"already been set",
				e);
	/* one that is too small for any is told as such */
	if (memory >= REQUEST_MEMORY_MIN && memory > old->memory_swap && changes(keys, "Memory") &&
	    !changes(keys, "MemorySwap"))
		return conflict(c->id,
				"Memory limit should be smaller than already set memoryswap "
				"limit, update the memoryswap at the same time",
				e);
	if (changes(keys, "RestartPolicy") && r->auto_remove &&
	    strcmp(json_str(json_get(json_get(body, "RestartPolicy"), "Name"), ""), "no"))
		return conflict(c->id,
				"Restart policy cannot be updated because AutoRemove is enabled "
				"for the container",
				e);
	return 0;
}

static bool same_text(const char *a, const char *b)
{
	return a == b || (a && b && !strcmp(a, b));
}

/* Leaves in *r only what differs from `old`. */
static void only_new(struct spec_resources *r, const struct spec_resources *old)
{
	if (r->memory == old->memory && r->memory_swap == old->memory_swap)
		r->memory = r->memory_swap = 0;
	if (r->memory_reservation == old->memory_reservation)
		r->memory_reservation = 0;
	if (r->cpu_quota == old->cpu_quota && r->cpu_period == old->cpu_period)
		r->cpu_quota = r->cpu_period = 0;
	if (r->cpu_shares == old->cpu_shares)
		r->cpu_shares = 0;
	if (same_text(r->cpuset_cpus, old->cpuset_cpus))
		r->cpuset_cpus = NULL;
	if (same_text(r->cpuset_mems, old->cpuset_mems))
		r->cpuset_mems = NULL;
	if (r->cpu_rt_period == old->cpu_rt_period && r->cpu_rt_runtime == old->cpu_rt_runtime)
		r->cpu_rt_period = r->cpu_rt_runtime = 0;
	if (r->pids == old->pids)
		r->pids = 0;
	if (r->blkio_weight == old->blkio_weight)
		r->blkio_weight = 0;
	r->swappiness = -1;
	r->oom_kill_disable = false;
}

/* Of a container that has a shim. The group may not be there yet, or not any more. */
static int apply(struct engine *en, struct arena *a, const struct containers_one *c,
		 const struct spec_resources *r, struct err *e)
{
	const char *group = containers_cgroup(en, a, &c->req, c->id);

	if (!cgroup_exists(group) || !cgroup_update(group, r, e) || !cgroup_exists(group))
		return 0;
	return err_wrap(e, CANNOT, c->id);
}

/* The new request, and what of its limits is new. */
static int merge(struct arena *a, const struct containers_one *c, const struct json *body,
		 const struct strs *keys, struct buf *host, struct spec_resources *ret,
		 struct err *e)
{
	const struct json *merged;
	struct spec_resources old;
	struct request r;

	if (runresources_build(a, &c->req, true, &old, e) ||
	    check_conflicts(c, &old, body, keys, e))
		return -1;
	write_merged(json_get(c->record, "HostConfig"), body, keys, host);
	merged = json_parse(a, host->data, host->len, CONTAINERS_RECORD_MAX, "HostConfig", e);
	if (!merged || request_decode(a, json_get(c->record, "Config"), merged, NULL, &r, e) ||
	    hostcheck_request(&r, e) || runresources_build(a, &r, true, ret, e))
		return -1;
	only_new(ret, &old);
	return 0;
}

int update_container(struct engine *en, struct arena *a, const char *ref, const struct json *body,
		     struct err *e)
{
	AUTO_FD int record = -1, lock = -1, live = -1;
	AUTO_BUF host = BUF_INIT;
	struct containers_one c;
	struct spec_resources r;
	struct strs keys = {0};
	char id[65];

	if (containers_find(en, ref, id, e) || find_changes(a, body, &keys, e))
		return -1;
	record = containers_record_lock(en, id, e);
	if (record < 0 || containers_load(en, a, id, &c, e))
		return -1;
	if (!keys.n)
		return 0;
	if (merge(a, &c, body, &keys, &host, &r, e))
		return -1;
	lock = containers_lock(en, id, e);
	if ((lock < 0 && e->kind != ERR_CONFLICT) ||
	    containers_record_stage(en, &c, "HostConfig", &host, e))
		return -1;
	if (lock < 0 && apply(en, a, &c, &r, e)) {
		containers_record_drop(en, id);
		return -1;
	}
	if (containers_record_commit(en, id, e))
		return -1;
	if (lock >= 0)
		return 0;
	if (control_update(en, a, id, &live, e))
		return -1;
	return live < 0 ? apply(en, a, &c, &r, e) : 0;
}
