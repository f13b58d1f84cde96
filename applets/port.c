/* SPDX-License-Identifier: Apache-2.0 */
/*
 * proa port: where the ports of a container are published, from NetworkSettings.Ports of its
 * inspect: {"80/tcp": [{"HostIp": "0.0.0.0", "HostPort": "8080"}]}.
 */
#include "applets/each.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void bindings(struct arena *a, struct strs *lines, const char *prefix,
		     const struct json *list)
{
	struct json_iter it = json_iter(list);
	const struct json *v;

	while ((v = json_next(&it, NULL))) {
		const char *ip = json_str(json_get(v, "HostIp"), "");

		strs_printf(a, lines, strchr(ip, ':') ? "%s[%s]:%s" : "%s%s:%s", prefix, ip,
			    json_str(json_get(v, "HostPort"), ""));
	}
}

/* Numbers in them as numbers: 53/tcp before 443/tcp. */
static int by_text(const void *x, const void *y)
{
	return strverscmp(*(char *const *)x, *(char *const *)y);
}

static void show_all(struct applet_ctx *c, const struct json *ports)
{
	struct json_iter it = json_iter(ports);
	const struct json *list;
	struct strs lines = {0};
	const char *key;

	while ((list = json_next(&it, &key)))
		bindings(c->a, &lines, arena_printf(c->a, "%s -> ", key), list);
	if (lines.n)
		qsort(lines.v, lines.n, sizeof(*lines.v), by_text);
	for (size_t i = 0; i < lines.n; i++)
		puts(lines.v[i]);
}

static int one(struct applet_ctx *c, const struct json *ports, const char *asked, struct err *e)
{
	size_t n = strcspn(asked, "/");
	struct strs lines = {0};
	bool digits = n && strspn(asked, "0123456789") == n;
	const char *key =
		asked[n] && asked[n + 1] ? asked : arena_printf(c->a, "%.*s/tcp", (int)n, asked);

	if (!digits || n > 5 || atoi(asked) > 65535)
		return err_set(e, ERR_INVALID,
			       "invalid port (%.*s): strconv.ParseUint: parsing \"%.*s\": %s: want "
			       "PORT or PORT/PROTOCOL",
			       (int)n, asked, (int)n, asked,
			       digits ? "value out of range" : "invalid syntax");
	if (!json_len(json_get(ports, key)))
		return err_set(e, ERR_NOTFOUND, "No public port '%s' published for %s", asked,
			       c->argv[0]);
	bindings(c->a, &lines, "", json_get(ports, key));
	for (size_t i = 0; i < lines.n; i++)
		puts(lines.v[i]);
	return 0;
}

static int show(struct applet_ctx *c, struct client_conn *cc, struct err *e)
{
	const char *target = each_target(c, c->argv[0], "/json", e);
	const struct json *v, *ports;

	if (!target || client_dial(&c->client, cc, e) ||
	    client_json(cc, c->a, "GET", target, NULL, &v, e))
		return -1;
	ports = json_get(json_get(v, "NetworkSettings"), "Ports");
	if (c->argc > 1)
		return one(c, ports, c->argv[1], e);
	show_all(c, ports);
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
