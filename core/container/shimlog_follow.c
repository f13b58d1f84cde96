/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What a reader has not taken yet waits in its socket, not here. That may be at most `KEPT` files,
 * or what twice the log's own limit holds: files that were removed meanwhile still take room on
 * the disk for as long as a reader has them open. One that falls further behind is told so and let
 * go.
 */
#include "container/shimlog_follow.h"
#include "container/shim.h"
#include "container/shimlog_file.h"

#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/mem.h"

#define READERS 64
#define KEPT 64	   /* files that may wait for a reader: with headers they fit a socket */
#define KEPT_MIN 8 /* however large they are */
#define KEPT_BYTES (512 << 20)

static struct reader {
	int fd; /* 0: free */
	bool waits;
	int owed; /* files it has not told to have reached */
} readers[READERS];

static struct {
	int epoll, n;
	int limit; /* of owed */
} all = {.epoll = -1};

static int send_note(int fd, uint32_t kind, struct shimlog_at at, const int *fds, int nfds)
{
	struct shimlog_note note = {.version = SHIM_VERSION, .kind = kind, .at = at};
	struct iovec v = {&note, sizeof(note)};
	union {
		struct cmsghdr align;
		char space[CMSG_SPACE(SHIMLOG_MAX_FILES * sizeof(int))];
	} c;
	struct msghdr m = {.msg_iov = &v, .msg_iovlen = 1};

	if (nfds > 0) {
		size_t bytes = (size_t)nfds * sizeof(int);

		memset(&c, 0, sizeof(c.align));
		m.msg_control = &c;
		m.msg_controllen = CMSG_SPACE(bytes);
		c.align.cmsg_level = SOL_SOCKET;
		c.align.cmsg_type = SCM_RIGHTS;
		c.align.cmsg_len = CMSG_LEN(bytes);
		memcpy(CMSG_DATA(&c.align), fds, bytes);
	}
	return sendmsg(fd, &m, MSG_DONTWAIT | MSG_NOSIGNAL) == sizeof(note) ? 0 : -1;
}

static void drop(struct reader *r)
{
	epoll_ctl(all.epoll, EPOLL_CTL_DEL, r->fd, NULL);
	close(r->fd);
	*r = (struct reader){.fd = 0};
	all.n--;
}

static int limit_of(const struct spec_log *l)
{
	int64_t n = l->max_size > 0 ? KEPT_BYTES / l->max_size : KEPT;

	if (n < l->max_files)
		n = l->max_files;
	return n < KEPT_MIN ? KEPT_MIN : n > KEPT ? KEPT : (int)n;
}

void shimlog_follow_add(const struct spec_log *l, int epoll, int fd, bool follow)
{
	struct epoll_event ev = {.events = EPOLLIN};
	int files[SHIMLOG_MAX_FILES], n, rc;
	struct shimlog_at at = {0, 0};
	struct reader *r = readers;

	n = shimlog_file_all(l, files, &at);
	rc = send_note(fd, SHIMLOG_FILES, at, files, n);
	for (int i = 0; i < n; i++)
		close(files[i]);
	while (r < readers + READERS && r->fd)
		r++;
	if (rc || !n || !follow || r == readers + READERS) {
		send_note(fd, SHIMLOG_END, at, NULL, 0);
		close(fd);
		return;
	}
	*r = (struct reader){.fd = fd};
	all.epoll = epoll;
	all.limit = limit_of(l);
	all.n++;
	ev.data.u64 = SHIMLOG_EVENT | (uint32_t)(r - readers);
	epoll_ctl(epoll, EPOLL_CTL_ADD, fd, &ev);
}

void shimlog_follow_event(uint32_t index)
{
	struct reader *r = &readers[index % READERS];
	struct shimlog_at now = shimlog_file_at(), at;
	ssize_t n;

	if (!r->fd)
		return;
	n = recv(r->fd, &at, sizeof(at), MSG_DONTWAIT);
	if (n < 0)
		return;
	if (n != sizeof(at)) {
		drop(r);
		return;
	}
	r->waits = true;
	r->owed = now.seq > at.seq ? r->owed : 0;
	if (at.seq < now.seq || at.size < now.size)
		shimlog_follow_more();
}

void shimlog_follow_more(void)
{
	struct shimlog_at at = shimlog_file_at();

	for (int i = 0; all.n && i < READERS; i++)
		if (readers[i].fd && readers[i].waits) {
			readers[i].waits = false;
			if (send_note(readers[i].fd, SHIMLOG_MORE, at, NULL, 0))
				drop(&readers[i]);
		}
}

void shimlog_follow_rotated(void)
{
	AUTO_FD int fd = all.n ? shimlog_file_reopen() : -1;
	struct shimlog_at at = shimlog_file_at();

	for (int i = 0; all.n && i < READERS; i++) {
		struct reader *r = &readers[i];

		if (!r->fd)
			continue;
		if (fd >= 0 && ++r->owed <= all.limit &&
		    !send_note(r->fd, SHIMLOG_ROTATED, at, &fd, 1))
			continue;
		send_note(r->fd, SHIMLOG_BEHIND, at, NULL, 0);
		drop(r);
	}
}

void shimlog_follow_end(void)
{
	struct shimlog_at at = shimlog_file_at();

	for (int i = 0; all.n && i < READERS; i++)
		if (readers[i].fd) {
			send_note(readers[i].fd, SHIMLOG_END, at, NULL, 0);
			drop(&readers[i]);
		}
}
