/* SPDX-License-Identifier: Apache-2.0 */
/*
 * One socket of IPv6 that also takes IPv4 holds a port of every address for both. What reaches the
 * port is led to the container before any socket is looked for; but for what cannot be led, for
 * which those of TCP and IPv6 listen (network/relay.h).
 *
 * The sockets come first, since they decide who has a port; a rule that is found in the way is then
 * of somebody who is gone. In "routed" networks there is no port of the host's.
 */
#include "engine/netup_ports.h"
#include "base/file.h"
#include "base/mem.h"
#include "network/flows.h"
#include "network/relay.h"

#include <arpa/inet.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

#define FEW 256

/* ---- holding */

static int socket_of(uint8_t proto, int family)
{
	int type = proto == IPPROTO_UDP ? SOCK_DGRAM : SOCK_STREAM;

	return socket(family, type | SOCK_CLOEXEC, proto);
}

static int bind_to(int fd, const struct addr *ip, int family, uint16_t port)
{
	struct sockaddr_in v4 = {.sin_family = AF_INET, .sin_port = htons(port)};
	struct sockaddr_in6 v6 = {.sin6_family = AF_INET6, .sin6_port = htons(port)};

	if (family == AF_INET6) {
		memcpy(&v6.sin6_addr, ip->b, ip->len == 16 ? 16 : 0);
		return bind(fd, (struct sockaddr *)&v6, sizeof(v6));
	}
	memcpy(&v4.sin_addr, ip->b, ip->len == 4 ? 4 : 0);
	return bind(fd, (struct sockaddr *)&v4, sizeof(v4));
}

static uint16_t port_of(int fd)
{
	struct sockaddr_storage s;
	socklen_t n = sizeof(s);

	if (getsockname(fd, (struct sockaddr *)&s, &n))
		return 0;
	/* the port is at the same place in both */
	return ntohs(((struct sockaddr_in *)(void *)&s)->sin_port);
}

/* -1 with errno. port 0: one of the kernel's choice. *ret_ipv6: takes connections over IPv6. */
static int hold(const struct netup_port *p, uint16_t port, bool *ret_ipv6)
{
	int family = p->ip.len == 4 ? AF_INET : AF_INET6, only = p->ip.len == 16;
	AUTO_FD int fd = socket_of(p->proto, family);

	if (fd < 0 && !p->ip.len) { /* no IPv6 here */
		family = AF_INET;
		fd = socket_of(p->proto, family);
	}
	if (fd < 0)
		return -1;
	*ret_ipv6 = family == AF_INET6;
	if (family == AF_INET6)
		setsockopt(fd, IPPROTO_IPV6, IPV6_V6ONLY, &only, sizeof(only));
	if (bind_to(fd, &p->ip, family, port)) {
		if (errno != EADDRNOTAVAIL || p->ip.len)
			return -1;
		/* IPv6 is switched off here */
		*ret_ipv6 = false;
		fd_autoclose(&fd);
		fd = socket_of(p->proto, AF_INET);
		if (fd < 0 || bind_to(fd, &p->ip, AF_INET, port))
			return -1;
	}
	return fd_steal(&fd);
}

static const char *where_text(const struct addr *ip, char text[ADDR_TEXT + 2])
{
	char plain[ADDR_TEXT];

	if (!ip->len)
		return "0.0.0.0";
	snprintf(text, ADDR_TEXT + 2, ip->len == 16 ? "[%s]" : "%s", addr_text(ip, plain));
	return text;
}

/* Whether a live file says that its container has the port. */
static bool has_port(struct arena *a, int dir, const char *id, uint8_t proto, uint16_t port)
{
	struct json_iter it = json_iter(json_get(netplan_live(dir, a, id), "Ports")), inner;
	const struct json *list, *one;
	const char *key;

	while ((list = json_next(&it, &key))) {
		const char *slash = strchr(key, '/');

		inner = json_iter(list);
		while (slash && !strcmp(slash + 1, reqnet_proto(proto)) &&
		       (one = json_next(&inner, NULL)))
			if (atoi(json_str(json_get(one, "HostPort"), "0")) == port)
				return true;
	}
	return false;
}

/* The ID of the container that has a port, or "". */
static void find_holder(const struct home *h, uint8_t proto, uint16_t port, char ret[65])
{
	AUTO_ARENA a = ARENA_INIT;
	AUTO_FD int fd = openat(h->exec, "containers", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	DIR *d = fd < 0 ? NULL : file_dir(fd);
	struct dirent *one;

	*ret = 0;
	while (d && !*ret && (one = readdir(d)))
		if (strlen(one->d_name) == 64 && has_port(&a, fd, one->d_name, proto, port))
			memcpy(ret, one->d_name, 65);
	if (d)
		closedir(d);
}

static int cannot(const struct netup_ctx *c, const struct netup_place *at,
		  const struct netup_port *p, uint16_t port, int error, struct err *e)
{
	char text[ADDR_TEXT + 2], ip[ADDR_TEXT], holder[65] = "";

	if (error == EADDRINUSE)
		find_holder(c->home, p->proto, port, holder);
	errno = error;
	if (*holder)
		return err_set(e, ERR_CONFLICT,
			       "driver failed programming external connectivity on endpoint %s "
			       "(%s): Bind for %s:%u failed: port is already allocated (container "
			       "%.12s has it)",
			       c->name, at->id, where_text(&p->ip, text), port, holder);
	return err_set(e, ERR_CONFLICT,
		       "driver failed programming external connectivity on endpoint %s (%s): "
		       "failed to bind host port for %s:%u:%s:%u/%s: %s",
		       c->name, at->id, where_text(&p->ip, text), port,
		       addr_text(at->ip4.addr.len ? &at->ip4.addr : &at->ip6.addr, ip), p->port,
		       reqnet_proto(p->proto),
		       error == EADDRINUSE ? "address already in use" : strerror(error));
}

/* The first free one of a range, or any. */
static int hold_one(const struct netup_ctx *c, const struct netup_place *at, struct netup_port *p,
		    uint16_t low, uint16_t high, struct err *e)
{
	int fd = -1;

	for (unsigned port = low; fd < 0 && port <= (high > low ? high : low); port++) {
		fd = hold(p, (uint16_t)port, &p->ipv6);
		if (fd < 0 && errno != EADDRINUSE)
			return cannot(c, at, p, (uint16_t)port, errno, e);
	}
	if (fd < 0)
		return cannot(c, at, p, low, EADDRINUSE, e);
	p->host_port = port_of(fd);
	return fd;
}

/* Many sockets lie above what the limit allows for everything else: the container's processes,
 * which are born here, inherit it. */
static int put_away(int fd, size_t nports)
{
	struct rlimit was, all;
	int high;

	if (fd < 0 || nports <= FEW || getrlimit(RLIMIT_NOFILE, &was))
		return fd;
	all = (struct rlimit){was.rlim_max, was.rlim_max};
	setrlimit(RLIMIT_NOFILE, &all);
	high = fcntl(fd, F_DUPFD_CLOEXEC, (int)was.rlim_cur);
	setrlimit(RLIMIT_NOFILE, &was);
	if (high < 0)
		return fd;
	close(fd);
	return high;
}

static void add_rule(struct netup_ports *r, const struct netup_port *p, const struct prefix *to,
		     bool routed)
{
	struct nft_port *q = &r->rules[r->nrules];

	if (!to->addr.len || (p->ip.len && p->ip.len != to->addr.len && !routed))
		return;
	*q = (struct nft_port){.proto = p->proto,
			       .host = p->ip,
			       .host_port = p->host_port,
			       .to = to->addr,
			       .port = p->port,
			       .routed = routed};
	q->host.len = to->addr.len; /* all zero where it was none */
	r->nrules++;
}

static int hold_all(const struct netup_ctx *c, const struct netplan *p,
		    const struct netup_place *at, struct netup_ports *r, struct err *e)
{
	const struct networks_one *o = &at->p.net;
	bool routed4 = o->mode4 == NFT_ROUTED, routed6 = o->mode6 == NFT_ROUTED;

	for (size_t i = 0; i < p->nports; i++) {
		const struct reqnet_port *want = &p->ports[i];
		struct netup_port *q = &r->v[r->n];
		int fd;

		*q = (struct netup_port){.port = want->port,
					 .proto = want->proto,
					 .relay = -1,
					 .ip = want->ip.len ? want->ip : o->host_ip};
		if (!(routed4 && (routed6 || !at->ip6.addr.len))) {
			fd = put_away(hold_one(c, at, q, want->low, want->high, e), p->nports);
			if (fd < 0)
				return -1;
			r->held[r->nheld++] = fd;
			q->relay = q->ipv6 && q->proto == IPPROTO_TCP ? fd : -1;
			q->ipv6 = q->ipv6 && (at->ip6.addr.len || q->relay >= 0);
		}
		r->n++;
		add_rule(r, q, &at->ip4, routed4);
		add_rule(r, q, &at->ip6, routed6);
	}
	return 0;
}

int netup_ports_hold(const struct netup_ctx *c, const struct netplan *p,
		     const struct netup_place *where, struct netup_ports *ret, struct err *e)
{
	int rc;

	if (!p->nports)
		return 0;
	if (!where->nat)
		return err_set(e, ERR_UNSUPPORTED,
			       "publishing ports needs nf_tables, which this kernel has not");
	if (!ret->v) {
		ret->v = mem_alloc(p->nports * sizeof(*ret->v));
		ret->rules = mem_alloc(p->nports * 2 * sizeof(*ret->rules));
		ret->held = mem_alloc(p->nports * sizeof(*ret->held));
	}
	ret->n = ret->nrules = ret->nheld = 0;
	if (hostnet_enter(c->host, e))
		return -1;
	rc = hold_all(c, p, where, ret, e);
	hostnet_leave(c->host);
	return rc;
}

/* ---- rules */

static int relay_all(const struct netup_ports *p, const struct netup_place *at, struct err *e)
{
	const struct addr *to = at->ip6.addr.len ? &at->ip6.addr : &at->ip4.addr;

	for (size_t i = 0; i < p->n; i++)
		if (p->v[i].relay >= 0 && relay_listen(p->v[i].relay, to, p->v[i].port, e))
			return -1;
	return 0;
}

int netup_ports_publish(const struct netup_ctx *c, const char *table, struct netup_ports *p,
			const struct netup_place *where, struct err *e)
{
	if (!p->n)
		return 0;
	p->published = true;
	if (p->nrules && nft_publish(&c->host->nf, table, p->rules, p->nrules, e)) {
		if (e->kind != ERR_CONFLICT ||
		    nft_unpublish(&c->host->nf, table, p->rules, p->nrules, e) ||
		    nft_publish(&c->host->nf, table, p->rules, p->nrules, e))
			return -1;
	}
	/* flows that began before it was there */
	flows_forget(&c->host->nf, p->rules, p->nrules);
	return relay_all(p, where, e);
}

void netup_ports_withdraw(struct hostnet *h, const char *table, struct netup_ports *p)
{
	struct err why;

	if (p->published) {
		nft_unpublish(&h->nf, table, p->rules, p->nrules, &why);
		flows_forget(&h->nf, p->rules, p->nrules);
	}
	p->published = false;
	relay_close();
	for (size_t i = 0; i < p->nheld; i++)
		close(p->held[i]);
	p->nheld = 0;
}

/* ---- as text */

static void write_binding(struct json_w *w, const char *ip, uint16_t port)
{
	char text[8];

	text[0] = 0; /* a routed one has none of the host's */
	if (port)
		snprintf(text, sizeof(text), "%u", port);
	json_w_obj(w, NULL);
	json_w_str(w, "HostIp", ip);
	json_w_str(w, "HostPort", text);
	json_w_end(w);
}

static void write_bindings(struct json_w *w, const struct netup_ports *p, size_t first)
{
	char text[ADDR_TEXT];

	for (size_t i = first; i < p->n; i++) {
		const struct netup_port *q = &p->v[i];

		if (q->port != p->v[first].port || q->proto != p->v[first].proto)
			continue;
		if (q->ip.len) {
			write_binding(w, addr_text(&q->ip, text), q->host_port);
			continue;
		}
		write_binding(w, "0.0.0.0", q->host_port);
		if (q->ipv6)
			write_binding(w, "::", q->host_port);
	}
}

static bool seen(const struct netup_ports *p, size_t i)
{
	for (size_t k = 0; k < i; k++)
		if (p->v[k].port == p->v[i].port && p->v[k].proto == p->v[i].proto)
			return true;
	return false;
}

void netup_ports_write(struct json_w *w, struct arena *a, const struct netplan *plan,
		       const struct netup_ports *p)
{
	json_w_obj(w, "Ports");
	for (size_t i = 0; i < p->n; i++) {
		if (seen(p, i))
			continue;
		json_w_arr(w, arena_printf(a, "%u/%s", p->v[i].port, reqnet_proto(p->v[i].proto)));
		write_bindings(w, p, i);
		json_w_arr_end(w);
	}
	for (size_t i = 0; i < plan->exposed.n; i++)
		json_w_null(w, plan->exposed.v[i]);
	json_w_end(w);
}

/* The addresses that a network's entry names. */
static size_t forget_one(struct nft_port *rules, const struct json *live,
			 const struct nft_port *one)
{
	struct json_iter it = json_iter(json_get(live, "Networks"));
	const struct json *n;
	size_t count = 0;

	while ((n = json_next(&it, NULL)) && count < 32) {
		static const char *const keys[] = {"IPAddress", "GlobalIPv6Address"};

		for (int k = 0; k < 2; k++) {
			struct nft_port r = *one;

			if (addr_parse(json_str(json_get(n, keys[k]), ""), &r.to) ||
			    r.to.len != r.host.len)
				continue;
			rules[count++] = r;
			r.routed = true;
			rules[count++] = r;
		}
	}
	return count;
}

/* Nobody else can publish the port while it is held here. */
static void forget_binding(struct hostnet *h, const char *table, const struct json *live,
			   const struct json *binding, struct nft_port *r, struct nft_port *rules)
{
	struct netup_port p = {.proto = r->proto};
	AUTO_FD int held = -1;
	struct err why;
	bool ipv6;
	size_t n;

	r->host_port = (uint16_t)atoi(json_str(json_get(binding, "HostPort"), ""));
	if (addr_parse(json_str(json_get(binding, "HostIp"), ""), &r->host) || !r->host_port)
		return;
	p.ip = r->host;
	held = hold(&p, r->host_port, &ipv6);
	n = held < 0 ? 0 : forget_one(rules, live, r);
	if (n)
		nft_unpublish(&h->nf, table, rules, n, &why);
}

void netup_ports_forget(struct hostnet *h, struct arena *a, const char *table,
			const struct json *live)
{
	struct json_iter it = json_iter(json_get(live, "Ports")), inner;
	struct nft_port *rules = arena_array(a, 66, sizeof(*rules));
	const struct json *list, *one;
	const char *key;
	struct err why;

	if (h->nf.fd < 0 || hostnet_enter(h, &why))
		return;
	while ((list = json_next(&it, &key))) {
		struct nft_port r = {.proto = 0};

		inner = json_iter(list);
		if (reqnet_port(key, &r.port, &r.proto, &why))
			continue;
		while ((one = json_next(&inner, NULL)))
			forget_binding(h, table, live, one, &r, rules);
	}
	hostnet_leave(h);
}
