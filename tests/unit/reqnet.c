/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What a request says of networks and ports: all forms that Docker's clients send, and what nobody
 * should: each is taken as it is meant or refused, and never half.
 */
#include "tests/unit/test.h"

#include <netinet/in.h>

#include "engine/reqnet.h"
#include "engine/request.h"

static struct arena arena;

static int decode(const char *text, struct reqnet *r, struct err *e)
{
	const struct json *v = json_parse(&arena, text, strlen(text), 8 << 20, "body", e);

	return v ? reqnet_decode(&arena, v, json_get(v, "HostConfig"),
				 json_get(v, "NetworkingConfig"), r, e)
		 : -1;
}

/* {"HostConfig":{"PortBindings":<text>}} */
static int bindings(const char *text, struct reqnet *r, struct err *e)
{
	return decode(arena_printf(&arena, "{\"HostConfig\":{\"PortBindings\":%s}}", text), r, e);
}

static int endpoint(const char *text, struct reqnet_endpoint *ret, struct err *e)
{
	const struct json *v = json_parse(&arena, text, strlen(text), 1 << 20, "endpoint", e);

	return v ? reqnet_endpoint(&arena, "net", v, ret, e) : -1;
}

static const char *ip_of(const struct addr *ip)
{
	static char text[ADDR_TEXT];

	return ip->len ? addr_text(ip, text) : "";
}

TEST(port)
{
	static const struct {
		const char *text;
		int port, proto; /* -1: refused */
	} all[] = {
		{"80/tcp", 80, IPPROTO_TCP},
		{"80", 80, IPPROTO_TCP},
		{"80/", 80, IPPROTO_TCP},
		{"53/udp", 53, IPPROTO_UDP},
		{"53/UDP", 53, IPPROTO_UDP},
		{"5000/sctp", 5000, IPPROTO_SCTP},
		{"0/tcp", 0, IPPROTO_TCP},
		{"65535/tcp", 65535, IPPROTO_TCP},
		{"00080/tcp", 80, IPPROTO_TCP},
		{"65536/tcp", -1, 0},
		{"99999999999999999999999/tcp", -1, 0},
		{"4294967376/tcp", -1, 0},
		{"18446744073709551696/tcp", -1, 0},
		{"-1/tcp", -1, 0},
		{"+80/tcp", -1, 0},
		{" 80/tcp", -1, 0},
		{"80 /tcp", -1, 0},
		{"", -1, 0},
		{"/tcp", -1, 0},
		{"tcp", -1, 0},
		{"80/icmp", -1, 0},
		{"80/tcp/udp", -1, 0},
		{"80-90/tcp", -1, 0},
		{"0x50/tcp", -1, 0},
	};

	for (size_t i = 0; i < sizeof(all) / sizeof(*all); i++) {
		uint16_t port = 0;
		uint8_t proto = 0;
		struct err e;
		int rc = reqnet_port(all[i].text, &port, &proto, &e);

		OK((rc ? -1 : port) == all[i].port, "%s", all[i].text);
		if (!rc)
			OK(proto == all[i].proto, "%s", all[i].text);
		else
			OK(e.kind == ERR_INVALID, "%s", all[i].text);
	}
	EQ_STR(reqnet_proto(IPPROTO_UDP), "udp");
	EQ_STR(reqnet_proto(IPPROTO_SCTP), "sctp");
}

TEST(host_port)
{
	static const struct {
		const char *text;
		int low, high; /* -1: refused */
	} all[] = {
		{"", 0, 0},
		{"0", 0, 0},
		{"8080", 8080, 8080},
		{"8000-8010", 8000, 8010},
		{"8000-8000", 8000, 8000},
		{"1-65535", 1, 65535},
		{"65535", 65535, 65535},
		{"65536", -1, 0},
		{"8010-8000", -1, 0},
		{"8000-", -1, 0},
		{"-8000", -1, 0},
		{"8000-65536", -1, 0},
		{"8000-8001-8002", -1, 0},
		{"8000/tcp", -1, 0},
		{"http", -1, 0},
		{"8080 ", -1, 0},
		{"99999999999999999999", -1, 0},
	};

	for (size_t i = 0; i < sizeof(all) / sizeof(*all); i++) {
		struct reqnet r;
		struct err e;
		int rc = bindings(arena_printf(&arena, "{\"80/tcp\":[{\"HostPort\":\"%s\"}]}",
					       all[i].text),
				  &r, &e);

		OK((rc == 0) == (all[i].low >= 0), "%s", all[i].text);
		if (!rc && r.nports == 1)
			OK(r.ports[0].low == all[i].low && r.ports[0].high == all[i].high, "%s",
			   all[i].text);
	}
}

TEST(binding)
{
	struct reqnet r;
	struct err e;

	EQ_OK(bindings("{\"80/tcp\":[{\"HostIp\":\"127.0.0.1\",\"HostPort\":\"81\"},{\"HostIp\":"
		       "\"::1\"}],\"53/udp\":null,\"54/udp\":[]}",
		       &r, &e),
	      e);
	EQ_INT(r.nports, 4);
	REQUIRE(r.nports == 4);
	EQ_STR(ip_of(&r.ports[0].ip), "127.0.0.1");
	EQ_INT(r.ports[0].low, 81);
	EQ_STR(ip_of(&r.ports[1].ip), "::1");
	EQ_INT(r.ports[1].low, 0);
	EQ_INT(r.ports[2].port, 53); /* nothing is any */
	EQ_INT(r.ports[2].proto, IPPROTO_UDP);
	EQ_INT(r.ports[3].port, 54);
	EQ_INT(r.ports[3].ip.len, 0);
	EQ_OK(bindings("null", &r, &e), e);
	EQ_INT(r.nports, 0);
	EQ_INT(bindings("[]", &r, &e), -1);
	EQ_INT(bindings("\"80\"", &r, &e), -1);
	EQ_INT(bindings("{\"80/tcp\":{}}", &r, &e), -1);
	EQ_INT(bindings("{\"80/tcp\":[80]}", &r, &e), -1);
	EQ_INT(bindings("{\"80/tcp\":[{\"HostPort\":80}]}", &r, &e), -1);
	EQ_INT(bindings("{\"80/tcp\":[{\"HostIp\":\"localhost\"}]}", &r, &e), -1);
	EQ_INT(bindings("{\"80/tcp\":[{\"HostIp\":\"1.2.3.4/24\"}]}", &r, &e), -1);
	EQ_INT(bindings("{\"80\\u0000/tcp\":[]}", &r, &e), -1);
}

/* All ports there are go; one more does not. */
TEST(many)
{
	AUTO_BUF b = BUF_INIT;
	struct reqnet r;
	struct err e;

	buf_str(&b, "{");
	for (int i = 0; i < 65536; i++)
		buf_printf(&b, "%s\"%d/tcp\":null", i ? "," : "", i);
	EQ_OK(bindings(arena_printf(&arena, "%.*s}", (int)b.len, b.data), &r, &e), e);
	EQ_INT(r.nports, 65536);
	EQ_INT(bindings(arena_printf(&arena, "%.*s,\"1/udp\":null}", (int)b.len, b.data), &r, &e),
	       -1);
	OK(strstr(e.text, "at most 65536 ports"), "%s", e.text);
}

TEST(mac)
{
	static const struct {
		const char *text, *is; /* NULL: refused */
	} all[] = {
		{"", ""},
		{"02:42:ac:11:00:02", "02:42:ac:11:00:02"},
		{"02:42:AC:11:00:FF", "02:42:ac:11:00:ff"},
		{"02-42-ac-11-00-02", "02:42:ac:11:00:02"},
		{"02:42:ac:11:00", NULL},
		{"02:42:ac:11:00:02:03", NULL},
		{"02:42:ac:11:00:0g", NULL},
		{"02:42:ac:11:00:2", NULL},
		{"0242ac110002", NULL},
		{"02:42:ac:11:00:02 ", NULL},
		{":::::::::::::::::", NULL},
	};

	for (size_t i = 0; i < sizeof(all) / sizeof(*all); i++) {
		struct reqnet_endpoint p;
		struct reqnet r;
		struct err e;
		const char *text = arena_printf(&arena, "{\"MacAddress\":\"%s\"}", all[i].text);
		int rc = endpoint(text, &p, &e), old = decode(text, &r, &e);

		OK((rc == 0) == (all[i].is != NULL) && rc == old, "%s", all[i].text);
		if (!rc && !old) {
			EQ_STR(p.mac, all[i].is);
			EQ_STR(r.mac, all[i].is);
		}
	}
}

static const char whole[] =
	"{\"IPAMConfig\":{\"IPv4Address\":\"10.1.0.5\",\"IPv6Address\":\"FD00:0:0:0::5\","
	"\"LinkLocalIPs\":[\"169.254.1.1\"]},\"MacAddress\":\"02:42:AC:11:00:02\",\"Aliases\":"
	"[\"a\",\"b\"],\"Links\":[\"x:y\"],\"DriverOpts\":{\"k\":\"v=w\"},\"GwPriority\":-3}";

/* What is written is read again as the same. */
TEST(endpoint)
{
	const char *text = whole;
	struct reqnet_endpoint p;
	struct err e;

	for (int round = 0; round < 2; round++) {
		AUTO_BUF b = BUF_INIT;
		struct json_w w = JSON_W(&b);

		EQ_OK(endpoint(text, &p, &e), e);
		EQ_STR(p.network, "net");
		EQ_STR(ip_of(&p.ip4), "10.1.0.5");
		EQ_STR(ip_of(&p.ip6), "fd00::5");
		EQ_STR(p.mac, "02:42:ac:11:00:02");
		EQ_INT(p.link_local.n, 1);
		EQ_INT(p.aliases.n, 2);
		EQ_INT(p.links.n, 1);
		EQ_INT(p.driver_opts.n, 1);
		EQ_STR(p.driver_opts.n ? p.driver_opts.v[0] : "", "k=v=w");
		EQ_INT(p.gw_priority, -3);
		reqnet_write(&w, NULL, &p);
		text = arena_printf(&arena, "%.*s", (int)b.len, b.data);
	}
	EQ_OK(endpoint("null", &p, &e), e);
	EQ_OK(endpoint("{\"IPAMConfig\":null,\"Aliases\":null,\"DriverOpts\":null}", &p, &e), e);
	EQ_INT(p.ip4.len, 0);
	EQ_STR(p.mac, "");
}

TEST(endpoint_refused)
{
	static const char *const all[] = {
		"[]",
		"1",
		"\"x\"",
		"{\"IPAMConfig\":[]}",
		"{\"IPAMConfig\":{\"IPv4Address\":1}}",
		"{\"IPAMConfig\":{\"IPv4Address\":\"10.1.0\"}}",
		"{\"IPAMConfig\":{\"IPv4Address\":\"10.1.0.256\"}}",
		"{\"IPAMConfig\":{\"IPv6Address\":\"fd00:::1\"}}",
		"{\"Aliases\":[1]}",
		"{\"Aliases\":[\"a\\u0000b\"]}",
		"{\"Links\":{}}",
		"{\"DriverOpts\":[]}",
		"{\"DriverOpts\":{\"a\":1}}",
		"{\"GwPriority\":\"1\"}",
		"{\"GwPriority\":1.5}",
	};
	struct reqnet_endpoint p;
	struct err e;

	for (size_t i = 0; i < sizeof(all) / sizeof(*all); i++)
		OK(endpoint(all[i], &p, &e) && e.kind == ERR_INVALID, "%s", all[i]);
}

TEST(whole_request)
{
	AUTO_BUF b = BUF_INIT;
	struct reqnet r;
	struct err e;

	EQ_OK(decode("{\"HostConfig\":{\"PublishAllPorts\":true,\"Links\":[\"a:b\"]},"
		     "\"NetworkingConfig\":{\"EndpointsConfig\":{\"n1\":{\"Aliases\":[\"x\"]},"
		     "\"n2\":null},\"ModeLeft\":true}}",
		     &r, &e),
	      e);
	OK(r.publish_all && r.mode_left, "flags");
	EQ_INT(r.links.n, 1);
	EQ_INT(r.nendpoints, 2);
	REQUIRE(r.nendpoints == 2);
	EQ_STR(r.endpoints[0].network, "n1");
	EQ_STR(r.endpoints[1].network, "n2");
	EQ_OK(decode("{}", &r, &e), e);
	EQ_INT(r.nendpoints + r.nports, 0);
	EQ_INT(decode("{\"NetworkingConfig\":{\"EndpointsConfig\":[]}}", &r, &e), -1);
	EQ_INT(decode("{\"HostConfig\":{\"PublishAllPorts\":1}}", &r, &e), -1);
	EQ_INT(decode("{\"HostConfig\":{\"Links\":{}}}", &r, &e), -1);
	buf_str(&b, "{\"NetworkingConfig\":{\"EndpointsConfig\":{");
	for (int i = 0; i < 1025; i++)
		buf_printf(&b, "%s\"n%d\":{}", i ? "," : "", i);
	buf_str(&b, "}}}");
	EQ_INT(decode(arena_printf(&arena, "%.*s", (int)b.len, b.data), &r, &e), -1);
	OK(strstr(e.text, "at most 1024 networks"), "%s", e.text);
}

int main(void)
{
	RUN(port);
	RUN(host_port);
	RUN(binding);
	RUN(many);
	RUN(mac);
	RUN(endpoint);
	RUN(endpoint_refused);
	RUN(whole_request);
	arena_release(&arena);
	return test_done();
}
