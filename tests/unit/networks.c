/* SPDX-License-Identifier: Apache-2.0 */
/* networks: records as they are written and read, names as files, options. */
#include "engine/networks.h"
#include "engine/networks_options.h"
#include "engine/networks_record.h"
#include "test.h"

#define ID "00112233445566778899aabbccddeeff00112233445566778899aabbccddeeff"

static int read_text(struct arena *a, const char *text, struct networks_one *o, struct err *e)
{
	const struct json *v = json_parse(a, text, strlen(text), NETWORKS_RECORD_MAX, "it", e);

	return v ? networks_read(a, v, o, e) : -1;
}

TEST(files)
{
	static const struct {
		const char *name, *file;
	} t[] = {{"a", "a.json"},
		 {"A_b-c.9", "A_b-c.9.json"},
		 {".", "%2E.json"},
		 {"..", "%2E..json"},
		 {"../../etc/x", "%2E.%2F..%2Fetc%2Fx.json"},
		 {"a b\n", "a%20b%0A.json"},
		 {"%2E", "%252E.json"},
		 {"\xff", "%FF.json"}};
	char file[NETWORKS_RECORD_NAME], name[300];

	for (size_t i = 0; i < sizeof(t) / sizeof(*t); i++) {
		OK(!networks_record_file(t[i].name, file), "%s", t[i].name);
		EQ_STR(file, t[i].file);
	}
	OK(networks_record_file("", file), "no name");
	memset(name, 'x', sizeof(name));
	name[NETWORKS_RECORD_NAME - 6] = 0;
	OK(!networks_record_file(name, file), "the longest");
	EQ_INT(strlen(file), NETWORKS_RECORD_NAME - 1);
	name[0] = '/';
	OK(networks_record_file(name, file), "too long once it is written");
}

TEST(round)
{
	AUTO_ARENA a = ARENA_INIT;
	AUTO_BUF b = BUF_INIT, again = BUF_INIT;
	struct networks_one o, p;
	struct err e;

	REQUIRE(!read_text(&a,
			   "{\"Version\":1,\"Name\":\"x\",\"Id\":\"" ID "\",\"Driver\":\"bridge\","
			   "\"Created\":\"2026-01-02T03:04:05.000000006Z\",\"EnableIPv4\":true,"
			   "\"EnableIPv6\":true,\"Internal\":true,\"IPAMOptions\":{},"
			   "\"Config\":[{\"Subnet\":\"10.0.0.0/8\",\"IPRange\":\"10.1.0.0/16\","
			   "\"Gateway\":\"10.0.0.1\",\"AuxiliaryAddresses\":{\"a\":\"10.0.0.2\"},"
			   "\"Given\":true},{\"Subnet\":\"fd00::/64\"}],"
			   "\"Options\":{\"com.docker.network.driver.mtu\":\"1400\"},"
			   "\"Labels\":{\"z\":\"\",\"a\":\"=\"}}",
			   &o, &e));
	EQ_STR(o.bridge, "br-001122334455");
	EQ_STR(o.ifprefix, "eth");
	EQ_INT(o.mtu, 1400);
	EQ_INT(o.nsubnets, 2);
	EQ_INT(o.subnets[0].naux, 1);
	OK(o.icc && o.masquerade && o.internal && o.subnets[0].given && !o.subnets[1].given,
	   "flags");
	EQ_STR(o.labels.v[0], "a==");
	REQUIRE(!networks_record_write(&o, &b, &e));
	REQUIRE(!read_text(&a, b.data, &p, &e));
	REQUIRE(!networks_record_write(&p, &again, &e));
	EQ_STR(again.data, b.data);
}

TEST(damaged)
{
	AUTO_ARENA a = ARENA_INIT;
	struct networks_one o;
	static const char *const bad[] = {
		"[]",
		"{}",
		"{\"Version\":2}",
		"{\"Version\":1,\"Name\":\"x\",\"Id\":\"short\"}",
		"{\"Version\":1,\"Name\":\"\",\"Id\":\"" ID "\"}",
		"{\"Version\":1,\"Name\":\"x\",\"Id\":\"" ID "\",\"Driver\":\"vlan\"}",
		"{\"Version\":1,\"Name\":\"x\",\"Id\":\"" ID "\",\"Config\":[{}]}",
		"{\"Version\":1,\"Name\":\"x\",\"Id\":\"" ID "\",\"Config\":[{\"Subnet\":\"1\"}]}",
		"{\"Version\":1,\"Name\":\"x\",\"Id\":\"" ID "\",\"Config\":[1]}",
		"{\"Version\":1,\"Name\":3,\"Id\":\"" ID "\"}",
		"{\"Version\":1,\"Name\":\"x\",\"Id\":\"" ID
		"\",\"Options\":{\"com.docker.network.bridge.name\":\"../../x\"}}",
	};
	struct err e;

	for (size_t i = 0; i < sizeof(bad) / sizeof(*bad); i++)
		OK(read_text(&a, bad[i], &o, &e), "%s", bad[i]);
}

static int option(const char *text, struct networks_one *o)
{
	static struct arena a;
	struct err e;

	*o = (struct networks_one){.name = "x", .internal = true};
	memcpy(o->id, ID, 65);
	strs_printf(&a, &o->options, "com.docker.network.%s", text);
	return networks_options(&a, o, &e);
}

TEST(options)
{
	struct networks_one o;
	static const char *const good[] = {"driver.mtu=0",
					   "driver.mtu=+1500",
					   "bridge.enable_icc=F",
					   "bridge.enable_ip_masquerade=0",
					   "bridge.gateway_mode_ipv4=",
					   "bridge.gateway_mode_ipv4=nat-unprotected",
					   "bridge.gateway_mode_ipv6=isolated",
					   "bridge.name=",
					   "bridge.name=fifteen.letters",
					   "host_ipv4=1.2.3.4",
					   "what.ever=x"};
	static const char *const bad[] = {"driver.mtu=",
					  "driver.mtu= 1",
					  "driver.mtu=1x",
					  "driver.mtu=65536",
					  "driver.mtu=99999999999999999999",
					  "bridge.enable_icc=",
					  "bridge.enable_icc=yes",
					  "bridge.enable_icc=t f",
					  "bridge.gateway_mode_ipv4=NAT",
					  "bridge.name=.",
					  "bridge.name=..",
					  "bridge.name=a b",
					  "bridge.name=%d",
					  "bridge.name=sixteen.letters.",
					  "bridge.host_binding_ipv4=::1",
					  "container_iface_prefix=a/b",
					  "container_iface_prefix=thirteenxxxxx",
					  "host_ipv4=fd00::1",
					  "host_ipv6="};

	for (size_t i = 0; i < sizeof(good) / sizeof(*good); i++)
		OK(!option(good[i], &o), "%s", good[i]);
	for (size_t i = 0; i < sizeof(bad) / sizeof(*bad); i++)
		OK(option(bad[i], &o), "%s", bad[i]);
	option("bridge.host_binding_ipv4=0.0.0.0", &o);
	EQ_INT(o.host_ip.len, 0);
	option("bridge.host_binding_ipv4=127.0.0.1", &o);
	EQ_INT(o.host_ip.len, 4);
	option("bridge.enable_icc=false", &o);
	OK(!o.icc && o.masquerade, "icc");
}

int main(void)
{
	RUN(files);
	RUN(round);
	RUN(damaged);
	RUN(options);
	return test_done();
}
