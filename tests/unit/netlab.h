/* SPDX-License-Identifier: Apache-2.0 */
/*
 * netlab: machines made of network namespaces for unit tests: HOST with the bridges, LAN on a cable
 * to it, OUT on another one, and containers. On each of them someone answers TCP on port 80 and UDP
 * on port 53, with the machine's name and whom they see asking: "A1 10.1.0.1".
 *
 * lab_probe asks many questions at once. What must arrive is waited for; what must not is given a
 * moment more, so a slow machine can hide a hole but never show one that is not there.
 */
#ifndef TESTS_UNIT_NETLAB_H
#define TESTS_UNIT_NETLAB_H
#include <arpa/inet.h>
#include <fcntl.h>
#include <linux/netlink.h>
#include <netinet/in.h>
#include <poll.h>
#include <sched.h>
#include <sys/socket.h>
#include <time.h>

#include "base/mem.h"
#include "network/bridge.h"
#include "network/link.h"
#include "network/nft_ports.h"
#include "test.h"

enum { HOST, LAN, OUT, A1, A2, B1, B2, MACHINES };
enum { TCP = IPPROTO_TCP, UDP = IPPROTO_UDP };
static const char *const lab_names[MACHINES] = {"HOST", "LAN", "OUT", "A1", "A2", "B1", "B2"};
#define LAB_FDS 512
#define LAB_WAIT 20000 /* ms, for what must arrive */
#define LAB_MOMENT 300 /* for what must not */

static struct {
	int ns[MACHINES];
	struct nl nl[MACHINES];
	struct hostnet host;
	struct pollfd fds[LAB_FDS]; /* of those who answer: two for each machine */
	size_t n;
} lab;

struct probe {
	int from;
	const char *to;
	uint16_t port;
	uint8_t proto;
	const char *want; /* the beginning of the answer; NULL: none must come */
	int line;
	int fd;
	char got[100];
};
#define ASK(from_, to_, port_, proto_, want_)                                                      \
	{                                                                                          \
		.from = (from_), .to = (to_), .port = (port_), .proto = (proto_), .want = (want_), \
		.line = __LINE__, .fd = -1                                                         \
	}
#define PROBE(...)                                                                                 \
	do {                                                                                       \
		struct probe probes_[] = {__VA_ARGS__};                                            \
		lab_probe(__FILE__, probes_, sizeof(probes_) / sizeof(*probes_));                  \
	} while (0)

static void lab_enter(int machine)
{
	if (setns(lab.ns[machine], CLONE_NEWNET))
		printf("Bail out! setns: %s\n", strerror(errno));
}

static struct prefix lab_prefix(const char *text)
{
	struct prefix p = {.bits = 0};

	if (prefix_parse(text, &p))
		printf("Bail out! %s is no prefix\n", text);
	return p;
}

static struct addr lab_addr(const char *text)
{
	struct addr a = {.len = 0};

	if (text && addr_parse(text, &a))
		printf("Bail out! %s is no address\n", text);
	return a;
}

static void lab_write(int machine, const char *path, const char *text)
{
	int fd;

	lab_enter(machine);
	fd = open(path, O_WRONLY | O_CLOEXEC);
	if (fd < 0 || write(fd, text, strlen(text)) < 0)
		printf("Bail out! %s: %s\n", path, strerror(errno));
	close(fd);
	lab_enter(HOST);
}

__attribute__((unused)) static int lab_read(const char *path)
{
	char c = '?';
	int fd;

	lab_enter(HOST);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0 || read(fd, &c, 1) != 1)
		printf("# %s: %s\n", path, strerror(errno));
	close(fd);
	return c - '0';
}

static int lab_index(int machine, const char *name)
{
	struct link_info i = {.index = 0};
	struct err e;

	if (link_get(&lab.nl[machine], name, &i, &e))
		printf("# %s\n", e.text);
	return i.index;
}

static void lab_address(int machine, const char *name, const char *text)
{
	struct prefix p = lab_prefix(text);
	struct err e;

	if (link_address(&lab.nl[machine], lab_index(machine, name), &p, &e))
		printf("Bail out! %s\n", e.text);
}

static void lab_gateway(int machine, const char *name, const char *text)
{
	struct addr a = lab_addr(text);
	struct err e;

	if (link_route(&lab.nl[machine], lab_index(machine, name), NULL, &a, &e))
		printf("Bail out! %s\n", e.text);
}

static void lab_answer(int machine, int type, uint16_t port)
{
	struct sockaddr_in6 any = {.sin6_family = AF_INET6, .sin6_port = htons(port)};
	int fd, off = 0;

	lab_enter(machine);
	fd = socket(AF_INET6, type | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	setsockopt(fd, IPPROTO_IPV6, IPV6_V6ONLY, &off, sizeof(off));
	if (bind(fd, (struct sockaddr *)&any, sizeof(any)) ||
	    (type == SOCK_STREAM && listen(fd, 64)))
		printf("Bail out! bind: %s\n", strerror(errno));
	lab.fds[lab.n++] = (struct pollfd){.fd = fd, .events = POLLIN};
	lab_enter(HOST);
}

/* A cable between HOST and another machine; at a bridge of HOST's, or on its own. */
static void lab_cable(int machine, const char *near, const char *far, int bridge, bool isolated)
{
	/* as the product does: neighbours that remember the last one find the next */
	uint8_t mac[6] = {0x02, 0x42, 0, 0, 0, (uint8_t)machine};
	struct link_pair p = {.near = near,
			      .far = far,
			      .mac = mac,
			      .netns = lab.ns[machine],
			      .bridge = bridge,
			      .isolated = isolated};
	struct err e;

	if (link_veth(&lab.host.rt, &p, &e) || link_up(&lab.host.rt, lab_index(HOST, near), &e) ||
	    link_up(&lab.nl[machine], lab_index(machine, far), &e))
		printf("Bail out! %s\n", e.text);
}

static bool lab_machine(int i)
{
	struct err e;

	if (unshare(CLONE_NEWNET))
		return false;
	lab.ns[i] = open("/proc/self/ns/net", O_RDONLY | O_CLOEXEC);
	return lab.ns[i] >= 0 && !nl_open(NETLINK_ROUTE, &lab.nl[i], &e);
}

/* HOST, where the test is from now on, with its neighbours LAN and OUT. False: cannot. */
static bool lab_open(void)
{
	struct err e;

	if (geteuid())
		return false;
	for (int i = 0; i < MACHINES; i++)
		if (!lab_machine(i))
			return false;
	lab_enter(HOST);
	if (hostnet_open(-1, &lab.host, &e) || link_up(&lab.host.rt, 1, &e))
		return false;
	lab_write(HOST, "/proc/sys/net/ipv4/ip_forward", "0");
	lab_write(HOST, "/proc/sys/net/ipv6/conf/all/forwarding", "0");
	lab_cable(LAN, "lan0", "eth0", 0, false);
	lab_cable(OUT, "out0", "eth0", 0, false);
	lab_address(HOST, "lan0", "192.0.2.1/24");
	lab_address(HOST, "lan0", "2001:db8:1::1/64");
	lab_address(LAN, "eth0", "192.0.2.2/24");
	lab_address(LAN, "eth0", "2001:db8:1::2/64");
	lab_address(HOST, "out0", "198.51.100.1/24");
	lab_address(HOST, "out0", "2001:db8:2::1/64");
	lab_address(OUT, "eth0", "198.51.100.2/24");
	lab_address(OUT, "eth0", "2001:db8:2::2/64");
	lab_gateway(LAN, "eth0", "192.0.2.1");
	lab_gateway(LAN, "eth0", "2001:db8:1::1");
	lab_gateway(OUT, "eth0", "198.51.100.1");
	lab_gateway(OUT, "eth0", "2001:db8:2::1");
	for (int i = 0; i < MACHINES; i++) {
		lab_answer(i, SOCK_STREAM, 80);
		lab_answer(i, SOCK_DGRAM, 53);
	}
	return true;
}

/* ---- questions */

static void lab_reply(size_t i)
{
	struct sockaddr_in6 from;
	socklen_t size = sizeof(from);
	char b[100], text[ADDR_TEXT], said[160];
	struct addr a;
	int fd;

	if (i % 2) {
		if (recvfrom(lab.fds[i].fd, b, sizeof(b), 0, (struct sockaddr *)&from, &size) < 0)
			return;
		fd = lab.fds[i].fd;
	} else {
		fd = accept4(lab.fds[i].fd, (struct sockaddr *)&from, &size, SOCK_CLOEXEC);
		if (fd < 0)
			return;
	}
	inet_ntop(AF_INET6, &from.sin6_addr, b, sizeof(b));
	a = lab_addr(b); /* IPv4 in IPv6's clothes */
	snprintf(said, sizeof(said), "%s %s", lab_names[i / 2], addr_text(&a, text));
	if (sendto(fd, said, strlen(said), MSG_NOSIGNAL, i % 2 ? (struct sockaddr *)&from : NULL,
		   i % 2 ? size : 0) < 0)
		printf("# answer to %s: %s\n", text, strerror(errno));
	if (!(i % 2))
		close(fd);
}

static void lab_ask(struct probe *p)
{
	struct addr a = lab_addr(p->to);
	struct sockaddr_in6 v6 = {.sin6_family = AF_INET6, .sin6_port = htons(p->port)};
	struct sockaddr_in v4 = {.sin_family = AF_INET, .sin_port = htons(p->port)};
	bool six = a.len == 16;
	int rc;

	memcpy(&v4.sin_addr, a.b, 4);
	memcpy(&v6.sin6_addr, a.b, 16);
	lab_enter(p->from);
	p->fd = socket(six ? AF_INET6 : AF_INET,
		       (p->proto == TCP ? SOCK_STREAM : SOCK_DGRAM) | SOCK_NONBLOCK | SOCK_CLOEXEC,
		       0);
	rc = six ? connect(p->fd, (struct sockaddr *)&v6, sizeof(v6))
		 : connect(p->fd, (struct sockaddr *)&v4, sizeof(v4));
	if (p->proto == UDP && !rc)
		rc = send(p->fd, "?", 1, 0) < 0 ? -1 : 0;
	if (rc && errno != EINPROGRESS)
		snprintf(p->got, sizeof(p->got), "(%s)", strerror(errno));
	lab_enter(HOST);
}

static void lab_hear(struct probe *p)
{
	ssize_t n;

	if (*p->got)
		return;
	n = recv(p->fd, p->got, sizeof(p->got) - 1, 0);
	if (n > 0)
		p->got[n] = 0;
	else if (n < 0 && errno != EAGAIN && errno != ENOTCONN && errno != EINPROGRESS)
		snprintf(p->got, sizeof(p->got), "(%s)", strerror(errno));
}

static long lab_ms(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

/* Until all that should come has come (all) or so many milliseconds. */
static void lab_pump(struct probe *p, size_t n, bool all, long ms)
{
	long end = lab_ms() + ms;

	while (lab_ms() < end) {
		size_t waits = 0;

		poll(lab.fds, lab.n, 10);
		for (size_t i = 0; i < lab.n; i++)
			if (lab.fds[i].revents)
				lab_reply(i);
		for (size_t i = 0; i < n; i++) {
			lab_hear(&p[i]);
			if (p[i].want && *p[i].got == '(') { /* not reached yet */
				close(p[i].fd);
				*p[i].got = 0;
				lab_ask(&p[i]);
			}
			waits += p[i].want && !*p[i].got;
		}
		if (all && !waits)
			return;
	}
}

static void lab_probe(const char *file, struct probe *p, size_t n)
{
	bool holes = false;

	for (size_t i = 0; i < n; i++) {
		lab_ask(&p[i]);
		holes |= !p[i].want;
	}
	lab_pump(p, n, true, LAB_WAIT);
	if (holes)
		lab_pump(p, n, false, LAB_MOMENT);
	for (size_t i = 0; i < n; i++) {
		bool answered = *p[i].got && *p[i].got != '(';
		const char *end = p[i].want ? p[i].got + strlen(p[i].want) : NULL;

		if (p[i].want ? strncmp(p[i].got, p[i].want, strlen(p[i].want)) ||
					(*end && *end != ' ')
			      : answered)
			test_fail(file, p[i].line, "%s asks %s port %u/%s: got \"%s\", not \"%s\"",
				  lab_names[p[i].from], p[i].to, p[i].port,
				  p[i].proto == TCP ? "tcp" : "udp", p[i].got,
				  p[i].want ? p[i].want : "");
		close(p[i].fd);
	}
}

/* ---- networks */

struct lab_net {
	struct prefix subnets[2], gateways[2];
	struct bridge_conf c;
	int index;
	bool isolated;
};

/* Network letter "A" is 10.1.0.0/24 and fd01::/64 on brA, "B" 10.2.0.0/24 and fd02::/64. */
static void lab_net(struct lab_net *n, char letter)
{
	static const char *const keys[2] = {"aaaaaaaaaaaa", "bbbbbbbbbbbb"}, *const bridges[2] = {
										     "brA", "brB"};
	char text[PREFIX_TEXT];
	int i = letter - 'A';

	*n = (struct lab_net){.index = 0};
	snprintf(text, sizeof(text), "10.%d.0.0/24", i + 1);
	n->subnets[0] = lab_prefix(text);
	snprintf(text, sizeof(text), "fd0%d::/64", i + 1);
	n->subnets[1] = lab_prefix(text);
	snprintf(text, sizeof(text), "10.%d.0.1/24", i + 1);
	n->gateways[0] = lab_prefix(text);
	snprintf(text, sizeof(text), "fd0%d::1/64", i + 1);
	n->gateways[1] = lab_prefix(text);
	n->c = (struct bridge_conf){.net = {.key = keys[i],
					    .bridge = bridges[i],
					    .subnets = n->subnets,
					    .nsubnets = 2,
					    .masquerade = true},
				    .table = "proa",
				    .gateways = n->gateways,
				    .ngateways = 2,
				    .ipv6 = true};
}

static bool lab_up(struct lab_net *n)
{
	bool nat = false;
	struct err e;

	if (!bridge_up(&lab.host, &n->c, &n->index, &nat, &e) && nat)
		return true;
	test_fail(__FILE__, __LINE__, "bridge_up: %s", nat ? e.text : "no nf_tables");
	return false;
}

static void lab_down(struct lab_net *n)
{
	struct err e;

	if (bridge_down(&lab.host, &n->c, &e))
		test_fail(__FILE__, __LINE__, "bridge_down: %s", e.text);
}

/* A container on n's bridge, with the address that follows from its number: A1 is 10.1.0.11. */
static void lab_container(const struct lab_net *n, int machine)
{
	char near[LINK_NAME], text[PREFIX_TEXT];
	int net = machine >= B1, host = machine - (net ? B1 : A1) + 11;
	struct err e;

	snprintf(near, sizeof(near), "veth%d", machine);
	lab_cable(machine, near, "eth0", n->index, n->isolated);
	if (link_hairpin(&lab.host.rt, near, &e))
		test_fail(__FILE__, __LINE__, "%s", e.text);
	snprintf(text, sizeof(text), "10.%d.0.%d/24", net + 1, host);
	lab_address(machine, "eth0", text);
	snprintf(text, sizeof(text), "fd0%d::%d/64", net + 1, host);
	lab_address(machine, "eth0", text);
	if (n->c.net.internal || !n->c.ngateways)
		return;
	snprintf(text, sizeof(text), "10.%d.0.1", net + 1);
	lab_gateway(machine, "eth0", text);
	snprintf(text, sizeof(text), "fd0%d::1", net + 1);
	lab_gateway(machine, "eth0", text);
}

static void lab_take(int machine)
{
	struct err e;

	if (link_delete(&lab.nl[machine], lab_index(machine, "eth0"), &e))
		test_fail(__FILE__, __LINE__, "%s", e.text);
}

/* Both networks with two containers each. */
static bool lab_both(struct lab_net *a, struct lab_net *b)
{
	if (!lab_up(a) || !lab_up(b))
		return false;
	lab_container(a, A1);
	lab_container(a, A2);
	lab_container(b, B1);
	lab_container(b, B2);
	return true;
}

static void lab_end(struct lab_net *a, struct lab_net *b)
{
	for (int i = A1; i <= B2; i++)
		lab_take(i);
	lab_down(a);
	lab_down(b);
}

__attribute__((unused)) static struct nft_port lab_port(uint8_t proto, const char *host,
							uint16_t host_port, const char *to,
							uint16_t port)
{
	struct nft_port p = {.proto = proto, .host_port = host_port, .port = port};

	p.to = lab_addr(to);
	if (host)
		p.host = lab_addr(host);
	else
		p.host.len = p.to.len;
	return p;
}

#endif
