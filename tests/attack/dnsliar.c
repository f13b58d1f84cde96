/* SPDX-License-Identifier: Apache-2.0 */
/*
 * dnsliar: what dns.t needs of liars, static so that it runs in containers too.
 *
 *   dnsliar serve LOG    a name server at 127.0.0.1:53, UDP, that is one with somebody who guesses:
 *                        before the answer (192.0.2.1) come ones with 6.6.6.6: with another ID,
 * about another name, and from another address (127.0.0.2). Nothing for names that begin with
 * "silent". Each question's first label goes to LOG. dnsliar flood N      N questions for silent
 * names to 127.0.0.11, as fast as can be dnsliar junk N       N datagrams of anything, and half as
 * many streams dnsliar ask NAME     the address of NAME by UDP: prints it, or the answer's code
 */
#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <poll.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <unistd.h>

static int at(const char *text, int type, int listening)
{
	struct sockaddr_in a = {.sin_family = AF_INET, .sin_port = htons(53)};
	int fd = socket(AF_INET, type | SOCK_CLOEXEC, 0);

	inet_pton(AF_INET, text, &a.sin_addr);
	if ((listening ? bind : connect)(fd, (void *)&a, sizeof(a))) {
		fprintf(stderr, "dnsliar: %s: %s\n", text, strerror(errno));
		exit(1);
	}
	return fd;
}

static size_t answer(uint8_t *m, size_t n, const char *text)
{
	static const uint8_t head[12] = {0xc0, 12, 0, 1, 0, 1, 0, 0, 0, 60, 0, 4};

	m[2] |= 0x80;
	m[3] = 0x80;
	m[7] = 1;
	m[9] = m[11] = 0;
	memcpy(m + n, head, sizeof(head));
	inet_pton(AF_INET, text, m + n + sizeof(head));
	return n + sizeof(head) + 4;
}

static int serve(const char *log)
{
	int fd = at("127.0.0.1", SOCK_DGRAM, 1), other = at("127.0.0.2", SOCK_DGRAM, 1);
	FILE *f = fopen(log, "a");
	uint8_t m[2048];
	struct sockaddr_in from;

	prctl(PR_SET_PDEATHSIG, SIGKILL);
	for (;;) {
		socklen_t size = sizeof(from);
		ssize_t got = recvfrom(fd, m, 1024, 0, (void *)&from, &size);
		size_t n = 12;

		if (got < 17)
			continue;
		while (n < (size_t)got && m[n])
			n += m[n] + 1u;
		n += 5;
		if (n > (size_t)got || !f)
			continue;
		fprintf(f, "%.*s\n", m[12], (char *)m + 13);
		fflush(f);
		if (!strncmp((char *)m + 13, "silent", 6))
			continue;
		n = answer(m, n, "6.6.6.6");
		m[0] ^= 1;
		sendto(fd, m, n, 0, (void *)&from, size);
		m[0] ^= 1;
		sendto(other, m, n, 0, (void *)&from, size);
		m[13] ^= 1;
		sendto(fd, m, n, 0, (void *)&from, size);
		m[13] ^= 1;
		inet_pton(AF_INET, "192.0.2.1", m + n - 4);
		sendto(fd, m, n, 0, (void *)&from, size);
	}
}

static size_t question(uint8_t *m, const char *name)
{
	size_t n = 12;

	memset(m, 0, 512);
	m[0] = 0x47;
	m[2] = 1;
	m[5] = 1;
	while (*name) {
		size_t len = strcspn(name, ".");

		m[n++] = (uint8_t)len;
		memcpy(m + n, name, len);
		n += len;
		name += len + (name[len] == '.');
	}
	m[n + 2] = m[n + 4] = 1;
	return n + 5;
}

static int flood(int count)
{
	int fd = at("127.0.0.11", SOCK_DGRAM, 0);
	uint8_t m[512];

	for (int i = 0; i < count; i++) {
		char name[40];

		snprintf(name, sizeof(name), "silent%d.example", i);
		if (send(fd, m, question(m, name), 0) < 0 && errno != EAGAIN && errno != ENOBUFS)
			return 1;
	}
	return 0;
}

static int junk(int count)
{
	int fd = at("127.0.0.11", SOCK_DGRAM, 0);
	uint8_t m[700];
	uint32_t x = 1;

	for (int i = 0; i < count; i++) {
		size_t n = question(m, "web.mynet.and.more");

		n += x % 80;
		for (int k = 0; k < 1 + (int)(x % 9); k++) {
			x = x * 1103515245 + 12345;
			m[(x >> 8) % n] = (uint8_t)(x >> 20);
		}
		send(fd, m, x & 64 ? n : x % n, 0);
		if (i & 1) {
			int s = at("127.0.0.11", SOCK_STREAM, 0);

			send(s, m, x % n, MSG_NOSIGNAL);
			if (x & 32)
				close(s); /* the others stay, as many as this process may have */
		}
	}
	return 0;
}

static int ask(const char *name)
{
	int fd = at("127.0.0.11", SOCK_DGRAM, 0);
	struct pollfd p = {.fd = fd, .events = POLLIN};
	uint8_t m[2048];
	size_t n = question(m, name);
	ssize_t got = -1;

	for (int i = 0; i < 10 && got < 0; i++) {
		send(fd, m, n, 0);
		if (poll(&p, 1, 10000) > 0)
			got = recv(fd, m, sizeof(m), 0);
	}
	if (got >= (ssize_t)n + 16 && m[7])
		printf("%u.%u.%u.%u\n", m[got - 4], m[got - 3], m[got - 2], m[got - 1]);
	else
		printf("%s\n", got < 12 ? "nothing" : (m[3] & 15) == 2 ? "SERVFAIL" : "other");
	return 0;
}

int main(int argc, char **argv)
{
	if (argc != 3)
		return 2;
	if (!strcmp(argv[1], "serve"))
		return serve(argv[2]);
	if (!strcmp(argv[1], "flood"))
		return flood(atoi(argv[2]));
	return !strcmp(argv[1], "junk") ? junk(atoi(argv[2])) : ask(argv[2]);
}
