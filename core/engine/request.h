/* SPDX-License-Identifier: Apache-2.0 */
/*
 * request: what a container is to be, decoded from Docker's JSON (ContainerConfig and HostConfig).
 *
 * The same decoder reads the body of POST /containers/create and the record on disk, which keeps
 * the request in Docker's own form. Decoding checks types and ranges and refuses what is not there
 * yet by name (a request is never half honoured in silence); what the host can do is asked in
 * runspec.h. Everything lives in the arena.
 */
#ifndef ENGINE_REQUEST_H
#define ENGINE_REQUEST_H

#include <stdbool.h>
#include <stdint.h>

#include "base/err.h"
#include "base/json.h"
#include "base/mem.h"
#include "engine/reqnet.h"

struct request_device {
	const char *host, *container, *access;
};

struct request_ulimit {
	const char *name;
	int64_t soft, hard; /* -1: unlimited */
};

struct request_health { /* durations in ns, 0: not set; Test as Docker's: [], NONE, CMD, CMD-SHELL
			 */
	bool set;
	struct strs test;
	int64_t interval, timeout, start_period, start_interval, retries;
	const char *on_failure; /* ours: "", none, kill, restart, stop */
};

struct request_throttle { /* BlkioDevice*: a limit or weight for one block device */
	const char *path;
	int64_t value;
};
enum request_blkio {
	REQUEST_BLKIO_WEIGHT,
	REQUEST_BLKIO_READ_BPS,
	REQUEST_BLKIO_WRITE_BPS,
	REQUEST_BLKIO_READ_IOPS,
	REQUEST_BLKIO_WRITE_IOPS,
	REQUEST_BLKIO_COUNT
};
struct request_throttles {
	struct request_throttle *v;
	size_t n;
};

struct request {
	/* ContainerConfig */
	const char *image, *hostname, *domainname, *user, *workdir, *stop_signal;
	struct strs env, cmd, entrypoint;
	bool cmd_set, entrypoint_set; /* given and not null; an empty list counts */
	struct strs labels;	      /* "key=value" */
	struct strs volumes, ports;   /* the keys of the objects */
	bool tty, open_stdin, stdin_once, attach_stdin, attach_stdout, attach_stderr;
	bool network_disabled;
	int64_t stop_timeout; /* seconds; negative: for ever; REQUEST_NO_TIMEOUT: 10 */
	struct request_health health;
	/* HostConfig */
	struct strs binds, tmpfs, sysctls, annotations; /* tmpfs: "dest=options" */
	const struct json *mounts;			/* array, or NULL */
	struct strs cap_add, cap_drop, security_opt, group_add, device_rules;
	struct strs extra_hosts, dns, dns_search, dns_options;
	struct strs masked, readonly_paths;
	bool masked_set, readonly_paths_set;
	struct request_device *devices;
	size_t ndevices;
	struct request_ulimit *ulimits;
	size_t nulimits;
	bool auto_remove, privileged, readonly, init, oom_kill_disable;
	const char *network, *pid, *ipc, *uts, *cgroupns, *cgroup_parent, *cid_file;
	int64_t rows, cols, shm_size, oom_score_adj;
	int64_t memory, memory_swap, memory_reservation, swappiness; /* swappiness -1: not set */
	int64_t cpu_shares, cpu_period, cpu_quota, nano_cpus, pids, blkio_weight;
	const char *cpuset_cpus, *cpuset_mems;
	int64_t cpu_rt_period, cpu_rt_runtime;
	struct request_throttles blkio[REQUEST_BLKIO_COUNT];
	const char *restart;	/* "", no, always, unless-stopped, on-failure */
	int64_t restart_max;	/* of on-failure; 0: no end */
	const char *log_driver; /* "": the engine's default */
	struct strs log_opts;	/* "key=value" */
	struct strs volumes_from, storage_opt;
	const char *volume_driver, *userns, *runtime;
	struct reqnet net;
	const struct json *host, *networking; /* HostConfig, NetworkingConfig as sent; or NULL */
};

/* config: the object with ContainerConfig's fields; host: HostConfig, networking: NetworkingConfig,
 * or NULL. ERR_INVALID names the field; ERR_UNSUPPORTED says what it waits for. */
int request_decode(struct arena *a, const struct json *config, const struct json *host,
		   const struct json *networking, struct request *ret, struct err *e);
/* Fills what the request leaves open from the image's "config" (Docker's rules: an entrypoint of
 * the request drops the image's command; environment by name; labels by key; volumes and ports
 * added). ERR_INVALID "no command specified". */
int request_merge(struct arena *a, struct request *r, const struct json *image, struct err *e);
/* The merged ContainerConfig as an object, to be decoded again later. */
void request_write(struct json_w *w, const char *key, const struct request *r);
#define REQUEST_NO_TIMEOUT INT64_MIN /* not set */
#define REQUEST_MEMORY_MIN (6 << 20) /* bytes, and of the reservation */
/* Limits whose ranges do not depend on the host. */
int request_check(const struct request *r, struct err *e);
/* Only its restart policy. */
int request_check_restart(const struct request *r, struct err *e);

#endif
