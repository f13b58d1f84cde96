/* SPDX-License-Identifier: Apache-2.0 */
/*
 * PR_SET_PDEATHSIG in the child would need no record, but the kernel forgets it at an execve that
 * changes the AppArmor profile, which is just what a default container does.
 *
 * A pidfd is opened first and the birth compared then: the number cannot be given to another
 * process between the look and the signal. Before Linux 5.3 there is no pidfd_open, and a moment is
 * left.
 */
#include "container/orphan.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "base/mem.h"

#define WAIT_MS 10000

int64_t orphan_born(int pid)
{
	char path[32], line[1024], *p;
	AUTO_FD int fd = -1;
	ssize_t n;

	snprintf(path, sizeof(path), "/proc/%d/stat", pid);
	fd = pid > 0 ? open(path, O_RDONLY | O_CLOEXEC) : -1;
	n = fd < 0 ? -1 : read(fd, line, sizeof(line) - 1);
	if (n <= 0)
		return 0;
	line[n] = 0;
	/* field 2 is the name, in parentheses, and may hold anything; field 3 is the state */
	p = strrchr(line, ')');
	if (!p || strlen(p) < 3 || p[2] == 'Z' || p[2] == 'X')
		return 0;
	for (int field = 2; p && field < 22; field++)
		p = strchr(p + 1, ' ');
	return p ? strtoll(p + 1, NULL, 10) : 0;
}

void orphan_kill(int pid, int64_t born)
{
	AUTO_FD int fd = pid > 0 ? (int)syscall(SYS_pidfd_open, pid, 0) : -1;
	struct pollfd ended = {.fd = fd, .events = POLLIN};

	if (!born || orphan_born(pid) != born)
		return;
	if (fd < 0) {
		kill(pid, SIGKILL);
		return;
	}
	syscall(SYS_pidfd_send_signal, fd, SIGKILL, NULL, 0);
	while (poll(&ended, 1, WAIT_MS) < 0 && errno == EINTR)
		;
}
