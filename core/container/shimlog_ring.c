/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The buffer is a socket's: messages of whole batches, taken or refused in one piece, bounded by
 * the kernel, ordered with the readers' sockets that travel through it, and its end tells the
 * child that the shim is done or dead: then it writes what is left and goes. Rejected: a thread
 * (the shim forks, and forking from threads is no fun), shared memory with futexes (more code for
 * the same).
 *
 * A buffer smaller than a record can be would refuse that record for ever, so there is a minimum.
 */
#include "container/shimlog_ring.h"
#include "container/process.h"
#include "container/shimlog_file.h"
#include "container/shimlog_follow.h"
#include "wire/conn.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/mem.h"

#define RING_MIN (256 << 10)
#define RING_MAX (256 << 20)
#define EV_RING 1u

static struct {
	int sock; /* our end; -1: no child */
	pid_t child;
	uint64_t lost;
} ring = {.sock = -1};

/* ---- the child */

static char batch[SHIMLOG_RING_BATCH];

/* False: the end. */
static bool take(const struct spec_log *l, int sock, int epoll)
{
	AUTO_FD int fd = -1;
	ssize_t n = conn_recv_fd(sock, batch, sizeof(batch), &fd);

	if (n < 0 && errno == EINTR)
		return true;
	if (n <= 0)
		return false;
	if (fd >= 0) {
		shimlog_follow_add(l, epoll, fd_steal(&fd), batch[0] == 'f');
		return true;
	}
	shimlog_file_write(l, batch, (size_t)n);
	shimlog_follow_more();
	return true;
}

static void serve(const struct spec_log *l, int sock)
{
	AUTO_FD int epoll = epoll_create1(EPOLL_CLOEXEC);
	struct epoll_event ev[8] = {{.events = EPOLLIN, .data.u64 = EV_RING}};
	bool over = epoll < 0 || epoll_ctl(epoll, EPOLL_CTL_ADD, sock, &ev[0]);

	while (!over) {
		int n = epoll_wait(epoll, ev, 8, -1);

		for (int i = 0; i < n; i++)
			if (ev[i].data.u64 == EV_RING)
				over = !take(l, sock, epoll);
			else
				shimlog_follow_event((uint32_t)(ev[i].data.u64 & 0xffff));
	}
	shimlog_file_end();
	shimlog_follow_end();
}

/* ---- the shim */

static void set_size(int sock, int64_t want)
{
	int size = (int)(want < RING_MIN ? RING_MIN : want > RING_MAX ? RING_MAX : want);

	if (setsockopt(sock, SOL_SOCKET, SO_SNDBUFFORCE, &size, sizeof(size)))
		setsockopt(sock, SOL_SOCKET, SO_SNDBUF, &size, sizeof(size));
}

/* The child keeps nothing of the shim's: its lock would outlive it. */
static bool start(const struct spec_log *l)
{
	int sp[2];

	if (ring.sock >= 0)
		return true;
	if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, sp))
		return false;
	set_size(sp[0], l->buffer);
	ring.child = fork();
	if (!ring.child) {
		dup2(sp[1], 0);
		process_close_from(3);
		serve(l, 0);
		_exit(0);
	}
	close(sp[1]);
	if (ring.child < 0) {
		close(sp[0]);
		ring.child = 0;
		return false;
	}
	ring.sock = sp[0];
	return true;
}

static void reap(void)
{
	while (ring.child > 0 && waitpid(ring.child, NULL, 0) < 0 && errno == EINTR)
		;
	ring.child = 0;
}

static bool push(const char *data, size_t n, int flags)
{
	ssize_t k;

	do
		k = send(ring.sock, data, n, flags | MSG_NOSIGNAL);
	while (k < 0 && errno == EINTR);
	if (k < 0 && (errno == EPIPE || errno == ECONNRESET)) { /* the child was killed */
		fd_autoclose(&ring.sock);
		reap();
	}
	return k == (ssize_t)n;
}

/* Says what was lost, if something was. */
static bool tell_lost(int flags)
{
	char text[300];

	if (ring.lost &&
	    !push(text, shimlog_file_lost(text, sizeof(text), ring.lost, "the buffer was full"),
		  flags))
		return false;
	ring.lost = 0;
	return true;
}

void shimlog_ring_write(const struct spec_log *l, const char *records, size_t n)
{
	if (start(l) && tell_lost(MSG_DONTWAIT) && push(records, n, MSG_DONTWAIT))
		return;
	for (const char *p = records; (p = memchr(p, '\n', n - (size_t)(p - records))); p++)
		ring.lost++;
}

void shimlog_ring_reader(const struct spec_log *l, int fd, bool follow)
{
	if (start(l))
		conn_send_fd(ring.sock, follow ? "f" : "-", 1, fd);
	close(fd);
}

void shimlog_ring_end(const struct spec_log *l)
{
	if (ring.lost && start(l)) /* it is waited for anyway */
		tell_lost(0);
	fd_autoclose(&ring.sock);
	reap();
}
