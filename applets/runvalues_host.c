/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The engine checks all of this again: another client may send it. What is said twice, here and
 * there, is said by the engine's own functions where it has some.
 */
#include "applets/runvalues_host.h"
#include "applets/applet.h"
#include "base/units.h"
#include "container/rlimit.h"
#include "container/sysctl.h"
#include "engine/hostcheck.h"
#include "engine/rundevice.h"

#include <ctype.h>
#include <string.h>

/* A letter somewhere, and labels of letters, digits and inner dashes with dots between. */
static bool is_domain(const char *s)
{
	bool letter = false;
	char before = '.';

	for (; *s; before = *s++) {
		bool edge = before == '.' || !s[1] || s[1] == '.';

		letter |= isalpha((unsigned char)*s) != 0;
		if (*s == '.' ? before == '.' : !isalnum((unsigned char)*s) && (*s != '-' || edge))
			return false;
	}
	return letter;
}

int runvalues_host_network(const struct strs *hosts, const struct strs *dns,
			   const struct strs *search, struct err *e)
{
	char ip[46];
	size_t n;

	for (size_t i = 0; i < hosts->n; i++)
		if (hostcheck_extra_host(hosts->v[i], ip, &n, e))
			return e->kind == ERR_INVALID ? option_bad("--add-host", hosts->v[i], e)
						      : -1;
	for (size_t i = 0; i < dns->n; i++)
		if (hostcheck_address(dns->v[i], e))
			return option_bad("--dns", dns->v[i], e);
	for (size_t i = 0; i < search->n; i++)
		if (strcmp(search->v[i], ".") && !is_domain(search->v[i])) {
			err_set(e, ERR_INVALID, "%.300s is not a valid domain", search->v[i]);
			return option_bad("--dns-search", search->v[i], e);
		}
	return 0;
}

void runvalues_host_extra(struct json_w *w, const struct strs *hosts)
{
	AUTO_BUF b = BUF_INIT;
	struct err why;
	char ip[46];
	size_t n;

	if (!hosts->n)
		return;
	json_w_arr(w, "ExtraHosts");
	for (size_t i = 0; i < hosts->n; i++) {
		if (hostcheck_extra_host(hosts->v[i], ip, &n, &why))
			continue;
		buf_clear(&b);
		buf_printf(&b, "%.*s:%s", (int)n, hosts->v[i], *ip ? ip : hosts->v[i] + n + 1);
		json_w_strn(w, NULL, b.data, b.len);
	}
	json_w_arr_end(w);
}

int runvalues_host_modes(const char *pid, const char *uts, const char *cgroupns, struct err *e)
{
	bool peer = pid && !strncmp(pid, "container:", 10) && pid[10];

	if (pid && *pid && strcmp(pid, "host") && !peer)
		return err_set(e, ERR_INVALID, "--pid: invalid PID mode");
	if (uts && *uts && strcmp(uts, "host"))
		return err_set(e, ERR_INVALID, "--uts: invalid UTS mode");
	if (cgroupns && *cgroupns && strcmp(cgroupns, "host") && strcmp(cgroupns, "private"))
		return err_set(e, ERR_INVALID, "--cgroupns: invalid CGROUP mode");
	return 0;
}

int runvalues_host_rules(const struct strs *v, struct err *e)
{
	struct spec_device_rule ignored;

	for (size_t i = 0; i < v->n; i++)
		if (rundevice_rule(v->v[i], &ignored, e))
			return option_bad("--device-cgroup-rule", v->v[i], e);
	return 0;
}

int runvalues_host_sysctls(struct arena *a, struct json_w *w, const struct strs *v, struct err *e)
{
	const struct spec own = {.id = ""}; /* all namespaces its own */
	struct strs all = {0};

	for (size_t i = 0; i < v->n; i++) {
		if (sysctl_check(&own, v->v[i], e))
			return option_bad("--sysctl", v->v[i], e);
		strs_add(a, &all, v->v[i]);
	}
	if (all.n)
		json_w_map(w, "Sysctls", &all);
	return 0;
}

/* ---- --ulimit */

static int number(const char *text, size_t n, int64_t *ret, struct err *e)
{
	char copy[32];

	snprintf(copy, sizeof(copy), "%.*s", (int)n, text);
	if (n < sizeof(copy) && !units_number(copy, -1, INT64_MAX, ret))
		return 0;
	return err_set(e, ERR_INVALID,
		       "strconv.ParseInt: parsing \"%.*s\": invalid syntax: a number is needed, "
		       "or -1 for no limit",
		       (int)n, text);
}

static int limits(const char *name, const char *text, int64_t *soft, int64_t *hard, struct err *e)
{
	size_t n = strcspn(text, ":");

	if (rlimit_resource(name) < 0)
		return err_set(e, ERR_INVALID, "invalid ulimit type: %s", name);
	if (text[n] && strchr(text + n + 1, ':'))
		return err_set(e, ERR_INVALID,
			       "too many limit value arguments - %s, can only have up to two, "
			       "`soft[:hard]`",
			       text);
	if (number(text, n, soft, e))
		return -1;
	*hard = *soft;
	if (text[n] && number(text + n + 1, strlen(text + n + 1), hard, e))
		return -1;
	if (*hard >= 0 && *soft < 0)
		return err_set(e, ERR_INVALID,
			       "ulimit soft limit must be less than or equal to hard limit: soft: "
			       "-1 (unlimited), hard: %lld",
			       (long long)*hard);
	if (*hard >= 0 && *soft > *hard)
		return err_set(e, ERR_INVALID,
			       "ulimit soft limit must be less than or equal to hard limit: %lld > "
			       "%lld",
			       (long long)*soft, (long long)*hard);
	return 0;
}

static int one_ulimit(struct json_w *w, const char *text, struct err *e)
{
	const char *eq = strchr(text, '=');
	int64_t soft, hard;
	char name[32];

	if (!eq || (size_t)(eq - text) >= sizeof(name))
		return err_set(e, ERR_INVALID, "invalid ulimit argument: %s", text);
	snprintf(name, sizeof(name), "%.*s", (int)(eq - text), text);
	if (limits(name, eq + 1, &soft, &hard, e))
		return -1;
	json_w_obj(w, NULL);
	json_w_str(w, "Name", name);
	json_w_int(w, "Soft", soft);
	json_w_int(w, "Hard", hard);
	json_w_end(w);
	return 0;
}

int runvalues_host_ulimits(struct json_w *w, const struct strs *v, struct err *e)
{
	if (!v->n)
		return 0;
	json_w_arr(w, "Ulimits");
	for (size_t i = 0; i < v->n; i++)
		if (one_ulimit(w, v->v[i], e))
			return option_bad("--ulimit", v->v[i], e);
	json_w_arr_end(w);
	return 0;
}
