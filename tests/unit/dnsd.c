/* SPDX-License-Identifier: Apache-2.0 */
/* The responder as a container and its host's name servers meet it. */
#include "dnsbox.h"
#include "network/dnsd_forward.h"

TEST(names)
{
	NEED;
	begin(false);
	EQ_STR(ask("web", DNS_A), "NOERROR 10.1.0.2");
	EQ_STR(ask("WEB", DNS_A), "NOERROR 10.1.0.2");
	EQ_STR(ask("web", DNS_AAAA), "NOERROR");
	EQ_STR(ask("web", 16), "NOERROR");
	EQ_STR(ask("aaaaaaaaaaaa", DNS_A), "NOERROR 10.1.0.2");
	EQ_STR(ask("db", DNS_AAAA), "NOERROR fd01::3");
	EQ_STR(ask("six", DNS_A), "NOERROR");
	ask("db", DNS_ANY);
	EQ_INT(got[7], 2);
	EQ_STR(ask("web.mynet", DNS_A), "NOERROR 10.1.0.2");
	EQ_STR(ask("web.net.b", DNS_A), "NOERROR 10.2.0.2");
	EQ_STR(ask("only.b", DNS_A), "NOERROR 10.2.0.3");
	EQ_STR(ask("only.b.net.b", DNS_A), "NOERROR 10.2.0.3");
	EQ_STR(ask("store", DNS_A), "NOERROR 10.1.0.3");
	EQ_STR(ask("store.MyNet", DNS_A), "NOERROR 10.1.0.3");
	EQ_STR(ask("gate", DNS_A), "NOERROR 10.9.9.9");
	EQ_STR(ask("gate", DNS_AAAA), "NOERROR fd09::9");
	EQ_STR(ask("2.0.1.10.in-addr.arpa", DNS_PTR), "NOERROR web.mynet.");
	EQ_STR(ask("3.0.2.10.in-addr.arpa", DNS_PTR), "NOERROR only.b.net.b.");
	EQ_STR(ask("4.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.1.0.d.f.ip6.arpa",
		   DNS_PTR),
	       "NOERROR six.mynet.");
	EQ_INT(all_asked(), 0);
	EQ_STR(ask("web.other", DNS_A), "NOERROR 192.0.2.1");
	EQ_STR(ask("nobody", DNS_A), "NOERROR 192.0.2.1");
	EQ_INT(all_asked(), 2);
	dnsd_close();
}

TEST(round_robin)
{
	char first[64];
	int other = 0;

	NEED;
	begin(false);
	snprintf(first, sizeof(first), "%s", ask("www", DNS_A));
	for (int i = 0; i < 10; i++)
		other += strcmp(ask("www", DNS_A), first) != 0;
	OK(other >= 3 && other <= 9, "%d", other);
	OK(!strcmp(first, "NOERROR 10.1.0.2 10.1.0.3") ||
		   !strcmp(first, "NOERROR 10.1.0.3 10.1.0.2"),
	   "%s", first);
	dnsd_close();
}

/* Changes within one tick of the clock, and with it held still, are seen by the next question. */
TEST(files_come_and_go)
{
	struct timespec old[2] = {{1000, 0}, {1000, 0}};
	struct stat st;

	NEED;
	begin(false);
	EQ_STR(ask("late.mynet", DNS_A), "NOERROR 192.0.2.1");
	for (int i = 0; i < 300 && !test_failed_here; i++) {
		char ip[30], want[40];

		snprintf(ip, sizeof(ip), "10.1.%d.%d/16", i / 100 + 1, i % 100 + 1);
		snprintf(want, sizeof(want), "NOERROR %.*s", (int)strcspn(ip, "/"), ip);
		container(dir_a, "ffffffffffffffff", "late", ip, "", "");
		if (!fstat(dir_a, &st) && i % 2) {
			struct timespec same[2] = {st.st_mtim, st.st_mtim};

			EQ_STR(ask("late", DNS_A), want);
			container(dir_a, "ffffffffffffffff", "late", "10.1.9.9/16", "", "");
			futimens(dir_a, same);
			snprintf(want, sizeof(want), "NOERROR 10.1.9.9");
		}
		EQ_STR(ask("late", DNS_A), want);
	}
	endpoint_remove(dir_a, "ffffffffffffffff");
	EQ_STR(ask("late", DNS_A), "NOERROR 192.0.2.1");
	/* that an old directory is not read again is why all this is needed */
	futimens(dir_a, old);
	EQ_STR(ask("late", DNS_A), "NOERROR 192.0.2.1");
	container(dir_a, "ffffffffffffffff", "late", "10.1.0.9/16", "", "");
	futimens(dir_a, old);
	EQ_STR(ask("late", DNS_A), "NOERROR 192.0.2.1");
	endpoint_remove(dir_a, "ffffffffffffffff");
	dnsd_close();
}

TEST(forwarded)
{
	struct sockaddr_in before;
	uint16_t id;

	NEED;
	begin(false);
	EQ_STR(ask("Example.Com", DNS_A), "NOERROR 192.0.2.1");
	id = dns_id(last_query);
	before = last_from;
	EQ_STR(ask("Example.Com", DNS_A), "NOERROR 192.0.2.1");
	OK(id != dns_id(last_query) || before.sin_port != last_from.sin_port, "nothing random");
	EQ_STR(ask("none.com", DNS_A), "NXDOMAIN");
	EQ_STR(ask("cut.com", DNS_A), "NOERROR 192.0.2.1 TC");
	EQ_INT(asked[1], 0);
	EQ_STR(ask("fail.com", DNS_A), "NOERROR 192.0.2.2");
	EQ_STR(ask("refuse.com", DNS_A), "NOERROR 192.0.2.2");
	EQ_STR(ask("fails.com", DNS_A), "SERVFAIL");
	EQ_INT(asked[2], 1);
	EQ_STR(ask("slow.com", DNS_A), "NOERROR 192.0.2.2");
	EQ_STR(ask_edns("big.com", DNS_A, 1232), "NOERROR 192.0.2.1");
	EQ_INT(last_query[11], 1);
	dnsd_close();
}

TEST(spoofed)
{
	struct dnsd_counts n;

	NEED;
	begin(false);
	EQ_STR(ask("spoof.com", DNS_A), "NOERROR 192.0.2.1");
	dnsd_counts(&n);
	EQ_INT(n.strange, 3);
	dnsd_close();
}

TEST(by_tcp)
{
	int fd, v[40];

	NEED;
	begin(false);
	EQ_STR(ask_tcp("web", DNS_A), "NOERROR 10.1.0.2");
	EQ_STR(ask_tcp("www.example", DNS_A), "NOERROR 192.0.2.1");
	EQ_STR(ask_tcp("large.example", DNS_A), "NOERROR 192.0.2.1 192.0.2.1 192.0.2.1");
	EQ_INT(ngot, 12 + 19 + 3000 * 16);
	EQ_STR(ask_tcp("fail.example", DNS_A), "NOERROR 192.0.2.2");
	fd = dial(); /* several in one */
	put_tcp(fd, "web", DNS_A);
	put_tcp(fd, "db", DNS_A);
	put_tcp(fd, "a.example", DNS_A);
	shutdown(fd, SHUT_WR);
	EQ_STR(read_tcp(fd), "NOERROR 10.1.0.2");
	EQ_STR(read_tcp(fd), "NOERROR 10.1.0.3");
	EQ_STR(read_tcp(fd), "NOERROR 192.0.2.1");
	EQ_STR(read_tcp(fd), "closed");
	close(fd);
	fd = dial();
	EQ_INT(send(fd, "\xff\xff\0\1", 4, 0), 4); /* as long as can be */
	EQ_STR(read_tcp(fd), "closed");
	close(fd);
	for (int i = 0; i < 40; i++) { /* and silent ones do not keep others out */
		v[i] = dial();
		turn(0);
	}
	EQ_STR(ask_tcp("web", DNS_A), "NOERROR 10.1.0.2");
	for (int i = 0; i < 40; i++)
		close(v[i]);
	dnsd_close();
}

TEST(cut)
{
	NEED;
	begin(false);
	for (int i = 0; i < 200; i++) {
		char id[20], ip[30];

		snprintf(id, sizeof(id), "many%012d", i);
		snprintf(ip, sizeof(ip), "10.1.7.%d/16", i + 1);
		container(dir_a, id, id, ip, "", "many");
	}
	ask("many", DNS_A);
	EQ_INT(ngot, 12 + 10 + 30 * 16);
	OK(got[2] & 2, "cut");
	ask_edns("many", DNS_A, 1232);
	EQ_INT(got[7], 74);
	ask_edns("many", DNS_A, 4096);
	OK(!(got[2] & 2), "not cut");
	EQ_INT(got[7], 200);
	ask_tcp("many", DNS_A);
	EQ_INT(got[7], 200);
	for (int i = 0; i < 200; i++) {
		char id[20];

		snprintf(id, sizeof(id), "many%012d", i);
		endpoint_remove(dir_a, id);
	}
	dnsd_close();
}

TEST(inside_only)
{
	struct dnsd_conf c;

	NEED;
	begin(true);
	EQ_STR(ask("web", DNS_A), "NOERROR 10.1.0.2");
	EQ_STR(ask("example.com", DNS_A), "SERVFAIL");
	EQ_STR(ask_tcp("example.com", DNS_A), "SERVFAIL");
	EQ_STR(ask("9.9.1.10.in-addr.arpa", DNS_PTR), "SERVFAIL");
	EQ_INT(all_asked(), 0);
	c = conf(true);
	nets[1].internal = false;
	EQ_OK(dnsd_change(&c, &err), err);
	EQ_STR(ask("example.com", DNS_A), "NOERROR 192.0.2.1");
	c.nnetworks = 0;
	c.hosts.n = 0;
	EQ_OK(dnsd_change(&c, &err), err);
	EQ_STR(ask("web", DNS_A), "SERVFAIL");
	EQ_STR(ask("gate", DNS_A), "SERVFAIL");
	c = conf(false);
	c.ndots = true;
	EQ_OK(dnsd_change(&c, &err), err);
	EQ_STR(ask("nobody", DNS_A), "NOERROR");
	EQ_STR(ask("web", DNS_A), "NOERROR 10.1.0.2");
	EQ_STR(ask("nobody.x", DNS_A), "NOERROR 192.0.2.1");
	dnsd_close();
}

TEST(hosts_servers_change)
{
	NEED;
	begin(false);
	EQ_STR(ask("a.com", DNS_A), "NOERROR 192.0.2.1");
	conf_text("nameserver 127.0.0.3\n");
	EQ_STR(ask("a.com", DNS_A), "NOERROR 192.0.2.3");
	conf_text("nameserver 127.0.0.2\n");
	EQ_STR(ask("a.com", DNS_A), "NOERROR 192.0.2.2");
	conf_text("nameserver 127.0.0.77\nnameserver 127.0.0.2\n");
	EQ_STR(ask("a.com", DNS_A), "NOERROR 192.0.2.2"); /* at once: nobody listens there */
	conf_text("options x\n\nnameserver nonsense\n");
	EQ_STR(ask("a.com", DNS_A), "SERVFAIL");
	unlink("/etc/resolv.conf");
	EQ_STR(ask("a.com", DNS_A), "SERVFAIL");
	if (udp[3] >= 0 && udp[4] >= 0) {
		conf_text("nameserver ::1\n");
		EQ_STR(ask("a.com", DNS_A), "NOERROR 192.0.2.4");
		conf_text("nameserver fe80::53%lo\n");
		EQ_STR(ask("a.com", DNS_A), "NOERROR 192.0.2.5");
	}
	conf_text("nameserver 127.0.0.1\nnameserver 127.0.0.2\nnameserver 127.0.0.3\n");
	dnsd_close();
}

/* --dns: from the container's own namespace, so that the host's loopback is not meant. */
TEST(own_servers)
{
	static char *texts[] = {"127.0.0.11", "127.0.0.1", NULL};
	struct dnsd_conf c;
	int fd;

	NEED;
	c = conf(false);
	c.servers = (struct strs){texts, 2, 2};
	EQ_OK(dnsd_open(ep, &c, &err), err);
	memset(asked, 0, sizeof(asked));
	EQ_STR(ask("a.com", DNS_A), "SERVFAIL");
	EQ_INT(all_asked(), 0);
	fd = udp[0];
	udp[0] = server("127.0.0.1", SOCK_DGRAM); /* in this namespace */
	watch(udp[0], EV_SERVER);
	EQ_STR(ask("a.com", DNS_A), "NOERROR 192.0.2.1");
	close(udp[0]);
	udp[0] = fd;
	dnsd_close();
}

TEST(flood)
{
	uint8_t msg[600];
	size_t n = make_query(msg, "web", DNS_A, 0);
	int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	struct dnsd_counts k, before;

	NEED;
	begin(false);
	connect(fd, (const void *)us(), sizeof(*us()));
	for (int i = 0; i < 200; i++)
		EQ_INT(send(fd, msg, n, 0), n);
	dnsd_event(0, EPOLLIN);
	dnsd_counts(&before);
	OK(before.queries > 0 && before.queries <= 32, "%llu", (unsigned long long)before.queries);
	/* questions that nobody answers: some are under way, others are refused, names work */
	n = make_query(msg, "silent.com", DNS_A, 0);
	for (int i = 0; i < 1000; i++) {
		send(fd, msg, n, MSG_DONTWAIT);
		dnsd_event(0, EPOLLIN);
	}
	dnsd_counts(&k);
	OK(k.refused > 0);
	EQ_INT(k.forwarded, DNSD_FORWARD_MAX);
	close(fd);
	EQ_STR(ask("web", DNS_A), "NOERROR 10.1.0.2");
	EQ_STR(ask("other.com", DNS_A), "REFUSED");
	dnsd_close();
	begin(false);
	/* of any server: the first one's socket may be full of questions still */
	EQ_MEM(ask("other.com", DNS_A), "NOERROR 192.0.2.", 16);
	dnsd_close();
}

TEST(garbage)
{
	static const char *const texts[] = {"", "x", "short", "\0\0\x80\0\0\1\0\0\0\0\0\0",
					    "\0\0\0\0\0\1\0\0\0\0\0\0\xc0\x0c\0\1\0\1"};
	static const size_t lens[] = {0, 1, 5, 12, 18};
	uint8_t msg[4000];
	int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	struct dnsd_counts k;

	NEED;
	begin(false);
	connect(fd, (const void *)us(), sizeof(*us()));
	for (int i = 0; i < 5; i++)
		send(fd, texts[i], lens[i], 0);
	wait_for(fd);
	EQ_STR(describe(), "FORMERR");
	memset(msg, 0, sizeof(msg));
	make_query(msg, "a.b", DNS_A, 1000);
	msg[30] = 0x0f; /* a query of 4000 bytes */
	msg[31] = 0x82;
	send(fd, msg, sizeof(msg), 0);
	wait_for(fd);
	EQ_STR(describe(), "FORMERR");
	dnsd_counts(&k);
	EQ_INT(k.malformed, 6);
	EQ_STR(ask("web", DNS_A), "NOERROR 10.1.0.2");
	close(fd);
	dnsd_close();
}

int main(void)
{
	set_up();
	RUN(names);
	RUN(round_robin);
	RUN(files_come_and_go);
	RUN(forwarded);
	RUN(spoofed);
	RUN(by_tcp);
	RUN(cut);
	RUN(inside_only);
	RUN(hosts_servers_change);
	RUN(own_servers);
	RUN(flood);
	RUN(garbage);
	return test_done();
}
