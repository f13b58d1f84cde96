/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The responder with a client and a name server that send anything. The first byte says how: bit 0
 * by TCP, bit 1 the server's bytes get the right ID and question, the others how many bytes are the
 * client's; the rest is the server's. Whatever comes, a client's query has one answer with its ID
 * or none at all, and nothing stays behind.
 *
 * As root all goes through real sockets in a namespace of its own; otherwise only the messages'
 * reader and writer are tried.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/netlink.h>
#include <netinet/in.h>
#include <sched.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/log.h"
#include "network/dns.h"
#include "network/dnsd.h"
#include "network/dnsd_forward.h"
#include "network/endpoint.h"
#include "network/link.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
int LLVMFuzzerInitialize(int *argc, char ***argv);

static int ep = -1, server = -1, server_tcp = -1, client = -1;

static int bound(int type, const char *text)
{
	struct sockaddr_in at = {.sin_family = AF_INET, .sin_port = htons(53)};
	int fd = socket(AF_INET, type | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);

	inet_pton(AF_INET, text, &at.sin_addr);
	if (bind(fd, (void *)&at, sizeof(at)) || (type == SOCK_STREAM && listen(fd, 8)))
		abort();
	return fd;
}

static int dial(int type)
{
	struct sockaddr_in at = {.sin_family = AF_INET, .sin_port = htons(53)};
	int fd = socket(AF_INET, type | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);

	inet_pton(AF_INET, DNSD_ADDRESS, &at.sin_addr);
	if (connect(fd, (void *)&at, sizeof(at)) && errno != EINPROGRESS)
		abort();
	return fd;
}

static void open_responder(void)
{
	static char *texts[] = {"127.0.0.1", NULL};
	struct dnsd_network net = {.name = "net"};
	struct dnsd_conf c = {.networks = &net, .nnetworks = 1, .servers = {texts, 1, 1}};
	const char *base = getenv("TMP");
	char dir[512];
	struct err e;

	snprintf(dir, sizeof(dir), "%s/fuzz.XXXXXX", base ? base : "/tmp");
	net.endpoints = mkdtemp(dir) ? open(dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC) : -1;
	c.hostns = open("/proc/self/ns/net", O_RDONLY | O_CLOEXEC);
	rmdir(dir);
	if (dnsd_open(ep, &c, &e))
		abort();
	close(net.endpoints);
	close(c.hostns);
}

int LLVMFuzzerInitialize(int *argc, char ***argv)
{
	struct err e;
	struct nl n;

	(void)argc;
	(void)argv;
	if (geteuid() || unshare(CLONE_NEWNET) || nl_open(NETLINK_ROUTE, &n, &e))
		return 0;
	if (link_up(&n, 1, &e))
		abort();
	nl_close(&n);
	log_set(LOG_ERROR, 2);
	ep = epoll_create1(EPOLL_CLOEXEC);
	server = bound(SOCK_DGRAM, "127.0.0.1");
	server_tcp = bound(SOCK_STREAM, "127.0.0.1");
	open_responder();
	client = dial(SOCK_DGRAM);
	return 0;
}

static void messages(const uint8_t *p, size_t n)
{
	static uint8_t out[65536], copy[65536];
	struct addr a = {.len = 16};
	struct dns_question q, again;
	struct dns_answer w;
	size_t len;

	if (n > sizeof(copy) || dns_read(p, n, &q))
		return;
	if (q.end > n || strlen(q.name) >= DNS_NAME)
		abort();
	dns_reverse(q.name, &a);
	dns_begin(&w, out, q.room, p, &q, DNS_NOERROR);
	dns_add_ptr(&w, q.name, 1);
	while (dns_add_addr(&w, &a, 1))
		;
	len = dns_end(&w, &q);
	if (len > q.room || !dns_answers(out, len, p, q.end))
		abort();
	out[2] &= 0x7f; /* it reads as what it would be */
	if (dns_read(out, len, &again) || again.edns != q.edns || strcmp(again.name, q.name))
		abort();
}

static void turn(void)
{
	struct epoll_event ev[16];
	int n = 1;

	for (int i = 0; i < 20 && n > 0; i++) {
		n = epoll_wait(ep, ev, 16, 0);
		for (int k = 0; k < n; k++)
			dnsd_event((uint32_t)(ev[k].data.u64 & 0xffff), ev[k].events);
	}
}

/* The server's bytes; right: made to look like an answer to what was asked. */
static size_t reply_of(const uint8_t *asked, size_t n, const uint8_t *data, size_t size, bool right,
		       uint8_t *out)
{
	struct dns_question q;

	memcpy(out, data, size);
	if (!right || dns_read(asked, n, &q) || size < q.end)
		return size;
	memcpy(out, asked, 2);
	out[2] = (uint8_t)((out[2] | 0x80) & 0x87);
	memcpy(out + 4, asked + 4, 2);
	memcpy(out + DNS_HEAD, asked + DNS_HEAD, q.end - DNS_HEAD);
	return size;
}

static void by_udp(const uint8_t *p, size_t n, const uint8_t *r, size_t rn, bool right)
{
	static uint8_t asked[65536], out[65536];
	struct sockaddr_in from;
	socklen_t size = sizeof(from);
	ssize_t got, answers = 0;

	send(client, p, n, 0);
	turn();
	got = recvfrom(server, asked, sizeof(asked), 0, (void *)&from, &size);
	if (got > 0) {
		rn = reply_of(asked, (size_t)got, r, rn, right, out);
		sendto(server, out, rn, 0, (void *)&from, size);
		turn();
	}
	dnsd_forward_expire(INT64_MAX - 1);
	while ((got = recv(client, out, sizeof(out), 0)) >= 0) {
		answers++;
		if (got < DNS_HEAD || n < 2 || memcmp(out, p, 2) || !(out[2] & 0x80))
			abort();
	}
	if (answers > 1)
		abort();
}

static void by_tcp(const uint8_t *p, size_t n, const uint8_t *r, size_t rn, bool right)
{
	static uint8_t asked[65536], out[65540];
	int fd = dial(SOCK_STREAM), up;
	ssize_t got;

	send(fd, p, n, MSG_NOSIGNAL);
	turn();
	up = accept4(server_tcp, NULL, NULL, SOCK_CLOEXEC | SOCK_NONBLOCK);
	if (up >= 0) {
		got = recv(up, asked, sizeof(asked), 0);
		if (right && got > 2) {
			rn = reply_of(asked + 2, (size_t)got - 2, r, rn, true, out + 2);
			out[0] = (uint8_t)(rn >> 8);
			out[1] = (uint8_t)rn;
			rn += 2;
		} else {
			memcpy(out, r, rn);
		}
		send(up, out, rn, MSG_NOSIGNAL);
		turn();
		close(up);
		turn();
	}
	dnsd_forward_expire(INT64_MAX - 1);
	turn();
	got = recv(fd, out, sizeof(out), 0);
	if (got > 4 && !(out[4] & 0x80))
		abort();
	close(fd);
	turn();
	while ((up = accept4(server_tcp, NULL, NULL, SOCK_CLOEXEC)) >= 0)
		close(up);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	size_t n;

	if (!size || size > 32768)
		return 0;
	n = data[0] >> 2;
	n = n > size - 1 ? size - 1 : n;
	messages(data + 1, size - 1);
	if (server < 0)
		return 0;
	(data[0] & 1 ? by_tcp : by_udp)(data + 1, n, data + 1 + n, size - 1 - n, data[0] & 2);
	return 0;
}
