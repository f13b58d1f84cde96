/* SPDX-License-Identifier: Apache-2.0 */
/* DNS messages: queries of every shape, answers that fit and that do not, whose answer it is. */
#include "network/dns.h"
#include "test.h"

static uint8_t msg[65536];

/* A query for a text name; flags2 is byte 2. */
static size_t query(const char *name, uint16_t type, uint8_t flags2, int edns)
{
	size_t n = DNS_HEAD;

	memset(msg, 0, sizeof(msg));
	dns_set_id(msg, 0x1234);
	msg[2] = flags2;
	msg[5] = 1;
	while (*name) {
		size_t len = strcspn(name, ".");

		msg[n++] = (uint8_t)len;
		memcpy(msg + n, name, len);
		n += len;
		name += len + (name[len] == '.');
	}
	msg[n + 1] = (uint8_t)(type >> 8);
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

TEST(queries)
{
	struct dns_question q;
	size_t n = query("Web.MyNet", DNS_A, 1, 0);

	EQ_INT(dns_read(msg, n, &q), 0);
	EQ_STR(q.name, "web.mynet");
	EQ_INT(q.type, DNS_A);
	EQ_INT(q.class, DNS_IN);
	EQ_INT(q.room, 512);
	EQ_INT(q.end, n);
	OK(!q.edns);
	n = query("web", DNS_AAAA, 1, 1232);
	EQ_INT(dns_read(msg, n, &q), 0);
	OK(q.edns);
	EQ_INT(q.room, 1232);
	n = query("web", DNS_AAAA, 1, 20);
	EQ_INT(dns_read(msg, n, &q), 0);
	EQ_INT(q.room, 512);
	n = query("", DNS_ANY, 1, 0);
	EQ_INT(dns_read(msg, n, &q), 0);
	EQ_STR(q.name, "");
	n = query("a b", DNS_A, 1, 0);
	msg[14] = '.';
	EQ_INT(dns_read(msg, n, &q), 0);
	EQ_STR(q.name, "a\001b");
}

static int rcode_of(size_t n)
{
	struct dns_question q = {.rcode = 99};

	return dns_read(msg, n, &q) ? q.rcode : 0;
}

TEST(no_queries)
{
	char name[300];
	size_t n = query("web.mynet", DNS_A, 1, 1232);

	for (size_t cut = 0; cut < n; cut++)
		EQ_INT(rcode_of(cut), cut < DNS_HEAD ? -1 : DNS_FORMERR);
	msg[2] = 0x81;
	EQ_INT(rcode_of(n), -1);
	msg[2] = 0x11;
	EQ_INT(rcode_of(n), DNS_NOTIMP);
	msg[2] = 1;
	msg[5] = 2;
	EQ_INT(rcode_of(n), DNS_FORMERR);
	msg[5] = 0;
	EQ_INT(rcode_of(n), DNS_FORMERR);
	n = query("web", DNS_A, 1, 0);
	msg[12] = 0xc0; /* a pointer to itself */
	msg[13] = 0x0c;
	EQ_INT(rcode_of(n), DNS_FORMERR);
	msg[12] = 0x40;
	EQ_INT(rcode_of(n), DNS_FORMERR);
	n = query("web", DNS_A, 1, 512);
	msg[n - 1] = 1; /* data that is not there */
	EQ_INT(rcode_of(n), DNS_FORMERR);
	n = query("web", DNS_A, 1, 512);
	msg[10] = msg[11] = 0xff; /* records that are not there */
	EQ_INT(rcode_of(n), DNS_FORMERR);
	memset(name, 'x', sizeof(name));
	name[63] = name[127] = name[191] = '.';
	name[253] = 0;
	EQ_INT(rcode_of(query(name, DNS_A, 1, 0)), 0);
	name[253] = 'x';
	name[254] = 0;
	EQ_INT(rcode_of(query(name, DNS_A, 1, 0)), DNS_FORMERR);
}

TEST(answers)
{
	struct dns_question q;
	struct dns_answer w;
	struct addr a;
	uint8_t out[1300];
	size_t n = query("WeB", DNS_A, 1, 1232), len;
	int count = 0;

	REQUIRE(!dns_read(msg, n, &q));
	addr_parse("10.0.0.1", &a);
	dns_begin(&w, out, q.room, msg, &q, DNS_NOERROR);
	OK(dns_add_addr(&w, &a, 600));
	addr_parse("fd00::1", &a);
	OK(dns_add_addr(&w, &a, 600));
	len = dns_end(&w, &q);
	EQ_INT(len, q.end + 16u + 28u + 11u);
	EQ_INT(out[2], 0x81);
	EQ_INT(out[3], 0x80);
	EQ_INT(out[7], 2);
	EQ_INT(out[11], 1);
	EQ_MEM(out + 12, "\003WeB", 5);
	EQ_MEM(out + q.end, "\xc0\x0c\0\1\0\1\0\0\2\x58\0\4\012\0\0\1", 16);
	dns_begin(&w, out, DNS_UDP_MIN, msg, &q, DNS_NOERROR);
	while (dns_add_addr(&w, &a, 600))
		count++;
	EQ_INT(count, (512 - q.end - 11) / 28);
	OK(dns_end(&w, &q) <= 512);
	OK(out[2] & 2, "cut");
	dns_begin(&w, out, sizeof(out), msg, NULL, DNS_FORMERR);
	EQ_INT(dns_end(&w, NULL), DNS_HEAD);
	EQ_INT(dns_rcode(out), DNS_FORMERR);
	dns_begin(&w, out, sizeof(out), msg, &q, DNS_NOERROR);
	OK(!dns_add_ptr(&w, "a..b", 600));
	OK(!dns_add_ptr(&w, "0123456789012345678901234567890123456789012345678901234567890123",
			600));
	OK(dns_add_ptr(&w, "web.mynet", 600));
	EQ_MEM(out + q.end + 12, "\003web\005mynet", 11);
}

TEST(whose_answer)
{
	uint8_t asked[64], reply[64];
	struct dns_question q;
	size_t n = query("WeB", DNS_A, 1, 0);

	REQUIRE(!dns_read(msg, n, &q));
	memcpy(asked, msg, n);
	memcpy(reply, msg, n);
	OK(!dns_answers(reply, n, asked, q.end), "a query is no answer");
	reply[2] |= 0x80;
	memcpy(reply + 13, "wEb", 3);
	OK(dns_answers(reply, n, asked, q.end));
	EQ_MEM(reply + 13, "WeB", 3);
	OK(!dns_answers(reply, n - 1, asked, q.end));
	OK(!dns_answers(reply, 5, asked, q.end));
	for (size_t i = 0; i < n; i++) {
		uint8_t was = reply[i];

		if (i == 3 || (i >= 6 && i < 12)) /* flags and counts that may differ */
			continue;
		reply[i] ^= 0x88;
		OK(!dns_answers(reply, n, asked, q.end), "byte %zu", i);
		reply[i] = was;
	}
	reply[17] ^= 0x20; /* a type is no letter */
	OK(!dns_answers(reply, n, asked, q.end));
}

TEST(reverse)
{
	static const char *const bad[] = {
		"",
		"in-addr.arpa",
		"1.2.3.in-addr.arpa",
		"1.2.3.4.5.in-addr.arpa",
		"256.2.3.4.in-addr.arpa",
		"1..3.4.in-addr.arpa",
		"0001.2.3.4.in-addr.arpa",
		"1.2.3.4.in-addr.arpa.x",
		"ip6.arpa",
		"1.0.ip6.arpa",
		"g.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.ip6.arpa",
	};
	char text[ADDR_TEXT];
	struct addr a;

	EQ_INT(dns_reverse("2.0.18.172.in-addr.arpa", &a), 0);
	EQ_STR(addr_text(&a, text), "172.18.0.2");
	EQ_INT(dns_reverse("2.1.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.b.a.d.f."
			   "ip6.arpa",
			   &a),
	       0);
	EQ_STR(addr_text(&a, text), "fdab::12");
	for (size_t i = 0; i < sizeof(bad) / sizeof(*bad); i++)
		OK(dns_reverse(bad[i], &a), "%s", bad[i]);
}

int main(void)
{
	RUN(queries);
	RUN(no_queries);
	RUN(answers);
	RUN(whose_answer);
	RUN(reverse);
	return test_done();
}
