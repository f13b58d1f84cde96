/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The comparison is by device and inode of the namespace files, and for the roots by what
 * /proc/1/root shows: that link is resolved in pid 1's mount namespace, so no fork is needed to
 * look.
 */
#include "container/shimns.h"
#include "base/mem.h"

#include <fcntl.h>
#include <net/if.h>
#include <sched.h>
#include <stdbool.h>
#include <stdio.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/stat.h>

static bool same_file(const char *a, const char *b)
{
	struct stat x, y;

	return !stat(a, &x) && !stat(b, &y) && x.st_dev == y.st_dev && x.st_ino == y.st_ino;
}

static bool visible(const char *path)
{
	char there[1100];

	snprintf(there, sizeof(there), "/proc/1/root%s", path);
	return same_file(path, there);
}

/* Whether it was entered. */
static bool enter(const char *kind, int type)
{
	char mine[40], theirs[40];
	AUTO_FD int fd = -1;

	snprintf(mine, sizeof(mine), "/proc/self/ns/%s", kind);
	snprintf(theirs, sizeof(theirs), "/proc/1/ns/%s", kind);
	if (same_file(mine, theirs))
		return false;
	fd = openat(AT_FDCWD, theirs, O_RDONLY | O_CLOEXEC);
	return fd >= 0 && !setns(fd, type);
}

void shimns_enter_network(void)
{
	enter("net", CLONE_NEWNET);
}

bool shimns_enter_mounts(const char *data_root, const char *exec_root)
{
	return !same_file("/proc/self/ns/mnt", "/proc/1/ns/mnt") && visible(data_root) &&
	       visible(exec_root) && enter("mnt", CLONE_NEWNS);
}

int shimns_network(int *host, int kept)
{
	struct ifreq lo = {.ifr_name = "lo", .ifr_flags = IFF_UP | IFF_RUNNING};
	AUTO_FD int s = -1;

	if (*host < 0)
		*host = openat(AT_FDCWD, "/proc/self/ns/net", O_RDONLY | O_CLOEXEC);
	if (kept >= 0 && !setns(kept, CLONE_NEWNET))
		return 0;
	if (unshare(CLONE_NEWNET))
		return -1;
	s = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	/* a kernel without IPv4 has no loopback to set up */
	if (s >= 0)
		ioctl(s, SIOCSIFFLAGS, &lo);
	return 0;
}
