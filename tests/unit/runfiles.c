/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A container's resolv.conf held against what dockerd 28.5 wrote for the same host's file, and its
 * hosts while addresses come and go, also where the container has made something else of it.
 */
#include "tests/unit/test.h"

#include <fcntl.h>
#include <sys/stat.h>

#include "base/file.h"
#include "engine/runfiles.h"
#include "engine/runresolv.h"

static struct arena arena;

/* ---- resolv.conf */

struct resolv_case {
	const char *flags;
	struct request r;
	struct buf host, want;
};

static void take_flags(struct resolv_case *c, char *flags)
{
	char *word, *value, *rest = flags;

	c->flags = arena_strdup(&arena, flags);
	c->r = (struct request){.network = ""};
	while ((word = strsep(&rest, " "))) {
		value = strsep(&rest, " ");
		if (!value)
			return;
		if (!strcmp(word, "--network"))
			c->r.network = value;
		else if (!strcmp(word, "--dns"))
			strs_add(&arena, &c->r.dns, value);
		else if (!strcmp(word, "--dns-search"))
			strs_add(&arena, &c->r.dns_search, value);
		else if (!strcmp(word, "--dns-option"))
			strs_add(&arena, &c->r.dns_options, value);
		else
			OK(0, "unknown flag %s", word);
	}
}

/* Where Docker asks a public server, ours asks the host's. */
static void check_case(struct resolv_case *c)
{
	struct runresolv_conf rc = {.r = &c->r, .host = c->host.data ? c->host.data : ""};
	const char *net = c->r.network;
	AUTO_BUF got = BUF_INIT;

	if (!c->flags)
		return;
	if (strstr(c->want.data, "Used default nameservers")) {
		OK(runresolv_unreachable(&rc), "%s: a server is within reach", c->flags);
		return;
	}
	rc.resolver = *net && strcmp(net, "none") && strcmp(net, "host");
	rc.ipv6 = !*net;
	runresolv_text(&rc, &got);
	test_note("create %s", c->flags);
	EQ_STR(got.data, c->want.data);
}

static void add_line(struct buf *b, const char *line)
{
	const char *at = strstr(line, "Docker Engine");

	if (at)
		buf_printf(b, "%.*sproa%s\n", (int)(at - line), line, at + 13);
	else
		buf_printf(b, "%s\n", line);
}

TEST(resolv_like_docker)
{
	AUTO_BUF b = BUF_INIT;
	struct resolv_case c = {.flags = NULL};
	char *rest, *line;
	struct err e;
	int n = 0;

	REQUIRE(!file_read(AT_FDCWD, test_data("data/docker-28.5/resolv.cases"), 1 << 20, &b, &e));
	rest = b.data;
	while ((line = strsep(&rest, "\n"))) {
		if (*line == '=') {
			check_case(&c);
			buf_clear(&c.host);
			buf_clear(&c.want);
			take_flags(&c, line + 2);
			n++;
		} else if (*line == '<') {
			buf_printf(&c.host, "%s\n", line + 1);
		} else if (*line == '>') {
			add_line(&c.want, line + 1);
		}
	}
	check_case(&c);
	OK(n > 25, "%d cases", n);
	buf_release(&c.host);
	buf_release(&c.want);
}

TEST(within_reach)
{
	static const struct {
		const char *host;
		bool none;
	} cases[] = {{"nameserver 10.0.0.1\n", false},
		     {"nameserver 127.0.0.53\n", true},
		     {"nameserver ::1\n", true},
		     {"nameserver 2001:db8::1\n", true}, /* without IPv6 */
		     {"nameserver 127.0.0.1\nnameserver 10.0.0.1", false},
		     {"", true},
		     {"#nameserver 10.0.0.1\n", true}};
	struct request r = {.network = ""};

	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		struct runresolv_conf c = {.r = &r, .host = cases[i].host};

		OK(runresolv_unreachable(&c) == cases[i].none, "%s", cases[i].host);
	}
}

/* ---- hosts */

static int dir = -1;

static struct runfiles_conf conf(struct request *r)
{
	*r = (struct request){.network = "none"};
	return (struct runfiles_conf){.r = r, .hostname = "web"};
}

static const char *text(const char *name)
{
	static struct buf b;
	struct err e;

	buf_clear(&b);
	return file_read(dir, name, 1 << 20, &b, &e) ? "unreadable" : b.data;
}

static void put(const char *name, const char *data, size_t len)
{
	AUTO_FD int fd = openat(dir, name, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);

	REQUIRE(fd >= 0 && !file_write_all(fd, data, len));
}

static struct addr ip(const char *s)
{
	struct addr a = {.len = 0};

	OK(!addr_parse(s, &a), "%s", s);
	return a;
}

static int add(const char *address, const char *a, const char *b)
{
	struct addr x = ip(address);
	struct strs names = {0};
	struct err e;

	strs_printf(&arena, &names, "%s", a);
	if (b)
		strs_printf(&arena, &names, "%s", b);
	return runfiles_hosts_add(dir, &x, &names, &e);
}

static int drop(const char *address)
{
	struct addr x = ip(address);
	struct err e;

	return runfiles_hosts_drop(dir, &x, &e);
}

TEST(hosts_come_and_go)
{
	put("hosts", "127.0.0.1\tlocalhost\n", 20);
	OK(!add("10.0.0.2", "web.x", "web"));
	OK(!add("fd00::2", "web", NULL));
	EQ_STR(text("hosts"), "127.0.0.1\tlocalhost\n10.0.0.2\tweb.x web\nfd00::2\tweb\n");
	OK(!drop("10.0.0.2"));
	EQ_STR(text("hosts"), "127.0.0.1\tlocalhost\nfd00::2\tweb\n");
	OK(!drop("10.0.0.2"));
	OK(!drop("fd00::2"));
	EQ_STR(text("hosts"), "127.0.0.1\tlocalhost\n");
}

TEST(hosts_of_the_container_stay)
{
	static const char mine[] = "10.0.0.2\tweb\n10.0.0.2 mine\n10.0.0.22\tother\n\nlast";

	put("hosts", mine, sizeof(mine) - 1);
	OK(!drop("10.0.0.2"));
	EQ_STR(text("hosts"), "10.0.0.2 mine\n10.0.0.22\tother\n\nlast");
	OK(!add("10.0.0.3", "web", NULL));
	EQ_STR(text("hosts"), "10.0.0.2 mine\n10.0.0.22\tother\n\nlast\n10.0.0.3\tweb\n");
	put("hosts", "", 0);
	OK(!drop("10.0.0.2"));
	OK(!add("10.0.0.2", "web", NULL));
	EQ_STR(text("hosts"), "10.0.0.2\tweb\n");
	put("hosts", "\0\0\n10.0.0.2\tweb", 16);
	OK(!drop("10.0.0.2"));
}

/* The same file: it is mounted. */
TEST(hosts_in_place)
{
	struct stat before, after;

	put("hosts", "a\n", 2);
	OK(!fstatat(dir, "hosts", &before, 0));
	OK(!add("10.0.0.2", "web", NULL) && !drop("10.0.0.2"));
	OK(!fstatat(dir, "hosts", &after, 0) && before.st_ino == after.st_ino);
}

TEST(hostile_hosts)
{
	AUTO_FD int fd = -1;

	put("hosts", "10.0.0.2\tweb\n", 13);
	fd = openat(dir, "hosts", O_WRONLY | O_CLOEXEC);
	OK(fd >= 0 && !ftruncate(fd, 1LL << 30));
	OK(drop("10.0.0.2") && add("10.0.0.3", "web", NULL));
	unlinkat(dir, "hosts", 0);
	OK(!symlinkat("/etc/passwd", dir, "hosts"));
	OK(drop("10.0.0.2") && add("10.0.0.3", "web", NULL));
	unlinkat(dir, "hosts", 0);
	OK(!mkfifoat(dir, "hosts", 0600));
	OK(drop("10.0.0.2") && add("10.0.0.3", "web", NULL));
	unlinkat(dir, "hosts", 0);
	OK(drop("10.0.0.2") && add("10.0.0.3", "web", NULL));
}

/* ---- all of them */

TEST(gateways)
{
	struct request r;
	struct runfiles_conf c = conf(&r);
	struct err e;

	strs_printf(&arena, &r.extra_hosts, "gw:host-gateway");
	strs_printf(&arena, &r.extra_hosts, "six=::5");
	c.gateway4 = ip("172.17.0.1");
	c.gateway6 = ip("fd00::1");
	OK(runfiles_wants_gateway(&r));
	EQ_OK(runfiles_make(&c, dir, &e), e);
	OK(strstr(text("hosts"), "\n172.17.0.1\tgw\nfd00::1\tgw\n::5\tsix\n") ||
	   access("/proc/sys/net/ipv6", F_OK));
	strs_printf(&arena, &r.sysctls, "net.ipv6.conf.all.disable_ipv6=1");
	EQ_OK(runfiles_make(&c, dir, &e), e);
	EQ_STR(text("hosts"), "127.0.0.1\tlocalhost\n172.17.0.1\tgw\n::5\tsix\n");
	EQ_STR(text("hostname"), "web\n");
}

/* What somebody edited is theirs. */
TEST(resolv_of_a_running_one)
{
	struct request r;
	struct runfiles_conf c = conf(&r);
	struct err e;

	r.network = "n";
	EQ_OK(runfiles_make(&c, dir, &e), e);
	OK(strstr(text("resolv.conf"), "(legacy)"));
	c.resolver = true;
	EQ_OK(runfiles_resolv(&c, dir, &e), e);
	OK(strstr(text("resolv.conf"), "\nnameserver 127.0.0.11\n"));
	c.resolver = false;
	EQ_OK(runfiles_resolv(&c, dir, &e), e);
	OK(strstr(text("resolv.conf"), "(legacy)"));
	put("resolv.conf", "nameserver 1.1.1.1\n", 19);
	c.resolver = true;
	EQ_OK(runfiles_resolv(&c, dir, &e), e);
	EQ_STR(text("resolv.conf"), "nameserver 1.1.1.1\n");
}

int main(void)
{
	dir = open(test_tmp(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	RUN(resolv_like_docker);
	RUN(within_reach);
	RUN(hosts_come_and_go);
	RUN(hosts_of_the_container_stay);
	RUN(hosts_in_place);
	RUN(hostile_hosts);
	RUN(gateways);
	RUN(resolv_of_a_running_one);
	arena_release(&arena);
	return test_done();
}
