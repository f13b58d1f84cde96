/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Docker's rules for everything that is neither a mount nor a device nor a security setting:
 * process, environment, namespaces, limits, cgroup.
 *
 * A cgroup namespace of its own is the default on cgroup v2 only; on v1 Docker shows the host's
 * hierarchy, read-only.
 */
#include "engine/runspec.h"
#include "container/cgroup.h"
#include "container/defaults.h"
#include "container/join.h"
#include "container/rlimit.h"
#include "container/sysctl.h"
#include "engine/containers.h"
#include "engine/hostcheck.h"
#include "engine/netcheck.h"
#include "engine/rundevice.h"
#include "engine/runhealth.h"
#include "engine/runjoin.h"
#include "engine/runlog.h"
#include "engine/runmount.h"
#include "engine/runresources.h"
#include "engine/runruntime.h"
#include "engine/runsec.h"
#include "engine/runuserns.h"
#include "engine/signals.h"
#include "image/driver.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/mount.h>
#include <unistd.h>

static void add_all(struct arena *a, struct strs *to, const struct strs *from)
{
	for (size_t i = 0; i < from->n; i++)
		strs_add(a, to, from->v[i]);
}

static bool has_name(const struct strs *env, const char *name)
{
	size_t n = strlen(name);

	for (size_t i = 0; i < env->n; i++)
		if (!strncmp(env->v[i], name, n) && (env->v[i][n] == '=' || !env->v[i][n]))
			return true;
	return false;
}

/* True if a later entry of the list sets the same variable. */
static bool set_again(const struct strs *env, size_t at)
{
	size_t n = strcspn(env->v[at], "=") + 1;

	for (size_t i = at + 1; i < env->n; i++)
		if (!strncmp(env->v[i], env->v[at], n))
			return true;
	return false;
}

static void build_env(struct arena *a, const struct request *r, const char *hostname,
		      struct spec *s)
{
	const struct strs *env = &r->env;

	if (!has_name(env, "PATH"))
		strs_add(a, &s->env, arena_strdup(a, "PATH=" DEFAULTS_PATH));
	if (!has_name(env, "HOSTNAME"))
		strs_printf(a, &s->env, "HOSTNAME=%s", hostname);
	if (r->tty && !has_name(env, "TERM"))
		strs_add(a, &s->env, arena_strdup(a, "TERM=xterm"));
	for (size_t i = 0; i < env->n; i++)
		if (strchr(env->v[i], '=') && !set_again(env, i)) /* a bare name takes it away */
			strs_add(a, &s->env, env->v[i]);
}

/* ---- namespaces */

static bool in_words(const char *list, const char *word)
{
	size_t n = strlen(word);

	for (const char *p = list; (p = strstr(p, word)); p += n)
		if ((p == list || p[-1] == ' ') && (!p[n] || p[n] == ' '))
			return true;
	return false;
}

/* own: the words that mean a namespace of the container's own; "" always does. */
static int mode(const char *what, const char *value, const char *own, struct spec *s,
		enum spec_ns ns, struct err *e)
{
	bool peer = !strncmp(value, JOIN_PREFIX, strlen(JOIN_PREFIX));

	if (!strcmp(value, "host"))
		s->ns[ns] = SPEC_NS_HOST;
	else if (peer && runjoin_may(ns) && value[strlen(JOIN_PREFIX)])
		s->ns[ns] = SPEC_NS_PATH;
	else if (*value && !in_words(own, value))
		return err_set(e, ERR_INVALID, "invalid %s mode: %s", what, value);
	s->ns_path[ns] = s->ns[ns] == SPEC_NS_PATH ? value : NULL;
	return 0;
}

static int build_network(const struct request *r, struct spec *s, struct err *e)
{
	const char *n = r->network;

	if (!strcmp(n, JOIN_PREFIX))
		return err_set(e, ERR_INVALID,
			       "invalid network mode: invalid container format "
			       "container:<name|id>");
	/* any other word is a network's name: its own namespace, for netplan.h to fill */
	if (strcmp(n, "host") && strncmp(n, JOIN_PREFIX, strlen(JOIN_PREFIX)))
		n = "";
	return mode("network", n, "", s, SPEC_NS_NET, e);
}

static int build_namespaces(const struct request *r, bool check, struct spec *s, struct err *e)
{
	if (build_network(r, s, e) || mode("PID", r->pid, "private", s, SPEC_NS_PID, e) ||
	    mode("IPC", r->ipc, "none private shareable", s, SPEC_NS_IPC, e) ||
	    mode("UTS", r->uts, "private", s, SPEC_NS_UTS, e) ||
	    mode("cgroup namespace", r->cgroupns, "private", s, SPEC_NS_CGROUP, e))
		return -1;
	if (!check && !*r->cgroupns && (r->privileged || !cgroup_pure_v2()))
		s->ns[SPEC_NS_CGROUP] = SPEC_NS_HOST;
	if (s->ns[SPEC_NS_UTS] == SPEC_NS_HOST && *r->hostname)
		return err_set(e, ERR_INVALID, "conflicting options: hostname and the UTS mode");
	return runuserns_build(r, s, e);
}

/* The name that the container has, also where it is the host's. */
static const char *hostname_of(struct arena *a, const struct request *r, const char *id)
{
	char host[256] = "localhost";

	if (*r->hostname)
		return r->hostname;
	if (strcmp(r->uts, "host") && strcmp(r->network, "host"))
		return arena_strndup(a, id, 12);
	gethostname(host, sizeof(host) - 1);
	return arena_strdup(a, host);
}

static int build_sysctls(struct arena *a, const struct request *r, struct spec *s, struct err *e)
{
	if (s->ns[SPEC_NS_NET] == SPEC_NS_OWN)
		defaults_sysctls(a, s);
	for (size_t i = 0; i < r->sysctls.n; i++) {
		if (sysctl_check(s, r->sysctls.v[i], e))
			return -1;
		strs_add(a, &s->sysctls, r->sysctls.v[i]);
	}
	return 0;
}

/* ---- limits */

static int build_rlimits(struct arena *a, const struct request *r, struct spec *s, struct err *e)
{
	s->rlimits = arena_array(a, r->nulimits + 1, sizeof(*s->rlimits));
	for (size_t i = 0; i < r->nulimits; i++) {
		const struct request_ulimit *u = &r->ulimits[i];
		int res = rlimit_resource(u->name);

		if (res < 0)
			return err_set(e, ERR_INVALID, "invalid ulimit type: %s", u->name);
		if (u->hard >= 0 && (u->soft < 0 || u->soft > u->hard))
			return err_set(
				e, ERR_INVALID,
				"ulimit soft limit must be less than or equal to hard limit: "
				"%s",
				u->name);
		s->rlimits[s->nrlimits++] =
			(struct spec_rlimit){res, u->soft < 0 ? UINT64_MAX : (uint64_t)u->soft,
					     u->hard < 0 ? UINT64_MAX : (uint64_t)u->hard};
	}
	return 0;
}

static int build_cgroup(struct engine *en, struct arena *a, const struct request *r, const char *id,
			struct spec *s, struct err *e)
{
	const char *parent = *r->cgroup_parent ? r->cgroup_parent : en->c.cgroup_parent;

	if (strstr(parent, "..") || strlen(parent) > 150)
		return err_set(e, ERR_INVALID, "invalid cgroup parent '%.200s'", parent);
	s->cgroup = containers_cgroup(en, a, r, id);
	return 0;
}

void runspec_policy(const struct request *r, struct spec_policy *ret)
{
	struct err why;

	*ret = (struct spec_policy){
		.restart = *r->restart ? r->restart : "no",
		.restart_max = r->restart_max,
		.stop_signal = SIGTERM,
		.stop_timeout = r->stop_timeout == REQUEST_NO_TIMEOUT ? 10 : r->stop_timeout,
	};
	if (*r->stop_signal) /* checked at create */
		signals_parse(r->stop_signal, &ret->stop_signal, &why);
}

/* ---- all of it */

static void writable_cgroups(struct spec *s)
{
	for (size_t i = 0; i < s->nmounts; i++)
		if (!strcmp(s->mounts[i].type, "cgroup"))
			s->mounts[i].flags &= ~(unsigned long)MS_RDONLY;
}

static void build_rootfs(const struct driver_rootfs *d, struct spec *s)
{
	s->rootfs = d->base ? SPEC_ROOTFS_OVERLAY : SPEC_ROOTFS_DIR;
	s->base = d->base;
	s->lowers = d->lowers;
	s->upper = d->upper;
	s->work = d->work;
	s->dir = d->dir;
}

static int build(struct engine *en, struct arena *a, const struct request *r,
		 const struct runspec_place *p, const char *id, struct spec *s, struct err *e)
{
	struct runjoin_peer net = {.req = r, .id = id};
	struct runspec_place at;
	bool cgroups = false;

	memset(s, 0, sizeof(*s));
	s->id = id;
	add_all(a, &s->args, &r->entrypoint);
	add_all(a, &s->args, &r->cmd);
	s->cwd = *r->workdir ? r->workdir : "/";
	s->user = r->user;
	s->groups = r->group_add;
	s->tty = r->tty;
	s->tty_rows = (unsigned)r->rows;
	s->tty_cols = (unsigned)r->cols;
	s->open_stdin = r->open_stdin;
	s->init = r->init;
	s->oom_score_adj = (int)r->oom_score_adj;
	s->readonly = r->readonly;
	if (build_namespaces(r, !p, s, e) || (p && runjoin_build(en, a, s, &net, e)))
		return -1;
	if (p)
		runuserns_maps(a, s);
	if (p && net.rdir) {
		at = *p;
		at.rdir = net.rdir;
		p = &at;
	}
	if (s->ns[SPEC_NS_UTS] == SPEC_NS_OWN) {
		s->hostname = hostname_of(a, net.req, net.id);
		s->domainname = *net.req->domainname ? net.req->domainname : NULL;
	}
	build_env(a, r, hostname_of(a, net.req, net.id), s);
	runspec_policy(r, &s->policy);
	if (runruntime_find(a, r->runtime, s, e) || runresources_build(a, r, !p, &s->res, e) ||
	    build_rlimits(a, r, s, e) || build_cgroup(en, a, r, id, s, e) ||
	    build_sysctls(a, r, s, e) || runsec_build(a, r, !p, s, &cgroups, e) ||
	    rundevice_build(a, r, !p, s, e) || runmount_build(a, r, p, s, e) ||
	    runlog_build(a, r, p, &s->log, e) || runhealth_build(a, &r->health, &s->health, e) ||
	    runruntime_check(s, e))
		return -1;
	if (cgroups)
		writable_cgroups(s);
	if (p)
		build_rootfs(p->rootfs, s);
	return 0;
}

int runspec_build(struct engine *en, struct arena *a, const struct request *r,
		  const struct runspec_place *p, struct spec *ret, struct err *e)
{
	return build(en, a, r, p, p->id, ret, e);
}

int runspec_process(struct engine *en, struct arena *a, const struct request *r, const char *id,
		    struct spec *s, struct err *e)
{
	struct runjoin_peer net = {.req = r, .id = id};

	memset(s, 0, sizeof(*s));
	s->id = id;
	s->rootfs = SPEC_ROOTFS_DIR;
	s->dir = "/"; /* it mounts none */
	s->cwd = *r->workdir ? r->workdir : "/";
	s->user = r->user;
	s->groups = r->group_add;
	s->tty = r->tty;
	s->oom_score_adj = (int)r->oom_score_adj;
	if (runjoin_owner(en, a, &net, e))
		return -1;
	build_env(a, r, hostname_of(a, net.req, net.id), s);
	return build_namespaces(r, false, s, e) || build_rlimits(a, r, s, e) ||
			       build_cgroup(en, a, r, id, s, e) || runsec_process(a, r, s, e) ||
			       rundevice_build(a, r, true, s, e)
		       ? -1
		       : 0;
}

int runspec_check(struct engine *en, struct arena *a, const struct request *r,
		  struct strs *warnings, struct err *e)
{
	static const char any[] =
		"0000000000000000000000000000000000000000000000000000000000000000";
	struct spec s;

	if (hostcheck_request(r, e) || netcheck_request(a, r, warnings, e) ||
	    build(en, a, r, NULL, any, &s, e))
		return -1;
	if (r->oom_kill_disable && !r->memory)
		strs_add(a, warnings,
			 arena_strdup(a, "OOM killer is disabled for the container, but no memory "
					 "limit is set, this can result in the system running out "
					 "of resources."));
	return 0;
}
