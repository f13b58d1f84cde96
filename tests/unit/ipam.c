/* SPDX-License-Identifier: Apache-2.0 */
/* ipam: which subnet is chosen of which pools, and which addresses of it a host may have. */
#include "network/ipam.h"
#include "test.h"

static struct prefix net(const char *text)
{
	struct prefix p = {.bits = 0};

	OK(!prefix_parse(text, &p), "%s", text);
	return p;
}

/* Which one is chosen beside those; "" for none. */
static const char *chosen(const struct ipam_pools *p, uint8_t len, const char *const *list)
{
	static char text[PREFIX_TEXT];
	struct prefix taken[32], ret;
	struct err e;
	size_t n = 0;

	for (; list[n]; n++)
		taken[n] = net(list[n]);
	if (ipam_choose(p, len, taken, n, &ret, &e)) {
		EQ_INT(e.kind, ERR_CONFLICT);
		return "";
	}
	return prefix_text(&ret, text);
}
#define CHOSEN(p, len, ...) chosen(p, len, (const char *const[]){__VA_ARGS__ __VA_OPT__(, ) NULL})

TEST(defaults)
{
	struct ipam_pools p, q;

	ipam_defaults("x", 1, &p);
	EQ_STR(CHOSEN(&p, 4), "172.17.0.0/16");
	EQ_STR(CHOSEN(&p, 4, "172.17.0.0/16"), "172.18.0.0/16");
	EQ_STR(CHOSEN(&p, 4, "172.17.9.0/24", "172.18.255.255/32"), "172.19.0.0/16");
	EQ_STR(CHOSEN(&p, 4, "172.17.0.0/16", "172.18.0.0/16", "172.19.0.0/16", "172.20.0.0/16"),
	       "172.21.0.0/16");
	EQ_STR(CHOSEN(&p, 4, "172.16.0.0/12"), "192.168.0.0/20");
	EQ_STR(CHOSEN(&p, 4, "172.16.0.0/12", "192.168.1.0/24"), "192.168.16.0/20");
	EQ_STR(CHOSEN(&p, 4, "172.16.0.0/12", "192.168.0.0/17"), "192.168.128.0/20");
	EQ_STR(CHOSEN(&p, 4, "172.16.0.0/12", "192.168.0.0/16"), "");
	EQ_STR(CHOSEN(&p, 4, "0.0.0.0/1", "128.0.0.0/1"), "");
	EQ_STR(CHOSEN(&p, 4, "10.0.0.0/8"), "172.17.0.0/16");
	/* one prefix for each seed */
	ipam_defaults("x", 1, &q);
	OK(!addr_cmp(&p.v[p.n - 1].base.addr, &q.v[q.n - 1].base.addr), "the same seed");
	OK(!strncmp(CHOSEN(&p, 16), "fd", 2), "%s", CHOSEN(&p, 16));
	EQ_INT(p.v[p.n - 1].bits, 64);
	ipam_defaults("y", 1, &q);
	OK(addr_cmp(&p.v[p.n - 1].base.addr, &q.v[q.n - 1].base.addr) != 0, "another seed");
}

TEST(pools)
{
	struct ipam_pools p = {.n = 0};
	static const char *const bad[] = {"",
					  "base=10.0.0.0/16",
					  "size=24",
					  "base=10.0.0.0/16,size=8",
					  "base=10.0.0.0/16,size=33",
					  "base=10.0.0.0/16,size=",
					  "base=10.0.0.0/16,size=2x",
					  "base=10.0.0.0/16,size=-1",
					  "base=10.0.0.0,size=24",
					  "base=x/16,size=24",
					  "size=24,base=10.0.0.0/16",
					  "base=10.9.0.0/16,size=24"};
	struct err e;

	OK(!ipam_add(&p, "base=10.9.1.2/24,size=26", &e), "the base's own bits are dropped");
	for (size_t i = 0; i < sizeof(bad) / sizeof(*bad); i++)
		OK(ipam_add(&p, bad[i], &e) && e.kind == ERR_INVALID, "%s", bad[i]);
	OK(!ipam_add(&p, "base=fd00::/48,size=64", &e), "IPv6");
	EQ_INT(p.n, 2);
	EQ_STR(CHOSEN(&p, 4), "10.9.1.0/26");
	EQ_STR(CHOSEN(&p, 4, "10.9.1.0/26", "10.9.1.128/25"), "10.9.1.64/26");
	EQ_STR(CHOSEN(&p, 4, "10.9.1.0/25", "10.9.1.192/32"), "10.9.1.128/26");
	EQ_STR(CHOSEN(&p, 4, "10.9.0.0/16"), "");
	EQ_STR(CHOSEN(&p, 16, "fd00::/64", "fd00:0:0:2::/64"), "fd00:0:0:1::/64");
}

/* The end of all addresses, and pools of millions. */
TEST(far)
{
	struct ipam_pools p = {.n = 0};
	struct err e;

	OK(!ipam_add(&p, "base=255.255.255.0/24,size=32", &e), "the last ones");
	EQ_STR(CHOSEN(&p, 4, "255.255.255.0/25", "255.255.255.128/26", "255.255.255.192/27",
		      "255.255.255.224/27"),
	       "");
	OK(!ipam_add(&p, "base=10.0.0.0/8,size=32", &e), "many small ones");
	EQ_STR(CHOSEN(&p, 4, "255.0.0.0/8", "10.0.0.0/9", "10.128.0.0/10"), "10.192.0.0/32");
	OK(!ipam_add(&p, "base=fd00::/8,size=128", &e), "more than can be counted");
	EQ_STR(CHOSEN(&p, 16, "fd00::/9"), "fd80::/128");
}

static const char *gateway(const char *subnet, const char *range)
{
	static char text[ADDR_TEXT];
	struct prefix s = net(subnet), r = {.bits = 0};
	struct addr a;

	if (range)
		r = net(range);
	a = ipam_gateway(&s, &r);
	return addr_text(&a, text);
}

TEST(hosts)
{
	static const struct {
		const char *net, *host;
		bool may;
	} t[] = {{"10.0.0.0/24", "10.0.0.0", false},
		 {"10.0.0.0/24", "10.0.0.1", true},
		 {"10.0.0.0/24", "10.0.0.254", true},
		 {"10.0.0.0/24", "10.0.0.255", false},
		 {"10.0.0.0/24", "10.0.1.1", false},
		 {"10.0.0.0/24", "fd00::1", false},
		 {"10.0.0.0/31", "10.0.0.0", true},
		 {"10.0.0.0/31", "10.0.0.1", true},
		 {"10.0.0.7/32", "10.0.0.7", true},
		 {"fd00::/64", "fd00::", false},
		 {"fd00::/64", "fd00::1", true},
		 {"fd00::/64", "fd00::ffff:ffff:ffff:ffff", true},
		 {"fd00::/64", "fd00:0:0:1::1", false}};
	for (size_t i = 0; i < sizeof(t) / sizeof(*t); i++) {
		struct prefix p = net(t[i].net);
		struct addr a;

		OK(!addr_parse(t[i].host, &a), "%s", t[i].host);
		OK(ipam_host(&p, &a) == t[i].may, "%s in %s", t[i].host, t[i].net);
	}
	EQ_STR(gateway("10.0.0.0/24", NULL), "10.0.0.1");
	EQ_STR(gateway("10.0.0.0/24", "10.0.0.0/25"), "10.0.0.1");
	EQ_STR(gateway("10.0.0.0/24", "10.0.0.128/25"), "10.0.0.128");
	EQ_STR(gateway("10.0.0.0/31", NULL), "10.0.0.0");
	EQ_STR(gateway("fd00::/64", NULL), "fd00::1");
}

int main(void)
{
	RUN(defaults);
	RUN(pools);
	RUN(far);
	RUN(hosts);
	return test_done();
}
