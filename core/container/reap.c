/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A pidfd and poll: SIGCHLD is the shim's loop's, which would have to be told of a signal that was
 * taken here. Before 5.3 there is none, and a look every few milliseconds does.
 *
 * Who of the children belongs to a program that hangs is told by the time of birth: a process that
 * takes only such calls starts nothing else meanwhile. Its process group would not do, containers'
 * first processes leave it.
 */
#include "container/reap.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <poll.h>
#include <signal.h>
#include <stdbool.h>
#include <stdlib.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/mem.h"
#include "base/file.h"
#include "container/orphan.h"

#define STEP_MS 5
#define ROUNDS 100
#define CHILDREN_MAX (64 << 10)

static int64_t now_ms(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return t.tv_sec * 1000ll + t.tv_nsec / 1000000;
}

/* Whether it has ended. It stays to be reaped. */
static bool ends_within(pid_t pid, int64_t ms)
{
	AUTO_FD int fd = (int)syscall(SYS_pidfd_open, pid, 0);
	struct pollfd p = {.fd = fd, .events = POLLIN};
	int64_t end = now_ms() + ms, left;
	siginfo_t si = {.si_pid = 0};

	while ((left = end - now_ms()) > 0) {
		int step = fd < 0 ? STEP_MS : left > INT_MAX ? INT_MAX : (int)left;

		poll(&p, 1, step);
		if (waitid(P_PID, (id_t)pid, &si, WEXITED | WNOHANG | WNOWAIT) || si.si_pid)
			return true;
	}
	return false;
}

int reap_within(pid_t pid, int64_t ms, int *ret_status)
{
	bool late = ms && !ends_within(pid, ms);
	int status;

	if (late)
		kill(pid, SIGKILL);
	while (waitpid(pid, &status, 0) < 0)
		if (errno != EINTR)
			return -1;
	if (!late)
		*ret_status = status;
	return late;
}

void reap_since(int64_t born)
{
	for (int i = 0, found = 1; found && i < ROUNDS; i++) {
		AUTO_BUF b = BUF_INIT;
		struct err why;
		char *p, *end;

		found = 0;
		if (file_read(AT_FDCWD, "/proc/thread-self/children", CHILDREN_MAX, &b, &why))
			return;
		buf_char(&b, 0);
		for (p = b.data;; p = end) {
			int pid = (int)strtol(p, &end, 10);
			int64_t at = orphan_born(pid);

			if (end == p)
				break;
			if (!at || at < born)
				continue;
			found = 1;
			orphan_kill(pid, at);
			waitpid(pid, NULL, WNOHANG);
		}
	}
}
