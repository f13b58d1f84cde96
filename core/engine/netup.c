/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The plan is read from the spec at the first start and kept: connect and disconnect change it, and
 * a policy's restart puts up what it says then. Addresses are leased anew for each run.
 *
 * Sockets to the kernel are opened for each operation: a shim of months holds none. The live file
 * is written when the addresses are known and before the ports are published. What a killed shim
 * leaves: netup_clean.c.
 */
#include "engine/netup.h"
#include "base/file.h"
#include "base/log.h"
#include "base/mem.h"
#include "container/shimns.h"
#include "engine/netplan.h"
#include "engine/netup_kept.h"
#include "engine/netup_place.h"
#include "engine/netup_ports.h"
#include "engine/runfiles.h"
#include "network/dnsd.h"
#include "network/endpoint.h"
#include "network/relay.h"

#include <fcntl.h>
#include <linux/netlink.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define PLACES_MAX 64
#define RELAY_FIRST 0x4000u /* of the numbers of epoll that are ours */
#define LIVE_MAX (1 << 20)

static struct {
	struct arena a; /* of the plan and what connect added to it */
	struct netplan plan;
	bool resolving, taken;	    /* taken: a kept namespace, not looked at yet */
	struct netup_place *places; /* PLACES_MAX of them */
	size_t n;
	struct netup_ports ports;
	const struct home *home;
	int host, epoll, dir; /* dir: exec-root/containers/<id> */
} up = {.a = ARENA_INIT, .dir = -1};

/* ---- with the kernel's ears open */

static struct session {
	bool open;
	struct hostnet host;
	struct nl own;
	struct netup_ctx c;
} session;

/* s may be open already, from what was done ahead. */
static int begin(struct session *s, struct err *e)
{
	s->c = (struct netup_ctx){.home = up.home,
				  .container = up.plan.id,
				  .name = up.plan.name,
				  .host = &s->host,
				  .own = &s->own};
	if (s->open)
		return 0;
	if (nl_open(NETLINK_ROUTE, &s->own, e))
		return -1;
	s->open = true;
	if (!hostnet_open(fcntl(up.host, F_DUPFD_CLOEXEC, 3), &s->host, e))
		return 0;
	nl_close(&s->own);
	s->open = false;
	return -1;
}

static void end(struct session *s)
{
	nl_close(&s->own);
	hostnet_close(&s->host);
	s->open = false;
}

/* ---- which of them leads outside */

static bool dual(const struct netup_place *p)
{
	return p->gw4.len && p->gw6.len;
}

/* Docker's order: by priority, then what leads outside by both families, then by name. */
static bool before(const struct netup_place *a, const struct netup_place *b)
{
	if (a->p.want.gw_priority != b->p.want.gw_priority)
		return a->p.want.gw_priority > b->p.want.gw_priority;
	if (dual(a) != dual(b))
		return dual(a);
	return strcmp(a->p.net.name, b->p.net.name) < 0;
}

static struct netup_place *leader(bool ipv6)
{
	struct netup_place *best = NULL;

	for (size_t i = 0; i < up.n; i++) {
		struct netup_place *p = &up.places[i];

		if ((ipv6 ? p->gw6 : p->gw4).len && (!best || before(p, best)))
			best = p;
	}
	return best;
}

static int set_routes(struct session *s, struct err *e)
{
	const struct netup_place *p4 = leader(false), *p6 = leader(true);

	if (p4 && link_route(&s->own, p4->index, NULL, &p4->gw4, e))
		return -1;
	return p6 && link_route(&s->own, p6->index, NULL, &p6->gw6, e) ? -1 : 0;
}

/* ---- what others read */

static void write_place(struct json_w *w, const struct netup_place *p)
{
	char text[ADDR_TEXT], mac[ENDPOINT_MAC];

	json_w_obj(w, p->p.net.name);
	json_w_str(w, "NetworkID", p->p.net.id);
	json_w_str(w, "EndpointID", p->alone ? "" : p->id);
	json_w_str(w, "MacAddress", p->alone ? "" : endpoint_mac(p->mac, mac));
	json_w_str(w, "Gateway", p->gw4.len ? addr_text(&p->gw4, text) : "");
	json_w_str(w, "IPAddress", p->ip4.addr.len ? addr_text(&p->ip4.addr, text) : "");
	json_w_int(w, "IPPrefixLen", p->ip4.bits);
	json_w_str(w, "IPv6Gateway", p->gw6.len ? addr_text(&p->gw6, text) : "");
	json_w_str(w, "GlobalIPv6Address", p->ip6.addr.len ? addr_text(&p->ip6.addr, text) : "");
	json_w_int(w, "GlobalIPv6PrefixLen", p->ip6.bits);
	if (p->p.names.n)
		json_w_strs(w, "DNSNames", &p->p.names);
	else
		json_w_null(w, "DNSNames");
	json_w_end(w);
}

static int write_live(struct err *e)
{
	AUTO_BUF b = BUF_INIT;
	struct json_w w = JSON_W(&b);
	AUTO_ARENA a = ARENA_INIT;

	json_w_obj(&w, NULL);
	netup_ports_write(&w, &a, &up.plan, &up.ports);
	json_w_obj(&w, "Networks");
	for (size_t i = 0; i < up.n; i++)
		write_place(&w, &up.places[i]);
	json_w_end(&w);
	json_w_end(&w);
	return file_write_atomic(up.dir, NETPLAN_LIVE, b.data, b.len, 0600, FILE_NOSYNC, e);
}

static int add_host(const struct netup_place *p, struct err *e)
{
	AUTO_ARENA a = ARENA_INIT;
	struct strs names = {0};
	int rc = 0;

	strs_printf(&a, &names, "%s%s%s", up.plan.hostname, *up.plan.domainname ? "." : "",
		    up.plan.domainname);
	if (strchr(names.v[0], '.'))
		strs_add(&a, &names,
			 arena_strndup(&a, up.plan.hostname, strcspn(up.plan.hostname, ".")));
	if (p->ip4.addr.len)
		rc = runfiles_hosts_add(up.dir, &p->ip4.addr, &names, e);
	if (!rc && p->ip6.addr.len)
		rc = runfiles_hosts_add(up.dir, &p->ip6.addr, &names, e);
	return rc;
}

static void drop_host(const struct netup_place *p)
{
	struct err why;

	if (p->ip4.addr.len)
		runfiles_hosts_drop(up.dir, &p->ip4.addr, &why);
	if (p->ip6.addr.len)
		runfiles_hosts_drop(up.dir, &p->ip6.addr, &why);
}

/* ---- names */

static int resolve(struct err *e)
{
	struct dnsd_network nets[PLACES_MAX];
	struct dnsd_conf c = {.hostns = up.host,
			      .networks = nets,
			      .servers = up.plan.dns,
			      .hosts = up.plan.hosts,
			      .ndots = up.plan.ndots};
	int rc = 0;

	for (size_t i = 0; i < up.n; i++) {
		const struct netup_place *p = &up.places[i];

		nets[i] = (struct dnsd_network){.name = p->p.net.name,
						.internal = p->p.net.internal,
						.links = p->p.want.links};
		nets[i].endpoints = networks_dir(up.home->exec, p->p.net.id, "endpoints", e);
		if (nets[i].endpoints < 0)
			rc = -1;
		c.nnetworks++;
	}
	if (!rc)
		rc = up.resolving ? dnsd_change(&c, e) : dnsd_open(up.epoll, &c, e);
	up.resolving = up.resolving || !rc;
	for (size_t i = 0; i < c.nnetworks; i++)
		if (nets[i].endpoints >= 0)
			close(nets[i].endpoints);
	return rc;
}

/* ---- up and down */

/* *up.plan is left alone if that fails. */
static int read_plan(struct arena *a, const char *text, size_t n, struct err *e)
{
	const struct json *v = json_parse(a, text, n, LIVE_MAX, "the plan of networks", e);
	struct netplan p;

	if (!v || netplan_read(a, v, &p, e))
		return -1;
	up.plan = p;
	return 0;
}

static int load(const struct spec *s, const struct home *h, struct err *e)
{
	char path[90];

	up.home = h;
	if (up.places)
		return 0;
	if (read_plan(&up.a, s->network, strlen(s->network), e))
		return -1;
	if (up.plan.nendpoints > PLACES_MAX)
		return err_set(e, ERR_INVALID, "at most %d networks for one container", PLACES_MAX);
	snprintf(path, sizeof(path), "containers/%s", up.plan.id);
	up.dir = openat(h->exec, path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (up.dir < 0)
		return err_sys(e, "open the container's directory in the exec root");
	up.places = mem_alloc(PLACES_MAX * sizeof(*up.places));
	return 0;
}

static int place(struct session *s, const struct netplan_endpoint *p, int number, struct err *e)
{
	struct netup_place *at = &up.places[up.n];

	memset(at, 0, sizeof(*at));
	at->p = *p;
	if (netup_place_up(&s->c, at, number, e))
		return -1;
	up.n++;
	return add_host(at, e);
}

static int publish(struct session *s, struct err *e)
{
	const struct netup_place *at = leader(false);

	if (!at)
		at = leader(true);
	if (at && !at->alone && up.plan.nports &&
	    (netup_ports_hold(&s->c, &up.plan, at, &up.ports, e) ||
	     netup_place_hairpin(&s->c, at, e)))
		return -1;
	return write_live(e) || netup_ports_publish(&s->c, up.plan.table, &up.ports, at, e) ? -1
											    : 0;
}

/* live: the namespace is used again, by another try. */
static void take_down(struct session *s, bool live)
{
	if (up.resolving)
		dnsd_close();
	up.resolving = false;
	netup_ports_withdraw(&s->host, up.plan.table, &up.ports);
	while (up.n) {
		drop_host(&up.places[up.n - 1]);
		netup_place_down(&s->c, &up.places[--up.n], live);
	}
	unlinkat(up.dir, NETPLAN_LIVE, 0);
}

static int go_up(const struct spec *spec, const struct home *h, int host, int epoll, struct err *e)
{
	int rc = 0;

	if (load(spec, h, e))
		return -1;
	up.host = host;
	up.epoll = epoll;
	relay_open(epoll, host, SHIMNET_EVENT | RELAY_FIRST);
	if (begin(&session, e))
		return -1;
	if (up.taken)
		netup_place_early(&session.c);
	up.taken = false;
	for (size_t i = 0; !rc && i < up.plan.nendpoints; i++)
		rc = place(&session, &up.plan.endpoints[i], (int)i, e);
	if (!rc)
		rc = set_routes(&session, e) || publish(&session, e) ||
		     (up.plan.resolver && resolve(e));
	if (rc)
		take_down(&session, true);
	end(&session);
	return rc ? err_wrap(e, "failed to set up container networking") : 0;
}

static void withdraw(void)
{
	struct err why;

	if (!up.ports.n)
		return;
	if (begin(&session, &why)) {
		log_warn("network", "ports of %.12s: %s", up.plan.id, why.text);
		return;
	}
	netup_ports_withdraw(&session.host, up.plan.table, &up.ports);
	end(&session);
}

static void go_down(void)
{
	struct err why;

	if (begin(&session, &why)) {
		log_warn("network", "networks of %.12s: %s", up.plan.id, why.text);
		return;
	}
	take_down(&session, false);
	end(&session);
}

/* ---- connect and disconnect */

static int free_number(void)
{
	for (int i = 0;; i++) {
		char name[LINK_NAME];
		size_t k = 0;

		snprintf(name, sizeof(name), "%d", i);
		while (k < up.n &&
		       strcmp(up.places[k].far + strcspn(up.places[k].far, "0123456789"), name))
			k++;
		if (k == up.n)
			return i;
	}
}

/* The plan as it is now, in memory of its own: what connect and disconnect leave behind goes. */
static int keep_plan(struct err *e)
{
	struct arena fresh = ARENA_INIT;
	AUTO_BUF b = BUF_INIT;
	struct json_w w = JSON_W(&b);
	struct netplan plan = up.plan;

	plan.endpoints = arena_array(&up.a, up.n + 1, sizeof(*plan.endpoints));
	plan.nendpoints = up.n;
	for (size_t i = 0; i < up.n; i++)
		plan.endpoints[i] = up.places[i].p;
	netplan_write(&w, NULL, &plan);
	if (read_plan(&fresh, b.data, b.len, e)) {
		arena_release(&fresh);
		return -1;
	}
	for (size_t i = 0; i < up.n; i++)
		up.places[i].p = up.plan.endpoints[i];
	arena_release(&up.a);
	up.a = fresh;
	return 0;
}

static int connect_to(struct session *s, const struct json *v, struct err *e)
{
	struct netplan_endpoint p;
	size_t n = up.n;

	if (up.n == PLACES_MAX)
		return err_set(e, ERR_INVALID, "at most %d networks for one container", PLACES_MAX);
	if (netplan_read_endpoint(&up.a, v, up.plan.table, &p, e))
		return -1;
	if (place(s, &p, free_number(), e) || set_routes(s, e) ||
	    ((up.plan.resolver || p.names.n) && resolve(e))) {
		if (up.n > n) {
			drop_host(&up.places[n]);
			netup_place_down(&s->c, &up.places[n], true);
			up.n = n;
		}
		return -1;
	}
	up.plan.resolver = up.plan.resolver || p.names.n;
	return write_live(e);
}

static int disconnect_from(struct session *s, const char *network, struct err *e)
{
	size_t i = 0;

	while (i < up.n && strcmp(up.places[i].p.net.name, network))
		i++;
	if (i == up.n)
		return err_set(e, ERR_NOTFOUND, "container %.12s is not connected to network %s",
			       up.plan.id, network);
	drop_host(&up.places[i]);
	netup_place_down(&s->c, &up.places[i], true);
	memmove(&up.places[i], &up.places[i + 1], (up.n - i - 1) * sizeof(*up.places));
	up.n--;
	if (set_routes(s, e) || (up.resolving && resolve(e)))
		return -1;
	return write_live(e);
}

/* Ports follow the endpoint that leads outside. */
static int move_ports(struct session *s, struct err *e)
{
	netup_ports_withdraw(&s->host, up.plan.table, &up.ports);
	up.ports.n = 0;
	return publish(s, e);
}

static int change(const char *text, struct err *e)
{
	const struct json *v = json_parse(&up.a, text, strlen(text), LIVE_MAX, "the change", e);
	const struct json *to = json_get(v, "connect");
	const char *from = json_str(json_get(v, "disconnect"), NULL);
	const struct netup_place *lead = leader(false);
	struct addr was = lead ? lead->ip4.addr : (struct addr){.len = 0};
	int rc;

	if (!v || begin(&session, e))
		return -1;
	rc = to	    ? connect_to(&session, to, e)
	     : from ? disconnect_from(&session, from, e)
		    : err_set(e, ERR_INVALID, "neither connect nor disconnect");
	lead = leader(false);
	if (!rc && up.plan.nports &&
	    addr_cmp(&was, lead ? &lead->ip4.addr : &(struct addr){.len = 0}))
		rc = move_ports(&session, e);
	if (!rc)
		rc = keep_plan(e);
	end(&session);
	return rc;
}

static void replace(struct strs *names, const char *old, char *now)
{
	for (size_t i = 0; i < names->n; i++)
		if (!strcmp(names->v[i], old))
			names->v[i] = now;
}

static void called(const char *name)
{
	struct netup_ctx c = {.home = up.home, .container = up.plan.id};
	const char *old = up.plan.name;
	char *now;
	struct err why;

	if (!up.places)
		return;
	c.name = up.plan.name = now = arena_strdup(&up.a, name);
	for (size_t i = 0; i < up.plan.nendpoints; i++)
		replace(&up.plan.endpoints[i].names, old, now);
	for (size_t i = 0; i < up.n; i++) {
		replace(&up.places[i].p.names, old, now);
		if (!up.places[i].alone && netup_place_tell(&c, &up.places[i], &why))
			log_warn("network", "%s: %s", name, why.text);
	}
	if (up.n && write_live(&why))
		log_warn("network", "%s: %s", name, why.text);
}

/* text: netup_early's. */
static int kept(const char *text)
{
	const char *root = strchr(text, '\n');
	AUTO_FD int exec = root ? open(root + 1, O_RDONLY | O_DIRECTORY | O_CLOEXEC) : -1;

	return exec < 0 ? -1 : netup_place_kept(exec, text);
}

static const char *place_text(struct arena *a)
{
	return netup_place_early_text(a, &up.plan.endpoints[0].net, up.plan.table);
}

static int take(const struct spec *s, const struct home *h)
{
	AUTO_ARENA a = ARENA_INIT;
	struct err why;
	int fd;

	if (load(s, h, &why) || !up.plan.nendpoints)
		return -1;
	fd = netup_place_kept(h->exec, place_text(&a));
	up.taken = fd >= 0;
	return fd;
}

static void early(int host)
{
	struct err why;

	up.host = host;
	if (!begin(&session, &why))
		netup_place_early(&session.c);
}

/* No container is left that this could delay. */
static void keep(void)
{
	const struct netplan_endpoint *p = up.plan.endpoints;
	AUTO_FD int dir = -1;
	struct err why;

	if (!up.places || !up.plan.nendpoints || !networks_there(up.home->data, &p->net))
		return;
	dir = netup_kept_open(up.home->exec, p->net.id);
	if (dir < 0 || setns(up.host, CLONE_NEWNET) || shimns_network(&up.host, -1) ||
	    begin(&session, &why))
		return;
	if (networks_there(up.home->data, &p->net)) /* still, and now its removal waits */
		netup_place_keep(&session.c, place_text(&up.a), dir);
	end(&session);
}

const char *netup_early(struct engine *en, struct arena *a, const struct request *r)
{
	struct networks_one o;
	struct err why;

	if (!netplan_wanted(r) || networks_get(en, a, r->network, &o, &why) ||
	    o.driver != NETWORKS_BRIDGE)
		return "";
	return arena_printf(a, "%s\n%s", netup_place_early_text(a, &o, networks_table(en, a)),
			    en->c.exec_root);
}

static void event(uint32_t index, uint32_t events)
{
	if (index >= RELAY_FIRST)
		relay_event(index - RELAY_FIRST, events);
	else if (up.resolving)
		dnsd_event(index, events);
}

const struct shimnet netup_shimnet = {kept,   early, take,     go_up,	change,
				      called, event, withdraw, go_down, keep};
