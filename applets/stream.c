/* SPDX-License-Identifier: Apache-2.0 */
/*
 * One poll loop. Writing to the container never blocks here, because the container may itself be
 * blocked on output that only we can take; writing our own stdout may block, which is what a pipe
 * is for: it holds the container up, not its data.
 *
 * Signals come through a signalfd. Without --sig-proxy one that would end a process ends us, with
 * the terminal put back first. A signal or a new size travels on a connection of its own: the one
 * that waits is busy.
 */
#include "applets/stream.h"
#include "applets/term.h"
#include "base/file.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <unistd.h>

#define CHUNK 32768
#define EXITCODE_STREAM 4 /* ours, and only where it was asked for: a frame of one byte */

static const int passed[] = {SIGHUP,  SIGINT,  SIGQUIT,	  SIGTERM, SIGUSR1, SIGUSR2, SIGALRM,
			     SIGCONT, SIGTSTP, SIGVTALRM, SIGPROF, SIGPWR,  SIGWINCH};

static int sigfd = -1;

static struct {
	/* stdin -> container */
	char in[CHUNK + KEYS_MAX];
	size_t in_off, in_len;
	bool in_eof, shut;
	/* container -> stdout, stderr: inside a frame of `left` bytes for fd `to` */
	unsigned char head[8];
	size_t head_len, left;
	int to;	  /* 0: the exit code */
	int code; /* -1: not told */
	bool over;
} st;

static void signal_set(sigset_t *set)
{
	sigemptyset(set);
	for (size_t i = 0; i < sizeof(passed) / sizeof(*passed); i++)
		sigaddset(set, passed[i]);
}

int stream_begin(const struct stream *s, struct err *e)
{
	sigset_t set;

	signal_set(&set);
	signal(SIGPIPE, SIG_IGN);
	sigprocmask(SIG_BLOCK, &set, NULL);
	sigfd = signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK);
	if (sigfd < 0)
		return err_sys(e, "signalfd");
	return s->tty && s->in && isatty(0) ? term_raw(0, e) : 0;
}

void stream_end(void)
{
	sigset_t set;

	term_restore();
	signal_set(&set);
	sigprocmask(SIG_UNBLOCK, &set, NULL);
	fd_autoclose(&sigfd);
}

/* One request on a connection of its own. That it may fail is in the nature of things: the
 * container ends while a signal is on its way. */
static void tell(const struct stream *s, const char *target)
{
	AUTO_ARENA a = ARENA_INIT;
	struct client_conn cc = {.fd = -1};
	struct client_answer ans;
	struct err e;

	if (client_dial(s->client, &cc, &e))
		return;
	client_call(&cc, &a, "POST", target, NULL, &ans, &e);
	client_close(&cc);
}

/* more: that much larger than ours. */
static void resized(const struct stream *s, unsigned more)
{
	char target[160];
	unsigned rows, cols;

	if (!s->tty || term_size(0, &rows, &cols))
		return;
	snprintf(target, sizeof(target), "%s/resize?h=%u&w=%u", s->path, rows + more, cols + more);
	tell(s, target);
}

static void signals(const struct stream *s)
{
	struct signalfd_siginfo si;
	char target[160];

	while (read(sigfd, &si, sizeof(si)) == sizeof(si)) {
		int sig = (int)si.ssi_signo;

		if (sig == SIGWINCH) {
			resized(s, 0);
		} else if (s->sig_proxy) {
			snprintf(target, sizeof(target), "%s/kill?signal=%d", s->path, sig);
			tell(s, target);
		} else if (sig != SIGCONT) {
			term_die(sig);
		}
	}
}

/* ---- container to us */

static int put(int fd, const void *data, size_t n, struct err *e)
{
	if (file_write_all(fd, data, n)) {
		if (errno == EPIPE) /* as any command in a pipe; the container goes on */
			term_die(SIGPIPE);
		return err_sys(e, "write to std%s", fd == 1 ? "out" : "err");
	}
	return 0;
}

/* Takes the frames apart; they are cut anywhere by the reads. */
static int demux(const char *p, size_t n, struct err *e)
{
	while (n) {
		size_t k;

		if (!st.left) {
			k = 8 - st.head_len < n ? 8 - st.head_len : n;
			memcpy(st.head + st.head_len, p, k);
			st.head_len += k;
			p += k;
			n -= k;
			if (st.head_len < 8)
				return 0;
			st.head_len = 0;
			st.left = (size_t)st.head[4] << 24 | (size_t)st.head[5] << 16 |
				  (size_t)st.head[6] << 8 | st.head[7];
			if (st.head[0] > 2 && (st.head[0] != EXITCODE_STREAM || st.left != 1))
				return err_set(e, ERR_INVALID, "the engine sent a damaged stream");
			st.to = st.head[0] == 2 ? 2 : st.head[0] == EXITCODE_STREAM ? 0 : 1;
			continue;
		}
		k = st.left < n ? st.left : n;
		if (!st.to)
			st.code = (unsigned char)*p;
		else if (put(st.to, p, k, e))
			return -1;
		st.left -= k;
		p += k;
		n -= k;
	}
	return 0;
}

static int output(const struct stream *s, const char *p, size_t n, struct err *e)
{
	return s->tty ? put(1, p, n, e) : demux(p, n, e);
}

static int receive(const struct stream *s, struct err *e)
{
	static char data[CHUNK + 8];
	ssize_t n = recv(s->conn->fd, data, sizeof(data), MSG_DONTWAIT);

	if (n < 0 && (errno == EAGAIN || errno == EINTR))
		return 0;
	if (n <= 0) { /* a reset is an end too: the other side did not read our last input */
		st.over = true;
		return 0;
	}
	return output(s, data, (size_t)n, e);
}

/* ---- us to the container */

static void flush(const struct stream *s)
{
	while (st.in_len) {
		ssize_t n = send(s->conn->fd, st.in + st.in_off, st.in_len,
				 MSG_DONTWAIT | MSG_NOSIGNAL);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0 && errno == EAGAIN)
			return;
		if (n < 0) { /* it takes no more; its output may still come */
			st.in_len = 0;
			st.in_eof = st.shut = true;
			return;
		}
		st.in_off += (size_t)n;
		st.in_len -= (size_t)n;
	}
	if (st.in_eof && !st.shut) {
		shutdown(s->conn->fd, SHUT_WR);
		st.shut = true;
	}
}

/* What was typed before the keys to leave with still goes to the container. */
static void take_input(struct stream *s)
{
	static char typed[CHUNK];
	ssize_t n = read(0, s->keys ? typed : st.in, CHUNK);

	if (n < 0 && (errno == EINTR || errno == EAGAIN))
		return;
	st.in_off = 0;
	if (n <= 0)
		st.in_eof = true;
	else if (!s->keys)
		st.in_len = (size_t)n;
	else
		s->detached = keys_filter(s->keys, typed, (size_t)n, st.in, &st.in_len);
	flush(s);
}

static int step(struct stream *s, struct err *e)
{
	bool want_in = s->in && !st.in_eof && !st.in_len;
	struct pollfd p[3] = {
		{.fd = s->conn->fd, .events = (short)(POLLIN | (st.in_len ? POLLOUT : 0))},
		{.fd = sigfd, .events = POLLIN},
		{.fd = want_in ? 0 : -1, .events = POLLIN},
	};

	if (poll(p, 3, -1) < 0)
		return errno == EINTR ? 0 : err_sys(e, "poll");
	if (p[1].revents)
		signals(s);
	if (p[2].revents)
		take_input(s);
	if (p[0].revents & POLLOUT)
		flush(s);
	if (p[0].revents & (POLLIN | POLLHUP | POLLERR))
		return receive(s, e);
	return 0;
}

int stream_run(struct stream *s, struct err *e)
{
	static char data[CHUNK];
	size_t n;

	st.code = s->exit_code = -1;
	while ((n = http_leftover(s->conn->h, data, sizeof(data))))
		if (output(s, data, n, e))
			return -1;
	if (s->redraw)
		resized(s,
			1); /* a prompt comes with a change only: the next one is none otherwise */
	if (s->tty)
		resized(s, 0); /* it may have changed since the request was made */
	while (!st.over && !s->detached)
		if (step(s, e))
			return -1;
	s->exit_code = st.code;
	return 0;
}
