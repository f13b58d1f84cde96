/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Two network namespaces of the test's own: "near" has a bridge, "far" one end of a pair. What was
 * set by netlink is used by sockets, and looked up again.
 */
#include "network/link.h"
#include "test.h"

#include <arpa/inet.h>
#include <fcntl.h>
#include <linux/netlink.h>
#include <sched.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <time.h>
#include <unistd.h>

static int near_ns = -1, far_ns = -1;
static struct nl near_nl = {-1, 0}, far_nl = {-1, 0};
static struct err err;

static int new_namespace(void)
{
	return unshare(CLONE_NEWNET) ? -1 : open("/proc/self/ns/net", O_RDONLY | O_CLOEXEC);
}

static bool set_up(void)
{
	far_ns = new_namespace();
	if (far_ns < 0 || nl_open(NETLINK_ROUTE, &far_nl, &err))
		return false;
	near_ns = new_namespace();
	return near_ns >= 0 && !nl_open(NETLINK_ROUTE, &near_nl, &err);
}

static struct prefix prefix(const char *text)
{
	struct prefix p = {.bits = 0};

	prefix_parse(text, &p);
	return p;
}

static struct addr address(const char *text)
{
	struct addr a = {.len = 0};

	addr_parse(text, &a);
	return a;
}

TEST(bridge)
{
	static const uint8_t mac[6] = {2, 0x42, 1, 2, 3, 4};
	struct link_info i = {.index = 0};
	int index = 0;

	if (geteuid() || !set_up())
		SKIP("needs root and network namespaces");
	REQUIRE(!link_bridge(&near_nl, "br0", 1400, mac, &index, &err));
	EQ_INT(link_get(&near_nl, "br0", &i, &err), 0);
	EQ_INT(i.index, index);
	EQ_INT(i.mtu, 1400);
	EQ_STR(i.kind, "bridge");
	OK(i.up && !memcmp(i.mac, mac, 6), "it is up and has its address");
	EQ_INT(link_bridge(&near_nl, "br0", 0, NULL, NULL, &err), -1);
	EQ_INT(err.kind, ERR_CONFLICT);
	EQ_INT(link_get(&near_nl, "nosuch0", &i, &err), -1);
	EQ_INT(err.kind, ERR_NOTFOUND);
}

/* One datagram from far to a socket of near's. */
static bool reaches(int family, const void *to, socklen_t len)
{
	static const char text[] = "ahoy";
	struct timeval limit = {.tv_sec = 10};
	struct sockaddr_storage at;
	socklen_t size = sizeof(at);
	char got[16] = "";
	int in, out;
	bool ok;

	setns(near_ns, CLONE_NEWNET);
	in = socket(family, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	setsockopt(in, SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof(limit));
	ok = !bind(in, to, len) && !getsockname(in, (struct sockaddr *)&at, &size);
	setns(far_ns, CLONE_NEWNET);
	out = socket(family, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	ok = ok && sendto(out, text, sizeof(text), 0, (struct sockaddr *)&at, size) > 0 &&
	     recv(in, got, sizeof(got), 0) == sizeof(text) && !strcmp(got, text);
	setns(near_ns, CLONE_NEWNET);
	close(in);
	close(out);
	return ok;
}

static int count(void *ctx, const struct prefix *p, struct err *e)
{
	const struct prefix ours = prefix("10.9.0.0/24");

	(void)e;
	*(int *)ctx += prefix_overlap(p, &ours);
	return 0;
}

TEST(pair)
{
	const struct prefix near4 = prefix("10.9.0.1/24"), far4 = prefix("10.9.0.2/24");
	const struct prefix near6 = prefix("fd09::1/64"), far6 = prefix("fd09::2/64");
	const struct addr gateway = near4.addr, beyond = address("10.10.0.1");
	struct sockaddr_in to4 = {.sin_family = AF_INET};
	struct sockaddr_in6 to6 = {.sin6_family = AF_INET6};
	struct link_pair p = {.near = "p0", .far = "eth0", .netns = far_ns, .mtu = 1400};
	struct link_info b, f;
	int found = 0;

	if (near_nl.fd < 0)
		SKIP("needs root and network namespaces");
	REQUIRE(!link_get(&near_nl, "br0", &b, &err));
	p.bridge = b.index;
	REQUIRE(!link_veth(&near_nl, &p, &err));
	REQUIRE(!link_get(&far_nl, "eth0", &f, &err));
	EQ_STR(f.kind, "veth");
	OK(!f.up && f.mtu == 1400, "the far end is down");
	EQ_INT(link_up(&far_nl, f.index, &err), 0);
	EQ_INT(link_address(&near_nl, b.index, &near4, &err), 0);
	EQ_INT(link_address(&near_nl, b.index, &near6, &err), 0);
	EQ_INT(link_address(&far_nl, f.index, &far4, &err), 0);
	EQ_INT(link_address(&far_nl, f.index, &far6, &err), 0);
	EQ_INT(link_address(&far_nl, f.index, &far4, &err), 0); /* once more */
	EQ_INT(link_route(&far_nl, f.index, NULL, &gateway, &err), 0);
	EQ_INT(link_route(&far_nl, f.index, NULL, &beyond, &err), -1);
	OK(strstr(err.text, "route through 10.10.0.1") != NULL, "%s", err.text);
	memcpy(&to4.sin_addr, near4.addr.b, 4);
	memcpy(&to6.sin6_addr, near6.addr.b, 16);
	OK(reaches(AF_INET, &to4, sizeof(to4)), "IPv4");
	OK(reaches(AF_INET6, &to6, sizeof(to6)), "IPv6");
	EQ_INT(link_subnets(&near_nl, count, &found, &err), 0);
	OK(found >= 2, "its address and its route: %d", found);
}

/* The end of its namespace takes a pair along, sooner or later. */
TEST(end)
{
	const struct timespec ms10 = {0, 10000000};
	struct link_info i;
	bool gone = false;

	if (near_nl.fd < 0)
		SKIP("needs root and network namespaces");
	nl_close(&far_nl);
	close(far_ns);
	for (int n = 0; n < 3000 && !gone; n++) {
		gone = link_get(&near_nl, "p0", &i, &err) != 0;
		if (!gone)
			nanosleep(&ms10, NULL);
	}
	OK(gone, "the near end is gone");
	EQ_INT(link_get(&near_nl, "br0", &i, &err), 0);
	EQ_INT(link_delete(&near_nl, i.index, &err), 0);
	EQ_INT(link_get(&near_nl, "br0", &i, &err), -1);
}

TEST(broken_attributes)
{
	static const struct {
		uint8_t b[12];
		size_t len;
		int whole;
	} t[] = {{{8, 0, 1, 0, 9, 9, 9, 9}, 8, 1},
		 {{8, 0, 1, 0, 9, 9, 9}, 7, 0},
		 {{3, 0, 1, 0}, 4, 0},
		 {{0, 0, 1, 0}, 4, 0},
		 {{5, 0, 1, 0, 9}, 5, 1}, /* the last without its padding */
		 {{4, 0, 1, 0, 0xff, 0xff, 1, 0}, 8, 1},
		 {{4, 0, 1}, 3, 0}};
	const void *data;
	uint16_t attr;
	size_t len;

	for (size_t i = 0; i < sizeof(t) / sizeof(*t); i++) {
		struct nl_attrs a = nl_attrs(t[i].b, t[i].len, 0);
		int whole = 0;

		while (nl_next(&a, &attr, &data, &len))
			whole++;
		EQ_INT(whole, t[i].whole);
	}
	EQ_INT(nl_attrs(t[0].b, 8, 16).len, 0);
}

int main(void)
{
	RUN(broken_attributes);
	RUN(bridge);
	RUN(pair);
	RUN(end);
	nl_close(&near_nl);
	return test_done();
}
