/* SPDX-License-Identifier: Apache-2.0 */
/*
 * dnsbox: surroundings of a responder, for unit tests: a namespace of its own as a container has
 * it, a host beside it whose resolv.conf names servers that answer, fail, lie or are silent, and
 * files of other containers. All in one process: what waits for an answer turns everybody's wheel
 * (`turn`).
 */
#ifndef TESTS_UNIT_DNSBOX_H
#define TESTS_UNIT_DNSBOX_H

#include "network/dnsd.h"
#include "test.h"

#include <arpa/inet.h>
#include <fcntl.h>
#include <linux/netlink.h>
#include <sched.h>
#include <sys/epoll.h>
#include <sys/mount.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <time.h>

#include "network/dns.h"
#include "network/endpoint.h"
#include "network/link.h"

#define SERVERS 3
#define EV_SERVER 1 /* .. and the number, times two for TCP */
#define TIMEOUT_MS 20000

static struct err err;
static const char *unable;
static int ep, hostns, dir_a, dir_b;
static int udp[SERVERS + 2], tcp[SERVERS]; /* 3: ::1, 4: fe80::53%lo */
static unsigned asked[SERVERS + 2];	   /* queries that each has had */
static uint8_t last_query[4096];
static struct sockaddr_in last_from;

/* ---- the host's servers */

static int server(const char *text, int type)
{
	int fd, on = 1;
	struct sockaddr_in v4 = {.sin_family = AF_INET, .sin_port = htons(53)};
	struct sockaddr_in6 v6 = {.sin6_family = AF_INET6, .sin6_port = htons(53)};
	bool six = strchr(text, ':');

	fd = socket(six ? AF_INET6 : AF_INET, type | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on));
	inet_pton(AF_INET, text, &v4.sin_addr);
	inet_pton(AF_INET6, text, &v6.sin6_addr);
	v6.sin6_scope_id = !strncmp(text, "fe80", 4);
	if (bind(fd, six ? (void *)&v6 : (void *)&v4, six ? sizeof(v6) : sizeof(v4)) ||
	    (type == SOCK_STREAM && listen(fd, 16))) {
		close(fd);
		return -1;
	}
	return fd;
}

static void send_back(int fd, const void *msg, size_t n, const struct sockaddr_storage *to,
		      socklen_t size)
{
	sendto(fd, msg, n, 0, (const void *)to, size);
}

/* Builds server k's answer; its length, 0 for silence. */
static size_t answer_of(int k, const uint8_t *msg, size_t n, uint8_t *out)
{
	struct dns_question q;
	struct dns_answer w;
	struct addr a = {.len = 4, .b = {192, 0, 2, (uint8_t)(k + 1)}};
	int rcode = DNS_NOERROR;

	if (dns_read(msg, n, &q) || !strncmp(q.name, "silent", 6))
		return 0;
	if (k == 0 && !strncmp(q.name, "slow", 4))
		return 0;
	if (!strncmp(q.name, "fail", 4) && (k == 0 || q.name[4] == 's'))
		rcode = DNS_SERVFAIL;
	if (k == 0 && !strncmp(q.name, "refuse", 6))
		rcode = DNS_REFUSED;
	if (!strncmp(q.name, "none", 4))
		rcode = DNS_NXDOMAIN;
	dns_begin(&w, out, 60000, msg, &q, (enum dns_rcode)rcode);
	if (!rcode && q.type == DNS_A)
		for (int i = 0; i < (strncmp(q.name, "large", 5) ? 1 : 3000); i++)
			dns_add_addr(&w, &a, 60);
	if (!strncmp(q.name, "cut", 3))
		out[2] |= 2;
	return dns_end(&w, &q);
}

static void serve_udp(int k)
{
	static uint8_t out[65536];
	struct sockaddr_storage from = {0};
	socklen_t size = sizeof(from);
	ssize_t n = recvfrom(udp[k], last_query, sizeof(last_query), 0, (void *)&from, &size);
	size_t len;

	if (n < DNS_HEAD)
		return;
	asked[k]++;
	if (k < SERVERS)
		memcpy(&last_from, &from, sizeof(last_from));
	len = answer_of(k, last_query, (size_t)n, out);
	if (!len)
		return;
	if (!strncmp((char *)last_query + 13, "spoof", 5)) {
		uint8_t bad[512];

		memcpy(bad, out, len);
		bad[0] ^= 1; /* another ID */
		bad[len - 1] = 66;
		send_back(udp[k], bad, len, &from, size);
		memcpy(bad, out, len);
		bad[13] = 'x'; /* another name */
		bad[len - 1] = 66;
		send_back(udp[k], bad, len, &from, size);
		send_back(udp[k], bad, 5, &from, size);
		out[len - 1] = 67; /* right, but from another address */
		send_back(udp[1], out, len, &from, size);
		out[len - 1] = 1;
	}
	send_back(udp[k], out, len, &from, size);
}

/* One query a connection; small enough to come and go at once. */
static void serve_tcp(int k)
{
	static uint8_t in[4096], out[65538];
	int fd = accept4(tcp[k], NULL, NULL, SOCK_CLOEXEC);
	size_t len, got = 0;
	int room = 200000; /* for all of the answer: who reads it is this process */

	if (fd < 0)
		return;
	setsockopt(fd, SOL_SOCKET, SO_SNDBUF, &room, sizeof(room));
	asked[k]++;
	while (got < 2 || got < 2u + (size_t)(in[0] << 8 | in[1])) {
		ssize_t n = recv(fd, in + got, sizeof(in) - got, MSG_DONTWAIT);

		if (n > 0)
			got += (size_t)n;
		else if (n < 0 && errno == EAGAIN) {
			struct epoll_event ev[8];
			int i, c = epoll_wait(ep, ev, 8, 100);

			for (i = 0; i < c; i++)
				if (ev[i].data.u64 & DNSD_EVENT)
					dnsd_event((uint32_t)(ev[i].data.u64 & 0xffff),
						   ev[i].events);
		} else
			break;
	}
	len = got > 2 ? answer_of(k, in + 2, got - 2, out + 2) : 0;
	out[0] = (uint8_t)(len >> 8);
	out[1] = (uint8_t)len;
	if (len && send(fd, out, len + 2, MSG_NOSIGNAL) < 0)
		test_note("TCP server: %s", strerror(errno));
	close(fd);
}

static void turn(int timeout)
{
	struct epoll_event ev[16];
	int n = epoll_wait(ep, ev, 16, timeout);

	for (int i = 0; i < n; i++) {
		uint64_t data = ev[i].data.u64;

		if (data & DNSD_EVENT)
			dnsd_event((uint32_t)(data & 0xffff), ev[i].events);
		else if (data >= 32)
			serve_tcp((int)data - 32);
		else
			serve_udp((int)data - EV_SERVER);
	}
}

static int64_t now_ms(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (int64_t)t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

/* ---- asking */

static size_t make_query(uint8_t *msg, const char *name, uint16_t type, int edns)
{
	size_t n = DNS_HEAD;

	memset(msg, 0, 600);
	dns_set_id(msg, 0x4711);
	msg[2] = 1;
	msg[5] = 1;
	while (*name) {
		size_t len = strcspn(name, ".");

		msg[n++] = (uint8_t)len;
		memcpy(msg + n, name, len);
		n += len;
		name += len + (name[len] == '.');
	}
	msg[n + 2] = (uint8_t)type;
	msg[n + 4] = 1;
	n += 5;
	if (edns) {
		msg[11] = 1;
		msg[n + 2] = DNS_OPT;
		msg[n + 3] = (uint8_t)(edns >> 8);
		msg[n + 4] = (uint8_t)edns;
		n += 11;
	}
	return n;
}

static const struct sockaddr_in *us(void)
{
	static struct sockaddr_in at = {.sin_family = AF_INET};

	at.sin_port = htons(53);
	inet_pton(AF_INET, DNSD_ADDRESS, &at.sin_addr);
	return &at;
}

static uint8_t got[65536];
static size_t ngot;

/* "NOERROR 10.0.0.2 10.0.0.3", "SERVFAIL", "NOERROR web.mynet": the first three records. */
static const char *describe(void)
{
	static const char *const codes[] = {"NOERROR",	"FORMERR", "SERVFAIL",
					    "NXDOMAIN", "NOTIMP",  "REFUSED"};
	static char text[600];
	size_t at = DNS_HEAD, len;
	int records = got[6] << 8 | got[7];
	char *to = text;

	if (ngot < DNS_HEAD)
		return "nothing";
	to += snprintf(to, (size_t)(text + sizeof(text) - to), "%s", codes[got[3] & 7]);
	while (got[5] && at < ngot && got[at])
		at += got[at] + 1u;
	at += got[5] ? 5 : 0;
	for (int i = 0; i < records && i < 3; i++) {
		char addr[ADDR_TEXT];

		len = (size_t)(got[at + 10] << 8 | got[at + 11]);
		if (len == 4 || (len == 16 && got[at + 3] == DNS_AAAA)) {
			inet_ntop(len == 4 ? AF_INET : AF_INET6, got + at + 12, addr, sizeof(addr));
			to += snprintf(to, (size_t)(text + sizeof(text) - to), " %s", addr);
		} else {
			*to++ = ' ';
			for (size_t k = at + 12; got[k]; k += got[k] + 1u)
				to += snprintf(to, (size_t)(text + sizeof(text) - to), "%.*s.",
					       got[k], (char *)got + k + 1);
		}
		at += 12 + len;
	}
	if (got[2] & 2)
		snprintf(to, 4, " TC");
	return text;
}

static void wait_for(int fd)
{
	int64_t end = now_ms() + TIMEOUT_MS;
	ssize_t n;

	ngot = 0;
	while ((n = recv(fd, got, sizeof(got), MSG_DONTWAIT)) < 0 && now_ms() < end)
		turn(20);
	ngot = n > 0 ? (size_t)n : 0;
}

static const char *ask_edns(const char *name, uint16_t type, int edns)
{
	uint8_t msg[600];
	size_t n = make_query(msg, name, type, edns);
	int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);

	connect(fd, (const void *)us(), sizeof(*us()));
	EQ_INT(send(fd, msg, n, 0), n);
	wait_for(fd);
	close(fd);
	if (ngot >= DNS_HEAD)
		EQ_INT(dns_id(got), 0x4711);
	if (ngot > n - (edns ? 11 : 0))
		EQ_MEM(got + DNS_HEAD, msg + DNS_HEAD, n - DNS_HEAD - (edns ? 11 : 0));
	return describe();
}

static const char *ask(const char *name, uint16_t type)
{
	return ask_edns(name, type, 0);
}

static int dial(void)
{
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

	if (connect(fd, (const void *)us(), sizeof(*us())))
		test_note("connect: %s", strerror(errno));
	return fd;
}

static const char *read_tcp(int fd)
{
	int64_t end = now_ms() + TIMEOUT_MS;
	size_t have = 0;

	ngot = 0;
	while (have < 2 || have < 2u + (size_t)(got[0] << 8 | got[1])) {
		size_t want = have < 2 ? 2 : 2u + (size_t)(got[0] << 8 | got[1]);
		ssize_t n = recv(fd, got + have, want - have, MSG_DONTWAIT);

		if (n > 0)
			have += (size_t)n;
		else if (!n || errno != EAGAIN || now_ms() > end)
			return "closed";
		else
			turn(20);
	}
	ngot = have - 2;
	memmove(got, got + 2, ngot);
	return describe();
}

static void put_tcp(int fd, const char *name, uint16_t type)
{
	uint8_t msg[602];
	size_t n = make_query(msg + 2, name, type, 0);

	msg[0] = (uint8_t)(n >> 8);
	msg[1] = (uint8_t)n;
	EQ_INT(send(fd, msg, n + 2, MSG_NOSIGNAL), n + 2);
}

static const char *ask_tcp(const char *name, uint16_t type)
{
	int fd = dial();
	const char *text;

	put_tcp(fd, name, type);
	text = read_tcp(fd);
	close(fd);
	return text;
}

/* ---- surroundings */

static void conf_text(const char *text)
{
	int fd = open("/etc/.new", O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);

	EQ_INT(write(fd, text, strlen(text)), strlen(text));
	close(fd);
	EQ_INT(rename("/etc/.new", "/etc/resolv.conf"), 0);
}

static void container(int dir, const char *id, const char *name, const char *ip4, const char *ip6,
		      const char *alias)
{
	AUTO_ARENA a = ARENA_INIT;
	struct endpoint p = {.container = id, .name = name, .id = "e"};

	if (*ip4)
		prefix_parse(ip4, &p.ip4);
	if (*ip6)
		prefix_parse(ip6, &p.ip6);
	strs_add(&a, &p.names, arena_strdup(&a, name));
	if (*alias)
		strs_add(&a, &p.names, arena_strdup(&a, alias));
	strs_add(&a, &p.names, arena_strndup(&a, id, 12));
	EQ_OK(endpoint_write(dir, &p, &err), err);
}

static int lo_up(void)
{
	struct prefix local;
	struct nl n;
	int rc;

	if (nl_open(NETLINK_ROUTE, &n, &err))
		return -1;
	prefix_parse("fe80::53/64", &local);
	rc = link_up(&n, 1, &err);
	if (!rc && link_address(&n, 1, &local, &err))
		test_note("no IPv6: %s", err.text);
	nl_close(&n);
	return rc;
}

static void watch(int fd, uint64_t data)
{
	struct epoll_event ev = {EPOLLIN, {.u64 = data}};

	if (fd >= 0)
		epoll_ctl(ep, EPOLL_CTL_ADD, fd, &ev);
}

static void set_up(void)
{
	static const char *const at[] = {"127.0.0.1", "127.0.0.2", "127.0.0.3", "::1", "fe80::53"};

	test_tmp();
	mkdir("etc", 0755);
	mkdir("a", 0755);
	mkdir("b", 0755);
	if (geteuid() || unshare(CLONE_NEWNET | CLONE_NEWNS) ||
	    mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) ||
	    mount("etc", "/etc", NULL, MS_BIND, NULL)) {
		unable = "needs root and namespaces";
		return;
	}
	dir_a = open("a", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	dir_b = open("b", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	hostns = open("/proc/self/ns/net", O_RDONLY | O_CLOEXEC);
	ep = epoll_create1(EPOLL_CLOEXEC);
	if (lo_up())
		unable = "no loopback";
	for (int i = 0; i < SERVERS + 2; i++) {
		udp[i] = server(at[i], SOCK_DGRAM);
		watch(udp[i], EV_SERVER + (uint64_t)i);
		if (i < SERVERS)
			tcp[i] = server(at[i], SOCK_STREAM);
		if (i < SERVERS)
			watch(tcp[i], 32 + (uint64_t)i);
	}
	if (unshare(CLONE_NEWNET) || lo_up())
		unable = "no second namespace";
	container(dir_a, "aaaaaaaaaaaaaaaa", "web", "10.1.0.2/16", "", "www");
	container(dir_a, "bbbbbbbbbbbbbbbb", "Db", "10.1.0.3/16", "fd01::3/64", "www");
	container(dir_a, "cccccccccccccccc", "six", "", "fd01::4/64", "");
	container(dir_b, "dddddddddddddddd", "web", "10.2.0.2/16", "", "");
	container(dir_b, "eeeeeeeeeeeeeeee", "only.b", "10.2.0.3/16", "", "");
	conf_text("search x\nnameserver 127.0.0.1\nnameserver\t127.0.0.2 # two\n"
		  "nameserver 127.0.0.3\nnameserver 127.0.0.4\n");
}

static char *link_texts[] = {"Db:Store", NULL},
	    *host_texts[] = {"Gate:10.9.9.9", "gate:fd09::9", "bad:x", NULL};
static struct dnsd_network nets[2];

static struct dnsd_conf conf(bool internal)
{
	nets[0] = (struct dnsd_network){.endpoints = dir_a,
					.name = "MyNet",
					.internal = internal,
					.links = {link_texts, 1, 1}};
	nets[1] = (struct dnsd_network){.endpoints = dir_b, .name = "net.b", .internal = internal};
	return (struct dnsd_conf){.hostns = hostns,
				  .networks = nets,
				  .nnetworks = 2,
				  .hosts = {host_texts, 3, 3}};
}

static void begin(bool internal)
{
	struct dnsd_conf c = conf(internal);

	EQ_OK(dnsd_open(ep, &c, &err), err);
	memset(asked, 0, sizeof(asked));
}

static unsigned all_asked(void)
{
	unsigned n = 0;

	for (int i = 0; i < SERVERS + 2; i++)
		n += asked[i];
	return n;
}

#define NEED                                                                                       \
	do {                                                                                       \
		if (unable)                                                                        \
			SKIP(unable);                                                              \
	} while (0)

#endif
