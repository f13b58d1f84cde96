/* SPDX-License-Identifier: Apache-2.0 */
/*
 * proa port: where the ports of a container are published, from NetworkSettings.Ports of its
 * inspect: {"80/tcp": [{"HostIp": "0.0.0.0", "HostPort": "8080"}]}.
 */
#include "applets/each.h"

#include <stdio.h>
#include <string.h>

static void bindings(const char *prefix, const struct json *list)
{
	struct json_iter it = json_iter(list);
	const struct json *v;

	while ((v = json_next(&it, NULL))) {
		const char *ip = json_str(json_get(v, "HostIp"), "");

		printf(strchr(ip, ':') ? "%s[%s]:%s\n" : "%s%s:%s\n", prefix, ip,
		       json_str(json_get(v, "HostPort"), ""));
	}
}

static int one(struct applet_ctx *c, const struct json *ports, const char *asked, struct err *e)
{
	const char *key = strchr(asked, '/') ? asked : arena_printf(c->a, "%s/tcp", asked);
	size_t n = strcspn(asked, "/");

	if (!n || n > 5 || strspn(asked, "0123456789") != n)
		return err_set(e, ERR_INVALID,
			       "invalid port (%.*s): strconv.ParseUint: parsing \"%.*s\": invalid "
			       "syntax: want PORT or PORT/PROTOCOL",
			       (int)n, asked, (int)n, asked);
	if (!json_len(json_get(ports, key)))
		return err_set(e, ERR_NOTFOUND, "No public port '%s' published for %s", asked,
			       c->argv[0]);
	bindings("", json_get(ports, key));
	return 0;
}

static int show(struct applet_ctx *c, struct client_conn *cc, struct err *e)
{
	const char *target = each_target(c, c->argv[0], "/json", e), *key;
	const struct json *v, *ports;
	struct json_iter it;

	if (!target || client_dial(&c->client, cc, e) ||
	    client_json(cc, c->a, "GET", target, NULL, &v, e))
		return -1;
	ports = json_get(json_get(v, "NetworkSettings"), "Ports");
	if (c->argc > 1)
		return one(c, ports, c->argv[1], e);
	it = json_iter(ports);
	while ((v = json_next(&it, &key)))
		bindings(arena_printf(c->a, "%s -> ", key), v);
	return 0;
}

static int port_main(struct applet_ctx *c)
{
	struct client_conn cc = {.fd = -1};
	struct err e;
	int rc = show(c, &cc, &e);

	client_close(&cc);
	return rc ? applet_fail(&e, 1) : 0;
}

APPLET(port, .name = "port", .alias = "container port", .usage = "CONTAINER [PRIVATE_PORT[/PROTO]]",
       .brief = "List port mappings or a specific mapping for the container", .min_args = 1,
       .max_args = 2, .main = port_main);
