/* SPDX-License-Identifier: Apache-2.0 */
/* Endpoint files: what was written is read again, and a bad one hides no other. */
#include "network/endpoint.h"
#include "test.h"

#include <fcntl.h>

static struct err err;

static struct endpoint sample(struct arena *a, const char *container, const char *name)
{
	struct endpoint p = {.container = container,
			     .name = name,
			     .id = "e1",
			     .mac = {2, 0x42, 0xac, 0x12, 0, 2}};

	prefix_parse("172.18.0.2/16", &p.ip4);
	strs_printf(a, &p.names, "%s", name);
	strs_printf(a, &p.names, "alias-of-%s", name);
	return p;
}

static void put(int dir, const char *name, const char *text)
{
	int fd = openat(dir, name, O_WRONLY | O_CREAT | O_CLOEXEC, 0600);

	EQ_INT(write(fd, text, strlen(text)), strlen(text));
	close(fd);
}

TEST(written_and_read)
{
	AUTO_ARENA a = ARENA_INIT;
	AUTO_FD int dir = open(test_tmp(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	struct endpoint p = sample(&a, "c1", "web"), got;
	char text[PREFIX_TEXT];

	EQ_OK(endpoint_write(dir, &p, &err), err);
	REQUIRE(!endpoint_read(dir, &a, "c1", &got, &err));
	EQ_STR(got.container, "c1");
	EQ_STR(got.name, "web");
	EQ_STR(got.id, "e1");
	EQ_MEM(got.mac, p.mac, 6);
	EQ_STR(prefix_text(&got.ip4, text), "172.18.0.2/16");
	EQ_INT(got.ip6.addr.len, 0);
	EQ_INT(got.names.n, 2);
	EQ_STR(got.names.v[1], "alias-of-web");
	prefix_parse("fd00::2/64", &p.ip6);
	p.ip4.addr.len = 0;
	p.names.n = 0;
	EQ_OK(endpoint_write(dir, &p, &err), err);
	REQUIRE(!endpoint_read(dir, &a, "c1", &got, &err));
	EQ_INT(got.ip4.addr.len, 0);
	EQ_STR(prefix_text(&got.ip6, text), "fd00::2/64");
	EQ_INT(got.names.n, 0);
	endpoint_remove(dir, "c1");
	EQ_INT(endpoint_read(dir, &a, "c1", &got, &err), -1);
	EQ_INT(err.kind, ERR_NOTFOUND);
}

TEST(all_but_the_bad)
{
	AUTO_ARENA a = ARENA_INIT;
	AUTO_FD int dir = open(test_tmp(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	struct endpoint *v = NULL;
	size_t n = 7;

	REQUIRE(!endpoint_all(dir, &a, &v, &n, &err));
	EQ_INT(n, 0);
	for (int i = 299; i >= 0; i--) {
		char name[20];
		struct endpoint p;

		snprintf(name, sizeof(name), "c%03d", i);
		p = sample(&a, name, name);
		EQ_OK(endpoint_write(dir, &p, &err), err);
	}
	put(dir, "bad1", "{");
	put(dir, "bad2", "{\"MacAddress\":\"02:42:ac:12:00:02\",\"IPv4Address\":\"fd00::1/64\"}");
	put(dir, "bad3", "{\"MacAddress\":\"no\",\"IPv4Address\":\"10.0.0.1/8\"}");
	put(dir, ".c1.tmp", "{}");
	for (int round = 0; round < 2; round++) {
		REQUIRE(!endpoint_all(dir, &a, &v, &n, &err));
		EQ_INT(n, 300);
		EQ_STR(v[0].container, "c000");
		EQ_STR(v[299].names.v[0], "c299");
	}
}

int main(void)
{
	RUN(written_and_read);
	RUN(all_but_the_bad);
	return test_done();
}
