/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The rules, tried with packets: who reaches whom, whom they see, and what a published port opens.
 * The machines and their addresses are in netlab.h.
 */
#include "netlab.h"

#include <linux/netfilter.h>
#include <linux/netfilter/nf_tables.h>

#include "network/flows.h"
#include "network/nftmsg.h"

static struct lab_net a, b;
static struct err err;

static bool ready(void)
{
	static int done;

	if (!done)
		done = lab_open() ? 1 : -1;
	if (done < 0)
		test_skipped = "needs root and network namespaces";
	lab_net(&a, 'A');
	lab_net(&b, 'B');
	return done > 0;
}

static void publish(const struct nft_port *p, size_t n)
{
	EQ_OK(nft_publish(&lab.host.nf, "proa", p, n, &err), err);
}

static void unpublish(const struct nft_port *p, size_t n)
{
	EQ_OK(nft_unpublish(&lab.host.nf, "proa", p, n, &err), err);
}

/* Out with the host's address, in only as an answer; two networks do not see each other. */
TEST(isolation)
{
	if (!ready())
		return;
	REQUIRE(lab_both(&a, &b));
	PROBE(ASK(A1, "192.0.2.2", 80, TCP, "LAN 192.0.2.1"),
	      ASK(A1, "192.0.2.2", 53, UDP, "LAN 192.0.2.1"),
	      ASK(A1, "2001:db8:1::2", 80, TCP, "LAN 2001:db8:1::1"),
	      ASK(B2, "2001:db8:2::2", 53, UDP, "OUT 2001:db8:2::1"),
	      ASK(A1, "10.1.0.12", 80, TCP, "A2 10.1.0.11"),
	      ASK(A2, "fd01::11", 53, UDP, "A1 fd01::12"),
	      ASK(A1, "10.1.0.1", 80, TCP, "HOST 10.1.0.11"),
	      ASK(A1, "192.0.2.1", 80, TCP, "HOST 10.1.0.11"),
	      ASK(HOST, "10.1.0.11", 80, TCP, "A1 10.1.0.1"),
	      ASK(HOST, "fd02::12", 80, TCP, "B2 fd02::1"), ASK(A1, "10.2.0.11", 80, TCP, NULL),
	      ASK(A1, "10.2.0.11", 53, UDP, NULL), ASK(B1, "fd01::11", 80, TCP, NULL),
	      ASK(B1, "fd01::12", 53, UDP, NULL), ASK(LAN, "10.1.0.11", 80, TCP, NULL),
	      ASK(LAN, "10.1.0.11", 53, UDP, NULL), ASK(LAN, "fd01::11", 80, TCP, NULL),
	      ASK(LAN, "fd02::11", 53, UDP, NULL));
	lab_end(&a, &b);
}

/* It was us who switched forwarding on: nobody else's packets profit by that. */
TEST(guard)
{
	if (!ready())
		return;
	EQ_INT(lab_read("/proc/sys/net/ipv4/ip_forward"), 0);
	REQUIRE(lab_up(&a));
	EQ_INT(lab_read("/proc/sys/net/ipv4/ip_forward"), 1);
	EQ_INT(lab_read("/proc/sys/net/ipv6/conf/all/forwarding"), 1);
	PROBE(ASK(LAN, "198.51.100.2", 80, TCP, NULL), ASK(LAN, "198.51.100.2", 53, UDP, NULL),
	      ASK(LAN, "2001:db8:2::2", 80, TCP, NULL));
	lab_down(&a);
	EQ_INT(lab_read("/proc/sys/net/ipv4/ip_forward"), 0);
	EQ_INT(lab_read("/proc/sys/net/ipv6/conf/all/forwarding"), 0);
	/* where it was on before us, it is none of our business */
	lab_write(HOST, "/proc/sys/net/ipv4/ip_forward", "1");
	REQUIRE(lab_up(&a));
	PROBE(ASK(LAN, "198.51.100.2", 80, TCP, "OUT 192.0.2.2"),
	      ASK(LAN, "2001:db8:2::2", 80, TCP, NULL));
	lab_down(&a);
	EQ_INT(lab_read("/proc/sys/net/ipv4/ip_forward"), 1);
	lab_write(HOST, "/proc/sys/net/ipv4/ip_forward", "0");
}

TEST(ports)
{
	struct nft_port p[] = {lab_port(TCP, NULL, 8080, "10.1.0.11", 80),
			       lab_port(UDP, NULL, 8053, "10.1.0.11", 53),
			       lab_port(TCP, "127.0.0.1", 8081, "10.1.0.11", 80),
			       lab_port(UDP, "127.0.0.1", 8054, "10.1.0.11", 53),
			       lab_port(TCP, "192.0.2.1", 8082, "10.1.0.12", 80),
			       lab_port(TCP, "192.0.2.1", 8080, "10.2.0.11", 80)};

	if (!ready())
		return;
	REQUIRE(lab_both(&a, &b));
	publish(p, 5);
	PROBE(ASK(HOST, "127.0.0.1", 8080, TCP, "A1 10.1.0.1"),
	      ASK(HOST, "127.0.0.1", 8053, UDP, "A1 10.1.0.1"),
	      ASK(HOST, "127.0.0.1", 8081, TCP, "A1"), ASK(HOST, "127.0.0.1", 8054, UDP, "A1"),
	      ASK(HOST, "192.0.2.1", 8080, TCP, "A1"), ASK(HOST, "192.0.2.1", 8053, UDP, "A1"),
	      ASK(HOST, "192.0.2.1", 8082, TCP, "A2"), ASK(HOST, "10.2.0.1", 8080, TCP, "A1"),
	      ASK(LAN, "192.0.2.1", 8080, TCP, "A1 192.0.2.2"),
	      ASK(LAN, "192.0.2.1", 8053, UDP, "A1 192.0.2.2"),
	      ASK(LAN, "192.0.2.1", 8082, TCP, "A2 192.0.2.2"),
	      ASK(OUT, "198.51.100.1", 8080, TCP, "A1 198.51.100.2"),
	      ASK(A2, "10.1.0.1", 8080, TCP, "A1"), ASK(A2, "192.0.2.1", 8053, UDP, "A1"),
	      ASK(A1, "10.1.0.1", 8080, TCP, "A1"), ASK(A1, "192.0.2.1", 8080, TCP, "A1"),
	      ASK(A1, "192.0.2.1", 8053, UDP, "A1"), ASK(B1, "192.0.2.1", 8080, TCP, "A1"),
	      ASK(B1, "10.2.0.1", 8080, TCP, "A1"), ASK(B1, "10.2.0.1", 8053, UDP, "A1"),
	      ASK(LAN, "192.0.2.1", 8081, TCP, NULL), ASK(LAN, "192.0.2.1", 8054, UDP, NULL),
	      ASK(OUT, "198.51.100.1", 8082, TCP, NULL), ASK(A2, "10.1.0.1", 8081, TCP, NULL),
	      ASK(B1, "10.2.0.1", 8081, TCP, NULL), ASK(HOST, "127.0.0.1", 8082, TCP, NULL),
	      ASK(LAN, "10.1.0.11", 80, TCP, NULL), ASK(LAN, "10.1.0.11", 8080, TCP, NULL),
	      ASK(B1, "10.1.0.11", 80, TCP, NULL));
	/* a given address comes before all of them */
	publish(&p[5], 1);
	PROBE(ASK(LAN, "192.0.2.1", 8080, TCP, "B1"), ASK(OUT, "198.51.100.1", 8080, TCP, "A1"));
	unpublish(p, 6);
	PROBE(ASK(LAN, "192.0.2.1", 8080, TCP, NULL), ASK(HOST, "127.0.0.1", 8080, TCP, NULL),
	      ASK(LAN, "192.0.2.1", 8053, UDP, NULL));
	lab_end(&a, &b);
}

TEST(ports_of_ipv6)
{
	struct nft_port p[] = {lab_port(TCP, NULL, 8080, "fd01::11", 80),
			       lab_port(UDP, NULL, 8053, "fd01::11", 53),
			       lab_port(TCP, "2001:db8:1::1", 8082, "fd01::12", 80)};

	if (!ready())
		return;
	REQUIRE(lab_both(&a, &b));
	publish(p, 3);
	PROBE(ASK(HOST, "2001:db8:1::1", 8080, TCP, "A1"),
	      ASK(HOST, "2001:db8:1::1", 8053, UDP, "A1"), ASK(HOST, "fd01::1", 8080, TCP, "A1"),
	      ASK(LAN, "2001:db8:1::1", 8080, TCP, "A1 2001:db8:1::2"),
	      ASK(LAN, "2001:db8:1::1", 8053, UDP, "A1 2001:db8:1::2"),
	      ASK(LAN, "2001:db8:1::1", 8082, TCP, "A2 2001:db8:1::2"),
	      ASK(A2, "fd01::1", 8080, TCP, "A1"), ASK(A1, "fd01::1", 8080, TCP, "A1"),
	      ASK(A1, "2001:db8:1::1", 8053, UDP, "A1"), ASK(B1, "fd02::1", 8080, TCP, "A1"),
	      ASK(B1, "2001:db8:1::1", 8053, UDP, "A1"), ASK(OUT, "2001:db8:2::1", 8082, TCP, NULL),
	      ASK(LAN, "fd01::11", 80, TCP, NULL), ASK(B1, "fd01::11", 80, TCP, NULL),
	      ASK(LAN, "192.0.2.1", 8080, TCP, NULL));
	unpublish(p, 3);
	lab_end(&a, &b);
}

/* ::1 cannot be translated: what asks there meets who listens on the port. */
TEST(loopback_of_ipv6)
{
	struct nft_port p = lab_port(TCP, NULL, 80, "fd01::11", 80);

	if (!ready())
		return;
	REQUIRE(lab_both(&a, &b));
	publish(&p, 1);
	PROBE(ASK(HOST, "2001:db8:1::1", 80, TCP, "A1"), ASK(HOST, "::1", 80, TCP, "HOST ::1"));
	unpublish(&p, 1);
	lab_end(&a, &b);
}

/* A neighbour that sends us packets for 127.0.0.1, or for a container, by itself. */
TEST(routed_to_us)
{
	struct nft_port p[] = {lab_port(TCP, "127.0.0.1", 8081, "10.1.0.11", 80),
			       lab_port(UDP, "127.0.0.1", 8054, "10.1.0.11", 53),
			       lab_port(TCP, NULL, 8080, "10.1.0.11", 80)};
	const struct prefix loopback = lab_prefix("127.0.0.0/8");
	const struct addr us = lab_addr("192.0.2.1"), bridge = lab_addr("10.1.0.1");

	if (!ready())
		return;
	REQUIRE(lab_both(&a, &b));
	publish(p, 3);
	lab_write(LAN, "/proc/sys/net/ipv4/conf/eth0/route_localnet", "1");
	lab_write(A2, "/proc/sys/net/ipv4/conf/eth0/route_localnet", "1");
	EQ_OK(link_route(&lab.nl[LAN], lab_index(LAN, "eth0"), &loopback, &us, &err), err);
	EQ_OK(link_route(&lab.nl[A2], lab_index(A2, "eth0"), &loopback, &bridge, &err), err);
	PROBE(ASK(LAN, "127.0.0.1", 8081, TCP, NULL), ASK(LAN, "127.0.0.1", 8054, UDP, NULL),
	      ASK(LAN, "127.0.0.1", 8080, TCP, NULL), ASK(LAN, "127.0.0.1", 80, TCP, NULL),
	      ASK(LAN, "127.0.0.1", 53, UDP, NULL), ASK(A2, "127.0.0.1", 8081, TCP, NULL),
	      ASK(A2, "127.0.0.1", 80, TCP, NULL), ASK(A2, "127.0.0.1", 53, UDP, NULL),
	      ASK(LAN, "10.1.0.11", 80, TCP, NULL), ASK(LAN, "10.1.0.12", 53, UDP, NULL),
	      ASK(HOST, "127.0.0.1", 8081, TCP, "A1"));
	unpublish(p, 3);
	lab_end(&a, &b);
}

TEST(internal)
{
	struct nft_port p = lab_port(TCP, NULL, 8080, "10.2.0.11", 80);
	const struct addr gateway = lab_addr("10.1.0.1");

	if (!ready())
		return;
	a.c.net.internal = true;
	REQUIRE(lab_both(&a, &b));
	publish(&p, 1);
	/* one that makes itself a route all the same */
	EQ_OK(link_route(&lab.nl[A2], lab_index(A2, "eth0"), NULL, &gateway, &err), err);
	PROBE(ASK(A1, "10.1.0.12", 80, TCP, "A2 10.1.0.11"),
	      ASK(A1, "fd01::12", 53, UDP, "A2 fd01::11"), ASK(A1, "10.1.0.1", 80, TCP, "HOST"),
	      ASK(HOST, "10.1.0.11", 80, TCP, "A1"), ASK(B1, "192.0.2.2", 80, TCP, "LAN"),
	      ASK(A1, "192.0.2.2", 80, TCP, NULL), ASK(A2, "192.0.2.2", 80, TCP, NULL),
	      ASK(A2, "192.0.2.2", 53, UDP, NULL), ASK(A2, "10.2.0.11", 80, TCP, NULL),
	      ASK(A2, "192.0.2.1", 8080, TCP, NULL), ASK(LAN, "10.1.0.12", 80, TCP, NULL),
	      ASK(LAN, "10.1.0.12", 53, UDP, NULL), ASK(B1, "10.1.0.12", 80, TCP, NULL));
	unpublish(&p, 1);
	lab_end(&a, &b);
}

static void without_icc(bool isolated)
{
	struct nft_port p[] = {lab_port(TCP, NULL, 8080, "10.1.0.11", 80),
			       lab_port(TCP, NULL, 8080, "fd01::11", 80)};

	if (!ready())
		return;
	a.c.net.no_icc = true;
	a.isolated = isolated;
	REQUIRE(lab_both(&a, &b));
	publish(p, 2);
	if (!isolated || !bridge_filters(&lab.host))
		PROBE(ASK(A2, "10.1.0.1", 8080, TCP, "A1"), ASK(A2, "fd01::1", 8080, TCP, "A1"),
		      ASK(A1, "10.1.0.1", 8080, TCP, "A1"));
	PROBE(ASK(A1, "192.0.2.2", 80, TCP, "LAN"), ASK(HOST, "10.1.0.12", 80, TCP, "A2"),
	      ASK(LAN, "192.0.2.1", 8080, TCP, "A1"), ASK(A1, "10.1.0.12", 80, TCP, NULL),
	      ASK(A1, "10.1.0.12", 53, UDP, NULL), ASK(A2, "fd01::11", 80, TCP, NULL),
	      ASK(A2, "fd01::11", 53, UDP, NULL));
	unpublish(p, 2);
	lab_end(&a, &b);
}

TEST(without_icc)
{
	without_icc(ready() && !bridge_filters(&lab.host));
}

TEST(isolated_ports)
{
	without_icc(true);
}

/* IPv4 open at every port, IPv6 routed with published ones: at the containers' own addresses. */
TEST(modes)
{
	struct nft_port p = lab_port(TCP, NULL, 8080, "fd01::11", 80);

	if (!ready())
		return;
	a.c.net.mode4 = NFT_NAT_UNPROTECTED;
	a.c.net.mode6 = NFT_ROUTED;
	p.routed = true;
	REQUIRE(lab_both(&a, &b));
	publish(&p, 1);
	publish(&p, 1); /* asked for twice: no host's port tells the two apart */
	PROBE(ASK(LAN, "10.1.0.11", 80, TCP, "A1 192.0.2.2"),
	      ASK(LAN, "10.1.0.12", 53, UDP, "A2 192.0.2.2"),
	      ASK(LAN, "fd01::11", 80, TCP, "A1 2001:db8:1::2"),
	      ASK(A1, "192.0.2.2", 80, TCP, "LAN 192.0.2.1"),
	      ASK(A1, "2001:db8:1::2", 80, TCP, "LAN fd01::11"),
	      ASK(LAN, "fd01::11", 53, UDP, NULL), ASK(LAN, "fd01::12", 80, TCP, NULL),
	      ASK(LAN, "2001:db8:1::1", 8080, TCP, NULL), ASK(B1, "10.1.0.11", 80, TCP, NULL));
	unpublish(&p, 1);
	PROBE(ASK(LAN, "fd01::11", 80, TCP, NULL));
	lab_end(&a, &b);
}

TEST(without_masquerading)
{
	if (!ready())
		return;
	a.c.net.masquerade = false;
	b.c.net.snat4 = lab_addr("198.51.100.1");
	REQUIRE(lab_both(&a, &b));
	PROBE(ASK(A1, "192.0.2.2", 80, TCP, "LAN 10.1.0.11"),
	      ASK(A1, "2001:db8:1::2", 53, UDP, "LAN fd01::11"),
	      ASK(B1, "192.0.2.2", 80, TCP, "LAN 198.51.100.1"),
	      ASK(B1, "2001:db8:1::2", 80, TCP, "LAN 2001:db8:1::1"));
	lab_end(&a, &b);
}

/* The host itself has no address on the bridge. */
TEST(without_host)
{
	if (!ready())
		return;
	a.c.net.internal = true;
	a.c.net.mode4 = a.c.net.mode6 = NFT_ISOLATED;
	a.c.ngateways = 0;
	REQUIRE(lab_both(&a, &b));
	PROBE(ASK(A1, "10.1.0.12", 80, TCP, "A2"), ASK(A1, "fd01::12", 53, UDP, "A2"),
	      ASK(A1, "10.1.0.1", 80, TCP, NULL), ASK(A1, "192.0.2.1", 80, TCP, NULL),
	      ASK(HOST, "10.1.0.11", 80, TCP, NULL), ASK(LAN, "10.1.0.11", 80, TCP, NULL));
	lab_end(&a, &b);
}

/* A firewall of the host's own: what it drops stays dropped, whatever we accept. */
TEST(own_firewall)
{
	struct nft_port p[] = {lab_port(TCP, NULL, 8080, "10.1.0.11", 80),
			       lab_port(TCP, NULL, 8080, "fd01::11", 80)};
	struct nftmsg m;

	if (!ready())
		return;
	REQUIRE(lab_both(&a, &b));
	publish(p, 2);
	for (int priority = -10; priority <= 10; priority += 20) {
		nftmsg_begin(&m, NFPROTO_INET, "mine", 0);
		nftmsg_table(&m, false);
		nftmsg_chain(&m, "forward", NF_INET_FORWARD, priority, false);
		nftmsg_rule(&m, "forward");
		nftx_interface(&m, NFT_META_IIFNAME, NFT_CMP_EQ, "lan0");
		nftx_end(&m, NF_DROP);
		EQ_OK(nftmsg_do(&lab.host.nf, &m, &err, "make a firewall"), err);
		PROBE(ASK(OUT, "198.51.100.1", 8080, TCP, "A1"),
		      ASK(LAN, "192.0.2.1", 8080, TCP, NULL),
		      ASK(LAN, "2001:db8:1::1", 8080, TCP, NULL));
		nftmsg_begin(&m, NFPROTO_INET, "mine", 0);
		nftmsg_table(&m, true);
		EQ_OK(nftmsg_do(&lab.host.nf, &m, &err, "remove the firewall"), err);
		PROBE(ASK(LAN, "192.0.2.1", 8080, TCP, "A1"));
	}
	unpublish(p, 2);
	lab_end(&a, &b);
}

TEST(conflicts)
{
	struct nft_port p[] = {lab_port(TCP, NULL, 8080, "10.1.0.11", 80),
			       lab_port(UDP, NULL, 8080, "10.1.0.11", 53),
			       lab_port(TCP, "192.0.2.1", 8081, "10.1.0.11", 80)};
	struct nft_port q[] = {lab_port(TCP, NULL, 9090, "10.1.0.12", 80),
			       lab_port(TCP, "192.0.2.1", 8081, "10.1.0.12", 80)};
	struct nft_port mixed = lab_port(TCP, "192.0.2.1", 1, "fd01::11", 80);

	if (!ready())
		return;
	REQUIRE(lab_both(&a, &b));
	publish(p, 3);
	EQ_INT(nft_publish(&lab.host.nf, "proa", q, 2, &err), -1);
	EQ_INT(err.kind, ERR_CONFLICT);
	EQ_INT(nft_publish(&lab.host.nf, "proa", p, 1, &err), -1);
	EQ_INT(err.kind, ERR_CONFLICT);
	EQ_INT(nft_publish(&lab.host.nf, "proa", &mixed, 1, &err), -1);
	EQ_INT(err.kind, ERR_INVALID);
	PROBE(ASK(LAN, "192.0.2.1", 8081, TCP, "A1"), ASK(LAN, "192.0.2.1", 9090, TCP, NULL));
	/* some of them are gone already: the others go too */
	unpublish(&p[1], 1);
	unpublish(p, 3);
	unpublish(p, 3);
	publish(q, 2);
	PROBE(ASK(LAN, "192.0.2.1", 8081, TCP, "A2"), ASK(LAN, "192.0.2.1", 9090, TCP, "A2"));
	unpublish(q, 2);
	lab_end(&a, &b);
}

/* Who goes on sending from the same port meets the next owner of the published one. */
TEST(flows)
{
	struct nft_port p = lab_port(UDP, NULL, 8053, "10.1.0.11", 53), q = p;
	struct sockaddr_in to = {.sin_family = AF_INET, .sin_port = htons(8053)};
	int fd;

	if (!ready())
		return;
	q.to = lab_addr("10.1.0.12");
	REQUIRE(lab_both(&a, &b));
	inet_pton(AF_INET, "192.0.2.1", &to.sin_addr);
	lab_enter(LAN);
	fd = socket(AF_INET, SOCK_DGRAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	EQ_INT(connect(fd, (struct sockaddr *)&to, sizeof(to)), 0);
	lab_enter(HOST);
	for (int i = 0; i < 2; i++) {
		struct probe one = {.from = LAN, .fd = fd, .want = i ? "A2" : "A1"};

		publish(i ? &q : &p, 1);
		flows_forget(&lab.host.nf, &p, 1);
		EQ_INT(send(fd, "?", 1, 0), 1);
		lab_pump(&one, 1, true, LAB_WAIT);
		OK(!strncmp(one.got, one.want, 2), "got \"%s\", not %s", one.got, one.want);
		unpublish(i ? &q : &p, 1);
		flows_forget(&lab.host.nf, &p, 1);
	}
	close(fd);
	lab_end(&a, &b);
}

static double seconds(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

/* All at once, and each alone among ten thousand. */
TEST(thousands)
{
	enum { MANY = 10000, THOUSAND = 1000 };
	struct nft_port *p;
	double t[4];

	if (!ready())
		return;
	REQUIRE(lab_both(&a, &b));
	p = mem_alloc(MANY * sizeof(*p));
	for (int i = 0; i < MANY; i++)
		p[i] = lab_port(TCP, NULL, (uint16_t)(10000 + i), "10.1.0.11", 80);
	t[0] = seconds();
	publish(p, 1);
	t[1] = seconds();
	publish(p + 1, THOUSAND);
	t[2] = seconds();
	publish(p + 1 + THOUSAND, MANY - THOUSAND - 2);
	t[3] = seconds();
	publish(p + MANY - 1, 1);
	printf("# one port %.2f ms, a thousand %.2f ms, the 10,000th %.2f ms\n",
	       (t[1] - t[0]) * 1e3, (t[2] - t[1]) * 1e3, (seconds() - t[3]) * 1e3);
	PROBE(ASK(LAN, "192.0.2.1", 10000, TCP, "A1"), ASK(LAN, "192.0.2.1", 19999, TCP, "A1"),
	      ASK(HOST, "127.0.0.1", 15000, TCP, "A1"));
	unpublish(p, MANY);
	PROBE(ASK(LAN, "192.0.2.1", 10000, TCP, NULL), ASK(LAN, "192.0.2.1", 19999, TCP, NULL));
	mem_autofree(&p);
	lab_end(&a, &b);
}

int main(void)
{
	setvbuf(stdout, NULL, _IOLBF, 0);
	RUN(guard);
	RUN(isolation);
	RUN(ports);
	RUN(ports_of_ipv6);
	RUN(loopback_of_ipv6);
	RUN(routed_to_us);
	RUN(internal);
	RUN(without_icc);
	RUN(isolated_ports);
	RUN(modes);
	RUN(without_masquerading);
	RUN(without_host);
	RUN(own_firewall);
	RUN(conflicts);
	RUN(flows);
	RUN(thousands);
	return test_done();
}
