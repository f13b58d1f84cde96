/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Sockets of our own are reached by names relative to a directory descriptor: a data or exec root
 * may be longer than sun_path's 108 bytes, so a longer path goes through /proc/self/fd/N.
 * Descriptors arrive close-on-exec.
 */
#include "wire/conn.h"
#include "base/file.h"
#include "base/mem.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

int conn_send_fds(int sock, const void *data, size_t len, const int *fds, int n)
{
	union {
		char space[CMSG_SPACE(CONN_FDS * sizeof(int))];
		struct cmsghdr align;
	} c = {{0}};
	struct iovec v = {(void *)(uintptr_t)data, len};
	struct msghdr m = {.msg_iov = &v, .msg_iovlen = 1};
	size_t size = (size_t)n * sizeof(int);
	ssize_t sent;

	if (n) {
		m.msg_control = c.space;
		m.msg_controllen = CMSG_SPACE(size);
		c.align = (struct cmsghdr){.cmsg_len = CMSG_LEN(size),
					   .cmsg_level = SOL_SOCKET,
					   .cmsg_type = SCM_RIGHTS};
		memcpy(CMSG_DATA(&c.align), fds, size);
	}
	do
		sent = sendmsg(sock, &m, MSG_NOSIGNAL);
	while (sent < 0 && errno == EINTR);
	return sent < 0 ? -1 : 0;
}

int conn_send_fd(int sock, const void *data, size_t len, int fd)
{
	return conn_send_fds(sock, data, len, &fd, fd >= 0);
}

/* More than max are the kernel's to close. */
static ssize_t receive(int sock, void *data, size_t size, int *fds, int max, int *ret_n)
{
	union {
		char space[CMSG_SPACE(CONN_FDS * sizeof(int))];
		struct cmsghdr align;
	} c = {{0}};
	struct iovec v = {data, size};
	struct msghdr m = {.msg_iov = &v,
			   .msg_iovlen = 1,
			   .msg_control = c.space,
			   .msg_controllen = CMSG_LEN((size_t)max * sizeof(int))};
	struct cmsghdr *h;
	ssize_t got;

	do
		got = recvmsg(sock, &m, MSG_CMSG_CLOEXEC);
	while (got < 0 && errno == EINTR);
	*ret_n = 0;
	if (got < 0)
		return -1;
	h = CMSG_FIRSTHDR(&m);
	if (h && h->cmsg_level == SOL_SOCKET && h->cmsg_type == SCM_RIGHTS) {
		*ret_n = (int)((h->cmsg_len - CMSG_LEN(0)) / sizeof(int));
		memcpy(fds, CMSG_DATA(h), (size_t)*ret_n * sizeof(int));
	}
	return got;
}

ssize_t conn_recv_fds(int sock, void *data, size_t size, int fds[CONN_FDS], int *ret_n)
{
	return receive(sock, data, size, fds, CONN_FDS, ret_n);
}

ssize_t conn_recv_fd(int sock, void *data, size_t size, int *ret_fd)
{
	int n;
	ssize_t got = receive(sock, data, size, ret_fd, 1, &n);

	if (n < 1)
		*ret_fd = -1;
	return got;
}

/* Fills an address for dirfd/path; opens *hold on the directory where the name is too long. */
static int address(int dirfd, const char *path, struct sockaddr_un *u, int *hold, struct err *e)
{
	const char *base = strrchr(path, '/');
	char dir[4096];
	int n;

	*u = (struct sockaddr_un){.sun_family = AF_UNIX};
	if (path[0] == '/' && strlen(path) < sizeof(u->sun_path)) {
		memcpy(u->sun_path, path, strlen(path));
		return 0;
	}
	if (base) {
		snprintf(dir, sizeof(dir), "%.*s", (int)(base - path), path);
		*hold = openat(dirfd, dir[0] ? dir : "/", O_PATH | O_DIRECTORY | O_CLOEXEC);
		if (*hold < 0)
			return err_sys(e, "open directory of socket %s", path);
		dirfd = *hold;
	}
	base = base ? base + 1 : path;
	n = snprintf(u->sun_path, sizeof(u->sun_path), "/proc/self/fd/%d/%s", dirfd, base);
	if (n >= (int)sizeof(u->sun_path))
		return err_set(e, ERR_INVALID, "socket name too long: %s", base);
	return 0;
}

int conn_unix(int dirfd, const char *path, int type, struct err *e)
{
	AUTO_FD int hold = -1;
	AUTO_FD int s = socket(AF_UNIX, type | SOCK_CLOEXEC, 0);
	struct sockaddr_un u;

	if (s < 0)
		return err_sys(e, "socket");
	if (address(dirfd, path, &u, &hold, e)) {
		if (e->sys == ENOENT) /* nobody listens below a directory that is not there */
			e->kind = ERR_UNAVAILABLE;
		return -1;
	}
	if (connect(s, (struct sockaddr *)&u, sizeof(u))) {
		err_sys(e, "connect to %s", path);
		if (e->sys == ENOENT || e->sys == ECONNREFUSED)
			e->kind = ERR_UNAVAILABLE;
		return -1;
	}
	return fd_steal(&s);
}

int conn_unix_listen(int dirfd, const char *path, int type, mode_t mode, struct err *e)
{
	AUTO_FD int hold = -1;
	AUTO_FD int s = socket(AF_UNIX, type | SOCK_CLOEXEC, 0);
	struct sockaddr_un u;
	mode_t old;
	int rc;

	if (s < 0)
		return err_sys(e, "socket");
	if (address(dirfd, path, &u, &hold, e))
		return -1;
	unlinkat(dirfd, path, 0);
	old = umask(0777 & ~mode);
	rc = bind(s, (struct sockaddr *)&u, sizeof(u));
	umask(old);
	if (rc || listen(s, 1024))
		return err_sys(e, "listen on %s", path);
	return fd_steal(&s);
}
