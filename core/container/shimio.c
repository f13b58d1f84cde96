/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Level-triggered epoll; whatever cannot go on is taken out of the set rather than masked, because
 * a masked descriptor still reports a hang-up and would make the loop spin.
 *
 *   container's stdout/stderr -> chunk[] -> each client's socket, or what it does not take, pend[]
 *                                        -> the log (shimlog.h)
 *   client's socket -> in.data[] -> container's stdin
 *
 * A pipe is read only while no lossless client has anything pending, so one chunk is all that such
 * a client's buffer must hold. Buffers are static: pages that are never used are never made.
 * Docker's frame is 8 bytes: stream, three zeros, length (big endian); a tty's stream has none.
 */
#include "container/shimio.h"
#include "base/mem.h"
#include "container/console.h"
#include "container/shim.h"
#include "container/shimlog.h"
#include "wire/conn.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/uio.h>

#define CLIENTS 16
#define CHUNK 65536 /* what a pipe holds */
#define PEND (2 * CHUNK)
#define READ_AHEAD 16384 /* of stdin: less than a pipe holds */

enum { EV_OUT = 0, EV_ERR = 1, EV_IN = 2, EV_CLIENT = 16 };

struct client {
	int fd; /* -1: free slot */
	uint32_t flags;
	bool lossless;
	bool ended;    /* its side is shut: no more stdin from it */
	bool over;     /* its run has ended: it gets what it has pending, and the end */
	unsigned held; /* of keys[]: the input may go on to be all of it */
	unsigned nkeys;
	char keys[SHIM_MAX_KEYS]; /* what detaches it */
	uint32_t events;	  /* what epoll watches; 0: not in the set */
	size_t off, len;	  /* of pend[] */
};

static struct client clients[CLIENTS];
static char pend[CLIENTS][PEND];
static char chunk[CHUNK];

static struct {
	int ep;
	bool tty, open_stdin, stdin_once, running, over;
	int out[2]; /* stdout, stderr: where we read; tty: out[0] is the master */
	bool watched[2];
	int slave; /* of the tty: while we have it open the master never hangs up */
	int in;	   /* where stdin goes: pipe, or a second descriptor of the master */
	bool in_watched;
	bool in_close; /* close stdin when its buffer is empty */
	int console;   /* our end of the socket for the master */
	struct spawn_io theirs;
	int exit_code;
} io;

static struct {
	char data[SHIM_MAX_KEYS + SHIM_MAX_AHEAD];
	size_t off, len;
} in;

static void watch(int fd, bool *state, bool want, uint32_t events, uint32_t index)
{
	struct epoll_event ev = {.events = events, .data.u64 = SHIMIO_EVENT | index};

	if (fd < 0 || *state == want)
		return;
	epoll_ctl(io.ep, want ? EPOLL_CTL_ADD : EPOLL_CTL_DEL, fd, &ev);
	*state = want;
}

static void watch_client(struct client *c, uint32_t want)
{
	uint32_t index = EV_CLIENT + (uint32_t)(c - clients);
	struct epoll_event ev = {.events = want, .data.u64 = SHIMIO_EVENT | index};

	if (c->events == want)
		return;
	epoll_ctl(io.ep,
		  !want	       ? EPOLL_CTL_DEL
		  : !c->events ? EPOLL_CTL_ADD
			       : EPOLL_CTL_MOD,
		  c->fd, &ev);
	c->events = want;
}

static void close_fd(int *fd)
{
	fd_autoclose(fd);
	*fd = -1;
}

static int pipe_pair(int *read_end, int *write_end, struct err *e)
{
	int p[2];

	if (pipe2(p, O_CLOEXEC))
		return err_sys(e, "pipe");
	*read_end = p[0];
	*write_end = p[1];
	return 0;
}

static void nonblock(int fd)
{
	fcntl(fd, F_SETFL, fcntl(fd, F_GETFL) | O_NONBLOCK);
}

static int open_pipes(struct err *e)
{
	if (io.open_stdin) {
		if (pipe_pair(&io.theirs.in, &io.in, e))
			return -1;
		nonblock(io.in);
	}
	if (pipe_pair(&io.out[0], &io.theirs.out, e) || pipe_pair(&io.out[1], &io.theirs.err, e))
		return -1;
	nonblock(io.out[0]);
	nonblock(io.out[1]);
	return 0;
}

static void close_theirs(void)
{
	close_fd(&io.theirs.in);
	close_fd(&io.theirs.out);
	close_fd(&io.theirs.err);
	close_fd(&io.theirs.console_sock);
}

/* ---- output */

static bool held_up(void)
{
	for (int i = 0; i < CLIENTS; i++)
		if (clients[i].fd >= 0 && clients[i].lossless && clients[i].len)
			return true;
	return false;
}

static void watch_outputs(void)
{
	bool want = io.running && !held_up();

	watch(io.out[0], &io.watched[0], want, EPOLLIN, EV_OUT);
	watch(io.out[1], &io.watched[1], want, EPOLLIN, EV_ERR);
}

static void flush_stdin(void);

static bool anybody_has_stdin(void)
{
	for (int i = 0; i < CLIENTS; i++)
		if (clients[i].fd >= 0 && (clients[i].flags & SHIM_STDIN) && !clients[i].ended &&
		    !clients[i].over)
			return true;
	return false;
}

/* A client's input is over: the first one's end is stdin's end where the request said so. */
static void end_of_input(struct client *c)
{
	if (c->ended)
		return;
	c->ended = true;
	if ((c->flags & SHIM_STDIN) && io.stdin_once && !io.tty && !anybody_has_stdin()) {
		io.in_close = true;
		flush_stdin();
	}
}

/* Closing alone would not take it out of the set: the worker that sent it may still hold the same
 * open socket. */
static void forget(struct client *c)
{
	watch_client(c, 0);
	close_fd(&c->fd);
	*c = (struct client){.fd = -1};
}

static void drop(struct client *c)
{
	end_of_input(c);
	forget(c);
}

/* Waits in the set only for what can happen next. Without anything to read or write a client
 * stays in it for the hang-up. */
static void rewatch(struct client *c)
{
	/* before a tty exists its input stays in the socket */
	bool full = (c->flags & SHIM_STDIN) && (in.len || (io.tty && !io.running));
	uint32_t want = EPOLLHUP;

	if (c->len)
		want |= EPOLLOUT;
	if (!c->ended && !full && !c->over)
		want |= EPOLLIN | EPOLLRDHUP;
	watch_client(c, want);
}

static int keep(struct client *c, const void *data, size_t n)
{
	char *p = pend[c - clients];

	if (!data || !n)
		return 0;
	if (c->off + c->len + n > PEND) {
		memmove(p, p + c->off, c->len);
		c->off = 0;
	}
	if (c->len + n > PEND)
		return -1;
	memcpy(p + c->off + c->len, data, n);
	c->len += n;
	return 0;
}

/* One that takes nothing any more. What it had sent before still counts: a person types, and leaves
 * by the keys before the container's next word. */
static void deafen(struct client *c)
{
	c->off = c->len = 0;
	c->flags &= ~(SHIM_STDOUT | SHIM_STDERR | SHIM_EXITCODE);
	if (c->ended || c->over || !(c->flags & SHIM_STDIN))
		drop(c);
	else
		rewatch(c);
}

/* Sends head and body to a client, keeping what it does not take. */
static void give(struct client *c, const void *head, size_t nhead, const void *body, size_t n)
{
	struct iovec v[2] = {{(void *)head, nhead}, {(void *)body, n}};
	struct msghdr m = {.msg_iov = v, .msg_iovlen = 2};
	ssize_t sent = 0;
	size_t done;

	if (!c->len) {
		sent = sendmsg(c->fd, &m, MSG_DONTWAIT | MSG_NOSIGNAL);
		if (sent < 0 && errno != EAGAIN && errno != EINTR && errno != ENOBUFS) {
			deafen(c);
			return;
		}
	}
	done = sent < 0 ? 0 : (size_t)sent;
	if (done < nhead && keep(c, (const char *)head + done, nhead - done)) {
		drop(c);
		return;
	}
	done = done > nhead ? done - nhead : 0;
	if (keep(c, (const char *)body + done, n - done)) {
		drop(c);
		return;
	}
	rewatch(c);
}

static void broadcast(int stream, const char *data, size_t n)
{
	uint32_t flag = stream == 1 ? SHIM_STDOUT : SHIM_STDERR;
	unsigned char head[8] = {(unsigned char)stream,
				 0,
				 0,
				 0,
				 (unsigned char)(n >> 24),
				 (unsigned char)(n >> 16),
				 (unsigned char)(n >> 8),
				 (unsigned char)n};

	for (int i = 0; i < CLIENTS; i++)
		if (clients[i].fd >= 0 && (clients[i].flags & flag) && !clients[i].over)
			give(&clients[i], head, io.tty ? 0 : 8, data, n);
}

void shimio_say(const char *text, size_t n)
{
	bool err = false;

	for (int i = 0; i < CLIENTS; i++)
		err = err || (clients[i].fd >= 0 && (clients[i].flags & SHIM_STDERR));
	broadcast(err ? 2 : 1, text, n);
}

void shimio_exit_code(int code)
{
	io.exit_code = code;
}

/* The last frame: a stream of its own, with the code as the text's only byte. */
static void tell_exit_code(struct client *c)
{
	char frame[9] = {SHIM_EXITCODE_STREAM, 0, 0, 0, 0, 0, 0, 1, (char)io.exit_code};

	c->flags &= ~SHIM_EXITCODE;
	give(c, frame, sizeof(frame), NULL, 0);
}

/* Reads one chunk of stream 1 or 2. False: nothing there now, or its end. */
static bool pump(int stream)
{
	int *fd = &io.out[stream - 1];
	ssize_t n;

	if (*fd < 0 || held_up())
		return false;
	do
		n = read(*fd, chunk, sizeof(chunk));
	while (n < 0 && errno == EINTR);
	if (n > 0) {
		broadcast(stream, chunk, (size_t)n);
		shimlog_write(stream, chunk, (size_t)n);
		return true;
	}
	if (n < 0 && errno == EAGAIN && !io.over)
		return false;
	watch(*fd, &io.watched[stream - 1], false, 0, 0);
	close_fd(fd);
	return false;
}

/* ---- input */

/* Nothing is read from it any more. Unread input would make close() on a TCP socket a reset, which
 * takes with it what was sent: it is thrown away first. */
static void say_end(struct client *c)
{
	char waste[4096];

	shutdown(c->fd, SHUT_WR);
	while (recv(c->fd, waste, sizeof(waste), MSG_DONTWAIT) > 0)
		;
	forget(c);
}

static void flush_stdin(void)
{
	while (in.len && io.in >= 0) {
		ssize_t n = write(io.in, in.data + in.off, in.len);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0 && errno == EAGAIN)
			break;
		if (n < 0) { /* nobody reads it any more */
			in.len = 0;
			io.in_close = true;
			break;
		}
		in.off += (size_t)n;
		in.len -= (size_t)n;
	}
	if (!in.len)
		in.off = 0;
	if (!in.len && io.in_close && !io.tty) {
		watch(io.in, &io.in_watched, false, 0, 0);
		close_fd(&io.in);
	}
	watch(io.in, &io.in_watched, in.len > 0, EPOLLOUT, EV_IN);
	for (int i = 0; i < CLIENTS; i++)
		if (clients[i].fd >= 0)
			rewatch(&clients[i]);
}

/* Input stands in in.data behind SHIM_MAX_KEYS bytes, where what was held back fits before it.
 * True: the keys that detach the client were among it, and what came before them is left. */
static bool find_keys(struct client *c)
{
	const char *text, *hit;
	unsigned k;

	if (!io.tty || !c->nkeys)
		return false;
	in.off -= c->held;
	in.len += c->held;
	memcpy(in.data + in.off, c->keys, c->held);
	text = in.data + in.off;
	hit = memmem(text, in.len, c->keys, c->nkeys);
	if (hit) {
		in.len = (size_t)(hit - text);
		return true;
	}
	k = in.len < c->nkeys ? (unsigned)in.len : c->nkeys - 1;
	while (k && memcmp(text + in.len - k, c->keys, k))
		k--;
	c->held = k;
	in.len -= k;
	return false;
}

static void take_input(struct client *c, size_t n)
{
	in.off = SHIM_MAX_KEYS;
	in.len = n;
	if (find_keys(c)) /* what is not read of it would make close() a reset on TCP */
		say_end(c);
	flush_stdin();
}

static void read_client(struct client *c)
{
	char waste[512];
	bool wanted = (c->flags & SHIM_STDIN) && io.in >= 0;
	ssize_t n;

	if (wanted && in.len)
		return;
	n = recv(c->fd, wanted ? in.data + SHIM_MAX_KEYS : waste,
		 wanted ? READ_AHEAD : sizeof(waste), MSG_DONTWAIT);
	if (n < 0 && (errno == EAGAIN || errno == EINTR))
		return;
	if (n < 0) {
		drop(c);
		return;
	}
	if (n == 0) {
		end_of_input(c);
		rewatch(c);
		return;
	}
	if (wanted)
		take_input(c, (size_t)n);
}

static void write_client(struct client *c)
{
	char *p = pend[c - clients];
	ssize_t n = send(c->fd, p + c->off, c->len, MSG_DONTWAIT | MSG_NOSIGNAL);

	if (n < 0 && (errno == EAGAIN || errno == EINTR))
		return;
	if (n < 0) {
		deafen(c);
		return;
	}
	c->off += (size_t)n;
	c->len -= (size_t)n;
	if (!c->len)
		c->off = 0;
	if (!c->len && c->over)
		say_end(c);
	else
		rewatch(c);
}

/* ---- the calls */

/* Of the run before this one: whoever kept the container waiting for it gets what its buffer holds.
 */
static void let_go(void)
{
	for (int i = 0; i < CLIENTS; i++)
		clients[i].lossless = false;
	shimio_end();
}

int shimio_open(int epoll, bool tty, bool open_stdin, bool stdin_once, struct spawn_io *ret,
		struct err *e)
{
	int sp[2];

	if (io.over)
		let_go();
	else
		for (int i = 0; i < CLIENTS; i++)
			clients[i].fd = -1;
	io.over = io.running = io.in_close = false;
	io.ep = epoll;
	io.tty = tty;
	io.open_stdin = open_stdin;
	io.stdin_once = stdin_once;
	io.out[0] = io.out[1] = io.in = io.slave = io.console = -1;
	io.theirs = (struct spawn_io){.in = -1, .out = -1, .err = -1, .console_sock = -1};
	if (tty) {
		if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, sp))
			return err_sys(e, "socketpair");
		io.console = sp[0];
		io.theirs.console_sock = sp[1];
	} else if (open_pipes(e)) {
		return -1;
	}
	*ret = io.theirs;
	return 0;
}

static int take_master(unsigned rows, unsigned cols, struct err *e)
{
	char byte[64];
	int fd = -1;

	if (conn_recv_fd(io.console, byte, sizeof(byte), &fd) < 0 || fd < 0)
		return err_sys(e, "take the container's terminal");
	close_fd(&io.console);
	nonblock(fd);
	io.out[0] = fd;
	io.in = fcntl(fd, F_DUPFD_CLOEXEC, 0);
	/* A container may close its terminal and open it again. (Before 4.13 there is no such call,
	 * and what it writes then is lost.) */
	io.slave = ioctl(fd, TIOCGPTPEER, O_RDWR | O_NOCTTY | O_CLOEXEC);
	if (rows && cols)
		return shimio_resize(rows, cols, e);
	return 0;
}

int shimio_started(unsigned rows, unsigned cols, struct err *e)
{
	close_theirs();
	if (io.tty && take_master(rows, cols, e))
		return -1;
	io.running = true;
	watch_outputs();
	flush_stdin();
	return 0;
}

static void write_head(struct client *c)
{
	char head[256];
	int n = snprintf(head, sizeof(head), SHIM_HEAD,
			 c->flags & SHIM_UPGRADED ? SHIM_HEAD_UPGRADED : SHIM_HEAD_OK,
			 io.tty ? "raw" : "multiplexed",
			 c->flags & SHIM_UPGRADED ? SHIM_HEAD_UPGRADE : "");

	give(c, head, (size_t)n, NULL, 0);
}

/* What was read of its stream before. */
static void attach_ahead(struct client *c, const void *ahead, size_t n)
{
	if (!n || !(c->flags & SHIM_STDIN) || !io.open_stdin || in.len || n > SHIM_MAX_AHEAD)
		return;
	memcpy(in.data + SHIM_MAX_KEYS, ahead, n);
	take_input(c, n);
}

int shimio_attach(int fd, uint32_t flags, const char *keys, size_t nkeys, const void *ahead,
		  size_t n, struct err *e)
{
	static const char usual[] = {16, 17}; /* ctrl-p ctrl-q */
	struct client *c = clients;

	if (!nkeys) {
		keys = usual;
		nkeys = sizeof(usual);
	}

	while (c < clients + CLIENTS && c->fd >= 0)
		c++;
	if (c == clients + CLIENTS) {
		close(fd);
		return err_set(e, ERR_UNAVAILABLE, "%d clients are attached already", CLIENTS);
	}
	*c = (struct client){.fd = fd, .flags = flags, .lossless = !io.running};
	c->nkeys = (unsigned)(nkeys < SHIM_MAX_KEYS ? nkeys : SHIM_MAX_KEYS);
	memcpy(c->keys, keys, c->nkeys);
	if (!(flags & SHIM_NOHEAD))
		write_head(c);
	attach_ahead(c, ahead, n);
	return 0;
}

static void client_event(struct client *c, uint32_t events)
{
	if (c->fd < 0)
		return;
	if (c->len && (events & (EPOLLOUT | EPOLLERR | EPOLLHUP)))
		write_client(c);
	else if (!c->ended && (events & (EPOLLIN | EPOLLRDHUP)))
		read_client(c);
	else if (events & (EPOLLHUP | EPOLLERR))
		drop(c);
}

void shimio_event(uint32_t index, uint32_t events)
{
	if (index == EV_OUT || index == EV_ERR)
		pump(index == EV_OUT ? 1 : 2);
	else if (index == EV_IN)
		flush_stdin();
	else if (index >= EV_CLIENT && index < EV_CLIENT + CLIENTS)
		client_event(&clients[index - EV_CLIENT], events);
	if (io.over)
		shimio_end();
	else
		watch_outputs();
}

void shimio_end(void)
{
	io.over = true;
	close_theirs();
	close_fd(&io.slave);
	close_fd(&io.console);
	watch(io.in, &io.in_watched, false, 0, 0);
	close_fd(&io.in);
	in.len = 0;
	for (int stream = 1; stream <= 2; stream++)
		while (pump(stream))
			;
	if (io.out[0] >= 0 || io.out[1] >= 0) { /* held up: go on when the client took it */
		watch(io.out[0], &io.watched[0], false, 0, 0);
		watch(io.out[1], &io.watched[1], false, 0, 0);
		return;
	}
	shimlog_end();
	for (int i = 0; i < CLIENTS; i++) {
		if (clients[i].fd >= 0 && (clients[i].flags & SHIM_EXITCODE) && !io.tty)
			tell_exit_code(&clients[i]);
		if (clients[i].fd >= 0 && clients[i].len) {
			clients[i].over = true;
			rewatch(&clients[i]);
		} else if (clients[i].fd >= 0) {
			say_end(&clients[i]);
		}
	}
}

bool shimio_done(void)
{
	return shimio_clients() == 0 && io.out[0] < 0 && io.out[1] < 0;
}

int shimio_clients(void)
{
	int n = 0;

	for (int i = 0; i < CLIENTS; i++)
		n += clients[i].fd >= 0;
	return n;
}

int shimio_resize(unsigned rows, unsigned cols, struct err *e)
{
	if (!io.tty)
		return err_set(e, ERR_INVALID, "the container has no terminal");
	return io.out[0] < 0 ? 0 : console_resize(io.out[0], rows, cols, e);
}
