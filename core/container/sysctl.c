/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Which settings belong to which namespace is the kernel's own list of namespaced tables, as Docker
 * takes it. A name may be written with dots or slashes (an interface name may hold a dot then); a
 * text with "..", '+', a newline or NUL is refused: options of that kind have been smuggled into
 * another runtime's command line before (CVE-2022-0811).
 */
#include "container/sysctl.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/magic.h>
#include <stdio.h>
#include <string.h>
#include <sys/vfs.h>
#include <unistd.h>

#define NAME_MAX_LEN 256

/* "net.ipv4.ip_forward" or "net/ipv4/..." as a path below /proc/sys. */
static int path_of(const char *kv, char *path, const char **ret_value, struct err *e)
{
	const char *eq = strchr(kv, '=');
	size_t n = eq ? (size_t)(eq - kv) : 0;
	bool slashes;

	if (n == 0 || n >= NAME_MAX_LEN)
		return err_set(e, ERR_INVALID, "sysctl '%s' is not allowed: use NAME=VALUE", kv);
#ifndef PROA_WEAK_SYSCTL
	if (strpbrk(kv, "+\n") || strstr(kv, "..") || kv[0] == '/' || kv[0] == '.')
		return err_set(e, ERR_INVALID,
			       "sysctl '%s' is not allowed: it holds a character that no "
			       "sysctl needs",
			       kv);
#endif
	memcpy(path, kv, n);
	path[n] = 0;
	slashes = strchr(path, '/') != NULL;
	for (size_t i = 0; i < n && !slashes; i++)
		if (path[i] == '.')
			path[i] = '/';
	*ret_value = eq + 1;
	return 0;
}

int sysctl_check(const struct spec *s, const char *kv, struct err *e)
{
	static const char *const ipc[] = {"kernel/msgmax", "kernel/msgmnb",	    "kernel/msgmni",
					  "kernel/sem",	   "kernel/shmall",	    "kernel/shmmax",
					  "kernel/shmmni", "kernel/shm_rmid_forced"};
	char path[NAME_MAX_LEN];
	const char *value;
	int ns = -1;

	if (path_of(kv, path, &value, e) < 0)
		return -1;
	if (!strcmp(path, "kernel/hostname"))
		return err_set(e, ERR_INVALID, "sysctl '%s' is not allowed: use --hostname instead",
			       kv);
	for (size_t i = 0; i < sizeof(ipc) / sizeof(*ipc); i++)
		if (!strcmp(path, ipc[i]))
			ns = SPEC_NS_IPC;
	if (!strncmp(path, "fs/mqueue/", 10))
		ns = SPEC_NS_IPC;
	else if (!strncmp(path, "net/", 4))
		ns = SPEC_NS_NET;
	else if (!strcmp(path, "kernel/domainname"))
		ns = SPEC_NS_UTS;
	if (ns < 0)
		return err_set(e, ERR_INVALID,
			       "sysctl '%s' is not allowed: it is not separate for "
			       "each container",
			       kv);
	if (s->ns[ns] == SPEC_NS_HOST)
		return err_set(e, ERR_INVALID,
			       "sysctl '%s' is not allowed: the container uses the "
			       "host's %s namespace",
			       kv,
			       ns == SPEC_NS_IPC   ? "ipc"
			       : ns == SPEC_NS_NET ? "network"
						   : "uts");
	return 0;
}

int sysctl_apply(int proc, const struct strs *v, struct err *e)
{
	char path[NAME_MAX_LEN], full[NAME_MAX_LEN + 8];
	const char *value;
	struct statfs fs;

	if (v->n && (fstatfs(proc, &fs) < 0 || fs.f_type != PROC_SUPER_MAGIC))
		return err_set(e, ERR_SYS, "set sysctls: no proc file system at hand");
	for (size_t i = 0; i < v->n; i++) {
		AUTO_FD int fd = -1;

		if (path_of(v->v[i], path, &value, e) < 0)
			return -1;
		snprintf(full, sizeof(full), "sys/%s", path);
		fd = openat(proc, full, O_WRONLY | O_CLOEXEC | O_NOFOLLOW);
		if (fd < 0 && errno == ENOENT)
			return err_set(e, ERR_INVALID,
				       "sysctl '%s': this kernel has no such setting", v->v[i]);
		if (fd < 0 || write(fd, value, strlen(value)) < 0)
			return err_sys(e, "set sysctl '%s'", v->v[i]);
	}
	return 0;
}
