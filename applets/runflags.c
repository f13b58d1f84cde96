/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Every flag of Docker's run stands in the table, so that help and completion are whole and nothing
 * is "unknown". What is not built yet is refused by name with its reason: a container that runs
 * with less than it was asked for is worse than none. Parsing of values that are more than a string
 * is in runvalues.c. Only what was given is written, so a request is small and the defaults are the
 * engine's alone.
 */
#include "applets/runflags.h"
#include "applets/runvalues.h"
#include "applets/runvalues_block.h"
#include "applets/runvalues_health.h"
#include "applets/runvalues_host.h"
#include "applets/runvalues_mount.h"
#include "applets/runvalues_net.h"
#include "applets/runvalues_ports.h"
#include "applets/term.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

static struct {
	struct strs attach, env, env_file, label, label_file, volume, mount, tmpfs, cap_add,
		cap_drop, security_opt, device, device_rule, ulimit, sysctl, group_add, add_host,
		dns, dns_option, dns_search, expose, publish, annotation, volumes_from, storage_opt,
		log_opt, network, weight_device, read_bps, write_bps, read_iops, write_iops;
	struct runvalues_health health;
	struct runvalues_net_one first; /* what is said of the first network by flags of its own */
	const char *cidfile, *cpus, *cpuset_cpus, *cpuset_mems, *domainname, *entrypoint, *hostname,
		*ipc, *name, *pid, *platform, *pull, *restart, *runtime, *stop_signal, *user,
		*userns, *uts, *workdir, *cgroup_parent, *cgroupns, *log_driver, *volume_driver,
		*isolation, *detach_keys;
	bool detach, init, interactive, oom_kill_disable, privileged, quiet, readonly, rm,
		sig_proxy, tty, init_set, entrypoint_set, publish_all, ignored;
	int64_t blkio_weight, cpu_period, cpu_quota, cpu_shares, memory, memory_reservation,
		memory_swap, swappiness, oom_score_adj, pids, shm_size, stop_timeout, cpu_rt_period,
		cpu_rt_runtime, cpu_count, cpu_percent;
	bool swappiness_set, pids_set, stop_timeout_set;
	struct strs none; /* values of refused flags */
} f = {.sig_proxy = true, .pull = "missing", .first = {.ip = "", .ip6 = "", .mac = ""}};

/* Refused flags: order as in refusals[]. */
enum { R_GPUS, R_SOCKET, R_KERNEL_MEMORY, R_IO, R_COUNT };
static bool refused[R_COUNT];
static const struct {
	const char *flag, *why;
} refusals[R_COUNT] = {
	[R_GPUS] = {"gpus", "devices by driver are not built yet: use --device"},
	[R_SOCKET] = {"use-api-socket", "giving the engine's socket away is not built yet"},
	[R_KERNEL_MEMORY] = {"kernel-memory", "kernels have no such limit any more"},
	[R_IO] = {"io-max*", "that is an option for Windows"},
};

#define NO(n, l, type, arg, help, r)                                                               \
	{                                                                                          \
		n, l, type, &f.none, arg, help, &refused[r]                                        \
	}

const struct option_def runflags_create[] = {
	{"add-host", 0, OPTION_LIST, &f.add_host, "list", "Add a host-to-IP mapping (host:ip)",
	 NULL},
	{"annotation", 0, OPTION_LIST, &f.annotation, "map", "Add an annotation", NULL},
	{"attach", 'a', OPTION_LIST, &f.attach, "list", "Attach to STDIN, STDOUT or STDERR", NULL},
	{"blkio-weight", 0, OPTION_INT, &f.blkio_weight, "uint16",
	 "Block IO weight, 10 to 1000 (0: none)", NULL},
	{"blkio-weight-device", 0, OPTION_LIST, &f.weight_device, "list",
	 "Block IO weight of a device (path:weight)", NULL},
	{"cap-add", 0, OPTION_LIST, &f.cap_add, "list", "Add Linux capabilities", NULL},
	{"cap-drop", 0, OPTION_LIST, &f.cap_drop, "list", "Drop Linux capabilities", NULL},
	{"cgroup-parent", 0, OPTION_STR, &f.cgroup_parent, "string", "Parent cgroup", NULL},
	{"cgroupns", 0, OPTION_STR, &f.cgroupns, "string", "Cgroup namespace: host or private",
	 NULL},
	{"cidfile", 0, OPTION_STR, &f.cidfile, "string", "Write the container ID to the file",
	 NULL},
	{"cpu-count", 0, OPTION_INT, &f.cpu_count, "int", "CPU count (Windows)", NULL},
	{"cpu-percent", 0, OPTION_INT, &f.cpu_percent, "int", "CPU percent (Windows)", NULL},
	{"cpu-period", 0, OPTION_INT, &f.cpu_period, "int", "CPU CFS period in microseconds", NULL},
	{"cpu-quota", 0, OPTION_INT, &f.cpu_quota, "int", "CPU CFS quota in microseconds", NULL},
	{"cpu-rt-period", 0, OPTION_INT, &f.cpu_rt_period, "int", "CPU real-time period", NULL},
	{"cpu-rt-runtime", 0, OPTION_INT, &f.cpu_rt_runtime, "int", "CPU real-time runtime", NULL},
	{"cpu-shares", 'c', OPTION_INT, &f.cpu_shares, "int", "CPU shares (relative weight)", NULL},
	{"cpus", 0, OPTION_STR, &f.cpus, "decimal", "Number of CPUs", NULL},
	{"cpuset-cpus", 0, OPTION_STR, &f.cpuset_cpus, "string", "CPUs to run on (0-3, 0,1)", NULL},
	{"cpuset-mems", 0, OPTION_STR, &f.cpuset_mems, "string", "Memory nodes (0-3, 0,1)", NULL},
	{"device", 0, OPTION_LIST, &f.device, "list", "Add a host device (src[:dst[:rwm]])", NULL},
	{"device-cgroup-rule", 0, OPTION_LIST, &f.device_rule, "list",
	 "Add a rule to the allowed devices ('c 1:3 mr')", NULL},
	{"device-read-bps", 0, OPTION_LIST, &f.read_bps, "list",
	 "Limit read rate of a device (path:1mb)", NULL},
	{"device-read-iops", 0, OPTION_LIST, &f.read_iops, "list",
	 "Limit read operations of a device (path:number)", NULL},
	{"device-write-bps", 0, OPTION_LIST, &f.write_bps, "list", "Limit write rate of a device",
	 NULL},
	{"device-write-iops", 0, OPTION_LIST, &f.write_iops, "list", "Limit writes of a device",
	 NULL},
	{"disable-content-trust", 0, OPTION_BOOL, &f.ignored, NULL,
	 "Skip image verification (always so)", NULL},
	{"dns", 0, OPTION_LIST, &f.dns, "list", "DNS servers", NULL},
	{"dns-opt", 0, OPTION_LIST, &f.dns_option, "list", "The same as --dns-option", NULL},
	{"dns-option", 0, OPTION_LIST, &f.dns_option, "list", "DNS options", NULL},
	{"dns-search", 0, OPTION_LIST, &f.dns_search, "list", "DNS search domains", NULL},
	{"domainname", 0, OPTION_STR, &f.domainname, "string", "NIS domain name", NULL},
	{"entrypoint", 0, OPTION_STR, &f.entrypoint, "string", "Replace the image's ENTRYPOINT",
	 &f.entrypoint_set},
	{"env", 'e', OPTION_LIST, &f.env, "list", "Set environment variables", NULL},
	{"env-file", 0, OPTION_LIST, &f.env_file, "list", "Read them from a file", NULL},
	{"expose", 0, OPTION_LIST, &f.expose, "list", "Expose a port or a range of ports", NULL},
	NO("gpus", 0, OPTION_LIST, "gpu-request", "GPU devices", R_GPUS),
	{"group-add", 0, OPTION_LIST, &f.group_add, "list", "Add groups to join", NULL},
	{"health-cmd", 0, OPTION_STR, &f.health.cmd, "string",
	 "Command to check health; or http://, tcp://, file:", NULL},
	{"health-interval", 0, OPTION_DURATION, &f.health.interval, "duration",
	 "Time between checks (1m30s; default 30s)", NULL},
	{"health-on-failure", 0, OPTION_STR, &f.health.on_failure, "string",
	 "What is done with an unhealthy one: none, kill, restart, stop", NULL},
	{"health-retries", 0, OPTION_INT, &f.health.retries, "int", "Failures until unhealthy",
	 NULL},
	{"health-start-interval", 0, OPTION_DURATION, &f.health.start_interval, "duration",
	 "Time between checks in the start period", NULL},
	{"health-start-period", 0, OPTION_DURATION, &f.health.start_period, "duration",
	 "Time to initialise, in which failures do not count", NULL},
	{"health-timeout", 0, OPTION_DURATION, &f.health.timeout, "duration",
	 "Time one check may take", NULL},
	{"hostname", 'h', OPTION_STR, &f.hostname, "string", "Host name", NULL},
	{"init", 0, OPTION_BOOL, &f.init, NULL, "Run an init that forwards signals and reaps",
	 &f.init_set},
	{"interactive", 'i', OPTION_BOOL, &f.interactive, NULL, "Keep STDIN open", NULL},
	NO("io-maxbandwidth", 0, OPTION_LIST, "bytes", "IO bandwidth (Windows)", R_IO),
	NO("io-maxiops", 0, OPTION_LIST, "uint", "IO operations (Windows)", R_IO),
	{"ip", 0, OPTION_STR, &f.first.ip, "string", "IPv4 address", NULL},
	{"ip6", 0, OPTION_STR, &f.first.ip6, "string", "IPv6 address", NULL},
	{"ipc", 0, OPTION_STR, &f.ipc, "string", "IPC namespace: none, private, shareable, host",
	 NULL},
	{"isolation", 0, OPTION_STR, &f.isolation, "string", "Isolation (Windows)", NULL},
	NO("kernel-memory", 0, OPTION_LIST, "bytes", "Kernel memory limit", R_KERNEL_MEMORY),
	{"label", 'l', OPTION_LIST, &f.label, "list", "Set metadata", NULL},
	{"label-file", 0, OPTION_LIST, &f.label_file, "list", "Read labels from a file", NULL},
	{"link", 0, OPTION_LIST, &f.first.links, "list", "Link to another container", NULL},
	{"link-local-ip", 0, OPTION_LIST, &f.first.link_local, "list", "Link-local addresses",
	 NULL},
	{"log-driver", 0, OPTION_STR, &f.log_driver, "string", "Log driver", NULL},
	{"log-opt", 0, OPTION_LIST, &f.log_opt, "list", "Log driver options", NULL},
	{"mac-address", 0, OPTION_STR, &f.first.mac, "string", "MAC address", NULL},
	{"memory", 'm', OPTION_BYTES, &f.memory, "bytes", "Memory limit", NULL},
	{"memory-reservation", 0, OPTION_BYTES, &f.memory_reservation, "bytes", "Memory soft limit",
	 NULL},
	{"memory-swap", 0, OPTION_SWAP, &f.memory_swap, "bytes",
	 "Memory plus swap limit (-1: unlimited swap)", NULL},
	{"memory-swappiness", 0, OPTION_INT, &f.swappiness, "int", "Swappiness, 0 to 100",
	 &f.swappiness_set},
	{"mount", 0, OPTION_LIST, &f.mount, "mount", "Attach a file system mount", NULL},
	{"name", 0, OPTION_STR, &f.name, "string", "Name of the container", NULL},
	{"network", 0, OPTION_LIST, &f.network, "network",
	 "A network by name, none, host or container:NAME", NULL},
	{"net", 0, OPTION_LIST, &f.network, "network", "The same as --network", NULL},
	{"net-alias", 0, OPTION_LIST, &f.first.aliases, "list", "The same as --network-alias",
	 NULL},
	{"network-alias", 0, OPTION_LIST, &f.first.aliases, "list", "Network-scoped alias", NULL},
	{"no-healthcheck", 0, OPTION_BOOL, &f.health.none, NULL,
	 "No health check, not even the image's", NULL},
	{"oom-kill-disable", 0, OPTION_BOOL, &f.oom_kill_disable, NULL, "Disable the OOM killer",
	 NULL},
	{"oom-score-adj", 0, OPTION_INT, &f.oom_score_adj, "int", "OOM preference, -1000 to 1000",
	 NULL},
	{"pid", 0, OPTION_STR, &f.pid, "string", "PID namespace: host or container:NAME", NULL},
	{"pids-limit", 0, OPTION_INT, &f.pids, "int", "Limit of processes (-1: none)", &f.pids_set},
	{"platform", 0, OPTION_STR, &f.platform, "string", "Platform the image must have", NULL},
	{"privileged", 0, OPTION_BOOL, &f.privileged, NULL, "Give extended privileges", NULL},
	{"publish", 'p', OPTION_LIST, &f.publish, "list",
	 "Publish ports to the host ([ip:][port:]port[/protocol])", NULL},
	{"publish-all", 'P', OPTION_BOOL, &f.publish_all, NULL, "Publish all exposed ports", NULL},
	{"pull", 0, OPTION_STR, &f.pull, "string", "missing or never", NULL},
	{"quiet", 'q', OPTION_BOOL, &f.quiet, NULL, "Say nothing of a missing image", NULL},
	{"read-only", 0, OPTION_BOOL, &f.readonly, NULL, "Mount the root file system read-only",
	 NULL},
	{"restart", 0, OPTION_STR, &f.restart, "string", "Restart policy", NULL},
	{"rm", 0, OPTION_BOOL, &f.rm, NULL, "Remove the container when it exits", NULL},
	{"runtime", 0, OPTION_STR, &f.runtime, "string", "Runtime to use", NULL},
	{"security-opt", 0, OPTION_LIST, &f.security_opt, "list", "Security options", NULL},
	{"shm-size", 0, OPTION_BYTES, &f.shm_size, "bytes", "Size of /dev/shm", NULL},
	{"stop-signal", 0, OPTION_STR, &f.stop_signal, "string", "Signal to stop the container",
	 NULL},
	{"stop-timeout", 0, OPTION_INT, &f.stop_timeout, "int", "Seconds it is given to stop",
	 &f.stop_timeout_set},
	{"storage-opt", 0, OPTION_LIST, &f.storage_opt, "list", "Storage driver options", NULL},
	{"sysctl", 0, OPTION_LIST, &f.sysctl, "map", "Kernel settings of its namespaces", NULL},
	{"tmpfs", 0, OPTION_LIST, &f.tmpfs, "list", "Mount a tmpfs (dir[:options])", NULL},
	{"tty", 't', OPTION_BOOL, &f.tty, NULL, "Allocate a terminal", NULL},
	{"ulimit", 0, OPTION_LIST, &f.ulimit, "ulimit", "Resource limits (name=soft[:hard])", NULL},
	{"use-api-socket", 0, OPTION_BOOL, &f.ignored, NULL, "Give it the engine's socket",
	 &refused[R_SOCKET]},
	{"user", 'u', OPTION_STR, &f.user, "string", "User name or UID (<name|uid>[:<group|gid>])",
	 NULL},
	{"userns", 0, OPTION_STR, &f.userns, "string",
	 "User namespace: host, private, auto or container:NAME", NULL},
	{"uts", 0, OPTION_STR, &f.uts, "string", "UTS namespace: host", NULL},
	{"volume", 'v', OPTION_LIST, &f.volume, "list", "Bind mount (src:dst[:options])", NULL},
	{"volume-driver", 0, OPTION_STR, &f.volume_driver, "string", "Volume driver", NULL},
	{"volumes-from", 0, OPTION_LIST, &f.volumes_from, "list", "Volumes of another container",
	 NULL},
	{"workdir", 'w', OPTION_STR, &f.workdir, "string", "Working directory", NULL},
	{NULL, 0, OPTION_BOOL, NULL, NULL, NULL, NULL},
};

const struct option_def runflags_run[] = {
	{"detach", 'd', OPTION_BOOL, &f.detach, NULL, "Run in the background, print the ID", NULL},
	{"detach-keys", 0, OPTION_STR, &f.detach_keys, "string", "Key sequence for detaching",
	 NULL},
	{"sig-proxy", 0, OPTION_BOOL, &f.sig_proxy, NULL, "Pass signals on (default true)", NULL},
	{NULL, 0, OPTION_BOOL, (void *)(uintptr_t)runflags_create, NULL, NULL, NULL},
};

static void str(struct json_w *w, const char *key, const char *v)
{
	if (v && *v)
		json_w_str(w, key, v);
}

static void num(struct json_w *w, const char *key, int64_t v)
{
	if (v)
		json_w_int(w, key, v);
}

static void flag(struct json_w *w, const char *key, bool v)
{
	if (v)
		json_w_bool(w, key, v);
}

static void list(struct json_w *w, const char *key, const struct strs *v)
{
	if (v->n)
		json_w_strs(w, key, v);
}

int runflags_parse(struct runflags *ret, struct err *e)
{
	bool any = f.attach.n > 0;

	for (size_t i = 0; i < R_COUNT; i++)
		if (refused[i])
			return err_set(e, ERR_UNSUPPORTED, "--%s: %s", refusals[i].flag,
				       refusals[i].why);
	if (f.detach && any)
		return err_set(e, ERR_CONFLICT,
			       "conflicting options: cannot specify both --attach "
			       "and --detach");
	if (f.rm && f.restart && *f.restart && strcmp(f.restart, "no"))
		return err_set(e, ERR_INVALID,
			       "conflicting options: cannot specify both --restart and --rm");
	if (!strcmp(f.pull, "always"))
		return err_set(e, ERR_UNSUPPORTED,
			       "--pull always: pulling images is not built yet: bring the image "
			       "here with 'proa load' and use --pull missing or never");
	if (strcmp(f.pull, "missing") && strcmp(f.pull, "never"))
		return err_set(e, ERR_INVALID,
			       "invalid pull option: '%s': must be one of \"always\", "
			       "\"missing\" or \"never\"",
			       f.pull);
	*ret = (struct runflags){.interactive = f.interactive,
				 .tty = f.tty,
				 .rm = f.rm,
				 .detach = f.detach,
				 .quiet = f.quiet,
				 .sig_proxy = f.sig_proxy,
				 .detach_keys = f.detach_keys,
				 .name = f.name,
				 .cidfile = f.cidfile,
				 .platform = f.platform,
				 .pull = f.pull};
	if (!f.detach && !any) {
		ret->attach_in = f.interactive;
		ret->attach_out = ret->attach_err = true;
	}
	if (runvalues_attach(&f.attach, &ret->attach_in, &ret->attach_out, &ret->attach_err, e))
		return -1;
	if (ret->tty && ret->attach_in && !isatty(0))
		return err_set(e, ERR_CONFLICT,
			       "the input device is not a TTY: leave out -t, or -i");
	return 0;
}

static int write_config(struct applet_ctx *c, const struct runflags *r,
			const struct runvalues_ports *ports, struct json_w *w, struct err *e)
{
	struct strs env = {0}, labels = {0}, cmd = {0};

	str(w, "Hostname", f.hostname);
	str(w, "Domainname", f.domainname);
	str(w, "User", f.user);
	flag(w, "AttachStdin", r->attach_in);
	flag(w, "AttachStdout", r->attach_out);
	flag(w, "AttachStderr", r->attach_err);
	flag(w, "Tty", f.tty);
	flag(w, "OpenStdin", f.interactive);
	flag(w, "StdinOnce", f.interactive && r->attach_in);
	if (runvalues_env(c->a, &f.env_file, &f.env, &env, e) ||
	    runvalues_labels(c->a, &f.label_file, &f.label, &labels, e))
		return -1;
	list(w, "Env", &env);
	if (labels.n)
		json_w_map(w, "Labels", &labels);
	for (int i = 1; i < c->argc; i++)
		strs_add(c->a, &cmd, c->argv[i]);
	list(w, "Cmd", &cmd);
	json_w_str(w, "Image", c->argv[0]);
	str(w, "WorkingDir", f.workdir);
	if (f.entrypoint_set) {
		json_w_arr(w, "Entrypoint");
		json_w_str(w, NULL, f.entrypoint);
		json_w_arr_end(w);
	}
	str(w, "StopSignal", f.stop_signal);
	if (f.stop_timeout_set)
		json_w_int(w, "StopTimeout", f.stop_timeout);
	runvalues_ports_exposed(w, ports);
	return runvalues_health_write(w, &f.health, e) || runvalues_mount_volumes(w, &f.volume, e)
		       ? -1
		       : 0;
}

static int write_limits(struct json_w *w, struct err *e)
{
	int64_t nano = 0;

	if (f.cpus && runvalues_cpus(f.cpus, &nano, e))
		return -1;
	if (f.swappiness_set && (f.swappiness < -1 || f.swappiness > 100))
		return err_set(e, ERR_INVALID,
			       "invalid value: %lld. Valid memory swappiness range is 0-100",
			       (long long)f.swappiness);
	num(w, "Memory", f.memory);
	num(w, "MemoryReservation", f.memory_reservation);
	num(w, "MemorySwap", f.memory_swap);
	if (f.swappiness_set)
		json_w_int(w, "MemorySwappiness", f.swappiness);
	flag(w, "OomKillDisable", f.oom_kill_disable);
	num(w, "OomScoreAdj", f.oom_score_adj);
	num(w, "NanoCpus", nano);
	num(w, "CpuShares", f.cpu_shares);
	num(w, "CpuPeriod", f.cpu_period);
	num(w, "CpuQuota", f.cpu_quota);
	num(w, "CpuRealtimePeriod", f.cpu_rt_period);
	num(w, "CpuRealtimeRuntime", f.cpu_rt_runtime);
	num(w, "CpuCount", f.cpu_count);
	num(w, "CpuPercent", f.cpu_percent);
	str(w, "CpusetCpus", f.cpuset_cpus);
	str(w, "CpusetMems", f.cpuset_mems);
	num(w, "BlkioWeight", f.blkio_weight);
	if (f.pids_set)
		json_w_int(w, "PidsLimit", f.pids);
	num(w, "ShmSize", f.shm_size);
	return runvalues_host_ulimits(w, &f.ulimit, e);
}

static int write_devices(struct arena *a, struct json_w *w, struct err *e)
{
	return runvalues_block_devices(a, w, &f.device, e) ||
			       runvalues_block_rates(w, RUNVALUES_BLOCK_WEIGHT, &f.weight_device,
						     e) ||
			       runvalues_block_rates(w, RUNVALUES_BLOCK_READ_BPS, &f.read_bps, e) ||
			       runvalues_block_rates(w, RUNVALUES_BLOCK_WRITE_BPS, &f.write_bps,
						     e) ||
			       runvalues_block_rates(w, RUNVALUES_BLOCK_READ_IOPS, &f.read_iops,
						     e) ||
			       runvalues_block_rates(w, RUNVALUES_BLOCK_WRITE_IOPS, &f.write_iops,
						     e)
		       ? -1
		       : 0;
}

static int write_host(struct applet_ctx *c, struct runflags *r, const struct runvalues_ports *ports,
		      const char *network, struct json_w *w, struct err *e)
{
	str(w, "ContainerIDFile", f.cidfile);
	flag(w, "AutoRemove", f.rm);
	flag(w, "Privileged", f.privileged);
	flag(w, "ReadonlyRootfs", f.readonly);
	if (f.init_set)
		json_w_bool(w, "Init", f.init);
	if (runvalues_host_modes(f.pid, f.uts, f.cgroupns, e) ||
	    runvalues_host_rules(&f.device_rule, e) ||
	    runvalues_host_network(&f.add_host, &f.dns, &f.dns_search, e))
		return -1;
	str(w, "NetworkMode", strcmp(network, "default") ? network : NULL);
	flag(w, "PublishAllPorts", f.publish_all);
	runvalues_ports_bindings(w, ports);
	str(w, "PidMode", f.pid);
	str(w, "IpcMode", f.ipc);
	str(w, "UTSMode", f.uts);
	str(w, "CgroupnsMode", f.cgroupns);
	str(w, "UsernsMode", f.userns);
	str(w, "CgroupParent", f.cgroup_parent);
	str(w, "Runtime", f.runtime);
	str(w, "Isolation", f.isolation);
	str(w, "VolumeDriver", f.volume_driver);
	runvalues_caps(c->a, w, "CapAdd", &f.cap_add);
	runvalues_caps(c->a, w, "CapDrop", &f.cap_drop);
	list(w, "GroupAdd", &f.group_add);
	list(w, "DeviceCgroupRules", &f.device_rule);
	runvalues_host_extra(w, &f.add_host);
	list(w, "Dns", &f.dns);
	list(w, "DnsSearch", &f.dns_search);
	list(w, "DnsOptions", &f.dns_option);
	list(w, "Links", &f.first.links);
	list(w, "VolumesFrom", &f.volumes_from);
	if (r->tty && !term_size(0, &r->rows, &r->cols)) {
		json_w_arr(w, "ConsoleSize");
		json_w_int(w, NULL, r->rows);
		json_w_int(w, NULL, r->cols);
		json_w_arr_end(w);
	}
	runvalues_mount_tmpfs(c->a, w, &f.tmpfs);
	return (f.restart && runvalues_restart(w, f.restart, e)) ||
			       runvalues_log(c->a, w, f.log_driver, &f.log_opt, e) ||
			       runvalues_mount_binds(c->a, w, &f.volume, e) ||
			       runvalues_mount_mounts(c->a, w, &f.mount, e) ||
			       runvalues_security(c->a, w, &f.security_opt, e) ||
			       runvalues_host_sysctls(c->a, w, &f.sysctl, e) ||
			       runvalues_map(c->a, w, "Annotations", NULL, &f.annotation, e) ||
			       runvalues_map(c->a, w, "StorageOpt", "invalid storage option",
					     &f.storage_opt, e) ||
			       write_limits(w, e) || write_devices(c->a, w, e)
		       ? -1
		       : 0;
}

int runflags_request(struct applet_ctx *c, struct runflags *r, struct buf *body, struct err *e)
{
	struct json_w w = JSON_W(body);
	struct runvalues_net_one *nets;
	struct runvalues_ports ports;
	size_t n;

	if (runvalues_ports_parse(c->a, &f.publish, &f.expose, &ports, e) ||
	    runvalues_net_parse(c->a, &f.network, &f.first, &nets, &n, e))
		return -1;
	json_w_obj(&w, NULL);
	if (write_config(c, r, &ports, &w, e))
		return -1;
	json_w_obj(&w, "HostConfig");
	if (write_host(c, r, &ports, nets[0].name, &w, e))
		return -1;
	json_w_end(&w);
	runvalues_net_write(&w, nets, n);
	json_w_end(&w);
	return 0;
}
