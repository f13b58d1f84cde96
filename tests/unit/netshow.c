/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What inspect and the list show of a container's networks, from a record and a shim's file, also
 * one that is none.
 */
#include "tests/unit/test.h"

#include <fcntl.h>
#include <netinet/in.h>

#include "base/file.h"
#include "engine/netplan.h"
#include "engine/netshow.h"

#define ID "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"

static struct arena arena;
static struct engine en = {.run_containers = -1};

static const char record[] =
	"{\"HostConfig\":{\"NetworkMode\":\"n1\"},\"Config\":{\"MacAddress\":\"02:42:00:00:00:09\"},"
	"\"NetworkingConfig\":{\"EndpointsConfig\":{\"n2\":{\"IPAMConfig\":{\"IPv4Address\":"
	"\"10.0.0.9\",\"IPv6Address\":\"\"},\"Aliases\":[\"al\"],\"GwPriority\":3}}}}";

static const char live[] =
	"{\"Ports\":{\"443/tcp\":null,\"80/tcp\":[{\"HostIp\":\"0.0.0.0\",\"HostPort\":\"8080\"},"
	"{\"HostIp\":\"::\",\"HostPort\":\"8080\"}],\"53/udp\":[{\"HostIp\":\"127.0.0.1\","
	"\"HostPort\":\"5300\"}]},\"Networks\":{\"n2\":{\"NetworkID\":\"beef\",\"EndpointID\":\"cafe\","
	"\"MacAddress\":\"02:42:0a:00:00:09\",\"Gateway\":\"10.0.0.1\",\"IPAddress\":\"10.0.0.9\","
	"\"IPPrefixLen\":24,\"DNSNames\":[\"web\",\"al\"]}}}";

static struct containers_one one = {.id = ID, .name = "web"};

static struct netshow load(const char *rec, enum status_kind kind, const char *text, size_t len)
{
	static struct netshow_known known = {&en, &arena, NULL};
	struct status st = {.kind = kind, .state = {.pid = 7}};
	AUTO_FD int dir = -1;
	struct netshow n;
	struct err e;

	one.record = json_parse(&arena, rec, strlen(rec), 1 << 20, "record", &e);
	dir = file_opendir(en.run_containers, ID, 0700, &e);
	if (text)
		EQ_OK(file_write_atomic(dir, NETPLAN_LIVE, text, len, 0600, FILE_NOSYNC, &e), e);
	else
		unlinkat(dir, NETPLAN_LIVE, 0);
	netshow_load(&en, &arena, &known, &one, &st, &n);
	return n;
}

static const char *shown(const struct netshow *n,
			 void (*fn)(struct json_w *, const char *, const struct netshow *))
{
	AUTO_BUF b = BUF_INIT;
	struct json_w w = JSON_W(&b);

	fn(&w, NULL, n);
	return arena_strdup(&arena, b.data);
}

static const struct json *settings(const struct netshow *n)
{
	const char *text = shown(n, netshow_settings);
	struct err e;

	return json_parse(&arena, text, strlen(text), 1 << 20, "settings", &e);
}

static const char *word(const struct json *v, const char *network, const char *key)
{
	v = json_get(json_get(json_get(v, "Networks"), network), key);
	return json_str(v, v ? "not a string" : "absent");
}

TEST(made)
{
	struct netshow n = load(record, STATUS_CREATED, NULL, 0);
	const struct json *v = settings(&n);

	EQ_INT((int)json_len(json_get(v, "Networks")), 2);
	EQ_STR(word(v, "n1", "MacAddress"), "02:42:00:00:00:09");
	EQ_STR(word(v, "n2", "MacAddress"), "");
	EQ_STR(word(v, "n2", "NetworkID"), "");
	EQ_STR(netshow_mac(&n), "02:42:00:00:00:09");
	EQ_STR(shown(&n, netshow_ports), "[]");
	EQ_STR(json_str(json_get(v, "SandboxID"), "-"), "");
	OK(netshow_on(&n, "n1") && netshow_on(&n, "n2") && !netshow_on(&n, "n") &&
	   !netshow_on(&n, ""));
}

TEST(runs)
{
	struct netshow n = load(record, STATUS_RUNNING, live, sizeof(live) - 1);
	const struct json *v = settings(&n), *two = json_get(json_get(v, "Networks"), "n2");

	EQ_INT((int)json_len(json_get(v, "Networks")), 1);
	EQ_STR(word(v, "n2", "IPAddress"), "10.0.0.9");
	EQ_STR(word(v, "n2", "GlobalIPv6Address"), "");
	EQ_INT((int)json_len(json_get(two, "IPAMConfig")), 1);
	EQ_INT((int)json_len(json_get(two, "DNSNames")), 2);
	EQ_INT((int)json_int(json_get(two, "GwPriority"), 0), 3);
	EQ_STR(json_str(json_get(v, "SandboxKey"), ""), "/proc/7/ns/net");
	EQ_STR(json_str(json_get(v, "IPAddress"), "-"), ""); /* not the default bridge */
	EQ_STR(shown(&n, netshow_ports),
	       "[{\"IP\":\"127.0.0.1\",\"PrivatePort\":53,\"PublicPort\":5300,\"Type\":\"udp\"},"
	       "{\"IP\":\"0.0.0.0\",\"PrivatePort\":80,\"PublicPort\":8080,\"Type\":\"tcp\"},"
	       "{\"IP\":\"::\",\"PrivatePort\":80,\"PublicPort\":8080,\"Type\":\"tcp\"},"
	       "{\"PrivatePort\":443,\"Type\":\"tcp\"}]");
	OK(strstr(shown(&n, netshow_networks), "\"Aliases\":null"));
}

TEST(left)
{
	static const char gone[] = "{\"HostConfig\":{\"NetworkMode\":\"n1\"},\"NetworkingConfig\":"
				   "{\"EndpointsConfig\":{},\"ModeLeft\":true}}";
	static const char joined[] = "{\"HostConfig\":{\"NetworkMode\":\"container:" ID "\"}}";
	struct netshow n = load(gone, STATUS_CREATED, NULL, 0);

	EQ_STR(shown(&n, netshow_networks), "{\"Networks\":{}}");
	n = load(joined, STATUS_RUNNING, live, sizeof(live) - 1);
	EQ_STR(shown(&n, netshow_networks), "{\"Networks\":{}}");
	EQ_STR(shown(&n, netshow_ports), "[]");
}

TEST(ports_asked)
{
	struct netshow n = load(record, STATUS_PAUSED, live, sizeof(live) - 1);
	struct netshow_ports_asked none = {.n = 0}, one_port = {.n = 1};

	one_port.v = arena_array(&arena, 1, sizeof(*one_port.v));
	one_port.v->low = 8000;
	one_port.v->high = 8080;
	one_port.v->proto = IPPROTO_TCP;
	OK(netshow_has_port(&n, &one_port, &none));
	OK(!netshow_has_port(&n, &none, &one_port));
	one_port.v->proto = IPPROTO_UDP;
	OK(!netshow_has_port(&n, &one_port, &none));
	one_port.v->low = 443;
	one_port.v->high = 443;
	one_port.v->proto = IPPROTO_TCP;
	OK(netshow_has_port(&n, &none, &one_port));
}

/* Every beginning of the file, and other things in its place. */
TEST(broken_file)
{
	static const char *const odd[] = {
		"[]", "null", "{\"Ports\":[1],\"Networks\":7}",
		"{\"Ports\":{\"x\":{},\"80/tcp\":\"y\",\"99999/tcp\":[7],\"81/tcp\":[7,null,{}]},"
		"\"Networks\":{\"n1\":[],\"n2\":{\"DNSNames\":{\"a\":1},\"IPPrefixLen\":\"z\"}}}"};
	struct netshow n;

	for (size_t i = 0; i < sizeof(live); i++) {
		n = load(record, STATUS_RUNNING, live, i);
		OK(settings(&n) != NULL, "%zu bytes", i);
	}
	for (size_t i = 0; i < sizeof(odd) / sizeof(*odd); i++) {
		n = load(record, STATUS_RUNNING, odd[i], strlen(odd[i]));
		OK(settings(&n) != NULL, "%s", odd[i]);
		OK(shown(&n, netshow_ports) != NULL);
	}
}

int main(void)
{
	en.run_containers = open(test_tmp(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	RUN(made);
	RUN(runs);
	RUN(left);
	RUN(ports_asked);
	RUN(broken_file);
	arena_release(&arena);
	return test_done();
}
