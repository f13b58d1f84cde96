/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A peer is nothing but a socket and what it waits for. Who fills the table with connections that
 * say nothing keeps others out until they close: the socket is root's, so nobody does; and 256 may
 * wait while a kill must still get in.
 *
 * The buffer of a request is static and large for one reason: stdin that was read ahead of an
 * attach. Its pages are made when they are used.
 */
#include "container/shimpeer.h"
#include "base/mem.h"
#include "wire/conn.h"

#include <stdio.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#define PEERS 256
#define LISTENER 0xffffu

static struct {
	int ep, listen;
	struct shimpeer v[PEERS];
	struct shim_reply facts;
} peers;

static struct {
	struct shim_msg m;
	char ahead[SHIM_MAX_AHEAD];
} request;

void shimpeer_open(int epoll)
{
	peers.ep = epoll;
	peers.listen = -1;
	for (unsigned i = 0; i < PEERS; i++)
		peers.v[i].fd = -1;
}

void shimpeer_facts(int pid, int exit_code, bool oom)
{
	peers.facts.pid = pid;
	peers.facts.exit_code = exit_code;
	peers.facts.oom = oom;
}

static void watch(int fd, uint32_t index)
{
	struct epoll_event ev = {.events = EPOLLIN, .data.u64 = SHIMPEER_EVENT | index};

	epoll_ctl(peers.ep, EPOLL_CTL_ADD, fd, &ev);
}

void shimpeer_add(int fd)
{
	for (unsigned i = 0; i < PEERS; i++)
		if (peers.v[i].fd < 0) {
			peers.v[i] = (struct shimpeer){.fd = fd};
			watch(fd, i);
			return;
		}
	close(fd);
}

void shimpeer_listen(int fd)
{
	peers.listen = fd;
	watch(fd, LISTENER);
}

void shimpeer_unlisten(void)
{
	fd_autoclose(&peers.listen);
}

bool shimpeer_any(void)
{
	for (unsigned i = 0; i < PEERS; i++)
		if (peers.v[i].fd >= 0)
			return true;
	return false;
}

int shimpeer_take(struct shimpeer *p)
{
	int fd = p->fd;

	epoll_ctl(peers.ep, EPOLL_CTL_DEL, fd, NULL);
	*p = (struct shimpeer){.fd = -1};
	return fd;
}

void shimpeer_drop(struct shimpeer *p)
{
	close(shimpeer_take(p));
}

void shimpeer_tell(int fd, uint32_t op, const struct err *why)
{
	struct shim_reply r = peers.facts;

	r.version = SHIM_VERSION;
	r.op = op;
	r.rc = why ? -1 : 0;
	if (why)
		r.err = *why;
	/* a peer that went away is none of our business, one that is full neither */
	send(fd, &r, sizeof(r), MSG_NOSIGNAL | MSG_DONTWAIT);
}

void shimpeer_reply(const struct shimpeer *p, uint32_t op, const struct err *why)
{
	shimpeer_tell(p->fd, op, why);
}

void shimpeer_wait(struct shimpeer *p, enum shimpeer_waits which, uint32_t op)
{
	p->waits = which;
	p->op = op;
}

void shimpeer_answer(enum shimpeer_waits which, const struct err *why)
{
	for (unsigned i = 0; i < PEERS; i++)
		if (peers.v[i].fd >= 0 && peers.v[i].waits == which) {
			shimpeer_reply(&peers.v[i], peers.v[i].op, why);
			shimpeer_drop(&peers.v[i]);
		}
}

static void take_new(void)
{
	int fd = peers.listen < 0 ? -1 : accept4(peers.listen, NULL, NULL, SOCK_CLOEXEC);

	if (fd >= 0)
		shimpeer_add(fd);
}

bool shimpeer_event(uint32_t index, struct shimpeer_request *ret)
{
	struct shimpeer *p = index < PEERS ? &peers.v[index] : NULL;
	ssize_t n;

	if (index == LISTENER)
		take_new();
	if (!p || p->fd < 0)
		return false;
	*ret = (struct shimpeer_request){.from = p, .fd = -1, .ahead = request.ahead};
	n = conn_recv_fd(p->fd, &request, sizeof(request), &ret->fd);
	if (n < (ssize_t)sizeof(request.m)) {
		fd_autoclose(&ret->fd);
		shimpeer_drop(p);
		return false;
	}
	ret->msg = request.m;
	ret->n = (size_t)n - sizeof(request.m);
	return true;
}
