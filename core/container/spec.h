/* SPDX-License-Identifier: Apache-2.0 */
/*
 * spec: everything needed to start one container on this kernel, fully resolved.
 *
 * The engine makes it from the image's config and the create request; the shim gets it encoded
 * (spec_encode: a length, JSON, the seccomp program) and the container's first process acts on it.
 * No defaults are applied after this point, nothing here is looked up again on the host: a path is
 * a path, a number a number. Strings and arrays live in one arena, the spec owns nothing.
 */
#ifndef CONTAINER_SPEC_H
#define CONTAINER_SPEC_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "base/buf.h"
#include "base/err.h"
#include "base/mem.h"

enum spec_ns {
	SPEC_NS_PID,
	SPEC_NS_NET,
	SPEC_NS_IPC,
	SPEC_NS_UTS,
	SPEC_NS_MNT,
	SPEC_NS_CGROUP,
	SPEC_NS_COUNT
};
enum spec_ns_mode {
	SPEC_NS_OWN,
	SPEC_NS_HOST,
	SPEC_NS_PATH /* join ns_path[i]: an absolute path, or "container:<id>" (join.h) */
};

enum spec_rootfs {
	SPEC_ROOTFS_OVERLAY, /* lowers (topmost first, relative to base), upper, work */
	SPEC_ROOTFS_DIR,     /* dir is the writable tree itself (vfs, btrfs) */
};

enum spec_idmap {
	SPEC_IDMAP_NONE,
	SPEC_IDMAP_TRY, /* where its file system can */
	SPEC_IDMAP_MUST
};

struct spec_mount {
	const char *type;    /* bind proc tmpfs devpts sysfs mqueue cgroup (the mount type's name);
				layers: those of an image, read-only;
				peer: what is at source in the container whose ipc namespace is
				joined */
	const char *source;  /* bind: absolute host path; else the name shown in mountinfo */
	const char *dest;    /* inside the container, absolute, not yet resolved */
	unsigned long flags; /* MS_RDONLY | MS_NOSUID | MS_NODEV | MS_NOEXEC | MS_STRICTATIME ... */
	unsigned long propagation; /* MS_PRIVATE, MS_RPRIVATE..., 0: rprivate */
	const char *data;	   /* file system options */
	bool recursive;		   /* bind: with what is mounted below */
	bool rro;		   /* bind: read-only recursively, where the kernel can (5.12) */
	bool rro_force;		   /* bind: an error where it cannot */
	bool make_source;	   /* bind: create a missing source directory (-v, not --mount) */
	bool outside;		   /* the file system of a volume with options: not ours */
	const char *subpath;	   /* bind, outside, layers: only this directory or file below it;
				      resolved beneath it, whatever others do meanwhile; or NULL */
	enum spec_idmap idmap;	   /* bind, outside: owners are shown as the user namespace's */
	const char *base;	   /* layers: as spec.base and spec.lowers */
	struct strs lowers;
};

struct spec_device {
	const char *path; /* inside the container, below /dev usually */
	char type;	  /* 'c' or 'b' */
	unsigned major, minor;
	mode_t mode; /* permission bits of the node */
	uid_t uid;
	gid_t gid;
};

struct spec_device_rule { /* for the device cgroup, in order, last match wins */
	bool allow;
	char type;	      /* 'a' 'b' 'c' */
	int64_t major, minor; /* -1: any */
	const char *access;   /* "rwm" */
};

struct spec_rlimit {
	int resource;	     /* RLIMIT_* */
	uint64_t soft, hard; /* UINT64_MAX: unlimited */
};

enum spec_blkio_kind {
	SPEC_BLKIO_WEIGHT, /* 10..1000 */
	SPEC_BLKIO_READ_BPS,
	SPEC_BLKIO_WRITE_BPS,
	SPEC_BLKIO_READ_IOPS,
	SPEC_BLKIO_WRITE_IOPS,
	SPEC_BLKIO_KINDS
};
struct spec_blkio { /* of one block device */
	enum spec_blkio_kind kind;
	unsigned major, minor;
	int64_t value;
};

struct spec_resources { /* 0 means not set, but where said otherwise */
	int64_t memory, memory_reservation;
	int64_t memory_swap; /* memory + swap; -1: unlimited swap */
	int64_t swappiness;  /* -1: not set */
	bool oom_kill_disable;
	int64_t cpu_shares, cpu_quota, cpu_period;
	const char *cpuset_cpus, *cpuset_mems;
	int64_t pids;			       /* -1: unlimited, 0: not set */
	int64_t cpu_rt_period, cpu_rt_runtime; /* microseconds */
	int64_t blkio_weight;
	struct spec_blkio *blkio;
	size_t nblkio;
};

struct spec_seccomp {
	bool enabled;
	uint16_t len; /* in instructions */
	void *filter; /* struct sock_filter[len] */
};

struct spec_log {	    /* what the shim does with the container's output */
	const char *driver; /* "json-file" or "none" */
	const char *path;   /* json-file: absolute, below data-root/containers/<id> */
	int64_t max_size;   /* bytes; <= 0: no limit */
	int64_t max_files;  /* with the current one; >= 1 */
	bool compress;	    /* the rotated ones, gzip */
	bool nonblocking;   /* lose lines rather than keep the container waiting */
	int64_t buffer;	    /* bytes of the ring of nonblocking mode */
	const char *attrs;  /* the JSON object behind "attrs" of each line; NULL: none */
};

struct spec_health { /* no test: none */
	struct strs
		test; /* CMD a b ...; CMD-SHELL line; ours: HTTP url, TCP host:port, FILE path */
	int64_t interval, timeout, start_period, start_interval; /* ns, all set */
	int64_t retries;
	const char *on_failure; /* none kill restart stop */
};

struct spec_policy {
	const char *restart;  /* no, always, unless-stopped, on-failure */
	int64_t restart_max;  /* 0: no end */
	int stop_signal;      /* a number */
	int64_t stop_timeout; /* seconds; -1: wait for ever */
};

struct spec {
	const char *id;
	const char *runtime;   /* absolute path of an OCI runtime that runs it; NULL: we do */
	int64_t runtime_limit; /* seconds that one call of it may take */
	/* the process */
	struct strs args, env;
	const char *cwd; /* "" means / */
	const char
		*user; /* as Docker takes it: "", name, uid, name:group, uid:gid; resolved inside */
	struct strs groups; /* --group-add, names or numbers */
	bool tty;
	unsigned tty_rows, tty_cols;
	bool open_stdin;
	bool init;   /* proa-init as pid 1 */
	bool reaper; /* of enter_make: what it orphans becomes its own child, not pid 1's */
	int oom_score_adj;
	struct spec_rlimit *rlimits;
	size_t nrlimits;
	/* isolation */
	uint64_t caps;	  /* permitted, effective and bounding */
	uint64_t ambient; /* and inheritable; a bundle's only */
	bool no_new_privs;
	struct spec_seccomp seccomp;
	const char *seccomp_oci; /* for a runtime: the same policy as OCI's JSON; NULL: none */
	const char *apparmor;	 /* profile for exec; NULL: none */
	const char *selinux;	 /* process label; NULL: none */
	enum spec_ns_mode ns[SPEC_NS_COUNT];
	const char *ns_path[SPEC_NS_COUNT];
	int ns_fd[SPEC_NS_COUNT]; /* join_open's: for this process only; 0: none */
	int peer_mnt;		  /* likewise: the mount namespace of the one whose ipc it is */
	const char *userns; /* NULL: the host's; else private, auto, container:<id>: userns.h */
	bool root_as_is;    /* of one with a user namespace: its root is not mapped */
	const char *uid_map, *gid_map; /* private: the kernel's lines; auto: userns_claim's */
	int userns_dir; /* join_open's: /proc/PID of whose user namespace it is; 0: none */
	const char *hostname, *domainname; /* set in an own uts namespace; NULL: left alone */
	struct strs sysctls;		   /* "key=value" with dots */
	const char *network;		   /* what shimnet's functions are to do; NULL: nothing */
	/* the file system */
	enum spec_rootfs rootfs;
	const char *base; /* overlay: absolute directory the others are relative to (chdir before
			     mount) */
	struct strs lowers;
	const char *upper, *work;
	const char *dir; /* SPEC_ROOTFS_DIR: absolute; overlay: absolute mount point */
	bool readonly;
	struct spec_mount *mounts; /* in order */
	size_t nmounts;
	struct spec_device *devices;
	size_t ndevices;
	bool privileged_dev; /* all of the host's devices are in `devices`; /dev/console etc. stay
				ours */
	struct strs masked, readonly_paths;
	/* limits */
	const char *cgroup; /* path below each hierarchy's mount, e.g. "/proa/<id>"; NULL: none */
	struct spec_resources res;
	struct spec_device_rule *rules;
	size_t nrules;
	/* its shim */
	struct strs volumes; /* anonymous ones that go with a --rm container: home_drop_volume */
	struct spec_log log;
	struct spec_health health;
	struct spec_policy policy;
};

void spec_encode(const struct spec *s, struct buf *b);
/* What may change while it runs: resources and policy. */
void spec_encode_changes(const struct spec *s, struct buf *b);
int spec_decode_changes(struct arena *a, const void *data, size_t len, struct spec *s,
			struct err *e);
/* Everything lives in the arena afterwards; data may be freed. */
int spec_decode(struct arena *a, const void *data, size_t len, struct spec *ret, struct err *e);

#endif
