/* SPDX-License-Identifier: Apache-2.0 */
/*
 * An option that is not understood is refused: security options are the last place to guess.
 * Docker's separators "=" and ":" are both taken, as old scripts still write the second.
 */
#include "engine/runsec.h"
#include "base/buf.h"
#include "base/log.h"
#include "container/apparmor.h"
#include "container/caps.h"
#include "container/defaults.h"
#include "container/lsm.h"
#include "container/seccomp.h"

#include <string.h>

struct options {
	const char *seccomp;  /* NULL: not given */
	const char *apparmor; /* likewise */
	bool no_new_privs, writable_cgroups;
};

static int bool_value(const char *opt, const char *v, bool *ret, struct err *e)
{
	if (!*v || !strcmp(v, "true") || !strcmp(v, "1")) {
		*ret = true;
		return 0;
	}
	if (!strcmp(v, "false") || !strcmp(v, "0")) {
		*ret = false;
		return 0;
	}
	return err_set(e, ERR_INVALID,
		       "invalid --security-opt 2: \"%.200s\": true or false is needed", opt);
}

static int label_option(const char *v, struct err *e)
{
	if (!strcmp(v, "disable") || !lsm_selinux_enabled())
		return 0;
	return err_set(
		e, ERR_UNSUPPORTED,
		"--security-opt label=%s: SELinux labels other than disable are not built yet", v);
}

static int parse_option(const char *opt, struct options *o, struct err *e)
{
	size_t n = strcspn(opt, "=:");
	const char *v = opt[n] ? opt + n + 1 : "";

	if (n == 17 && !strncmp(opt, "no-new-privileges", n))
		return bool_value(opt, v, &o->no_new_privs, e);
	if (n == 16 && !strncmp(opt, "writable-cgroups", n))
		return bool_value(opt, v, &o->writable_cgroups, e);
	if (opt[n] && n == 7 && !strncmp(opt, "seccomp", n)) {
		o->seccomp = v;
		return 0;
	}
	if (opt[n] && n == 8 && !strncmp(opt, "apparmor", n)) {
		o->apparmor = v;
		return 0;
	}
	if (opt[n] && n == 5 && !strncmp(opt, "label", n))
		return label_option(v, e);
	return err_set(e, ERR_INVALID, "invalid --security-opt 2: \"%.200s\"", opt);
}

/* What a runtime of its own is given. profile NULL: the default policy. */
static int oci_seccomp(struct arena *a, const char *profile, struct spec *s, struct err *e)
{
	AUTO_BUF b = BUF_INIT;

	if (profile ? seccomp_profile_oci(profile, strlen(profile), s->caps, a, &b, e)
		    : seccomp_default_oci(s->caps, &b, e))
		return -1;
	s->seccomp_oci = arena_strndup(a, b.data, b.len);
	return 0;
}

static int build_seccomp(struct arena *a, const struct request *r, const char *opt, bool check,
			 struct spec *s, struct err *e)
{
	bool given = opt && *opt && strcmp(opt, "builtin");

	if ((check && !given) || (opt && !strcmp(opt, "unconfined")) || (!opt && r->privileged))
		return 0;
	if (!seccomp_available()) {
		if (given)
			return err_set(e, ERR_UNSUPPORTED,
				       "seccomp is not enabled in your kernel, "
				       "cannot run a custom seccomp profile");
		log_warn("seccomp", "this kernel has no seccomp filters: running without");
		return 0;
	}
	if (s->runtime && oci_seccomp(a, given ? opt : NULL, s, e))
		return -1;
	if (given)
		return seccomp_profile(opt, strlen(opt), s->caps, a, &s->seccomp, e);
	return seccomp_default(s->caps, a, &s->seccomp, e);
}

static void build_apparmor(const struct request *r, const char *opt, bool check, struct spec *s)
{
	s->apparmor = NULL;
	if (check || (opt && !strcmp(opt, "unconfined")) || (!opt && r->privileged))
		return;
	if (!opt || !*opt || !strcmp(opt, APPARMOR_DEFAULT))
		s->apparmor = apparmor_default();
	if (opt && *opt)
		s->apparmor = opt; /* asked for by name: an error at exec where it is not loaded */
}

static int build(struct arena *a, const struct request *r, bool check, struct options *o,
		 struct spec *s, struct err *e)
{
	for (size_t i = 0; i < r->security_opt.n; i++)
		if (parse_option(r->security_opt.v[i], o, e))
			return -1;
	if (caps_tweak(&r->cap_add, &r->cap_drop, r->privileged, &s->caps, e))
		return -1;
	s->no_new_privs = o->no_new_privs;
	if (build_seccomp(a, r, o->seccomp, check, s, e))
		return -1;
	if (o->apparmor && strcmp(o->apparmor, "unconfined") && !apparmor_enabled())
		return err_set(e, ERR_UNSUPPORTED,
			       "--security-opt apparmor=%s: AppArmor is not enabled in this kernel",
			       o->apparmor);
	build_apparmor(r, o->apparmor, check, s);
	return 0;
}

int runsec_process(struct arena *a, const struct request *r, struct spec *s, struct err *e)
{
	struct options o = {.no_new_privs = false};

	return build(a, r, false, &o, s, e);
}

int runsec_build(struct arena *a, const struct request *r, bool check, struct spec *s,
		 bool *ret_cgroups, struct err *e)
{
	struct options o = {.no_new_privs = false};

	if (build(a, r, check, &o, s, e))
		return -1;
	if (!check)
		defaults_masks(a, r->privileged, s);
	if (r->masked_set)
		s->masked = r->masked;
	if (r->readonly_paths_set)
		s->readonly_paths = r->readonly_paths;
	*ret_cgroups = o.writable_cgroups || r->privileged;
	return 0;
}
