/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Whatever our caller's callers left open would stay so for as long as the container runs: all but
 * our own descriptors go. stderr stays the caller's until the container runs, because a limit that
 * could not be set is told there.
 *
 * Children are watched by SIGCHLD and not by their pidfds, which cannot be polled before 5.3.
 */
#include "container/shimbirth.h"
#include "base/buf.h"
#include "container/process.h"
#include "wire/conn.h"

#include <fcntl.h>
#include <signal.h>
#include <sys/epoll.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

void shimbirth_stdio(int first, int last)
{
	AUTO_FD int null = openat(AT_FDCWD, "/dev/null", O_RDWR | O_CLOEXEC);

	for (int i = first; null >= 0 && i <= last; i++)
		dup2(null, i);
}

bool shimbirth_self(void)
{
	struct stat st;

	if (fstat(SHIM_FD_LAUNCH, &st) || !S_ISSOCK(st.st_mode) || fstat(SHIM_FD_SELF, &st))
		return false;
	for (int i = SHIM_FD_LAUNCH; i <= SHIM_FD_SELF; i++)
		fcntl(i, F_SETFD, FD_CLOEXEC);
	process_close_from(SHIM_FD_SELF + 1);
	shimbirth_stdio(0, 1);
	process_signals();
	signal(SIGPIPE, SIG_IGN);
	return true;
}

int shimbirth_read(struct shim_launch *l, struct arena *a, struct spec *s, int *ret_lock,
		   int *ret_listener, struct err *e)
{
	AUTO_BUF b = BUF_INIT;
	ssize_t n = conn_recv_fd(SHIM_FD_LAUNCH, l, sizeof(*l), ret_lock);

	*ret_listener = -1;
	if (n != sizeof(*l) || l->version != SHIM_VERSION || *ret_lock < 0)
		return err_set(e, ERR_INVALID, "proa-shim is started by proa only");
	while (b.len < l->spec_len) {
		char *p = buf_reserve(&b, SHIM_PIECE);

		n = b.len ? recv(SHIM_FD_LAUNCH, p, SHIM_PIECE, 0)
			  : conn_recv_fd(SHIM_FD_LAUNCH, p, SHIM_PIECE, ret_listener);
		if (n <= 0)
			return err_sys(e, "read the container's spec");
		buf_advance(&b, (size_t)n);
	}
	return spec_decode(a, b.data, b.len, s, e);
}

int shimbirth_children(int epoll, uint64_t data, struct err *e)
{
	struct epoll_event ev = {.events = EPOLLIN, .data.u64 = data};
	sigset_t child;
	int fd;

	sigemptyset(&child);
	sigaddset(&child, SIGCHLD);
	sigprocmask(SIG_BLOCK, &child, NULL);
	fd = signalfd(-1, &child, SFD_CLOEXEC | SFD_NONBLOCK);
	if (fd < 0 || epoll_ctl(epoll, EPOLL_CTL_ADD, fd, &ev))
		return err_sys(e, "watch for the end of children");
	return fd;
}
