/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Docker's --ulimit names and texts. The hard limit may be raised only with CAP_SYS_RESOURCE, which
 * root of a nested container or of a restricted unit lacks; the error then says what would work.
 */
#include "container/rlimit.h"

#include <errno.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>

static const struct {
	const char *name;
	int resource;
} limits[] = {
	{"core", RLIMIT_CORE},	       {"cpu", RLIMIT_CPU},
	{"data", RLIMIT_DATA},	       {"fsize", RLIMIT_FSIZE},
	{"locks", RLIMIT_LOCKS},       {"memlock", RLIMIT_MEMLOCK},
	{"msgqueue", RLIMIT_MSGQUEUE}, {"nice", RLIMIT_NICE},
	{"nofile", RLIMIT_NOFILE},     {"nproc", RLIMIT_NPROC},
	{"rss", RLIMIT_RSS},	       {"rtprio", RLIMIT_RTPRIO},
	{"rttime", RLIMIT_RTTIME},     {"sigpending", RLIMIT_SIGPENDING},
	{"stack", RLIMIT_STACK},       {"as", RLIMIT_AS},
};
#define NLIMITS (sizeof(limits) / sizeof(*limits))

int rlimit_resource(const char *name)
{
	for (size_t i = 0; i < NLIMITS; i++)
		if (!strcmp(name, limits[i].name))
			return limits[i].resource;
	return -1;
}

const char *rlimit_name(int resource)
{
	for (size_t i = 0; i < NLIMITS; i++)
		if (resource == limits[i].resource)
			return limits[i].name;
	return "?";
}

static int value(const char *s, const char **end, uint64_t *ret)
{
	size_t word = strlen("unlimited");
	char *stop;

	if (!strncmp(s, "unlimited", word) || !strncmp(s, "-1", 2)) {
		*end = s + (*s == '-' ? 2 : word);
		*ret = UINT64_MAX;
		return 0;
	}
	if (*s < '0' || *s > '9')
		return -1;
	errno = 0;
	*ret = strtoull(s, &stop, 10);
	*end = stop;
	return errno || *ret > INT64_MAX ? -1 : 0;
}

int rlimit_parse(const char *text, struct spec_rlimit *ret, struct err *e)
{
	const char *eq = strchr(text, '='), *at;
	struct spec_rlimit r;
	char name[16];

	if (!eq || eq == text)
		return err_set(e, ERR_INVALID, "invalid ulimit argument: %s: use NAME=SOFT[:HARD]",
			       text);
	if (eq - text >= (int)sizeof(name))
		return err_set(e, ERR_INVALID, "invalid ulimit type: %.*s", (int)(eq - text), text);
	snprintf(name, sizeof(name), "%.*s", (int)(eq - text), text);
	r.resource = rlimit_resource(name);
	if (r.resource < 0)
		return err_set(e, ERR_INVALID, "invalid ulimit type: %s", name);
	if (value(eq + 1, &at, &r.soft) < 0)
		return err_set(e, ERR_INVALID, "invalid ulimit argument: %s: no number", text);
	r.hard = r.soft;
	if ((*at == ':' && value(at + 1, &at, &r.hard) < 0) || *at)
		return err_set(e, ERR_INVALID, "invalid ulimit argument: %s: no number", text);
	if (r.soft > r.hard)
		return err_set(e, ERR_INVALID,
			       "ulimit soft limit must be less than or equal to hard "
			       "limit: %s",
			       text);
	*ret = r;
	return 0;
}

static rlim_t to_kernel(uint64_t v)
{
	return v == UINT64_MAX ? RLIM_INFINITY : (rlim_t)v;
}

static int set(int resource, const struct rlimit *want, struct err *e)
{
	struct rlimit have;

	if (setrlimit(resource, want) == 0)
		return 0;
	if (errno == EPERM && getrlimit(resource, &have) == 0)
		return err_set(e, ERR_FORBIDDEN,
			       "set ulimit %s: not permitted without "
			       "CAP_SYS_RESOURCE: at most %lld is possible here",
			       rlimit_name(resource), (long long)have.rlim_max);
	return err_sys(e, "set ulimit %s", rlimit_name(resource));
}

int rlimit_apply(const struct spec_rlimit *v, size_t n, struct err *e)
{
	for (size_t i = 0; i < n; i++) {
		const struct rlimit want = {to_kernel(v[i].soft), to_kernel(v[i].hard)};

		if (set(v[i].resource, &want, e))
			return -1;
	}
	return 0;
}

int rlimit_raise(const struct spec_rlimit *v, size_t n, struct err *e)
{
	for (size_t i = 0; i < n; i++) {
		struct rlimit l;
		rlim_t hard = to_kernel(v[i].hard);

		if (getrlimit(v[i].resource, &l) || hard <= l.rlim_max)
			continue;
		l.rlim_max = hard;
		if (set(v[i].resource, &l, e))
			return -1;
	}
	return 0;
}
