/* SPDX-License-Identifier: Apache-2.0 */
/* Addresses of small and large subnets, given out, taken back, inherited from the dead, raced for.
 */
#include "network/lease.h"
#include "test.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <sys/wait.h>

static struct err err;
static const char *dead_one = "";

static bool alive(void *ctx, const char *owner)
{
	(void)ctx;
	return !*dead_one || strncmp(owner, dead_one, strlen(dead_one));
}

static int directory(void)
{
	static int n;
	char path[20];

	snprintf(path, sizeof(path), "leases%d", n++);
	mkdir(path, 0700);
	return open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
}

static struct lease_want want(const char *subnet, const char *range, const char *fixed)
{
	struct lease_want w = {.nreserved = 0};

	prefix_parse(subnet, &w.subnet);
	if (*range)
		prefix_parse(range, &w.range);
	if (*fixed)
		addr_parse(fixed, &w.fixed);
	return w;
}

static const char *take(int dir, const struct lease_want *w, const char *owner)
{
	static char text[ADDR_TEXT];
	struct addr a;

	return lease_take(dir, w, owner, alive, NULL, &a, &err) ? "" : addr_text(&a, text);
}

TEST(lowest)
{
	struct lease_want w = want("10.9.0.0/24", "", "");
	struct addr gateway, two;
	int dir = directory();

	addr_parse("10.9.0.1", &gateway);
	addr_parse("10.9.0.2", &two);
	w.reserved = &gateway;
	w.nreserved = 1;
	EQ_STR(take(dir, &w, "a"), "10.9.0.2");
	EQ_STR(take(dir, &w, "b"), "10.9.0.3");
	lease_drop(dir, &two, "b"); /* not his */
	EQ_STR(take(dir, &w, "c"), "10.9.0.4");
	lease_drop(dir, &two, "a");
	EQ_STR(take(dir, &w, "d"), "10.9.0.2");
	close(dir);
}

TEST(fixed)
{
	struct lease_want w = want("10.9.0.0/24", "", "10.9.0.77");
	struct addr reserved;
	int dir = directory();

	EQ_STR(take(dir, &w, "a"), "10.9.0.77");
	EQ_STR(take(dir, &w, "a"), "10.9.0.77"); /* his own again */
	EQ_STR(take(dir, &w, "b"), "");
	EQ_INT(err.kind, ERR_CONFLICT);
	EQ_STR(err.text, "Address already in use");
	dead_one = "a";
	EQ_STR(take(dir, &w, "b"), "10.9.0.77");
	dead_one = "";
	EQ_STR(take(dir, &w, "a"), "");
	addr_parse("10.9.0.88", &reserved);
	w = want("10.9.0.0/24", "", "10.9.0.88");
	w.reserved = &reserved;
	w.nreserved = 1;
	EQ_STR(take(dir, &w, "a"), "");
	w = want("10.9.0.0/24", "", "10.9.0.0");
	EQ_STR(take(dir, &w, "a"), "");
	w = want("10.9.0.0/24", "", "10.9.0.255");
	EQ_STR(take(dir, &w, "a"), "");
	w = want("10.9.0.0/31", "", "10.9.0.0");
	EQ_STR(take(dir, &w, "a"), "10.9.0.0");
	close(dir);
}

TEST(exhausted)
{
	struct lease_want w = want("10.9.0.0/29", "", "");
	int dir = directory();

	for (int i = 1; i <= 6; i++) {
		char owner[24], ip[32];

		snprintf(owner, sizeof(owner), "c%d", i);
		snprintf(ip, sizeof(ip), "10.9.0.%d", i);
		EQ_STR(take(dir, &w, owner), ip);
	}
	EQ_STR(take(dir, &w, "c7"), "");
	EQ_INT(err.kind, ERR_CONFLICT);
	OK(strstr(err.text, "10.9.0.0/29"), "%s", err.text);
	/* only now are the dead asked for */
	dead_one = "c4";
	EQ_STR(take(dir, &w, "c7"), "10.9.0.4");
	dead_one = "";
	close(dir);
}

TEST(shapes)
{
	static const struct {
		const char *subnet, *range, *first;
	} t[] = {
		{"10.9.0.0/31", "", "10.9.0.0"},
		{"10.9.0.0/32", "", "10.9.0.0"},
		{"10.9.0.0/16", "10.9.5.0/24", "10.9.5.0"},
		{"10.9.0.0/16", "10.9.0.0/24", "10.9.0.1"},
		{"fd00:9::/64", "", "fd00:9::1"},
		{"fd00:9::/64", "fd00:9::ff00/120", "fd00:9::ff00"},
		{"fd00:9::/8", "", "fd00::1"},
		{"10.0.0.0/8", "10.255.255.254/32", "10.255.255.254"},
		{"10.0.0.0/8", "10.255.255.255/32", ""},
	};

	for (size_t i = 0; i < sizeof(t) / sizeof(*t); i++) {
		struct lease_want w = want(t[i].subnet, t[i].range, "");
		int dir = directory();

		EQ_STR(take(dir, &w, "a"), t[i].first);
		close(dir);
	}
}

/* Ten at once, thirty each: no two get the same, none is left out. */
TEST(race)
{
	struct lease_want w = want("10.9.0.0/22", "", "");
	int dir = directory(), status, bad = 0, n = 0;
	struct addr a;

	for (int p = 0; p < 10; p++) {
		if (fork())
			continue;
		for (int i = 0; i < 30; i++) {
			char owner[32];

			snprintf(owner, sizeof(owner), "p%d.%d", p, i);
			if (lease_take(dir, &w, owner, alive, NULL, &a, &err))
				_exit(1);
			if (i % 3 == 0)
				lease_drop(dir, &a, owner);
		}
		_exit(0);
	}
	while (wait(&status) > 0)
		bad += status != 0;
	EQ_INT(bad, 0);
	/* 20 stay of each */
	for (int i = 1; i < 1023; i++) {
		char name[40], to[40];

		snprintf(name, sizeof(name), "10.9.%d.%d", i / 256, i % 256);
		n += readlinkat(dir, name, to, sizeof(to)) > 0;
	}
	EQ_INT(n, 200);
	close(dir);
}

int main(void)
{
	test_tmp();
	RUN(lowest);
	RUN(fixed);
	RUN(exhausted);
	RUN(shapes);
	RUN(race);
	return test_done();
}
