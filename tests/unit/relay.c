/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A server on 127.0.0.1 stands for the container, a socket on ::1 for the published port. The relay
 * is turned by the test itself, between what it does as client; the server is a child.
 */
#include "network/relay.h"
#include "network/link.h"
#include "test.h"

#include <arpa/inet.h>
#include <fcntl.h>
#include <linux/netlink.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <sys/wait.h>

#define FIRST 0x204000u
#define SIZE (3 << 20)

static int ep = -1, host = -1, published = -1, server_fd = -1;
static uint16_t published_port, server_port;
static struct err err;

static uint16_t bound(int fd)
{
	struct sockaddr_in6 s;
	socklen_t n = sizeof(s);

	return getsockname(fd, (struct sockaddr *)&s, &n) ? 0 : ntohs(s.sin6_port);
}

static bool set_up(void)
{
	struct sockaddr_in v4 = {.sin_family = AF_INET,
				 .sin_addr = {.s_addr = htonl(INADDR_LOOPBACK)}};
	struct sockaddr_in6 v6 = {.sin6_family = AF_INET6, .sin6_addr = IN6ADDR_LOOPBACK_INIT};
	struct link_info lo;
	struct nl nl;

	if (geteuid() || unshare(CLONE_NEWNET) || nl_open(NETLINK_ROUTE, &nl, &err))
		return false;
	if (link_get(&nl, "lo", &lo, &err) || link_up(&nl, lo.index, &err))
		return false;
	nl_close(&nl);
	host = open("/proc/self/ns/net", O_RDONLY | O_CLOEXEC);
	ep = epoll_create1(EPOLL_CLOEXEC);
	server_fd = socket(AF_INET, SOCK_STREAM, 0);
	published = socket(AF_INET6, SOCK_STREAM, 0);
	if (bind(server_fd, (struct sockaddr *)&v4, sizeof(v4)) || listen(server_fd, 8) ||
	    bind(published, (struct sockaddr *)&v6, sizeof(v6)))
		return false;
	server_port = bound(server_fd);
	published_port = bound(published);
	return true;
}

/* Sends back what it is sent, and its end. */
static void echo(int fd)
{
	static char b[65536];
	ssize_t n;

	while ((n = read(fd, b, sizeof(b))) > 0)
		for (ssize_t done = 0, w; done < n; done += w)
			if ((w = write(fd, b + done, (size_t)(n - done))) <= 0)
				_exit(1);
	close(fd);
}

static void turn(int ms)
{
	struct epoll_event ev[16];
	int n = epoll_wait(ep, ev, 16, ms);

	for (int i = 0; i < n; i++)
		relay_event((uint32_t)(ev[i].data.u64 - FIRST), ev[i].events);
}

static int client(void)
{
	struct sockaddr_in6 to = {.sin6_family = AF_INET6,
				  .sin6_addr = IN6ADDR_LOOPBACK_INIT,
				  .sin6_port = htons(published_port)};
	int fd = socket(AF_INET6, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);

	connect(fd, (struct sockaddr *)&to, sizeof(to));
	return fd;
}

static int listen_to(uint16_t port)
{
	struct addr to;

	addr_parse("127.0.0.1", &to);
	relay_open(ep, host, FIRST);
	return relay_listen(published, &to, port, &err);
}

/* Writes SIZE bytes and its end, reads as many and theirs; the number that came back right. */
static size_t talk(int fd)
{
	static char out[65536], in[65536];
	size_t sent = 0, got = 0;

	for (int i = 0; i < 1000000; i++) {
		size_t at = sent % sizeof(out), left = SIZE - sent;
		ssize_t n;

		for (size_t k = 0; !sent && k < sizeof(out); k++)
			out[k] = (char)(k * 7 + k / 251);
		if (left) {
			n = write(fd, out + at, left < sizeof(out) - at ? left : sizeof(out) - at);
			sent += n > 0 ? (size_t)n : 0;
			if (sent == SIZE)
				shutdown(fd, SHUT_WR);
		}
		n = read(fd, in, sizeof(in));
		if (!n)
			return got;
		for (ssize_t k = 0; k < n; k++, got++)
			if (in[k] != out[got % sizeof(out)])
				return 0;
		turn(n > 0 || left ? 0 : 100);
	}
	return 0;
}

TEST(both_ways)
{
	pid_t pid;
	int fd;

	if (!set_up())
		SKIP("needs root and network namespaces");
	pid = fork();
	if (!pid) {
		for (;;)
			echo(accept(server_fd, NULL, NULL));
	}
	EQ_OK(listen_to(server_port), err);
	for (int i = 0; i < 3; i++) {
		fd = client();
		OK(talk(fd) == SIZE, "all came back");
		close(fd);
	}
	/* nothing is left that would wake us */
	for (int i = 0; i < 20; i++)
		turn(0);
	OK(epoll_wait(ep, &(struct epoll_event){0}, 1, 0) == 0, "quiet");
	relay_close();
	kill(pid, SIGKILL);
	waitpid(pid, NULL, 0);
}

static bool closed(int fd)
{
	char c;

	for (int i = 0; i < 100; i++) {
		ssize_t n = read(fd, &c, 1);

		if (!n || (n < 0 && errno != EAGAIN))
			return true;
		turn(100);
	}
	return false;
}

TEST(nobody_there)
{
	int fd;

	if (ep < 0)
		SKIP("needs root and network namespaces");
	close(server_fd);
	EQ_OK(listen_to(server_port), err);
	fd = client();
	OK(closed(fd), "a client of a container that does not listen is hung up on");
	close(fd);
	relay_close();
}

/* More than it takes are turned away, those it has go on. */
TEST(many)
{
	int fds[300], open_ones = 0;
	struct sockaddr_in v4 = {.sin_family = AF_INET,
				 .sin_port = htons(server_port),
				 .sin_addr = {.s_addr = htonl(INADDR_LOOPBACK)}};

	if (ep < 0)
		SKIP("needs root and network namespaces");
	server_fd = socket(AF_INET, SOCK_STREAM, 0);
	setsockopt(server_fd, SOL_SOCKET, SO_REUSEADDR, &(int){1}, sizeof(int));
	EQ_INT(bind(server_fd, (struct sockaddr *)&v4, sizeof(v4)), 0);
	EQ_INT(listen(server_fd, 512), 0);
	EQ_OK(listen_to(server_port), err);
	for (int i = 0; i < 300; i++) {
		fds[i] = client();
		turn(0);
		turn(0);
	}
	for (int i = 0; i < 1000; i++)
		turn(0);
	for (int i = 0; i < 300; i++) {
		char c;
		ssize_t n = read(fds[i], &c, 1);

		open_ones += n < 0 && errno == EAGAIN;
	}
	EQ_INT(open_ones, 256);
	relay_close();
	for (int i = 0; i < 300; i++) {
		OK(closed(fds[i]), "closed");
		close(fds[i]);
	}
}

int main(void)
{
	RUN(both_ways);
	RUN(nobody_there);
	RUN(many);
	return test_done();
}
