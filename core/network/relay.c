/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Each way of a connection is one pipe: at most a pipeful at an event, so that no connection keeps
 * the shim from its other work. Where a pipe holds something its target is watched for room, else
 * its source for data; nothing is watched in vain.
 */
#include "network/relay.h"
#include "base/file.h"
#include "base/mem.h"

#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <sched.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#define CONNS_MAX 256
#define BACKLOG 128
#define CHUNK 65536	 /* a pipe's usual size */
#define LISTENER 0x2000u /* in the index; else connection * 2 + side */

struct way {
	int pipe[2];
	size_t held;
	bool end, shut; /* of the source; told to the target */
};
struct conn {
	int fd[2];	   /* 0: who asked, 1: the container */
	struct way way[2]; /* from that side to the other */
	uint32_t watched[2];
	bool waits; /* for the container's answer to connect */
};
struct listener {
	int fd;
	struct addr to;
	uint16_t port;
};

static struct {
	int epoll, hostns;
	uint32_t first;
	struct conn **conns;
	size_t nconns;
	struct listener *listeners;
	size_t nlisteners;
} rl = {.epoll = -1};

void relay_open(int epoll, int hostns, uint32_t event)
{
	rl.epoll = epoll;
	rl.hostns = hostns;
	rl.first = event;
}

int relay_listen(int fd, const struct addr *to, uint16_t port, struct err *e)
{
	struct epoll_event ev = {.events = EPOLLIN,
				 .data.u64 = rl.first + (LISTENER | rl.nlisteners)};

	if (rl.nlisteners == LISTENER)
		return err_set(e, ERR_INVALID, "at most %u ports are relayed", LISTENER);
	if (listen(fd, BACKLOG) || fcntl(fd, F_SETFL, O_NONBLOCK) ||
	    epoll_ctl(rl.epoll, EPOLL_CTL_ADD, fd, &ev))
		return err_sys(e, "listen on a published port");
	rl.listeners = mem_realloc(rl.listeners, (rl.nlisteners + 1) * sizeof(*rl.listeners));
	rl.listeners[rl.nlisteners++] = (struct listener){fd, *to, port};
	return 0;
}

/* ---- connections */

static void cut(size_t i)
{
	struct conn *c = rl.conns[i];

	for (int side = 0; side < 2; side++) {
		fd_autoclose(&c->fd[side]);
		fd_autoclose(&c->way[side].pipe[0]);
		fd_autoclose(&c->way[side].pipe[1]);
	}
	mem_autofree(&rl.conns[i]);
	rl.conns[i] = NULL;
}

/* A socket of the host's namespace, on its way to the container; -1. */
static int call(const struct listener *l)
{
	struct sockaddr_in v4 = {.sin_family = AF_INET, .sin_port = htons(l->port)};
	struct sockaddr_in6 v6 = {.sin6_family = AF_INET6, .sin6_port = htons(l->port)};
	AUTO_FD int own = open("/proc/self/ns/net", O_RDONLY | O_CLOEXEC), fd = -1;
	bool is4 = l->to.len == 4;
	int rc;

	if (own < 0 || setns(rl.hostns, CLONE_NEWNET))
		return -1;
	fd = socket(is4 ? AF_INET : AF_INET6, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	if (setns(own, CLONE_NEWNET))
		_exit(125); /* nothing here may go on in the wrong place */
	memcpy(&v4.sin_addr, l->to.b, 4);
	memcpy(&v6.sin6_addr, l->to.b, 16);
	rc = fd < 0 ? -1
	     : is4  ? connect(fd, (struct sockaddr *)&v4, sizeof(v4))
		    : connect(fd, (struct sockaddr *)&v6, sizeof(v6));
	return fd >= 0 && (!rc || errno == EINPROGRESS) ? fd_steal(&fd) : -1;
}

static size_t free_slot(void)
{
	size_t i = 0;

	while (i < rl.nconns && rl.conns[i])
		i++;
	if (i == rl.nconns && i < CONNS_MAX) {
		rl.conns = mem_realloc(rl.conns, (i + 1) * sizeof(*rl.conns));
		rl.conns[rl.nconns++] = NULL;
	}
	return i;
}

/* What each side is watched for now. */
static int watch(size_t i)
{
	struct conn *c = rl.conns[i];

	for (uint32_t side = 0; side < 2; side++) {
		const struct way *out = &c->way[side], *in = &c->way[!side];
		struct epoll_event ev = {.data.u64 = rl.first + i * 2 + side};

		if (!c->waits && !out->end && !out->held)
			ev.events |= EPOLLIN;
		if (in->held || (c->waits && side))
			ev.events |= EPOLLOUT;
		if (ev.events == c->watched[side])
			continue;
		if (epoll_ctl(rl.epoll, EPOLL_CTL_MOD, c->fd[side], &ev))
			return -1;
		c->watched[side] = ev.events;
	}
	return 0;
}

static int prepare(size_t i)
{
	struct conn *c = rl.conns[i];

	for (uint32_t side = 0; side < 2; side++) {
		struct epoll_event ev = {.data.u64 = rl.first + i * 2 + side};

		if (pipe2(c->way[side].pipe, O_CLOEXEC | O_NONBLOCK) ||
		    epoll_ctl(rl.epoll, EPOLL_CTL_ADD, c->fd[side], &ev))
			return -1;
	}
	return watch(i);
}

/* What waits to be accepted would wake us for ever. */
static void make_room(void)
{
	for (size_t i = 0; i < rl.nconns; i++)
		if (rl.conns[i]) {
			cut(i);
			return;
		}
}

static void take(const struct listener *l)
{
	AUTO_FD int from = accept4(l->fd, NULL, NULL, SOCK_CLOEXEC | SOCK_NONBLOCK), to = -1;
	size_t i = from < 0 ? CONNS_MAX : free_slot();
	struct conn *c;

	if (from < 0 && (errno == EMFILE || errno == ENFILE))
		make_room();
	if (i == CONNS_MAX)
		return; /* refused: closed */
	to = call(l);
	if (to < 0)
		return;
	c = rl.conns[i] = mem_alloc(sizeof(*c));
	*c = (struct conn){.fd = {fd_steal(&from), fd_steal(&to)},
			   .way = {{.pipe = {-1, -1}}, {.pipe = {-1, -1}}},
			   .waits = true};
	if (prepare(i))
		cut(i);
}

/* -1: the connection is broken. */
static int move(struct way *w, int from, int to)
{
	const unsigned flags = SPLICE_F_MOVE | SPLICE_F_NONBLOCK;
	ssize_t n;

	if (!w->held && !w->end) {
		n = splice(from, NULL, w->pipe[1], NULL, CHUNK, flags);
		if (n < 0 && errno != EAGAIN && errno != EINTR)
			return -1;
		w->end = !n;
		w->held += n > 0 ? (size_t)n : 0;
	}
	if (w->held) {
		n = splice(w->pipe[0], NULL, to, NULL, w->held, flags);
		if (n < 0 && errno != EAGAIN && errno != EINTR)
			return -1;
		w->held -= n > 0 ? (size_t)n : 0;
	}
	if (w->end && !w->held && !w->shut) {
		shutdown(to, SHUT_WR);
		w->shut = true;
	}
	return 0;
}

static void serve(size_t i, uint32_t events)
{
	struct conn *c = rl.conns[i];

	c->waits = c->waits && !(events & EPOLLOUT);
	/* waits still: who asked hung up before there was an answer */
	if (events & EPOLLERR || c->waits || move(&c->way[0], c->fd[0], c->fd[1]) ||
	    move(&c->way[1], c->fd[1], c->fd[0]) || (c->way[0].shut && c->way[1].shut) || watch(i))
		cut(i);
}

void relay_event(uint32_t index, uint32_t events)
{
	if (index & LISTENER) {
		if ((index & ~LISTENER) < rl.nlisteners)
			take(&rl.listeners[index & ~LISTENER]);
	} else if (index / 2 < rl.nconns && rl.conns[index / 2]) {
		serve(index / 2, events);
	}
}

void relay_close(void)
{
	for (size_t i = 0; i < rl.nconns; i++)
		if (rl.conns[i])
			cut(i);
	for (size_t i = 0; i < rl.nlisteners; i++)
		epoll_ctl(rl.epoll, EPOLL_CTL_DEL, rl.listeners[i].fd, NULL);
	rl.nlisteners = 0;
}
