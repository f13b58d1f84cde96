/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The sockets are connected, so that the kernel itself drops what another address sends, and says
 * at once when nobody listens there (ECONNREFUSED). Its choice of an unbound socket's port is
 * random. One for all questions with one port for months would be cheaper by a few microseconds
 * and a good deal easier to lie to.
 *
 * The host's servers are asked by sockets made in the host's namespace: going there and back is
 * two system calls in a process of one thread (as in hostnet.c, which would open its namespace anew
 * each time). A process that could not come back ends.
 *
 * A question by TCP is forwarded by TCP: whoever asks so wants what did not fit into a datagram.
 */
#include "network/dnsd_forward.h"
#include "base/log.h"
#include "base/mem.h"
#include "base/rand.h"
#include "network/dnsd_servers.h"

#include <errno.h>
#include <fcntl.h>
#include <net/if.h>
#include <sched.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#define PORT 53
#define WAIT_MS 2000
#define PER_TURN 8	/* datagrams of one socket */
#define STRANGE_MAX 100 /* answers that are not ours: somebody is guessing, take another socket */

struct ask {
	int fd; /* -1: none */
	uint32_t index;
	unsigned tried;	  /* servers */
	unsigned strange; /* answers to this one */
	int64_t due;
	struct dnsd_from from;
	uint16_t id; /* the asker's; in query stands ours */
	size_t end;  /* of the question */
	/* by TCP: how far the query with its length has gone, how much of the answer has come */
	size_t sent, got, want;
	uint8_t *reply;
	uint8_t len[2];
	size_t n;
	uint8_t query[];
};

static struct {
	int epoll, host, own; /* own: the container's namespace */
	uint32_t base, last;
	struct ask *asks[DNSD_FORWARD_MAX];
	int64_t due;
	uint64_t strange;
	dnsd_forward_answer *answer;
} fw = {.host = -1, .own = -1};
static uint8_t datagram[65536]; /* only what is used of it costs memory */

static int64_t now_ms(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (int64_t)t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

/* ---- sockets */

static socklen_t address(const struct dnsd_server *s, struct sockaddr_storage *ret)
{
	struct sockaddr_in *v4 = (void *)ret;
	struct sockaddr_in6 *v6 = (void *)ret;

	memset(ret, 0, sizeof(*ret));
	if (s->addr.len == 4) {
		v4->sin_family = AF_INET;
		v4->sin_port = htons(PORT);
		memcpy(&v4->sin_addr, s->addr.b, 4);
		return sizeof(*v4);
	}
	v6->sin6_family = AF_INET6;
	v6->sin6_port = htons(PORT);
	memcpy(&v6->sin6_addr, s->addr.b, 16);
	v6->sin6_scope_id = *s->zone ? if_nametoindex(s->zone) : 0;
	return sizeof(*v6);
}

static int connected(const struct dnsd_server *s, bool tcp)
{
	int type = (tcp ? SOCK_STREAM : SOCK_DGRAM) | SOCK_CLOEXEC | SOCK_NONBLOCK;
	struct sockaddr_storage to;
	socklen_t size = address(s, &to);
	AUTO_FD int fd = socket(to.ss_family, type, 0);

	if (fd < 0 || (connect(fd, (void *)&to, size) && errno != EINPROGRESS))
		return -1;
	return fd_steal(&fd);
}

static int socket_to(const struct dnsd_server *s, bool tcp)
{
	int fd;

	if (!s->host)
		return connected(s, tcp);
	if (setns(fw.host, CLONE_NEWNET))
		return -1;
	fd = connected(s, tcp);
	if (setns(fw.own, CLONE_NEWNET)) {
		log_write(LOG_ERROR, "network", "cannot go back to the own network namespace");
		_exit(125);
	}
	return fd;
}

/* ---- one question */

static void hang_up(struct ask *a)
{
	/* said aloud: a child on its way to its exec may hold a copy, and so the registration */
	if (a->fd >= 0)
		epoll_ctl(fw.epoll, EPOLL_CTL_DEL, a->fd, NULL);
	fd_autoclose(&a->fd);
	free(a->reply);
	a->reply = NULL;
	a->sent = a->got = a->want = 0;
	a->strange = 0;
}

static void finish(struct ask *a, void *msg, size_t n)
{
	struct dnsd_from from = a->from;

	dns_set_id(msg, a->id);
	fw.asks[a->index] = NULL;
	fw.answer(&from, msg, n);
	hang_up(a);
	free(a);
}

static bool ask_server(struct ask *a, const struct dnsd_server *s)
{
	uint32_t events = a->from.tcp ? EPOLLOUT : EPOLLIN;
	struct epoll_event ev = {.events = events, .data.u64 = DNSD_EVENT | fw.base | a->index};
	uint16_t id;

	rand_bytes(&id, sizeof(id));
	dns_set_id(a->query, id);
	a->len[0] = (uint8_t)(a->n >> 8);
	a->len[1] = (uint8_t)a->n;
	a->fd = socket_to(s, a->from.tcp);
	if (a->fd < 0 || (!a->from.tcp && send(a->fd, a->query, a->n, 0) < 0) ||
	    epoll_ctl(fw.epoll, EPOLL_CTL_ADD, a->fd, &ev)) {
		hang_up(a);
		return false;
	}
	a->due = now_ms() + WAIT_MS;
	if (a->due < fw.due)
		fw.due = a->due;
	return true;
}

/* The next server that can be asked; where there is none, that is the answer. */
static void go_on(struct ask *a)
{
	const struct dnsd_server *s;
	size_t n = dnsd_servers(&s);

	hang_up(a);
	while (a->tried < n)
		if (ask_server(a, &s[a->tried++]))
			return;
	/* the question alone, as an answer */
	a->query[2] |= 0x80;
	a->query[3] = 0x80 | DNS_SERVFAIL;
	memset(a->query + 6, 0, 6);
	finish(a, a->query, a->end);
}

bool dnsd_forward(const struct dnsd_from *from, const void *query, size_t n,
		  const struct dns_question *q)
{
	uint32_t at = fw.last;
	struct ask *a;

	if (n > DNSD_FORWARD_QUERY)
		return false;
	do
		at = (at + 1) % DNSD_FORWARD_MAX;
	while (fw.asks[at] && at != fw.last);
	if (fw.asks[at])
		return false;
	a = mem_alloc(sizeof(*a) + n);
	*a = (struct ask){.fd = -1, .index = at, .from = *from, .id = dns_id(query), .end = q->end};
	a->n = n;
	memcpy(a->query, query, n);
	fw.asks[at] = a;
	fw.last = at;
	go_on(a);
	return true;
}

/* ---- answers */

/* True: it is one, and the asker has it. False: a is as before, or has gone on to the next. */
static bool taken(struct ask *a, uint8_t *msg, size_t n)
{
	bool ours = dns_answers(msg, n, a->query, a->end);
	enum dns_rcode rcode;

#ifdef PROA_WEAK_DNSREPLY
	ours = n >= DNS_HEAD;
#endif
	if (!ours) {
		fw.strange++;
		if (++a->strange < STRANGE_MAX && !a->from.tcp)
			return false;
		go_on(a);
		return true;
	}
	rcode = dns_rcode(msg);
	if (rcode == DNS_SERVFAIL || rcode == DNS_REFUSED)
		go_on(a);
	else
		finish(a, msg, n);
	return true;
}

static void read_datagrams(struct ask *a)
{
	for (int i = 0; i < PER_TURN; i++) {
		ssize_t n = recv(a->fd, datagram, sizeof(datagram), 0);

		if (n < 0 && (errno == EAGAIN || errno == EINTR))
			return;
		if (n < 0) {
			go_on(a);
			return;
		}
		if (taken(a, datagram, (size_t)n))
			return;
	}
}

/* -1: not all yet, 0: broken, 1: done. */
static int send_stream(struct ask *a)
{
	while (a->sent < a->n + 2) {
		const uint8_t *from = a->sent < 2 ? a->len + a->sent : a->query + a->sent - 2;
		size_t left = a->sent < 2 ? 2 - a->sent : a->n + 2 - a->sent;
		ssize_t n = send(a->fd, from, left, MSG_NOSIGNAL | (a->sent < 2 ? MSG_MORE : 0));

		if (n < 0)
			return errno == EAGAIN || errno == EINTR ? -1 : 0;
		a->sent += (size_t)n;
	}
	return 1;
}

static int read_stream(struct ask *a)
{
	for (;;) {
		uint8_t *to = a->want ? a->reply + a->got : a->len + a->got;
		size_t left = (a->want ? a->want : 2) - a->got;
		ssize_t n = recv(a->fd, to, left, 0);

		if (n < 0)
			return errno == EAGAIN || errno == EINTR ? -1 : 0;
		if (!n)
			return 0;
		a->got += (size_t)n;
		if ((size_t)n < left)
			continue;
		if (a->want)
			return 1;
		a->want = (size_t)(a->len[0] << 8 | a->len[1]);
		a->got = 0;
		if (a->want < DNS_HEAD)
			return 0;
		a->reply = malloc(a->want);
		if (!a->reply)
			return 0;
	}
}

static void stream_event(struct ask *a)
{
	struct epoll_event ev = {.events = EPOLLIN, .data.u64 = DNSD_EVENT | fw.base | a->index};
	bool sending = a->sent < a->n + 2;
	int rc = sending ? send_stream(a) : read_stream(a);

	if (rc < 0)
		return;
	if (sending && rc)
		rc = !epoll_ctl(fw.epoll, EPOLL_CTL_MOD, a->fd, &ev);
	else if (rc) {
		uint8_t *msg = ptr_steal(&a->reply);

		taken(a, msg, a->want);
		free(msg);
		return;
	}
	if (!rc)
		go_on(a);
}

void dnsd_forward_event(uint32_t index)
{
	struct ask *a = index < DNSD_FORWARD_MAX ? fw.asks[index] : NULL;

	if (!a || a->fd < 0)
		return;
	if (a->from.tcp)
		stream_event(a);
	else
		read_datagrams(a);
}

void dnsd_forward_expire(int64_t now)
{
	if (now < fw.due)
		return;
	fw.due = INT64_MAX;
	for (uint32_t i = 0; i < DNSD_FORWARD_MAX; i++) {
		struct ask *a = fw.asks[i];

		if (a && a->due <= now)
			go_on(a);
		else if (a && a->due < fw.due)
			fw.due = a->due;
	}
}

int64_t dnsd_forward_due(void)
{
	return fw.due;
}

uint64_t dnsd_forward_strange(void)
{
	return fw.strange;
}

/* ---- open and close */

void dnsd_forward_change(const struct dnsd_conf *c)
{
	dnsd_servers_set(&c->servers);
}

int dnsd_forward_open(int epoll, uint32_t base, const struct dnsd_conf *c,
		      dnsd_forward_answer *answer, struct err *e)
{
	fw.own = open("/proc/self/ns/net", O_RDONLY | O_CLOEXEC);
	fw.host = fcntl(c->hostns, F_DUPFD_CLOEXEC, 3);
	if (fw.own < 0 || fw.host < 0) {
		err_sys(e, "keep the network namespaces open");
		dnsd_forward_close();
		return -1;
	}
	fw.epoll = epoll;
	fw.base = base;
	fw.answer = answer;
	fw.due = INT64_MAX;
	fw.strange = 0;
	dnsd_forward_change(c);
	return 0;
}

void dnsd_forward_close(void)
{
	for (uint32_t i = 0; i < DNSD_FORWARD_MAX; i++)
		if (fw.asks[i]) {
			hang_up(fw.asks[i]);
			free(ptr_steal(&fw.asks[i]));
		}
	fd_autoclose(&fw.own);
	fd_autoclose(&fw.host);
}
