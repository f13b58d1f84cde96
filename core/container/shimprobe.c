/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A command's process has a session of its own (enter.c), but what it started may have made others,
 * or gone into the background, where its parent is the command's process, which is made a reaper.
 * So whoever is to be killed is found by session and by parent, stopped so that it makes no more
 * and runs from no parent, and all are killed when no new one is found. That reads all of /proc,
 * which is why only a probe that hangs pays for it.
 *
 * Rejected: a control group per probe. On v1 that is a mkdir in each of a dozen hierarchies every
 * half a minute, and limits counted twice.
 */
#include "container/shimprobe.h"
#include "base/fs.h"
#include "base/mem.h"
#include "container/child.h"
#include "container/enter.h"

#include <arpa/inet.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#define VICTIMS 512
#define ROUNDS 16
#define URL_MAX 1024

enum { EV_OUTPUT, EV_SOCKET };

struct place { /* http://host:port/path */
	struct sockaddr_storage addr;
	socklen_t len;
	char host[300], path[URL_MAX];
};

static struct {
	int ep;
	uint64_t base;
	const struct spec *s;
	pid_t pid;
	int64_t born;
	struct spawn_proc proc; /* pid 0: none */
	int out, sock;
	bool killed, http, connected;
	struct place place;
	int code;
	size_t n;
	bool truncated;
	char output[SHIMPROBE_OUTPUT];
} pr;

void shimprobe_init(int epoll, uint64_t base, const struct spec *s, pid_t pid, int64_t born)
{
	pid_t dying = pr.proc.pid;

	pr.ep = epoll;
	pr.base = base;
	pr.s = s;
	pr.pid = pid;
	pr.born = born;
	if (!dying) {
		pr.proc = (struct spawn_proc){0, -1, -1, -1, -1};
		pr.out = pr.sock = -1;
	}
}

static void close_fds(void)
{
	fd_autoclose(&pr.out);
	fd_autoclose(&pr.sock);
}

static bool watch(int fd, uint32_t index, uint32_t events)
{
	struct epoll_event ev = {.events = events, .data.u64 = pr.base | index};

	return epoll_ctl(pr.ep, EPOLL_CTL_ADD, fd, &ev) == 0;
}

static void say(const char *text)
{
	pr.n = strnlen(text, sizeof(pr.output));
	memcpy(pr.output, text, pr.n);
}

/* Over: the text is what there is to say. */
static bool over(int code, const char *text)
{
	close_fds();
	pr.code = code;
	if (text)
		say(text);
	return true;
}

/* ---- a command */

static void take_output(void)
{
	char data[4096];
	ssize_t n;

	/* what it writes faster than this stays in the pipe until the next event */
	for (int i = 0; i < 16 && (n = read(pr.out, data, sizeof(data))) > 0; i++) {
		size_t room = sizeof(pr.output) - pr.n;
		size_t k = (size_t)n < room ? (size_t)n : room;

		memcpy(pr.output + pr.n, data, k);
		pr.n += k;
		pr.truncated = pr.truncated || k < (size_t)n;
	}
	if (n == 0)
		fd_autoclose(&pr.out);
}

static bool start_command(const struct strs *args)
{
	struct spawn_io io = {.in = -1, .out = -1, .err = -1, .console_sock = -1};
	struct spec s = *pr.s;
	int ends[2], rc;
	struct err e;

	s.args = *args;
	s.tty = s.init = s.open_stdin = false;
	s.reaper = true;
	if (pipe2(ends, O_CLOEXEC))
		return over(-1, "cannot create a pipe");
	pr.out = ends[0];
	fcntl(pr.out, F_SETFL, O_RDONLY | O_NONBLOCK);
	io.out = io.err = ends[1];
	rc = enter_make(&s, pr.pid, pr.born, &io, &pr.proc, &e);
	close(ends[1]);
	if (rc) {
		pr.proc.pid = 0;
		return over(-1, e.text);
	}
	watch(pr.out, EV_OUTPUT, EPOLLIN);
	enter_go(&pr.proc);
	return false;
}

static bool start_shell(const char *line)
{
	static char sh[] = "/bin/sh", c[] = "-c";
	char *v[] = {sh, c, (char *)line, NULL};

	return start_command(&(struct strs){.v = v, .n = 3});
}

bool shimprobe_reap(void)
{
	struct err e;
	int status;

	if (!pr.proc.pid || waitpid(pr.proc.pid, &status, WNOHANG) != pr.proc.pid)
		return false;
	/* it has ended, so nobody holds the other end */
	if (!pr.killed && child_await(pr.proc.status, "the probe", &e)) {
		over(-1, e.text);
	} else if (!pr.killed) {
		if (pr.out >= 0)
			take_output();
		over(WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status), NULL);
	}
	fd_autoclose(&pr.proc.status);
	fd_autoclose(&pr.proc.pidfd);
	pr.proc.pid = 0;
	close_fds();
	return !pr.killed;
}

/* ---- killing one that hangs */

struct victims {
	pid_t v[VICTIMS];
	size_t n;
};

static bool among(const struct victims *all, pid_t pid)
{
	for (size_t i = 0; i < all->n; i++)
		if (all->v[i] == pid)
			return true;
	return false;
}

/* Parent and session of a process. */
static bool look(int proc, const char *pid, int *parent, int *session)
{
	char path[32], line[512], *p;
	AUTO_FD int fd = -1;
	ssize_t n;

	snprintf(path, sizeof(path), "%.16s/stat", pid);
	fd = openat(proc, path, O_RDONLY | O_CLOEXEC);
	n = fd < 0 ? -1 : read(fd, line, sizeof(line) - 1);
	if (n <= 0)
		return false;
	line[n] = 0;
	p = strrchr(line, ')'); /* the name may hold anything */
	return p && sscanf(p + 1, " %*c %d %*d %d", parent, session) == 2;
}

/* Whether somebody new was found and stopped. */
static bool find_more(DIR *d, struct victims *all)
{
	struct dirent *de;
	bool more = false;
	int parent, session;

	rewinddir(d);
	while (all->n < VICTIMS && (de = readdir(d))) {
		pid_t pid = atoi(de->d_name);

		if (pid <= 0 || among(all, pid) || !look(dirfd(d), de->d_name, &parent, &session) ||
		    (session != pr.proc.pid && !among(all, parent)))
			continue;
		kill(pid, SIGSTOP);
		all->v[all->n++] = pid;
		more = true;
	}
	return more;
}

void shimprobe_kill(void)
{
	static struct victims all;
	int fd = pr.proc.pid ? openat(AT_FDCWD, "/proc", O_RDONLY | O_DIRECTORY | O_CLOEXEC) : -1;
	DIR *d = fd < 0 ? NULL : fdopendir(fd);

	close_fds();
	if (!pr.proc.pid)
		return;
	pr.killed = true;
	all.v[0] = pr.proc.pid;
	all.n = 1;
	kill(pr.proc.pid, SIGSTOP);
	for (int i = 0; d && i < ROUNDS && find_more(d, &all); i++)
		;
	for (size_t i = 0; i < all.n; i++)
		kill(all.v[i], SIGKILL);
	if (d)
		closedir(d);
	else
		fd_autoclose(&fd);
}

/* ---- without a process */

static bool start_file(const char *path)
{
	char name[40];
	AUTO_FD int root = -1, fd = -1;
	struct err e;

	snprintf(name, sizeof(name), "/proc/%d/root", (int)pr.pid);
	root = openat(AT_FDCWD, name, O_PATH | O_DIRECTORY | O_CLOEXEC);
	fd = root < 0 ? err_sys(&e, "open the container's root")
		      : fs_open(root, path, FS_IN_ROOT, O_PATH, 0, &e);
	return fd < 0 ? over(1, e.text) : over(0, "");
}

/* host:port, [address]:port, host; only addresses and "localhost": names would have to be asked
 * for. */
static bool parse(const char *text, unsigned port, struct place *p)
{
	size_t n = strcspn(text, "/");
	char host[64], *colon, *end;
	struct sockaddr_in *v4 = (struct sockaddr_in *)(void *)&p->addr;
	struct sockaddr_in6 *v6 = (struct sockaddr_in6 *)(void *)&p->addr;

	*p = (struct place){.len = 0};
	if (n >= sizeof(host) || snprintf(p->path, sizeof(p->path), "%s",
					  text[n] ? text + n : "/") >= (int)sizeof(p->path))
		return false;
	memcpy(host, text, n);
	host[n] = 0;
	snprintf(p->host, sizeof(p->host), "%s", host);
	colon = strrchr(host, ':');
	if (colon && colon[1] && !strchr(colon, ']')) {
		port = (unsigned)strtoul(colon + 1, &end, 10);
		if (*end)
			return false;
		*colon = 0;
	}
	if (!port || port > 65535)
		return false;
	if (host[0] == '[' && host[strlen(host) - 1] == ']') {
		host[strlen(host) - 1] = 0;
		v6->sin6_family = AF_INET6;
		v6->sin6_port = htons((uint16_t)port);
		p->len = sizeof(*v6);
		return inet_pton(AF_INET6, host + 1, &v6->sin6_addr) == 1;
	}
	v4->sin_family = AF_INET;
	v4->sin_port = htons((uint16_t)port);
	p->len = sizeof(*v4);
	return inet_pton(AF_INET, strcmp(host, "localhost") ? host : "127.0.0.1", &v4->sin_addr) ==
	       1;
}

/* Made in the container's network namespace, which it belongs to from then on. */
static int socket_inside(int family)
{
	AUTO_FD int ours = openat(AT_FDCWD, "/proc/self/ns/net", O_RDONLY | O_CLOEXEC);
	AUTO_FD int theirs = -1;
	struct stat a, b;
	char name[40];
	bool moved;
	int fd;

	snprintf(name, sizeof(name), "/proc/%d/ns/net", (int)pr.pid);
	theirs = openat(AT_FDCWD, name, O_RDONLY | O_CLOEXEC);
	if (ours < 0 || theirs < 0 || fstat(ours, &a) || fstat(theirs, &b))
		return -1;
	moved = a.st_ino != b.st_ino;
	if (moved && setns(theirs, CLONE_NEWNET))
		return -1;
	fd = socket(family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	if (moved && setns(ours, CLONE_NEWNET))
		fd_autoclose(&fd);
	return fd;
}

static bool no_connection(int error)
{
	char text[400];

	snprintf(text, sizeof(text), "connect to %s: %s", pr.place.host, strerror(error));
	return over(1, text);
}

static bool start_socket(const char *where, bool http)
{
	if (!parse(where, http ? 80 : 0, &pr.place))
		return over(-1, "an address and a port are needed: http://127.0.0.1:8080/path or "
				"tcp://127.0.0.1:5432");
	pr.http = http;
	pr.connected = false;
	pr.sock = socket_inside(pr.place.addr.ss_family);
	if (pr.sock < 0)
		return over(-1, "cannot make a socket in the container's network");
	if (connect(pr.sock, (struct sockaddr *)&pr.place.addr, pr.place.len) &&
	    errno != EINPROGRESS)
		return no_connection(errno);
	if (!watch(pr.sock, EV_SOCKET, EPOLLOUT))
		return over(-1, "epoll");
	return false;
}

static bool ask(void)
{
	struct epoll_event ev = {.events = EPOLLIN, .data.u64 = pr.base | EV_SOCKET};
	char text[URL_MAX + 400];
	int n = snprintf(text, sizeof(text),
			 "GET %s HTTP/1.1\r\nHost: %s\r\nUser-Agent: proa\r\nAccept: */*\r\n"
			 "Connection: close\r\n\r\n",
			 pr.place.path, pr.place.host);

	if (send(pr.sock, text, (size_t)n, MSG_NOSIGNAL) != n)
		return over(1, "the request could not be sent");
	epoll_ctl(pr.ep, EPOLL_CTL_MOD, pr.sock, &ev);
	return false;
}

/* "HTTP/1.1 200": 2xx and 3xx are well. */
static bool judge(void)
{
	bool http = pr.n >= 12 && !memcmp(pr.output, "HTTP/1.", 7) && pr.output[8] == ' ';

	return over(http && (pr.output[9] == '2' || pr.output[9] == '3') ? 0 : 1, NULL);
}

static bool socket_event(void)
{
	int error = 0;
	socklen_t len = sizeof(error);
	ssize_t n;

	if (!pr.connected) {
		getsockopt(pr.sock, SOL_SOCKET, SO_ERROR, &error, &len);
		if (error)
			return no_connection(error);
		pr.connected = true;
		return pr.http ? ask() : over(0, "");
	}
	n = recv(pr.sock, pr.output + pr.n, sizeof(pr.output) - pr.n, MSG_DONTWAIT);
	if (n < 0 && (errno == EAGAIN || errno == EINTR))
		return false;
	if (n > 0)
		pr.n += (size_t)n;
	/* the first line says all */
	return n <= 0 || memchr(pr.output, '\n', pr.n) || pr.n == sizeof(pr.output) ? judge()
										    : false;
}

/* ---- all */

bool shimprobe_start(void)
{
	const struct strs *t = &pr.s->health.test;

	pr.killed = pr.truncated = false;
	pr.n = 0;
	if (t->n < 2)
		return over(-1, "the health check has no command");
	if (!strcmp(t->v[0], "HTTP"))
		return start_socket(t->v[1], true);
	if (!strcmp(t->v[0], "TCP"))
		return start_socket(t->v[1], false);
	if (!strcmp(t->v[0], "FILE"))
		return start_file(t->v[1]);
	if (!strcmp(t->v[0], "CMD-SHELL"))
		return start_shell(t->v[1]);
	return start_command(&(struct strs){.v = t->v + 1, .n = t->n - 1});
}

bool shimprobe_event(uint32_t index)
{
	if (index == EV_SOCKET)
		return pr.sock >= 0 && socket_event();
	if (pr.out >= 0)
		take_output();
	return false;
}

bool shimprobe_busy(void)
{
	return pr.proc.pid || pr.sock >= 0;
}

void shimprobe_result(struct shimprobe_result *ret)
{
	*ret = (struct shimprobe_result){pr.code, pr.output, pr.n, pr.truncated};
}
