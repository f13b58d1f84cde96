/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Asked at create and not at start, because a container that can never start should not exist. The
 * lists of CPUs are the host's online ones and not this process's affinity: a client under taskset
 * runs the engine itself, and its container does not inherit that mask.
 *
 * A list is walked range by range and each range is looked for in one range of the host's, which
 * the kernel prints in order and merged; nothing is expanded, so "0-4000000000" costs nothing.
 */
#include "engine/hostcheck.h"
#include "base/buf.h"
#include "base/file.h"
#include "container/cgroup.h"
#include "engine/signals.h"

#include <arpa/inet.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define LIST_MAX 4096

struct range {
	unsigned long from, to;
};

/* 1: a range; 0: the end; -1: not a list. */
static int next_range(const char **p, struct range *ret)
{
	char *end;

	if (!**p || **p == '\n')
		return 0;
	if (**p < '0' || **p > '9')
		return -1;
	ret->from = ret->to = strtoul(*p, &end, 10);
	if (*end == '-') {
		if (end[1] < '0' || end[1] > '9')
			return -1;
		ret->to = strtoul(end + 1, &end, 10);
	}
	if (*end == ',')
		end++;
	else if (*end && *end != '\n')
		return -1;
	*p = end;
	return ret->to < ret->from ? -1 : 1;
}

static bool has_range(const char *list, const struct range *want)
{
	struct range have;

	while (next_range(&list, &have) > 0)
		if (want->from >= have.from && want->to <= have.to)
			return true;
	return false;
}

/* False if the kernel does not say. The text ends without a newline. */
static bool host_list(const char *path, struct buf *b)
{
	struct err why;

	if (file_read(AT_FDCWD, path, LIST_MAX, b, &why))
		return false;
	if (b->len && b->data[b->len - 1] == '\n')
		b->data[--b->len] = 0;
	return b->len > 0;
}

static int check_set(const char *asked, const char *path, const char *name, const char *what,
		     struct err *e)
{
	AUTO_BUF have = BUF_INIT;
	const char *p = asked;
	bool known = host_list(path, &have);
	struct range r;
	int rc;

	while ((rc = next_range(&p, &r)) > 0)
		if (known && !has_range(have.data, &r))
			return err_set(e, ERR_INVALID,
				       "Requested %s are not available - requested %.100s, "
				       "available: %.200s",
				       what, asked, have.data);
	if (rc < 0)
		return err_set(e, ERR_INVALID,
			       "Invalid value %.100s for cpuset %s: invalid format: %.100s", asked,
			       name, asked);
	return 0;
}

static int check_cpus(int64_t nano, struct err *e)
{
	AUTO_BUF have = BUF_INIT;
	const char *p;
	unsigned long n = 0;
	struct range r;

	if (!nano)
		return 0;
	if (!host_list("/sys/devices/system/cpu/online", &have))
		buf_printf(&have, "0-%ld", sysconf(_SC_NPROCESSORS_CONF) - 1);
	for (p = have.data; next_range(&p, &r) > 0;)
		n += r.to - r.from + 1;
	if (n && (nano < 10000000 || nano > (int64_t)n * 1000000000))
		return err_set(e, ERR_INVALID,
			       "range of CPUs is from 0.01 to %lu.00, as there are only %lu CPUs "
			       "available",
			       n, n);
	return 0;
}

static int check_realtime(const struct request *r, struct err *e)
{
	if ((r->cpu_rt_period || r->cpu_rt_runtime) && !cgroup_realtime())
		return err_set(e, ERR_INVALID,
			       "kernel does not support CPU real-time scheduler: control groups "
			       "with cpu.rt_runtime_us (v1) are needed");
	return 0;
}

static int check_shares(const struct request *r, struct err *e)
{
	if (!r->cpu_shares || cgroup_pure_v2()) /* there they become a weight, which has room */
		return 0;
	if (r->cpu_shares < 2)
		return err_set(e, ERR_INVALID, "the minimum allowed cpu-shares is 2");
	if (r->cpu_shares > 262144)
		return err_set(e, ERR_INVALID, "the maximum allowed cpu-shares is 262144");
	return 0;
}

static bool is_address(const char *text)
{
	struct in6_addr a;

	return inet_pton(AF_INET, text, &a) == 1 || inet_pton(AF_INET6, text, &a) == 1;
}

int hostcheck_extra_host(const char *text, char ip[46], size_t *ret_name, struct err *e)
{
	size_t n = strcspn(text, "="), len;
	const char *from;

	if (!text[n])
		n = strcspn(text, ":");
	if (!n || !text[n] || !text[n + 1])
		return err_set(e, ERR_INVALID, "bad format for add-host: \"%.200s\"", text);
	from = text + n + 1;
	*ret_name = n;
	*ip = 0;
	if (!strcmp(from, "host-gateway"))
		return 0;
	len = strlen(from);
	if (*from == '[' && from[len - 1] == ']') {
		from++;
		len -= 2;
	}
	if (len < 46) {
		memcpy(ip, from, len);
		ip[len] = 0;
	}
	if (len >= 46 || !is_address(ip))
		return err_set(e, ERR_INVALID, "invalid IP address in add-host: \"%.200s\"", from);
	*ret_name = n;
	return 0;
}

int hostcheck_address(const char *text, struct err *e)
{
	return is_address(text) ? 0
				: err_set(e, ERR_INVALID,
					  "IP address is not correctly formatted: %.200s", text);
}

static int check_addresses(const struct request *r, struct err *e)
{
	char ip[46];
	size_t n;

	for (size_t i = 0; i < r->dns.n; i++)
		if (hostcheck_address(r->dns.v[i], e))
			return -1;
	for (size_t i = 0; i < r->extra_hosts.n; i++)
		if (hostcheck_extra_host(r->extra_hosts.v[i], ip, &n, e))
			return -1;
	return 0;
}

int hostcheck_request(const struct request *r, struct err *e)
{
	int sig;

	if (check_cpus(r->nano_cpus, e) || check_realtime(r, e) || check_shares(r, e) ||
	    check_set(r->cpuset_cpus, "/sys/devices/system/cpu/online", "cpus", "CPUs", e) ||
	    check_set(r->cpuset_mems, "/sys/devices/system/node/online", "mems", "memory nodes", e))
		return -1;
	if (*r->stop_signal && signals_parse(r->stop_signal, &sig, e))
		return -1;
	return check_addresses(r, e);
}
