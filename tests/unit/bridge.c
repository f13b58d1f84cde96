/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A bridge network made, mended and taken away: from nothing, from whatever a process that was
 * killed left, and from what somebody broke. "There" is what packets say (netlab.h).
 */
#include "netlab.h"

#include <linux/if.h>
#include <linux/netfilter.h>
#include <linux/rtnetlink.h>

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

static bool is_up(struct lab_net *n)
{
	int index = 0;
	bool up = bridge_is_up(&lab.host, &n->c, &index);

	return up && index == lab_index(HOST, n->c.net.bridge);
}

static bool is_link(const char *name)
{
	struct link_info i;

	return !link_get(&lab.host.rt, name, &i, &err);
}

static bool is_table(void)
{
	uint32_t gen;
	unsigned guard;

	return nft_idle(&lab.host.nf, "proa", &gen, &guard);
}

TEST(up_and_down)
{
	struct link_info i;

	if (!ready())
		return;
	OK(!is_up(&a), "nothing is there");
	lab_down(&a); /* and nothing to take away */
	REQUIRE(lab_up(&a));
	OK(is_up(&a), "it is up");
	REQUIRE(!link_get(&lab.host.rt, "brA", &i, &err));
	OK(i.up && i.index == a.index && !strcmp(i.kind, "bridge"), "an interface");
	OK(i.mac[0] == 2 && i.mac[1] == 0x42, "its hardware address");
	REQUIRE(lab_up(&a)); /* again: nothing changes */
	EQ_INT(lab_index(HOST, "brA"), i.index);
	REQUIRE(lab_up(&b));
	lab_down(&a);
	OK(!is_up(&a) && is_up(&b), "one of two is gone");
	lab_down(&a);
	lab_down(&b);
	OK(!is_link("brA") && !is_link("brB") && !is_table(), "nothing is left");
}

TEST(options)
{
	struct link_info i;

	if (!ready())
		return;
	a.c.mtu = 1400;
	a.c.ipv6 = false;
	a.c.ngateways = a.c.net.nsubnets = 1;
	REQUIRE(lab_up(&a));
	REQUIRE(!link_get(&lab.host.rt, "brA", &i, &err));
	EQ_INT(i.mtu, 1400);
	EQ_INT(lab_read("/proc/sys/net/ipv6/conf/brA/disable_ipv6"), 1);
	EQ_INT(lab_read("/proc/sys/net/ipv6/conf/all/forwarding"), 0);
	EQ_INT(lab_read("/proc/sys/net/ipv4/conf/brA/route_localnet"), 1);
	EQ_INT(lab_read("/proc/sys/net/ipv4/conf/lan0/route_localnet"), 0);
	lab_down(&a);
}

TEST(somebody_elses)
{
	struct prefix p = lab_prefix("10.1.0.1/24");

	if (!ready())
		return;
	a.c.net.bridge = "lan0";
	EQ_INT(bridge_up(&lab.host, &a.c, &a.index, &(bool){false}, &err), -1);
	EQ_INT(err.kind, ERR_CONFLICT);
	OK(strstr(err.text, "lan0 is no bridge") != NULL, "%s", err.text);
	EQ_OK(bridge_down(&lab.host, &a.c, &err), err);
	OK(is_link("lan0"), "it is left alone");
	/* a bridge that somebody made before us is used */
	lab_net(&a, 'A');
	EQ_OK(link_bridge(&lab.host.rt, "brA", 0, NULL, NULL, &err), err);
	EQ_OK(link_address(&lab.host.rt, lab_index(HOST, "brA"), &p, &err), err);
	REQUIRE(lab_up(&a));
	lab_down(&a);
	OK(!is_link("brA"), "and taken away");
}

/* ---- mended */

static void flush_table(void)
{
	struct nftmsg m;

	nftmsg_begin(&m, NFPROTO_INET, "proa", 0);
	nftmsg_table(&m, true);
	EQ_OK(nftmsg_do(&lab.host.nf, &m, &err, "remove the table"), err);
}

static void take_interface(void)
{
	lab_take(A1);
	lab_take(A2);
	EQ_OK(link_delete(&lab.host.rt, lab_index(HOST, "brA"), &err), err);
}

static void set_down(void)
{
	struct nl_msg m = NL_MSG_INIT;
	struct ifinfomsg i = {.ifi_index = lab_index(HOST, "brA"), .ifi_change = IFF_UP};

	nl_begin(&m, RTM_NEWLINK, NLM_F_ACK, &i, sizeof(i));
	EQ_OK(nl_do(&lab.host.rt, &m, &err, "bring brA down"), err);
}

static void fill(bool made_anew)
{
	if (!made_anew)
		return;
	lab_container(&a, A1);
	lab_container(&a, A2);
}

/* bridge_is_up sees what is missing, bridge_up makes it, and what is there stays. */
TEST(mended)
{
	static const struct {
		const char *what;
		void (*breaks)(void);
		bool interface;
	} t[] = {{"the table", flush_table, false},
		 {"the interface", take_interface, true},
		 {"brought down", set_down, false}};

	if (!ready())
		return;
	REQUIRE(lab_both(&a, &b));
	for (size_t i = 0; i < sizeof(t) / sizeof(*t); i++) {
		t[i].breaks();
		OK(!is_up(&a), "%s: seen", t[i].what);
		REQUIRE(lab_up(&a));
		REQUIRE(lab_up(&b));
		fill(t[i].interface);
		OK(is_up(&a) && is_up(&b), "%s: mended", t[i].what);
		PROBE(ASK(A1, "192.0.2.2", 80, TCP, "LAN 192.0.2.1"),
		      ASK(A1, "2001:db8:1::2", 80, TCP, "LAN 2001:db8:1::1"),
		      ASK(HOST, "10.1.0.12", 80, TCP, "A2"),
		      ASK(B1, "192.0.2.2", 53, UDP, "LAN 192.0.2.1"),
		      ASK(LAN, "198.51.100.2", 80, TCP, NULL), ASK(A1, "10.2.0.11", 80, TCP, NULL),
		      ASK(LAN, "10.1.0.11", 80, TCP, NULL));
	}
	lab_end(&a, &b);
}

/* Killed after the interface, after its address, after the rules: the next call completes it; and
 * taking it away takes what there is. */
TEST(half_made)
{
	for (int steps = 1; steps <= 3; steps++) {
		for (int down = 0; down < 2; down++) {
			int index;

			if (!ready())
				return;
			EQ_OK(link_bridge(&lab.host.rt, "brA", 0, NULL, &index, &err), err);
			if (steps > 1)
				EQ_OK(link_address(&lab.host.rt, index, &a.gateways[0], &err), err);
			if (steps > 2)
				EQ_OK(nft_up(&lab.host.nf, "proa", &a.c.net, NFT_GUARD4, &err),
				      err);
			OK(steps > 2 || !is_up(&a), "not up after %d", steps);
			if (!down) {
				REQUIRE(lab_both(&a, &b));
				PROBE(ASK(A1, "192.0.2.2", 80, TCP, "LAN 192.0.2.1"),
				      ASK(B1, "192.0.2.2", 80, TCP, "LAN 192.0.2.1"));
				lab_end(&a, &b);
			} else {
				lab_down(&a);
			}
			OK(!is_link("brA") && !is_table(), "nothing is left after %d", steps);
			EQ_INT(lab_read("/proc/sys/net/ipv4/ip_forward"), 0);
		}
	}
}

/* ... of its removal. */
TEST(half_gone)
{
	for (int steps = 1; steps <= 2; steps++) {
		if (!ready())
			return;
		REQUIRE(lab_up(&a));
		if (steps == 1)
			EQ_OK(link_delete(&lab.host.rt, a.index, &err), err);
		else
			EQ_OK(nft_down(&lab.host.nf, "proa", &a.c.net, &err), err);
		OK(!is_up(&a), "%d: seen", steps);
		lab_down(&a);
		OK(!is_link("brA") && !is_table(), "%d: nothing is left", steps);
	}
}

/* A kernel without nf_tables: containers talk on their bridge. */
TEST(without_nftables)
{
	struct hostnet host = lab.host;
	bool nat = true;

	if (!ready())
		return;
	host = lab.host;
	host.nf.fd = -1;
	EQ_OK(bridge_up(&host, &a.c, &a.index, &nat, &err), err);
	OK(!nat, "it says that there is no NAT");
	OK(!bridge_filters(&host), "and that only ports can be isolated");
	lab_container(&a, A1);
	lab_container(&a, A2);
	PROBE(ASK(A1, "10.1.0.12", 80, TCP, "A2"), ASK(A1, "10.1.0.1", 80, TCP, "HOST"),
	      ASK(A1, "192.0.2.2", 80, TCP, NULL));
	lab_take(A1);
	lab_take(A2);
	EQ_OK(bridge_down(&host, &a.c, &err), err);
	OK(!is_link("brA"), "and is gone");
	EQ_INT(lab_read("/proc/sys/net/ipv4/ip_forward"), 0);
}

/* A port that passes nothing on, and one that comes back to life in its place. */
TEST(quiet)
{
	if (!ready())
		return;
	REQUIRE(lab_both(&a, &b));
	EQ_OK(link_quiet(&lab.host.rt, "veth3", &err), err);
	PROBE(ASK(A2, "10.1.0.11", 80, TCP, NULL), ASK(HOST, "10.1.0.11", 80, TCP, NULL),
	      ASK(A2, "10.1.0.1", 80, TCP, "HOST"));
	lab_take(A2);
	lab_container(&a, A2);
	PROBE(ASK(HOST, "10.1.0.12", 80, TCP, "A2"));
	lab_end(&a, &b);
}

int main(void)
{
	setvbuf(stdout, NULL, _IOLBF, 0);
	RUN(up_and_down);
	RUN(options);
	RUN(somebody_elses);
	RUN(mended);
	RUN(half_made);
	RUN(half_gone);
	RUN(without_nftables);
	RUN(quiet);
	return test_done();
}
