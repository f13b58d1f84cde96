/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The host's file is read as the C libraries read it: words behind a key, the last "search" or
 * "domain" counts, "options" add up, other keys stay as they are, comments go. Three cases:
 *
 *   host         the host's servers, whatever they are
 *   no resolver  those of them that the container can reach: none on a loopback interface, none
 *                with an IPv6 address for a container without one
 *   resolver     127.0.0.11 alone, which asks the host's from the host's namespace; names without
 *                a dot are tried as they are first (ndots:0), for they may be containers
 *
 * Where the host has only servers on loopback (systemd-resolved), Docker has containers of the
 * default bridge ask a public one, 8.8.8.8, which not every site can reach or wants told its names.
 * Here such a container gets a resolver too, which asks the host's own server where that can be
 * reached (runresolv_unreachable says so when the network is planned).
 */
#include "engine/runresolv.h"
#include "base/mem.h"
#include "network/addr.h"

#include <string.h>

#define SPACE " \t\r"
#define SERVER "127.0.0.11"
#define NDOTS "ndots:"

struct words {
	const struct runresolv_conf *c;
	struct arena *a;
	struct strs servers, search, options, others, bad;
};

static bool is_host(const struct runresolv_conf *c)
{
	return !strcmp(c->r->network, "host");
}

/* Adds the words of a line behind its first. */
static void add_words(struct words *w, struct strs *to, const char *p, size_t len)
{
	const char *end = p + len;

	while (p < end) {
		size_t n = strcspn(p, SPACE "\n");

		if (n)
			strs_add(w->a, to, arena_strndup(w->a, p, n));
		p += n;
		p += strspn(p, SPACE);
	}
}

/* In the form of RFC 5952, with its zone. NULL: it is none. */
static char *server(struct words *w, const char *text)
{
	size_t n = strcspn(text, "%");
	char s[ADDR_TEXT];
	struct addr x;

	if (addr_parse(arena_strndup(w->a, text, n), &x))
		return NULL;
	return arena_printf(w->a, "%s%s", addr_text(&x, s), text + n);
}

static void add_server(struct words *w, const char *p, size_t len)
{
	struct strs all = {0};
	char *s;

	add_words(w, &all, p, len);
	s = all.n ? server(w, all.v[0]) : NULL;
	if (s)
		strs_add(w->a, &w->servers, s);
	else if (all.n)
		strs_add(w->a, &w->bad, all.v[0]);
}

static void read_line(struct words *w, const char *line, size_t len)
{
	size_t skip = strspn(line, SPACE), n = strcspn(line + skip, SPACE "\n");
	const char *key = line + skip, *rest = key + n;
	struct strs found = {0};

	rest += strspn(rest, SPACE);
	if (!n || *key == '#' || *key == ';')
		return;
	len -= (size_t)(rest - line);
	if (n == 10 && !memcmp(key, "nameserver", n)) {
		add_server(w, rest, len);
	} else if (n == 6 && (!memcmp(key, "search", n) || !memcmp(key, "domain", n))) {
		add_words(w, &found, rest, len);
		if (found.n)
			w->search = found;
	} else if (n == 7 && !memcmp(key, "options", n)) {
		add_words(w, &w->options, rest, len);
	} else {
		strs_add(w->a, &w->others, arena_strndup(w->a, line, (size_t)(rest - line) + len));
	}
}

static void read_host(struct words *w)
{
	const char *p = w->c->host;

	while (*p) {
		size_t len = strcspn(p, "\n");

		read_line(w, p, len);
		p += len + (p[len] == '\n');
	}
}

/* What was asked for takes the place of the host's. */
static void override(struct words *w)
{
	const struct request *r = w->c->r;

	if (r->dns.n)
		w->servers = (struct strs){0};
	for (size_t i = 0; i < r->dns.n; i++) {
		char *s = server(w, r->dns.v[i]);

		strs_add(w->a, &w->servers, s ? s : r->dns.v[i]);
	}
	if (r->dns_search.n)
		w->search = (struct strs){0};
	for (size_t i = 0; i < r->dns_search.n; i++)
		if (strcmp(r->dns_search.v[i], "."))
			strs_add(w->a, &w->search, r->dns_search.v[i]);
	if (r->dns_options.n)
		w->options = r->dns_options;
}

/* 127.0.0.0/8, ::1; and IPv6 for those without. A zone is an interface of the host's. */
static bool within_reach(const struct words *w, const char *text)
{
	static const struct prefix loopback = {{4, {127}}, 8};
	static const struct addr loopback6 = {16, {[15] = 1}};
	struct addr x = {.len = 0};

	if (addr_parse(arena_strndup(w->a, text, strcspn(text, "%")), &x))
		return false;
	return x.len == 4 ? !prefix_has(&loopback, &x)
			  : w->c->ipv6 && addr_cmp(&x, &loopback6) != 0;
}

/* What was asked for with --dns stays. */
static void drop_unreachable(struct words *w)
{
	struct strs left = {0};

	for (size_t i = 0; i < w->servers.n; i++)
		if (within_reach(w, w->servers.v[i]))
			strs_add(w->a, &left, w->servers.v[i]);
	w->servers = left;
}

static bool is_ndots(const char *option)
{
	return !strncmp(option, NDOTS, sizeof(NDOTS) - 1);
}

static bool has_ndots(const struct strs *options)
{
	for (size_t i = 0; i < options->n; i++) {
		const char *v = options->v[i] + sizeof(NDOTS) - 1;

		if (is_ndots(options->v[i]) && *v && !v[strspn(v, "0123456789")])
			return true;
	}
	return false;
}

/* Those without a number go for ours. */
static void add_ndots(struct words *w)
{
	struct strs left = {0};

	for (size_t i = 0; i < w->options.n; i++)
		if (!is_ndots(w->options.v[i]))
			strs_add(w->a, &left, w->options.v[i]);
	strs_add(w->a, &left, arena_strdup(w->a, NDOTS "0"));
	w->options = left;
}

/* ---- the text */

static void put_list(struct buf *b, const char *before, const struct strs *v, const char *after)
{
	if (!v->n)
		return;
	buf_str(b, before);
	for (size_t i = 0; i < v->n; i++)
		buf_printf(b, "%s%s", i ? " " : "", v->v[i]);
	buf_str(b, after);
}

static void put_servers(const struct words *w, struct buf *b)
{
	struct strs shown = w->c->r->dns.n ? w->servers : (struct strs){0};

	for (size_t i = 0; !w->c->r->dns.n && i < w->servers.n; i++)
		strs_printf(w->a, &shown, "host(%s)", w->servers.v[i]);
	put_list(b, "# ExtServers: [", &shown, "]\n");
}

static void put_comments(const struct words *w, const char *ndots, struct buf *b)
{
	const struct request *r = w->c->r;
	bool host = is_host(w->c);
	struct strs asked = {0};

	buf_printf(b, "\n# Based on host file: '/etc/resolv.conf'%s\n",
		   host		    ? ""
		   : w->c->resolver ? " (internal resolver)"
				    : " (legacy)");
	if (w->c->resolver)
		put_servers(w, b);
	if (!host && !w->servers.n)
		buf_str(b, "# NO EXTERNAL NAMESERVERS DEFINED\n");
	put_list(b, "# Invalid nameservers: [", &w->bad, "]\n");
	if (r->dns.n)
		strs_add(w->a, &asked, arena_strdup(w->a, "nameservers"));
	if (r->dns_search.n)
		strs_add(w->a, &asked, arena_strdup(w->a, "search"));
	if (r->dns_options.n)
		strs_add(w->a, &asked, arena_strdup(w->a, "options"));
	buf_str(b, "# Overrides: [");
	put_list(b, "", &asked, "");
	buf_str(b, "]\n");
	if (ndots)
		buf_printf(b, "# Option ndots from: %s\n", ndots);
}

static void read_words(struct words *w)
{
	read_host(w);
	override(w);
	if (!w->c->resolver && !is_host(w->c) && !w->c->r->dns.n)
		drop_unreachable(w);
}

void runresolv_text(const struct runresolv_conf *c, struct buf *b)
{
	AUTO_ARENA a = ARENA_INIT;
	struct words w = {.c = c, .a = &a};
	const char *ndots = NULL;

	read_words(&w);
	if (has_ndots(&w.options)) {
		ndots = c->r->dns_options.n ? "override" : "host";
	} else if (c->resolver) {
		ndots = "internal";
		add_ndots(&w);
	}
	buf_str(b, "# Generated by proa.\n"
		   "# This file can be edited; proa will not make further changes once it\n"
		   "# has been modified.\n\n");
	if (c->resolver)
		buf_str(b, "nameserver " SERVER "\n");
	for (size_t i = 0; !c->resolver && i < w.servers.n; i++)
		buf_printf(b, "nameserver %s\n", w.servers.v[i]);
	put_list(b, "search ", &w.search, "\n");
	put_list(b, "options ", &w.options, "\n");
	for (size_t i = 0; i < w.others.n; i++)
		buf_printf(b, "%s\n", w.others.v[i]);
	put_comments(&w, ndots, b);
}

bool runresolv_unreachable(const struct runresolv_conf *c)
{
	AUTO_ARENA a = ARENA_INIT;
	struct words w = {.c = c, .a = &a};

	read_words(&w);
	return !w.servers.n;
}
