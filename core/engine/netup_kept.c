/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Two are kept, 128 KiB of kernel memory each: one for who comes while the other is being replaced.
 * A network has none before its first container has ended.
 *
 * A mount point cannot be renamed, the directory that it is in can. A mount is taken off by the
 * next one who sweeps and not by who claimed it, because unmounting waits for all processors; who
 * claimed it is in the namespace by then, or dead and has no use for it.
 * The unlink of its file takes it off wherever else it was copied to (a container with -v /:/host).
 */
#include "engine/netup_kept.h"

#include <dirent.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/vfs.h>
#include <unistd.h>

#include "base/file.h"
#include "base/mem.h"
#include "engine/networks.h"

#define KEPT "kept"
#define KEPT_MAX 2
#define NSFS 0x6e736673 /* linux/magic.h */

static int open_one(int dir, const char *name)
{
	char path[80];
	struct statfs s;
	int fd;

	snprintf(path, sizeof(path), "%.65s/ns", name);
	fd = openat(dir, path, O_RDONLY | O_NOFOLLOW | O_CLOEXEC);
	if (fd >= 0 && !fstatfs(fd, &s) && s.f_type == NSFS)
		return fd;
	fd_autoclose(&fd);
	return -1;
}

int netup_kept_claim(int exec, const char *network, char ret_id[65])
{
	AUTO_FD int dir = networks_dir_there(exec, network, KEPT);
	DIR *d = dir < 0 ? NULL : file_dir(dir);
	struct dirent *de;
	int fd = -1;

	while (d && fd < 0 && (de = readdir(d))) {
		char taken[66];

		if (*de->d_name == '.' || strlen(de->d_name) != 64)
			continue;
		fd = open_one(dir, de->d_name);
		snprintf(taken, sizeof(taken), ".%.64s", de->d_name);
		if (fd < 0 || renameat(dir, de->d_name, dir, taken))
			fd_autoclose(&fd);
		else
			memcpy(ret_id, de->d_name, 65);
	}
	if (d)
		closedir(d);
	return fd;
}

static void sweep_one(int dir, const char *name)
{
	char path[100];

	snprintf(path, sizeof(path), "/proc/self/fd/%d/%.65s/ns", dir, name);
	umount2(path, MNT_DETACH | UMOUNT_NOFOLLOW);
	unlink(path);
	unlinkat(dir, name, AT_REMOVEDIR);
}

/* How many there are then. */
static int sweep(int dir, bool all)
{
	DIR *d = file_dir(dir);
	struct dirent *de;
	int n = 0;

	while (d && (de = readdir(d))) {
		AUTO_FD int fd = -1;

		if (!strcmp(de->d_name, ".") || !strcmp(de->d_name, ".."))
			continue;
		fd = all || *de->d_name == '.' ? -1 : open_one(dir, de->d_name);
		if (fd < 0)
			sweep_one(dir, de->d_name);
		else
			n++;
	}
	if (d)
		closedir(d);
	return n;
}

int netup_kept_open(int exec, const char *network)
{
	struct err why;
	AUTO_FD int dir = networks_dir(exec, network, KEPT, &why);

	if (dir < 0 || file_flock(dir) || sweep(dir, false) >= KEPT_MAX)
		return -1;
	return fd_steal(&dir);
}

int netup_kept_put(int dir, const char *id, struct err *e)
{
	char making[66], path[100];
	AUTO_FD int one = -1, file = -1;

	snprintf(making, sizeof(making), ".%.64s", id);
	one = file_opendir(dir, making, 0700, e);
	file = one < 0 ? -1 : openat(one, "ns", O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
	snprintf(path, sizeof(path), "/proc/self/fd/%d/ns", one);
	if (file < 0 || mount("/proc/self/ns/net", path, NULL, MS_BIND, NULL) ||
	    renameat(dir, making, dir, id)) {
		err_sys(e, "keep a network namespace");
		sweep_one(dir, making);
		return -1;
	}
	return 0;
}

void netup_kept_sweep(int exec, const char *network, bool all)
{
	AUTO_FD int dir = networks_dir_there(exec, network, KEPT);

	if (dir >= 0 && !file_flock(dir))
		sweep(dir, all);
}
