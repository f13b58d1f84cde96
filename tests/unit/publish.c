/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What the client makes of -p, --expose and --network. What Docker's own client makes of them is in
 * tests/golden/createbody.golden; here is what nobody writes by hand. These parsers are parts of
 * applets/, hence the includes.
 */
#include "tests/unit/test.h"

#include "applets/option.c"
#include "applets/runvalues_net.c"
#include "applets/runvalues_ports.c"

static struct arena arena;

/* The request's part as text without quotes, or the error's. */
static const char *ports(const char *publish, const char *expose)
{
	struct strs p = {0}, x = {0};
	struct runvalues_ports r;
	AUTO_BUF b = BUF_INIT;
	struct json_w w = JSON_W(&b);
	struct err e;
	char *text, *to;

	if (publish)
		strs_add(&arena, &p, arena_strdup(&arena, publish));
	if (expose)
		strs_add(&arena, &x, arena_strdup(&arena, expose));
	if (runvalues_ports_parse(&arena, &p, &x, &r, &e))
		return arena_strdup(&arena, e.text);
	json_w_obj(&w, NULL);
	if (publish)
		runvalues_ports_bindings(&w, &r);
	else
		runvalues_ports_exposed(&w, &r);
	json_w_end(&w);
	text = to = arena_printf(&arena, "%.*s", (int)b.len, b.data);
	for (const char *from = text; *from; from++)
		if (*from != '"')
			*to++ = *from;
	*to = 0;
	return text;
}

#define ONE(port, ip, host) "{PortBindings:{" port ":[{HostIp:" ip ",HostPort:" host "}]}}"

TEST(published)
{
	static const struct {
		const char *text, *is;
	} all[] = {
		{"80", ONE("80/tcp", "", "")},
		{":80", ONE("80/tcp", "", "")},
		{"80/", ONE("80/tcp", "", "")},
		{"80/UDP", ONE("80/udp", "", "")},
		{"0", ONE("0/tcp", "", "")},
		{"65535:65535", ONE("65535/tcp", "", "65535")},
		{"0:80", ONE("80/tcp", "", "0")},
		{"127.0.0.1::80", ONE("80/tcp", "127.0.0.1", "")},
		{"127.0.0.1:81:80/sctp", ONE("80/sctp", "127.0.0.1", "81")},
		{"[::1]:81:80", ONE("80/tcp", "::1", "81")},
		{"[::]::80", ONE("80/tcp", "::", "")},
		{"8000-8010:80", ONE("80/tcp", "", "8000-8010")},
		{"81:80-80", ONE("80/tcp", "", "81")},
		{"target=80", ONE("80/tcp", "", "")},
		{"published=81,target=80,protocol=udp,mode=host", ONE("80/udp", "", "81")},
		{"8000-8001:80-81", "{PortBindings:{80/tcp:[{HostIp:,HostPort:8000}],"
				    "81/tcp:[{HostIp:,HostPort:8001}]}}"},
		{"", "No port specified: <empty>"},
		{"81:", "No port specified: 81:<empty>"},
		{"/tcp", "No port specified: /tcp<empty>"},
		{"65536", "Invalid containerPort: 65536"},
		{"-1", "Invalid containerPort: -1"},
		{"80-", "Invalid containerPort: 80-"},
		{"80-79", "Invalid containerPort: 80-79"},
		{"1-2-3", "Invalid containerPort: 1-2-3"},
		{"4294967376", "Invalid containerPort: 4294967376"},
		{"18446744073709551696", "Invalid containerPort: 18446744073709551696"},
		{" 80", "Invalid containerPort:  80"},
		{"x:80", "Invalid hostPort: x"},
		{"65536:80", "Invalid hostPort: 65536"},
		{"90-80:80", "Invalid hostPort: 90-80"},
		{"80/tcp/udp", "Invalid proto: tcp/udp"},
		{"80/icmp", "Invalid proto: icmp"},
		{"80:80-81", "Invalid ranges specified for container and host Ports: 80-81 and 80"},
		{"1-3:1-2", "Invalid ranges specified for container and host Ports: 1-2 and 1-3"},
		{"localhost:81:80", "Invalid ip address: localhost"},
		{"1.2.3:81:80", "Invalid ip address: 1.2.3"},
		{"[::1:81:80", "Invalid ip address [::1: address [::1:: missing ']' in address"},
		{"::1:81:80", "Invalid ip address ::1: address ::1:: too many colons in address"},
		{"[]:81:80", "Invalid ip address: []"},
		{"published=81", "No port specified: 81:/tcp<empty>"},
		{"target=80,", "invalid publish opts format (should be name=value but got '')"},
		{"=80", "invalid publish opts format (should be name=value but got '=80')"},
		{"target=80,host_ip=127.0.0.1", "invalid field key host_ip"},
	};

	for (size_t i = 0; i < sizeof(all) / sizeof(*all); i++)
		EQ_STR(ports(all[i].text, NULL), all[i].is);
}

TEST(exposed)
{
	EQ_STR(ports(NULL, "80"), "{ExposedPorts:{80/tcp:{}}}");
	EQ_STR(ports(NULL, "80-81/udp"), "{ExposedPorts:{80/udp:{},81/udp:{}}}");
	EQ_STR(ports(NULL, "65535-65535"), "{ExposedPorts:{65535/tcp:{}}}");
	EQ_STR(ports(NULL, "65536"), "invalid range format for --expose: 65536");
	EQ_STR(ports(NULL, "0-65536"), "invalid range format for --expose: 0-65536");
	EQ_STR(ports(NULL, "2-1"), "invalid range format for --expose: 2-1");
	EQ_STR(ports(NULL, "80:80"), "invalid port format for --expose: 80:80");
	EQ_STR(ports(NULL, ""), "invalid range format for --expose: ");
}

/* A key said again adds a binding to it; all ports twice are more than can be had. */
TEST(many)
{
	struct strs p = {0}, x = {0};
	struct runvalues_ports r;
	struct err e;

	strs_add(&arena, &p, arena_strdup(&arena, "80"));
	strs_add(&arena, &p, arena_strdup(&arena, "90"));
	strs_add(&arena, &p, arena_strdup(&arena, "81:80"));
	strs_add(&arena, &x, arena_strdup(&arena, "0-65535"));
	EQ_OK(runvalues_ports_parse(&arena, &p, &x, &r, &e), e);
	EQ_INT(r.nkeys, 65536);
	EQ_STR(r.keys[0].text, "80/tcp");
	EQ_INT(r.keys[0].first, 1);
	EQ_INT(r.v[0].next, 3);
	EQ_INT(r.v[2].next, 0);
	strs_add(&arena, &p, arena_strdup(&arena, "0-65535:0-65535/udp"));
	EQ_INT(runvalues_ports_parse(&arena, &p, &x, &r, &e), -1);
	EQ_STR(e.text, "at most 65536 ports can be published");
}

TEST(long_text)
{
	char *text = arena_alloc(&arena, 1 << 20);

	memset(text, '1', (1 << 20) - 1);
	OK(!strncmp(ports(text, NULL), "Invalid containerPort: 111", 26), "digits");
	memset(text, ':', (1 << 20) - 1);
	OK(!strncmp(ports(text, NULL), "Invalid ip address ::", 20) ||
		   !strncmp(ports(text, NULL), "No port specified", 17),
	   "colons");
	memset(text, ',', (1 << 20) - 1);
	text[0] = '=';
	OK(!strncmp(ports(text, NULL), "invalid publish opts format", 27), "commas");
}

/* ---- --network */

static const char *net(const char *a, const char *b)
{
	struct runvalues_net_one first = {.name = "", .ip = "", .ip6 = "", .mac = ""}, *v;
	struct strs s = {0};
	AUTO_BUF buf = BUF_INIT;
	struct json_w w = JSON_W(&buf);
	struct err e;
	size_t n;

	strs_add(&arena, &s, arena_strdup(&arena, a));
	if (b)
		strs_add(&arena, &s, arena_strdup(&arena, b));
	if (runvalues_net_parse(&arena, &s, &first, &v, &n, &e)) {
		const char *why = strstr(e.text, "flag: ");

		return arena_strdup(&arena, why ? why + 6 : e.text);
	}
	json_w_obj(&w, NULL);
	runvalues_net_write(&w, v, n);
	json_w_end(&w);
	return arena_printf(&arena, "%s %.*s", v[0].name, (int)buf.len, buf.data);
}

TEST(networks)
{
	EQ_STR(net("n1", NULL), "n1 {}");
	EQ_STR(net("name=n1", NULL), "n1 {}");
	EQ_STR(net("container:x", NULL), "container:x {}");
	EQ_STR(net("NAME=n1,Alias=a", NULL), "n1 {\"NetworkingConfig\":{\"EndpointsConfig\":{"
					     "\"n1\":{\"Aliases\":[\"a\"]}}}}");
	EQ_STR(net("n1", "n2"),
	       "n1 {\"NetworkingConfig\":{\"EndpointsConfig\":{\"n1\":{},\"n2\":{}}}}");
	EQ_STR(net("n1", "n1"), "network \"n1\" is specified multiple times");
	EQ_STR(net("n1", "host"), "conflicting options: cannot attach both user-defined and "
				  "non-user-defined network-modes");
	EQ_STR(net("name=", NULL), "network name/id is not specified");
	EQ_STR(net("alias=a", NULL), "network name/id is not specified");
	EQ_STR(net("name=n1,alias", NULL), "invalid field alias");
	EQ_STR(net("name=n1,what=1", NULL), "invalid field key what");
	EQ_STR(net("name=n1,driver-opt=x", NULL),
	       "invalid key value pair format in driver options");
	EQ_STR(net("name=n1,mac-address=1", NULL), "1 is not a valid mac address");
	OK(strstr(net("name=n1,gw-priority=99999999999999999999", NULL), "invalid gw-priority"),
	   "gw-priority");
	EQ_STR(net("name=bridge,alias=x", NULL),
	       "network-scoped aliases are only supported for user-defined networks");
}

int main(void)
{
	RUN(published);
	RUN(exposed);
	RUN(many);
	RUN(long_text);
	RUN(networks);
	arena_release(&arena);
	return test_done();
}
