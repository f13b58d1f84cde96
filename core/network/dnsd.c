/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Sockets and askers; what names mean is dnsd_names.c's, what others know dnsd_forward.c's.
 *
 * Work per event is bounded (PER_TURN datagrams, one stream's next step), and the loop's other
 * events come in between: a flood from the container costs the container its answers and the shim
 * nothing else. Memory is bounded by CLIENTS streams, each with one query at a time, and by
 * DNSD_FORWARD_MAX questions under way. What is not needed now is not held: the index of names goes
 * when nobody has asked for a while.
 *
 * The sockets have ports of the kernel's choice, and a rule leads port 53 there, so that the
 * container may have a name server of its own at 0.0.0.0:53. Without nf_tables we take the port.
 */
#include "network/dnsd.h"
#include "base/log.h"
#include "base/mem.h"
#include "network/dns.h"
#include "network/dnsd_forward.h"
#include "network/dnsd_names.h"
#include "network/netlink.h"
#include "network/nft_ports.h"

#include <arpa/inet.h>
#include <errno.h>
#include <linux/netlink.h>
#include <netinet/in.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <sys/timerfd.h>
#include <time.h>
#include <unistd.h>

#define PORT 53
#define TTL 600
#define PER_TURN 32
#define CLIENTS 16
#define BACKLOG 32
#define STREAM_MS 10000 /* without a step ahead */
#define IDLE_MS 30000	/* without a question */

enum { EV_UDP, EV_TCP, EV_TIMER, EV_CLIENTS = 0x100, EV_FORWARD = 0x1000 };

struct client { /* one stream */
	int fd;
	uint32_t index, serial;
	int64_t due;
	bool asking; /* its query is on its way */
	uint8_t len[2];
	size_t got, want; /* of the query, behind its length; want 0: of the length */
	uint8_t *query;
	uint8_t *out; /* the answer with its length */
	size_t sent, n;
};

static struct {
	int epoll, udp, tcp, timer;
	uint16_t ports[2]; /* of udp and tcp, also when they are closed */
	bool outside, ndots;
	uint32_t serial;
	uint8_t turn; /* which of several addresses comes first */
	int64_t armed, asked;
	struct client *clients[CLIENTS];
	struct dnsd_counts counts;
} d = {.udp = -1, .tcp = -1, .timer = -1};
static uint8_t query[65536], answer[16384]; /* only what is used of them costs memory */

static int64_t now_ms(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (int64_t)t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

/* Line 1, 2, 4, 8 ... of a kind: said, but no flood of lines. */
static void complain(uint64_t count, const char *what)
{
	if (!(count & (count - 1)))
		log_warn("network", "DNS: %s: %llu dropped", what, (unsigned long long)count);
}

/* ---- streams */

static void hang_up(struct client *c)
{
	epoll_ctl(d.epoll, EPOLL_CTL_DEL, c->fd, NULL);
	close(c->fd);
	free(c->query);
	free(c->out);
	d.clients[c->index] = NULL;
	free(c);
}

static bool watch(struct client *c, uint32_t events)
{
	struct epoll_event ev = {events, {.u64 = DNSD_EVENT | EV_CLIENTS | c->index}};

	return !epoll_ctl(d.epoll, EPOLL_CTL_MOD, c->fd, &ev);
}

/* What is left of the answer; then the next query may come. */
static void push(struct client *c)
{
	while (c->sent < c->n) {
		ssize_t n = send(c->fd, c->out + c->sent, c->n - c->sent, MSG_NOSIGNAL);

		if (n < 0 && (errno == EAGAIN || errno == EINTR)) {
			if (!watch(c, EPOLLOUT))
				hang_up(c);
			return;
		}
		if (n < 0) {
			hang_up(c);
			return;
		}
		c->sent += (size_t)n;
		c->due = now_ms() + STREAM_MS;
	}
	free(c->out);
	free(c->query);
	c->out = c->query = NULL;
	c->sent = c->n = c->got = c->want = 0;
	if (!watch(c, EPOLLIN))
		hang_up(c);
}

static void reply(const struct dnsd_from *to, void *msg, size_t n)
{
	struct client *c = to->tcp ? d.clients[to->client] : NULL;

	if (!to->tcp) {
		/* a full buffer: the asker asks again */
		sendto(d.udp, msg, n, MSG_NOSIGNAL, (const void *)&to->peer, sizeof(to->peer));
		return;
	}
	if (!c || c->serial != to->serial || !c->asking)
		return;
	c->asking = false;
	c->due = now_ms() + STREAM_MS;
	c->out = malloc(n + 2);
	if (!c->out) {
		hang_up(c);
		return;
	}
	c->out[0] = (uint8_t)(n >> 8);
	c->out[1] = (uint8_t)n;
	memcpy(c->out + 2, msg, n);
	c->n = n + 2;
	push(c);
}

/* ---- questions */

static void put_addresses(struct dns_answer *w, const struct dns_question *q, const struct addr *v,
			  size_t n)
{
	size_t from = n ? d.turn++ % n : 0;

	for (size_t i = 0; i < n; i++) {
		const struct addr *a = &v[(from + i) % n];

		if (q->type != DNS_ANY && q->type != (a->len == 4 ? DNS_A : DNS_AAAA))
			continue;
		if (!dns_add_addr(w, a, TTL))
			break;
	}
}

/* False: we do not know the name. Otherwise w is its answer. */
static bool known(struct dns_answer *w, const struct dns_question *q)
{
	const struct addr *v;
	char name[DNS_NAME];
	struct addr a;
	size_t n;

	if (q->class != DNS_IN)
		return false;
	if (q->type == DNS_PTR && !dns_reverse(q->name, &a) && dnsd_names_of(&a, name)) {
		dns_add_ptr(w, name, TTL);
		return true;
	}
	if (dnsd_names_find(q->name, &v, &n)) {
		put_addresses(w, q, v, n);
		return true;
	}
	return d.ndots && (q->type == DNS_A || q->type == DNS_AAAA) && !strchr(q->name, '.');
}

static void refuse(const struct dnsd_from *from, const uint8_t *msg, const struct dns_question *q,
		   int rcode)
{
	struct dns_answer w;

	dns_begin(&w, answer, sizeof(answer), msg, q, (enum dns_rcode)rcode);
	reply(from, answer, dns_end(&w, q));
}

static void handle(const struct dnsd_from *from, const uint8_t *msg, size_t n)
{
	struct dns_question q;
	struct dns_answer w;
	size_t room = sizeof(answer);

	d.counts.queries++;
	d.asked = now_ms();
	if (dns_read(msg, n, &q) || n > DNSD_FORWARD_QUERY) {
		d.counts.malformed++;
		if (q.rcode >= 0 && n >= DNS_HEAD)
			refuse(from, msg, NULL, q.rcode ? q.rcode : DNS_FORMERR);
		return;
	}
	if (!from->tcp && q.room < room)
		room = q.room;
	dns_begin(&w, answer, room, msg, &q, DNS_NOERROR);
	if (known(&w, &q)) {
		d.counts.known++;
		reply(from, answer, dns_end(&w, &q));
	} else if (!d.outside) {
		refuse(from, msg, &q, DNS_SERVFAIL);
	} else if (dnsd_forward(from, msg, n, &q)) {
		d.counts.forwarded++;
	} else {
		complain(++d.counts.refused, "too many queries at a time");
		refuse(from, msg, &q, DNS_REFUSED);
	}
}

static void read_datagrams(void)
{
	for (int i = 0; i < PER_TURN; i++) {
		struct dnsd_from from = {.tcp = false};
		socklen_t size = sizeof(from.peer);
		ssize_t n = recvfrom(d.udp, query, sizeof(query), 0, (void *)&from.peer, &size);

		if (n < 0)
			return;
		handle(&from, query, (size_t)n);
	}
}

/* ---- streams' queries */

static void ask(struct client *c)
{
	struct dnsd_from from = {.tcp = true, .client = c->index, .serial = c->serial};
	uint32_t index = c->index;

	c->asking = true;
	if (!watch(c, 0)) {
		hang_up(c);
		return;
	}
	handle(&from, c->query, c->want);
	/* what is no query at all has no answer */
	if (d.clients[index] == c && c->serial == from.serial && c->asking && c->query[2] & 0x80)
		hang_up(c);
}

static void pull(struct client *c)
{
	bool head = !c->want;
	uint8_t *to = head ? c->len + c->got : c->query + c->got;
	ssize_t n = recv(c->fd, to, (head ? sizeof(c->len) : c->want) - c->got, 0);

	if (n < 0 && (errno == EAGAIN || errno == EINTR))
		return;
	if (n <= 0) {
		hang_up(c);
		return;
	}
	c->got += (size_t)n;
	c->due = now_ms() + STREAM_MS;
	if (!head && c->got == c->want) {
		ask(c);
	} else if (head && c->got == sizeof(c->len)) {
		c->want = (size_t)(c->len[0] << 8 | c->len[1]);
		c->got = 0;
		c->query =
			c->want < DNS_HEAD || c->want > DNSD_FORWARD_QUERY ? NULL : malloc(c->want);
		if (!c->query)
			hang_up(c);
	}
}

static void client_event(uint32_t index, uint32_t events)
{
	struct client *c = index < CLIENTS ? d.clients[index] : NULL;

	if (!c)
		return;
	if (c->asking && events & (EPOLLERR | EPOLLHUP))
		hang_up(c);
	else if (!c->asking && c->out)
		push(c);
	else if (!c->asking)
		pull(c);
}

/* Room for one more: the one that has been silent for longest goes. */
static uint32_t make_room(void)
{
	uint32_t worst = 0;

	for (uint32_t i = 0; i < CLIENTS; i++) {
		if (!d.clients[i])
			return i;
		if (d.clients[i]->due < d.clients[worst]->due)
			worst = i;
	}
	hang_up(d.clients[worst]);
	return worst;
}

static void take_client(void)
{
	int fd = accept4(d.tcp, NULL, NULL, SOCK_CLOEXEC | SOCK_NONBLOCK);
	struct epoll_event ev = {.events = EPOLLIN};
	struct client *c;

	if (fd < 0)
		return;
	c = mem_alloc(sizeof(*c));
	c->fd = fd;
	c->index = make_room();
	c->serial = ++d.serial;
	c->due = now_ms() + STREAM_MS;
	d.clients[c->index] = c;
	ev.data.u64 = DNSD_EVENT | EV_CLIENTS | c->index;
	if (epoll_ctl(d.epoll, EPOLL_CTL_ADD, fd, &ev))
		hang_up(c);
}

/* ---- time */

static void expire(void)
{
	int64_t now = now_ms();
	uint64_t times;

	if (read(d.timer, &times, sizeof(times)) < 0)
		return;
	d.armed = INT64_MAX;
	dnsd_forward_expire(now);
	for (uint32_t i = 0; i < CLIENTS; i++)
		if (d.clients[i] && d.clients[i]->due <= now)
			hang_up(d.clients[i]);
	if (dnsd_names_held() && d.asked + IDLE_MS <= now) {
		dnsd_names_forget();
		mem_trim();
	}
}

/* The timer is set when something is due earlier than it would tell; so mostly not. */
static void arm(void)
{
	int64_t due = dnsd_forward_due();
	struct itimerspec t = {.it_value = {0, 1}};

	for (uint32_t i = 0; i < CLIENTS; i++)
		if (d.clients[i] && d.clients[i]->due < due)
			due = d.clients[i]->due;
	if (dnsd_names_held() && d.asked + IDLE_MS < due)
		due = d.asked + IDLE_MS;
	if (due >= d.armed)
		return;
	if (due > 0) {
		t.it_value.tv_sec = due / 1000;
		t.it_value.tv_nsec = due % 1000 * 1000000 + 1;
	}
	if (!timerfd_settime(d.timer, TFD_TIMER_ABSTIME, &t, NULL))
		d.armed = due;
}

void dnsd_event(uint32_t index, uint32_t events)
{
	uint64_t strange = d.counts.strange;

	if (d.timer < 0)
		return;
	if (index == EV_UDP)
		read_datagrams();
	else if (index == EV_TCP)
		take_client();
	else if (index == EV_TIMER)
		expire();
	else if (index >= EV_FORWARD)
		dnsd_forward_event(index - EV_FORWARD);
	else if (index >= EV_CLIENTS)
		client_event(index - EV_CLIENTS, events);
	d.counts.strange = dnsd_forward_strange();
	if (d.counts.strange != strange)
		complain(d.counts.strange, "answers that nobody asked for");
	arm();
}

void dnsd_counts(struct dnsd_counts *ret)
{
	*ret = d.counts;
}

/* ---- open and close */

/* Bound to a port of 127.0.0.11, 0: any. *ret_port: which. */
static int listen_at(int type, uint16_t port, uint16_t *ret_port, struct err *e)
{
	AUTO_FD int fd = socket(AF_INET, type | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	struct sockaddr_in at = {.sin_family = AF_INET, .sin_port = htons(port)};
	socklen_t size = sizeof(at);
	int on = 1;

	inet_pton(AF_INET, DNSD_ADDRESS, &at.sin_addr);
	if (fd < 0 || setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on)) ||
	    bind(fd, (void *)&at, sizeof(at)) || (type == SOCK_STREAM && listen(fd, BACKLOG)) ||
	    getsockname(fd, (void *)&at, &size))
		return err_sys(e, "listen at " DNSD_ADDRESS " port %u for DNS queries", port);
	*ret_port = ntohs(at.sin_port);
	return fd_steal(&fd);
}

static int listen_both(const uint16_t ports[2], struct err *e)
{
	fd_autoclose(&d.udp);
	fd_autoclose(&d.tcp);
	d.udp = listen_at(SOCK_DGRAM, ports[0], &d.ports[0], e);
	if (d.udp >= 0)
		d.tcp = listen_at(SOCK_STREAM, ports[1], &d.ports[1], e);
	return d.udp < 0 || d.tcp < 0 ? -1 : 0;
}

static int redirect(struct err *e)
{
	struct nl nf = {.fd = -1};
	int rc;

	if (nl_open(NETLINK_NETFILTER, &nf, e))
		return e->sys == EPROTONOSUPPORT ? err_set(e, ERR_UNSUPPORTED, "no netfilter") : -1;
	rc = nft_redirect_dns(&nf, d.ports[0], d.ports[1], e);
	nl_close(&nf);
	return rc;
}

/* After a restart the same ports again: the kernel remembers for minutes where it led whom to. */
static int take_port(struct err *e)
{
	static const uint16_t any[2] = {0, 0}, fixed[2] = {PORT, PORT};
	uint16_t last[2] = {d.ports[0], d.ports[1]};

	if (listen_both(last, e) && listen_both(any, e))
		return -1;
	if (!redirect(e))
		return 0;
	return e->kind == ERR_UNSUPPORTED ? listen_both(fixed, e) : -1;
}

static int attach(int fd, uint32_t index, struct err *e)
{
	struct epoll_event ev = {.events = EPOLLIN, .data.u64 = DNSD_EVENT | index};

	return epoll_ctl(d.epoll, EPOLL_CTL_ADD, fd, &ev) ? err_sys(e, "watch for DNS queries") : 0;
}

static void set(const struct dnsd_conf *c)
{
	d.outside = false;
	for (size_t i = 0; i < c->nnetworks; i++)
		d.outside = d.outside || !c->networks[i].internal;
	d.ndots = c->ndots;
}

int dnsd_open(int epoll, const struct dnsd_conf *c, struct err *e)
{
	dnsd_close();
	d.epoll = epoll;
	d.armed = INT64_MAX;
	memset(&d.counts, 0, sizeof(d.counts));
	d.timer = timerfd_create(CLOCK_MONOTONIC, TFD_CLOEXEC | TFD_NONBLOCK);
	if (d.timer < 0) {
		err_sys(e, "make a timer for DNS queries");
		return -1;
	}
	if (dnsd_names_set(c, e) || dnsd_forward_open(epoll, EV_FORWARD, c, reply, e) ||
	    take_port(e) || attach(d.udp, EV_UDP, e) || attach(d.tcp, EV_TCP, e) ||
	    attach(d.timer, EV_TIMER, e)) {
		dnsd_close();
		return -1;
	}
	set(c);
	return 0;
}

int dnsd_change(const struct dnsd_conf *c, struct err *e)
{
	if (dnsd_names_set(c, e))
		return -1;
	dnsd_forward_change(c);
	set(c);
	return 0;
}

static void detach(int *fd)
{
	if (*fd >= 0)
		epoll_ctl(d.epoll, EPOLL_CTL_DEL, *fd, NULL);
	fd_autoclose(fd);
}

void dnsd_close(void)
{
	for (uint32_t i = 0; i < CLIENTS; i++)
		if (d.clients[i])
			hang_up(d.clients[i]);
	dnsd_forward_close();
	dnsd_names_clear();
	detach(&d.udp);
	detach(&d.tcp);
	detach(&d.timer);
}
