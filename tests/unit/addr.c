/* SPDX-License-Identifier: Apache-2.0 */
#include "network/addr.h"
#include "test.h"

#include <string.h>

TEST(addresses)
{
	static const struct {
		const char *text, *back; /* NULL: refused */
	} t[] = {{"10.0.0.1", "10.0.0.1"},
		 {"255.255.255.255", "255.255.255.255"},
		 {"::", "::"},
		 {"2001:DB8:0:0:1:0:0:1", "2001:db8::1:0:0:1"},
		 {"::ffff:192.0.2.1", "192.0.2.1"},
		 {"", NULL},
		 {"10.0.0", NULL},
		 {"10.0.0.256", NULL},
		 {"10.0.0.1/8", NULL},
		 {"fe80::1%eth0", NULL},
		 {"[::1]", NULL},
		 {" 10.0.0.1", NULL},
		 {"1:2:3:4:5:6:7:8:9", NULL}};
	char text[ADDR_TEXT];
	struct addr a;

	for (size_t i = 0; i < sizeof(t) / sizeof(*t); i++) {
		OK(!addr_parse(t[i].text, &a) == (t[i].back != NULL), "%s", t[i].text);
		if (t[i].back)
			EQ_STR(addr_text(&a, text), t[i].back);
	}
}

TEST(prefixes)
{
	static const char *const bad[] = {"10.0.0.0",	 "10.0.0.0/",	"10.0.0.0/33",
					  "10.0.0.0/-1", "10.0.0.0/+8", "10.0.0.0/08",
					  "10.0.0.0/8x", "fd00::/129",	"/8",
					  "x/8"};
	char text[PREFIX_TEXT];
	struct prefix p, q;
	struct addr a;

	for (size_t i = 0; i < sizeof(bad) / sizeof(*bad); i++)
		OK(prefix_parse(bad[i], &p), "%s", bad[i]);
	EQ_INT(prefix_parse("172.17.3.4/20", &p), 0);
	EQ_STR(prefix_text(&p, text), "172.17.3.4/20");
	a = prefix_first(&p);
	EQ_STR(addr_text(&a, text), "172.17.0.0");
	a = prefix_last(&p);
	EQ_STR(addr_text(&a, text), "172.17.15.255");
	OK(prefix_has(&p, &a), "its last");
	OK(addr_add(&a, 1) && !prefix_has(&p, &a), "and no more");
	EQ_STR(addr_text(&a, text), "172.17.16.0");
	EQ_INT(prefix_parse("fd00:1::/64", &q), 0);
	a = prefix_last(&q);
	EQ_STR(addr_text(&a, text), "fd00:1::ffff:ffff:ffff:ffff");
	OK(!prefix_overlap(&p, &q), "two families");
	EQ_INT(prefix_parse("172.0.0.0/8", &q), 0);
	OK(prefix_overlap(&p, &q) && prefix_overlap(&q, &p), "one in the other");
	EQ_INT(prefix_parse("172.17.16.0/20", &q), 0);
	OK(!prefix_overlap(&p, &q), "neighbours");
	EQ_INT(prefix_parse("0.0.0.0/0", &q), 0);
	OK(prefix_overlap(&p, &q), "everything");
	addr_parse("255.255.255.255", &a);
	OK(!addr_add(&a, 1), "there is none behind the last");
}

int main(void)
{
	RUN(addresses);
	RUN(prefixes);
	return test_done();
}
