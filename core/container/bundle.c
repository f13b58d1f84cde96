/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The top of a config.json, its process, its namespaces and its hooks; mounts and what else is
 * below "linux" have files of their own.
 *
 * A spec knows two sets of capabilities: the bounding one, which execve gives to root, and the
 * ambient one, which is all that users other than root have.
 *
 * The process runs as numbers; they still go through the container's passwd, for HOME.
 */
#include "container/bundle.h"

#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "base/buf.h"
#include "base/log.h"
#include "container/bundle_linux.h"
#include "container/bundle_mount.h"
#include "container/caps.h"
#include "container/rlimit.h"
#include "container/sysctl.h"

#define IDS_MAX 1024

static int int_between(const struct json *obj, const char *key, int64_t min, int64_t max,
		       int64_t *ret, struct err *e)
{
	if (json_want_int(obj, key, ret, e))
		return -1;
	if (*ret < min || *ret > max)
		return err_set(e, ERR_INVALID, "%s: %lld is out of range", key, (long long)*ret);
	return 0;
}

/* ---- process */

static int parse_user(struct arena *a, const struct json *p, struct spec *s, struct err *e)
{
	const struct json *user, *v;
	int64_t uid = 0, gid = 0, mask = 022;
	struct json_iter it;

	if (json_want_obj(p, "user", &user, e) || int_between(user, "uid", 0, INT32_MAX, &uid, e) ||
	    int_between(user, "gid", 0, INT32_MAX, &gid, e) ||
	    json_want_int(user, "umask", &mask, e))
		return err_wrap(e, "process.user");
	if (mask != 022)
		log_warn("bundle", "process.user.umask: stays 022");
	s->user = arena_printf(a, "%lld:%lld", (long long)uid, (long long)gid);
	s->groups = (struct strs){0};
	it = json_iter(json_get(user, "additionalGids"));
	while ((v = json_next(&it, NULL))) {
		gid = json_int(v, -1);
		if (gid < 0 || gid > INT32_MAX || s->groups.n == IDS_MAX)
			return err_set(e, ERR_INVALID,
				       "process.user.additionalGids: not a list of group IDs");
		strs_printf(a, &s->groups, "%lld", (long long)gid);
	}
	return 0;
}

static int parse_set(struct arena *a, const struct json *caps, const char *key, uint64_t *ret,
		     struct err *e)
{
	struct strs names = {0};
	struct err why;
	uint64_t bit;

	if (json_want_strs(caps, key, a, &names, NULL, e))
		return -1;
	*ret = 0;
	for (size_t i = 0; i < names.n; i++) {
		/* those of kernels to come cannot be had */
		if (caps_parse(names.v[i], &bit, &why))
			log_warn("bundle", "process.capabilities: %s: left out", why.text);
		else
			*ret |= bit;
	}
	return 0;
}

static int parse_caps(struct arena *a, const struct json *p, struct spec *s, struct err *e)
{
	const struct json *caps;

	if (json_want_obj(p, "capabilities", &caps, e) ||
	    parse_set(a, caps, "bounding", &s->caps, e) ||
	    parse_set(a, caps, "ambient", &s->ambient, e))
		return err_wrap(e, "process.capabilities");
	return 0;
}

static int parse_rlimits(struct arena *a, const struct json *p, struct spec *s, struct err *e)
{
	const struct json *list = json_get(p, "rlimits"), *v;
	struct json_iter it = json_iter(list);
	char name[32];

	s->nrlimits = 0;
	s->rlimits = arena_array(a, json_len(list) + 1, sizeof(*s->rlimits));
	while ((v = json_next(&it, NULL))) {
		const char *type = json_str(json_get(v, "type"), "");
		const struct json *soft = json_get(v, "soft"), *hard = json_get(v, "hard");
		struct spec_rlimit *r = &s->rlimits[s->nrlimits++];

		snprintf(name, sizeof(name), "%s", strncasecmp(type, "RLIMIT_", 7) ? "" : type + 7);
		for (char *c = name; *c; c++)
			*c |= *c >= 'A' && *c <= 'Z' ? 0x20 : 0;
		r->resource = rlimit_resource(name);
		if (r->resource < 0)
			return err_set(e, ERR_INVALID, "process.rlimits: unknown type '%s'", type);
		/* 2^64 - 1, which is no int64_t, means no limit */
		r->soft = (uint64_t)json_int(soft, -1);
		r->hard = (uint64_t)json_int(hard, -1);
		if (!soft || !hard || r->soft > r->hard)
			return err_set(e, ERR_INVALID,
				       "process.rlimits: %s: soft and hard are both needed, and "
				       "soft is at most hard",
				       type);
	}
	return 0;
}

static int parse_console(const struct json *p, struct spec *s, struct err *e)
{
	const struct json *size;
	int64_t rows = 0, cols = 0;

	s->tty = false;
	if (json_want_bool(p, "terminal", &s->tty, e) ||
	    json_want_obj(p, "consoleSize", &size, e) ||
	    int_between(size, "height", 0, USHRT_MAX, &rows, e) ||
	    int_between(size, "width", 0, USHRT_MAX, &cols, e))
		return -1;
	s->tty_rows = (unsigned)rows;
	s->tty_cols = (unsigned)cols;
	return 0;
}

static const char *label(const char *text)
{
	return text && *text && strcmp(text, "unconfined") ? text : NULL;
}

int bundle_process(struct arena *a, const struct json *p, struct spec *s, struct err *e)
{
	const char *apparmor = NULL, *selinux = NULL;
	int64_t score = 0;

	s->cwd = "";
	s->args = s->env = (struct strs){0};
	s->no_new_privs = false;
	if (json_want_strs(p, "args", a, &s->args, NULL, e) ||
	    json_want_strs(p, "env", a, &s->env, NULL, e) || json_want_str(p, "cwd", &s->cwd, e) ||
	    json_want_bool(p, "noNewPrivileges", &s->no_new_privs, e) ||
	    json_want_str(p, "apparmorProfile", &apparmor, e) ||
	    json_want_str(p, "selinuxLabel", &selinux, e) ||
	    int_between(p, "oomScoreAdj", -1000, 1000, &score, e) || parse_console(p, s, e))
		return err_wrap(e, "process");
	if (!s->args.n || !*s->args.v[0])
		return err_set(e, ERR_INVALID, "process.args: there is no command to run");
	if (*s->cwd != '/')
		return err_set(e, ERR_INVALID, "process.cwd: '%s' is not an absolute path", s->cwd);
	s->oom_score_adj = (int)score;
	s->apparmor = label(apparmor);
	s->selinux = label(selinux);
	return parse_user(a, p, s, e) || parse_caps(a, p, s, e) || parse_rlimits(a, p, s, e) ? -1
											     : 0;
}

/* ---- namespaces */

static int namespace_of(const char *type)
{
	static const char *const names[SPEC_NS_COUNT] = {"pid", "network", "ipc",
							 "uts", "mount",   "cgroup"};

	for (int i = 0; i < SPEC_NS_COUNT; i++)
		if (!strcmp(type, names[i]))
			return i;
	return -1;
}

static int parse_namespaces(const struct json *linux_, struct spec *s, bool *ret_user,
			    struct err *e)
{
	struct json_iter it = json_iter(json_get(linux_, "namespaces"));
	const struct json *v;
	bool seen[SPEC_NS_COUNT] = {false};

	for (int i = 0; i < SPEC_NS_COUNT; i++)
		s->ns[i] = SPEC_NS_HOST;
	while ((v = json_next(&it, NULL))) {
		const char *type = json_str(json_get(v, "type"), ""), *path = NULL;
		int i = namespace_of(type);

		if (!strcmp(type, "user") && !*json_str(json_get(v, "path"), "")) {
			*ret_user = true;
			continue;
		}
		if (i < 0)
			return err_set(e, ERR_UNSUPPORTED,
				       "linux.namespaces: a %s namespace is not supported",
				       *type ? type : "nameless");
		if (seen[i])
			return err_set(e, ERR_INVALID, "linux.namespaces: %s is there twice", type);
		if (json_want_str(v, "path", &path, e))
			return err_wrap(e, "linux.namespaces");
		seen[i] = true;
		s->ns[i] = path && *path ? SPEC_NS_PATH : SPEC_NS_OWN;
		s->ns_path[i] = path;
	}
	if (s->ns[SPEC_NS_MNT] != SPEC_NS_OWN)
		return err_set(e, ERR_UNSUPPORTED,
			       "linux.namespaces: a container needs a new mount namespace");
	return 0;
}

/* As the kernel's lines; NULL: there are none. */
static int parse_map(struct arena *a, const struct json *linux_, const char *key, const char **ret,
		     struct err *e)
{
	struct json_iter it = json_iter(json_get(linux_, key));
	const struct json *v;
	AUTO_BUF b = BUF_INIT;

	while ((v = json_next(&it, NULL))) {
		int64_t in = 0, out = 0, n = 0;

		if (int_between(v, "containerID", 0, UINT32_MAX, &in, e) ||
		    int_between(v, "hostID", 0, UINT32_MAX, &out, e) ||
		    int_between(v, "size", 1, UINT32_MAX, &n, e))
			return err_wrap(e, "linux.%s", key);
		buf_printf(&b, "%lld %lld %lld\n", (long long)in, (long long)out, (long long)n);
	}
	*ret = b.len ? arena_strndup(a, b.data, b.len) : NULL;
	return 0;
}

/* Its root has got its owners from who made it. */
static int parse_mappings(struct arena *a, const struct json *linux_, bool user, struct spec *s,
			  struct err *e)
{
	if (parse_map(a, linux_, "uidMappings", &s->uid_map, e) ||
	    parse_map(a, linux_, "gidMappings", &s->gid_map, e))
		return -1;
	if (!user && !s->uid_map && !s->gid_map)
		return 0;
	if (!user || !s->uid_map || !s->gid_map)
		return err_set(
			e, ERR_INVALID,
			"linux: a user namespace, uidMappings and gidMappings belong together");
	s->userns = "private";
	s->root_as_is = true;
	return 0;
}

/* ---- hooks */

static int parse_hook(struct arena *a, const struct json *v, struct bundle_hook *h, struct err *e)
{
	if (json_want_str(v, "path", &h->path, e) ||
	    json_want_strs(v, "args", a, &h->args, NULL, e) ||
	    json_want_strs(v, "env", a, &h->env, NULL, e) ||
	    int_between(v, "timeout", 0, INT_MAX, &h->timeout, e))
		return -1;
	if (!h->path || *h->path != '/')
		return err_set(e, ERR_INVALID, "path is not an absolute one");
	if (!h->args.n)
		strs_add(a, &h->args, arena_strdup(a, h->path));
	return 0;
}

const char *bundle_stage_name(enum bundle_stage s)
{
	static const char *const names[BUNDLE_STAGES] = {"prestart",	    "createRuntime",
							 "createContainer", "startContainer",
							 "poststart",	    "poststop"};

	return names[s];
}

static int parse_hooks(struct arena *a, const struct json *hooks, struct bundle *b, struct err *e)
{
	const struct json *list, *v;
	struct json_iter it;

	for (int i = 0; i < BUNDLE_STAGES; i++) {
		list = json_get(hooks, bundle_stage_name(i));
		b->hooks[i] = arena_array(a, json_len(list) + 1, sizeof(**b->hooks));
		it = json_iter(list);
		while ((v = json_next(&it, NULL)))
			if (parse_hook(a, v, &b->hooks[i][b->nhooks[i]++], e))
				return err_wrap(e, "hooks.%s", bundle_stage_name(i));
	}
	return 0;
}

/* ---- all of it */

static int parse_root(struct arena *a, const struct json *top, const char *dir, struct spec *s,
		      struct err *e)
{
	const struct json *root;
	const char *path = NULL;

	if (json_want_obj(top, "root", &root, e) || json_want_str(root, "path", &path, e) ||
	    json_want_bool(root, "readonly", &s->readonly, e))
		return err_wrap(e, "root");
	if (!path || !*path)
		return err_set(e, ERR_INVALID, "root.path: the bundle has no root file system");
	s->rootfs = SPEC_ROOTFS_DIR;
	s->dir = *path == '/' ? path : arena_printf(a, "%s/%s", dir, path);
	return 0;
}

static int parse_sysctls(struct arena *a, const struct json *linux_, struct spec *s, struct err *e)
{
	if (json_want_map(linux_, "sysctl", a, &s->sysctls, e))
		return err_wrap(e, "linux.sysctl");
	for (size_t i = 0; i < s->sysctls.n; i++)
		if (sysctl_check(s, s->sysctls.v[i], e))
			return err_wrap(e, "linux.sysctl");
	return 0;
}

static int check_version(const struct json *top, struct bundle *b, struct err *e)
{
	if (json_want_str(top, "ociVersion", &b->version, e))
		return -1;
	if (!b->version || strncmp(b->version, "1.", 2))
		return err_set(e, ERR_INVALID,
			       "ociVersion: '%s' is not a version 1 of the "
			       "specification",
			       b->version ? b->version : "");
	return 0;
}

int bundle_parse(struct arena *a, const char *text, size_t len, const char *dir, struct spec *s,
		 struct bundle *ret, struct err *e)
{
	const struct json *top = json_parse(a, text, len, BUNDLE_MAX, BUNDLE_CONFIG, e);
	const struct json *process, *hooks, *linux_;
	struct bundle b = {0};
	bool user = false;

	if (!top)
		return -1;
	if (json_typeof(top) != JSON_OBJ)
		return err_set(e, ERR_INVALID, BUNDLE_CONFIG ": not a JSON object");
	if (check_version(top, &b, e) || json_want_obj(top, "process", &process, e) ||
	    json_want_obj(top, "hooks", &hooks, e) || json_want_obj(top, "linux", &linux_, e) ||
	    json_want_str(top, "hostname", &s->hostname, e) ||
	    json_want_str(top, "domainname", &s->domainname, e) ||
	    json_want_map(top, "annotations", a, &b.annotations, e) ||
	    parse_root(a, top, dir, s, e) || bundle_process(a, process, s, e) ||
	    parse_namespaces(linux_, s, &user, e) || parse_mappings(a, linux_, user, s, e) ||
	    parse_sysctls(a, linux_, s, e) ||
	    bundle_mount_parse(a, json_get(top, "mounts"), dir, s, e) ||
	    bundle_linux_parse(a, linux_, s, e) || parse_hooks(a, hooks, &b, e))
		return err_wrap(e, BUNDLE_CONFIG);
	*ret = b;
	return 0;
}
