/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Only what is of this one interface, of net.*, can be named: these keys are the network
 * namespace's own, and it is the container's. What decides which file is written are single words
 * between dots.
 */
#include "engine/netup_sysctls.h"
#include "base/file.h"
#include "base/mem.h"

#include <fcntl.h>
#include <string.h>

static int bad(const char *one, struct err *e)
{
	return err_set(
		e, ERR_INVALID,
		"%s: invalid setting \"%.100s\": net.<family>.<kind>.IFNAME.<key>=<value> is "
		"needed",
		NETUP_SYSCTLS_OPTION, one);
}

static int set_one(char *one, const char *ifname, struct err *e)
{
	AUTO_ARENA a = ARENA_INIT;
	const char *parts[5], *path;
	char *value = strchr(one, '='), *save = NULL, *rest;
	AUTO_FD int fd = -1;
	size_t n = 0;

	if (!value || strchr(one, '/'))
		return bad(one, e);
	rest = arena_strndup(&a, one, (size_t)(value - one));
	for (char *p = strtok_r(rest, ".", &save); p && n < 5; p = strtok_r(NULL, ".", &save))
		parts[n++] = p;
	if (n != 5 || strtok_r(NULL, ".", &save) || strcmp(parts[0], "net") ||
	    strcmp(parts[3], "IFNAME"))
		return bad(one, e);
	path = arena_printf(&a, "/proc/sys/net/%s/%s/%s/%s", parts[1], parts[2], ifname, parts[4]);
	fd = open(path, O_WRONLY | O_CLOEXEC);
	if (fd < 0 || file_write_all(fd, value + 1, strlen(value + 1)))
		return err_sys(e, "set %s", path);
	return 0;
}

int netup_sysctls_set(const char *list, const char *ifname, struct err *e)
{
	AUTO_ARENA a = ARENA_INIT;
	char *copy = arena_strdup(&a, list), *save = NULL;

	for (char *one = strtok_r(copy, ",", &save); one; one = strtok_r(NULL, ",", &save))
		if (set_one(one, ifname, e))
			return -1;
	return 0;
}
