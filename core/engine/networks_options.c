/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Bad values are refused where a network is created, in the words of Docker's bridge driver, and
 * found again by the same code where a record is read that somebody has written himself. Options
 * that are none of ours are kept and say nothing, as with Docker.
 */
#include "engine/networks_options.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define OPTION(x) "com.docker.network." x
#define MTU_MAX 65535

const char *networks_options_value(const struct strs *map, const char *key)
{
	size_t n = strlen(key);

	for (size_t i = map->n; i-- > 0;)
		if (!strncmp(map->v[i], key, n) && map->v[i][n] == '=')
			return map->v[i] + n + 1;
	return NULL;
}

static int bad(const char *key, const char *v, const char *why, struct err *e)
{
	return err_set(e, ERR_INVALID, "failed to parse %s value: %.100s (%s)", key, v, why);
}

static int want_bool(const struct networks_one *o, const char *key, bool *ret, struct err *e)
{
	const char *v = networks_options_value(&o->options, key);
	char word[10];

	if (!v)
		return 0;
	snprintf(word, sizeof(word), " %s ", v);
	if (strlen(v) > 5 || strchr(v, ' ') || !*v ||
	    !strstr(" 1 t T TRUE true True 0 f F FALSE false False ", word))
		return err_set(e, ERR_INVALID,
			       "failed to parse %s value: %.100s (strconv.ParseBool: parsing "
			       "\"%.100s\": invalid syntax)",
			       key, v, v);
	*ret = strchr("1tT", *v) != NULL;
	return 0;
}

/* len 0: of both families. */
static int want_addr(const struct networks_one *o, const char *key, uint8_t len, struct addr *ret,
		     struct err *e)
{
	const char *v = networks_options_value(&o->options, key);

	if (!v)
		return 0;
	if (addr_parse(v, ret) || (len && ret->len != len))
		return bad(key, v, "nil ip", e);
	return 0;
}

static int want_mode(const struct networks_one *o, const char *key, enum nft_mode *ret,
		     struct err *e)
{
	static const char *const modes[] = {
		[NFT_NAT] = "nat",
		[NFT_NAT_UNPROTECTED] = "nat-unprotected",
		[NFT_ROUTED] = "routed",
		[NFT_ISOLATED] = "isolated",
	};
	const char *v = networks_options_value(&o->options, key);
	char why[140];

	if (!v || !*v)
		return 0;
	for (size_t i = 0; i < 4; i++)
		if (!strcmp(v, modes[i])) {
			*ret = (enum nft_mode)i;
			if (*ret == NFT_ISOLATED && !o->internal)
				return err_set(e, ERR_INVALID,
					       "gateway mode 'isolated' can only be used for an "
					       "internal network");
			return 0;
		}
	snprintf(why, sizeof(why), "unknown gateway mode %.100s", v);
	return bad(key, v, why, e);
}

static int want_mtu(const struct networks_one *o, uint32_t *ret, struct err *e)
{
	static const char key[] = OPTION("driver.mtu");
	const char *v = networks_options_value(&o->options, key);
	char *end, why[160];
	long n;

	if (!v)
		return 0;
	errno = 0;
	n = strtol(v, &end, 10);
	if (!*v || *end || errno || strchr(" \t\n\v\f\r", *v)) {
		snprintf(why, sizeof(why), "strconv.Atoi: parsing \"%.100s\": invalid syntax", v);
		return bad(key, v, why, e);
	}
	if (n < 0 || n > MTU_MAX)
		return err_set(e, ERR_INVALID, "invalid MTU number: %ld", n);
	*ret = (uint32_t)n;
	return 0;
}

/* What the kernel takes for the name of an interface, or with room for a number behind it. */
static int check_ifname(const char *key, const char *v, size_t max, struct err *e)
{
	if (strlen(v) > max || strspn(v, ".") == strlen(v) || strpbrk(v, "/: \t\n\v\f\r%"))
		return bad(key, v, "no name for an interface", e);
	return 0;
}

int networks_options(struct arena *a, struct networks_one *o, struct err *e)
{
	const char *name = networks_options_value(&o->options, OPTION("bridge.name")),
		   *prefix = networks_options_value(&o->options, OPTION("container_iface_prefix"));

	o->icc = o->masquerade = true;
	o->mtu = 0;
	o->mode4 = o->mode6 = NFT_NAT;
	o->inhibit4 = false;
	o->host_ip = o->snat4 = o->snat6 = (struct addr){0};
	o->bridge = name && *name ? name : arena_printf(a, "br-%.12s", o->id);
	o->ifprefix = prefix && *prefix ? prefix : "eth";
	if (o->driver != NETWORKS_BRIDGE)
		return 0;
	if (want_mtu(o, &o->mtu, e) || want_bool(o, OPTION("bridge.enable_icc"), &o->icc, e) ||
	    want_bool(o, OPTION("bridge.enable_ip_masquerade"), &o->masquerade, e) ||
	    want_bool(o, OPTION("bridge.inhibit_ipv4"), &o->inhibit4, e) ||
	    want_addr(o, OPTION("bridge.host_binding_ipv4"), 4, &o->host_ip, e) ||
	    want_addr(o, OPTION("host_ipv4"), 4, &o->snat4, e) ||
	    want_addr(o, OPTION("host_ipv6"), 16, &o->snat6, e) ||
	    want_mode(o, OPTION("bridge.gateway_mode_ipv4"), &o->mode4, e) ||
	    want_mode(o, OPTION("bridge.gateway_mode_ipv6"), &o->mode6, e) ||
	    check_ifname(OPTION("bridge.name"), o->bridge, 15, e) ||
	    check_ifname(OPTION("container_iface_prefix"), o->ifprefix, 12, e))
		return -1;
	if (o->host_ip.len && !memcmp(o->host_ip.b, "\0\0\0", 4))
		o->host_ip.len = 0; /* all: the same as not said, for both families */
	return 0;
}
