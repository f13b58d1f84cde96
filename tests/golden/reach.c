/* SPDX-License-Identifier: Apache-2.0 */
/*
 * reach: who can talk to whom. A static program that runs inside containers, on the host and in
 * other namespaces.
 *
 *   reach serve NAME PORT UDPPORT   listens for both families on TCP PORT and UDP UDPPORT, and
 *                                   answers with "NAME PEER", PEER being the address it sees
 *   reach ask MS < LIST             each line is "PROTO ADDRESS PORT" (tcp or udp); all are asked
 * at once, again and again until they answer, for MS milliseconds; a line each is printed, in the
 * order of LIST: what was answered, or "-"
 */
#ifndef _GNU_SOURCE
#define _GNU_SOURCE
#endif
#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <poll.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#define MAX 256

static int64_t now(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

static void answer(const char *name, const struct sockaddr_in6 *peer, char *ret, size_t size)
{
	char text[INET6_ADDRSTRLEN];
	const char *p = inet_ntop(AF_INET6, &peer->sin6_addr, text, sizeof(text));

	if (!strncmp(p, "::ffff:", 7))
		p += 7;
	snprintf(ret, size, "%s %s\n", name, p);
}

static int listener(int type, int port)
{
	struct sockaddr_in6 a = {.sin6_family = AF_INET6, .sin6_port = htons((uint16_t)port)};
	int fd = socket(AF_INET6, type, 0), off = 0, on = 1;

	setsockopt(fd, IPPROTO_IPV6, IPV6_V6ONLY, &off, sizeof(off));
	setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on));
	if (fd < 0 || bind(fd, (struct sockaddr *)&a, sizeof(a)) ||
	    (type == SOCK_STREAM && listen(fd, 100))) {
		perror("reach serve");
		exit(1);
	}
	return fd;
}

/* From the address that was asked: the one that the way back leads to may be another. */
static void serve_datagram(int fd, const char *name)
{
	struct sockaddr_in6 peer;
	char text[200], control[200];
	struct iovec v = {text, sizeof(text)};
	struct msghdr m = {.msg_name = &peer,
			   .msg_namelen = sizeof(peer),
			   .msg_iov = &v,
			   .msg_iovlen = 1,
			   .msg_control = control,
			   .msg_controllen = sizeof(control)};
	struct cmsghdr *c;

	if (recvmsg(fd, &m, 0) <= 0)
		return;
	for (c = CMSG_FIRSTHDR(&m); c; c = CMSG_NXTHDR(&m, c))
		if (c->cmsg_level == IPPROTO_IPV6 && c->cmsg_type == IPV6_PKTINFO)
			((struct in6_pktinfo *)(void *)CMSG_DATA(c))->ipi6_ifindex = 0;
	answer(name, &peer, text, sizeof(text));
	v.iov_len = strlen(text);
	sendmsg(fd, &m, 0);
}

static int serve(const char *name, int tcp, int udp)
{
	struct pollfd p[2] = {{listener(SOCK_STREAM, tcp), POLLIN, 0},
			      {listener(SOCK_DGRAM, udp), POLLIN, 0}};
	struct sockaddr_in6 peer;
	char text[200];
	int on = 1;

	setsockopt(p[1].fd, IPPROTO_IPV6, IPV6_RECVPKTINFO, &on, sizeof(on));
	while (poll(p, 2, -1) > 0) {
		socklen_t len = sizeof(peer);

		if (p[0].revents) {
			int fd = accept(p[0].fd, (struct sockaddr *)&peer, &len);

			answer(name, &peer, text, sizeof(text));
			send(fd, text, strlen(text), MSG_NOSIGNAL);
			close(fd);
		}
		if (p[1].revents)
			serve_datagram(p[1].fd, name);
	}
	return 1;
}

struct target {
	struct sockaddr_storage to;
	socklen_t len;
	int type, fd;
	int64_t until; /* of this try */
	int tries;
	char got[100];
};

static void try_again(struct target *t)
{
	if (t->fd >= 0)
		close(t->fd);
	/* tries get longer: one whose first packet is lost is begun anew, a slow one gets its time
	 */
	t->until = now() + (100 << (t->tries < 6 ? t->tries : 6));
	t->tries++;
	t->fd = socket(t->to.ss_family, t->type | SOCK_NONBLOCK, 0);
	if (t->fd >= 0 && connect(t->fd, (struct sockaddr *)&t->to, t->len) &&
	    errno != EINPROGRESS) {
		close(t->fd);
		t->fd = -1;
	}
	if (t->fd >= 0 && t->type == SOCK_DGRAM)
		send(t->fd, "?\n", 2, MSG_NOSIGNAL);
}

static size_t read_targets(struct target *t)
{
	char proto[8], address[64];
	size_t n = 0;
	int port;

	while (n < MAX && scanf("%7s %63s %d", proto, address, &port) == 3) {
		struct sockaddr_in *a4 = (void *)&t[n].to;
		struct sockaddr_in6 *a6 = (void *)&t[n].to;

		t[n].fd = -1;
		t[n].type = *proto == 'u' ? SOCK_DGRAM : SOCK_STREAM;
		if (inet_pton(AF_INET, address, &a4->sin_addr) == 1) {
			a4->sin_family = AF_INET;
			a4->sin_port = htons((uint16_t)port);
			t[n].len = sizeof(*a4);
		} else {
			inet_pton(AF_INET6, address, &a6->sin6_addr);
			a6->sin6_family = AF_INET6;
			a6->sin6_port = htons((uint16_t)port);
			t[n].len = sizeof(*a6);
		}
		n++;
	}
	return n;
}

/* Whether all have answered. */
static bool look(struct target *t, size_t n)
{
	struct pollfd p[MAX];
	bool all = true;

	for (size_t i = 0; i < n; i++) {
		if (!*t[i].got && now() >= t[i].until)
			try_again(&t[i]);
		p[i] = (struct pollfd){*t[i].got ? -1 : t[i].fd, POLLIN, 0};
		all = all && *t[i].got;
	}
	poll(p, n, all ? 0 : 20);
	for (size_t i = 0; i < n; i++) {
		ssize_t len = p[i].fd >= 0 && p[i].revents
				      ? recv(t[i].fd, t[i].got, sizeof(t[i].got) - 1, 0)
				      : -1;

		t[i].got[len > 0 ? len : (ssize_t)strlen(t[i].got)] = 0;
		t[i].got[strcspn(t[i].got, "\n")] = 0;
		if (p[i].fd >= 0 && p[i].revents && len <= 0) { /* refused; soon once more */
			close(t[i].fd);
			t[i].fd = -1;
		}
	}
	return all;
}

static int ask(int ms)
{
	static struct target t[MAX];
	size_t n = read_targets(t);
	int64_t end = now() + ms;

	while (!look(t, n) && now() < end)
		;
	for (size_t i = 0; i < n; i++)
		puts(*t[i].got ? t[i].got : "-");
	return 0;
}

int main(int argc, char **argv)
{
	if (argc == 5 && !strcmp(argv[1], "serve"))
		return serve(argv[2], atoi(argv[3]), atoi(argv[4]));
	if (argc == 3 && !strcmp(argv[1], "ask"))
		return ask(atoi(argv[2]));
	return 2;
}
