/* SPDX-License-Identifier: Apache-2.0 */
/*
 * [ip:][host port:]port[/protocol], where both ports may be ranges of one length, or the host's one
 * a range to choose from; or key=value pairs. An IPv6 address stands in brackets.
 *
 * All ports there are may be named, more than once and in any order; so a key is found by its
 * number, and its bindings are a chain.
 */
#include "applets/runvalues_ports.h"
#include "network/addr.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

#define PORTS_MAX 65536

struct range {
	unsigned from, to;
};

/* "80" or "80-90". */
static int read_range(const char *text, struct range *ret)
{
	const char *p = text;
	unsigned v[2];
	int n = 0;

	for (;; p++) {
		const char *first = p;

		for (v[n] = 0; *p >= '0' && *p <= '9' && v[n] <= 65535; p++)
			v[n] = v[n] * 10 + (unsigned)(*p - '0');
		if (p == first || v[n] > 65535)
			return -1;
		if (*p != '-' || n++)
			break;
	}
	*ret = (struct range){v[0], v[n > 0]};
	return *p || ret->to < ret->from ? -1 : 0;
}

static const char *const protocols[] = {"tcp", "udp", "sctp"};

/* -1: none. */
static int protocol(const char *text)
{
	for (size_t i = 0; i < sizeof(protocols) / sizeof(*protocols); i++)
		if (!strcasecmp(text, protocols[i]))
			return (int)i;
	return -1;
}

static struct runvalues_ports_key *expose(struct arena *a, struct runvalues_ports *r, unsigned port,
					  int proto)
{
	uint32_t **page = &r->pages[proto][port >> 8], *at;

	if (!*page)
		*page = arena_array(a, 256, sizeof(**page));
	at = &(*page)[port & 255];
	if (!*at) {
		r->keys = arena_grow(a, r->keys, r->nkeys, &r->keys_cap, sizeof(*r->keys));
		r->keys[r->nkeys++] = (struct runvalues_ports_key){
			.text = arena_printf(a, "%u/%s", port, protocols[proto])};
		*at = (uint32_t)r->nkeys;
	}
	return &r->keys[*at - 1];
}

/* ---- -p */

struct parts {
	const char *ip, *host, *port, *proto;
};

static int split(struct arena *a, const char *text, struct parts *p, struct err *e)
{
	char *s = arena_strdup(a, text), *slash = strchr(s, '/'), *colon;

	*p = (struct parts){"", "", s, "tcp"};
	if (slash) {
		*slash = 0;
		p->proto = slash[1] ? slash + 1 : "tcp";
	}
	colon = strrchr(s, ':');
	if (colon) {
		*colon = 0;
		p->port = colon + 1;
		p->host = s;
		colon = strrchr(s, ':');
	}
	if (colon) {
		*colon = 0;
		p->host = colon + 1;
		p->ip = s;
	}
	return *p->port ? 0 : err_set(e, ERR_INVALID, "No port specified: %.200s<empty>", text);
}

static int check_ip(struct arena *a, struct parts *p, struct err *e)
{
	size_t n = strlen(p->ip);
	struct addr x;

	if (n > 2 && *p->ip == '[' && p->ip[n - 1] == ']')
		p->ip = arena_strndup(a, p->ip + 1, n - 2);
	else if (strchr(p->ip, ':'))
		return err_set(e, ERR_INVALID, "Invalid ip address %.100s: address %.100s:: %s",
			       p->ip, p->ip,
			       *p->ip == '[' && !strchr(p->ip, ']') ? "missing ']' in address"
								    : "too many colons in address");
	return *p->ip && addr_parse(p->ip, &x)
		       ? err_set(e, ERR_INVALID, "Invalid ip address: %.100s", p->ip)
		       : 0;
}

static int add(struct arena *a, const struct parts *p, const struct range *c, const struct range *h,
	       struct runvalues_ports *r, struct err *e)
{
	int proto = protocol(p->proto);
	bool choice = c->from == c->to && h->from != h->to;

	if (proto < 0)
		return err_set(e, ERR_INVALID, "Invalid proto: %.60s", p->proto);
	for (unsigned i = 0; i <= c->to - c->from; i++) {
		struct runvalues_ports_key *key = expose(a, r, c->from + i, proto);
		struct runvalues_ports_one *q;

		if (r->n == PORTS_MAX)
			return err_set(e, ERR_INVALID, "at most %d ports can be published",
				       PORTS_MAX);
		r->v = arena_grow(a, r->v, r->n, &r->cap, sizeof(*r->v));
		q = &r->v[r->n++];
		*q = (struct runvalues_ports_one){p->ip, "", 0};
		if (choice)
			q->host = arena_printf(a, "%u-%u", h->from, h->to);
		else if (*p->host)
			q->host = arena_printf(a, "%u", h->from + i);
		if (key->last)
			r->v[key->last - 1].next = (uint32_t)r->n;
		else
			key->first = (uint32_t)r->n;
		key->last = (uint32_t)r->n;
	}
	return 0;
}

static int publish(struct arena *a, const char *text, struct runvalues_ports *r, struct err *e)
{
	struct range c, h = {0, 0};
	struct parts p;

	if (split(a, text, &p, e) || check_ip(a, &p, e))
		return -1;
	if (read_range(p.port, &c))
		return err_set(e, ERR_INVALID, "Invalid containerPort: %.100s", p.port);
	if (*p.host && read_range(p.host, &h))
		return err_set(e, ERR_INVALID, "Invalid hostPort: %.100s", p.host);
	if (*p.host && c.to - c.from != h.to - h.from && c.to != c.from)
		return err_set(e, ERR_INVALID,
			       "Invalid ranges specified for container and host Ports: %.60s and "
			       "%.60s",
			       p.port, p.host);
	return add(a, &p, &c, &h, r, e);
}

/* "published=8080,target=80,protocol=udp" in the short form. Docker passes over what it does not
 * know, so that "host_ip=127.0.0.1" publishes to the whole world; here it is refused. */
static const char *shorten(struct arena *a, const char *text, struct err *e)
{
	char *s = arena_strdup(a, text), *rest = s, *one;
	const char *port = "", *host = "", *proto = "tcp";

	while ((one = strsep(&rest, ","))) {
		char *is = strchr(one, '=');

		if (!is || is == one) {
			err_set(e, ERR_INVALID,
				"invalid publish opts format (should be name=value but got "
				"'%.100s')",
				one);
			return NULL;
		}
		*is++ = 0;
		if (!strcmp(one, "target")) {
			port = is;
		} else if (!strcmp(one, "published")) {
			host = is;
		} else if (!strcmp(one, "protocol")) {
			proto = is;
		} else if (strcmp(one, "mode")) { /* that is for services */
			err_set(e, ERR_INVALID, "invalid field key %.100s", one);
			return NULL;
		}
	}
	return arena_printf(a, "%s%s%s/%s", host, *host ? ":" : "", port, proto);
}

/* ---- --expose */

static int only_expose(struct arena *a, const char *text, struct runvalues_ports *r, struct err *e)
{
	char *s = arena_strdup(a, text), *slash = strchr(s, '/');
	int proto = slash && slash[1] ? protocol(slash + 1) : 0;
	struct range c;

	if (strchr(text, ':'))
		return err_set(e, ERR_INVALID, "invalid port format for --expose: %.100s", text);
	if (slash)
		*slash = 0;
	if (read_range(s, &c) || proto < 0)
		return err_set(e, ERR_INVALID, "invalid range format for --expose: %.100s", text);
	for (unsigned i = c.from; i <= c.to; i++)
		expose(a, r, i, proto);
	return 0;
}

int runvalues_ports_parse(struct arena *a, const struct strs *published, const struct strs *exposed,
			  struct runvalues_ports *ret, struct err *e)
{
	memset(ret, 0, sizeof(*ret));
	for (size_t i = 0; i < published->n; i++) {
		const char *text = published->v[i];

		if (strchr(text, '='))
			text = shorten(a, text, e);
		if (!text || publish(a, text, ret, e))
			return -1;
	}
	for (size_t i = 0; i < exposed->n; i++)
		if (only_expose(a, exposed->v[i], ret, e))
			return -1;
	return 0;
}

void runvalues_ports_exposed(struct json_w *w, const struct runvalues_ports *p)
{
	if (!p->nkeys)
		return;
	json_w_obj(w, "ExposedPorts");
	for (size_t i = 0; i < p->nkeys; i++) {
		json_w_obj(w, p->keys[i].text);
		json_w_end(w);
	}
	json_w_end(w);
}

void runvalues_ports_bindings(struct json_w *w, const struct runvalues_ports *p)
{
	if (!p->n)
		return;
	json_w_obj(w, "PortBindings");
	for (size_t k = 0; k < p->nkeys; k++) {
		if (!p->keys[k].first)
			continue;
		json_w_arr(w, p->keys[k].text);
		for (uint32_t i = p->keys[k].first; i; i = p->v[i - 1].next) {
			json_w_obj(w, NULL);
			json_w_str(w, "HostIp", p->v[i - 1].ip);
			json_w_str(w, "HostPort", p->v[i - 1].host);
			json_w_end(w);
		}
		json_w_arr_end(w);
	}
	json_w_end(w);
}
