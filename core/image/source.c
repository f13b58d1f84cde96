/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The bytes come through a callback (a request's body), the codec child wants descriptors, and
 * neither side may wait for the other: so reading is one loop over both pipes, which asks the
 * callback for more only when the child has taken what it had.
 */
#include "image/source.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/file.h"
#include "base/mem.h"

#define CHUNK (256 << 10)

struct source {
	tar_read_fn *read;
	void *ctx;
	const char *what;
	enum codec codec;
	unsigned char *buf; /* read from the callback, not yet passed on */
	size_t pos, len;
	int ended;	  /* the callback said so */
	int in, out, err; /* our ends; -1 for a plain stream or once closed */
	pid_t pid;
};

/* Fills buf with at least CODEC_SNIFF bytes where the stream has them. */
static int first_bytes(struct source *s, struct err *e)
{
	while (s->len < CODEC_SNIFF) {
		ssize_t n = s->read(s->ctx, s->buf + s->len, CHUNK - s->len, e);

		if (n < 0)
			return -1;
		if (!n) {
			s->ended = 1;
			return 0;
		}
		s->len += (size_t)n;
	}
	return 0;
}

static int start_child(struct source *s, struct err *e)
{
	int in[2] = {-1, -1}, out[2] = {-1, -1}, er[2] = {-1, -1}, rc = -1;

	if (pipe2(in, O_CLOEXEC) || pipe2(out, O_CLOEXEC) || pipe2(er, O_CLOEXEC)) {
		err_sys(e, "make pipes");
		goto out;
	}
	fcntl(in[1], F_SETPIPE_SZ, 1 << 20); /* only speed: a refusal changes nothing */
	fcntl(out[0], F_SETPIPE_SZ, 1 << 20);
	if (codec_child(s->codec, in[0], out[1], er[1], &s->pid, e))
		goto out;
	s->in = fd_steal(&in[1]);
	s->out = fd_steal(&out[0]);
	s->err = fd_steal(&er[0]);
	if (fcntl(s->in, F_SETFL, O_NONBLOCK)) {
		err_sys(e, "set up a pipe");
		goto out;
	}
	rc = 0;
out:
	for (int i = 0; i < 2; i++) {
		fd_autoclose(&in[i]);
		fd_autoclose(&out[i]);
		fd_autoclose(&er[i]);
	}
	return rc;
}

struct source *source_open(tar_read_fn *read, void *ctx, const char *what, struct err *e)
{
	struct source *s = mem_alloc(sizeof(*s));

	*s = (struct source){
		.read = read, .ctx = ctx, .what = what, .in = -1, .out = -1, .err = -1};
	s->buf = mem_alloc(CHUNK);
	if (first_bytes(s, e))
		goto undo;
	s->codec = codec_sniff(s->buf, s->len);
	if (s->codec == CODEC_OTHER) {
		err_set(e, ERR_INVALID,
			"%s is compressed with bzip2 or xz: decompress it, or use gzip or zstd",
			what);
		goto undo;
	}
	if (s->codec != CODEC_PLAIN && start_child(s, e))
		goto undo;
	return s;
undo:
	source_close(s);
	return NULL;
}

/* The child said that it ended: what did it think of the data? Returns 0 for a clean end. */
static ssize_t child_ended(struct source *s, struct err *e)
{
	struct err why;
	int got = file_read_full(s->err, &why, sizeof(why)), status = 0;

	while (waitpid(s->pid, &status, 0) < 0 && errno == EINTR)
		;
	s->pid = 0;
	if (got == 1) {
		why.text[sizeof(why.text) - 1] = 0;
		return err_set(e, ERR_INVALID, "%s: %s", s->what, why.text);
	}
	if (!WIFEXITED(status) || WEXITSTATUS(status))
		return err_set(e, ERR_SYS, "%s: its decompressor ended unexpectedly", s->what);
	return 0;
}

/* Gives the child what it takes without waiting. */
static int feed(struct source *s, struct err *e)
{
	ssize_t n;

	if (s->pos == s->len && !s->ended) {
		n = s->read(s->ctx, s->buf, CHUNK, e);
		if (n < 0)
			return -1;
		s->pos = 0;
		s->len = (size_t)n;
		s->ended = !n;
	}
	if (s->pos == s->len) {
		fd_autoclose(&s->in);
		return 0;
	}
	n = write(s->in, s->buf + s->pos, s->len - s->pos);
	if (n < 0 && (errno == EAGAIN || errno == EINTR))
		return 0;
	if (n < 0) { /* EPIPE: the child gave up, and says why on its other pipe */
		fd_autoclose(&s->in);
		return 0;
	}
	s->pos += (size_t)n;
	return 0;
}

static ssize_t read_child(struct source *s, void *buf, size_t n, struct err *e)
{
	for (;;) {
		struct pollfd p[2] = {{s->out, POLLIN, 0}, {s->in, POLLOUT, 0}};

		if (!s->pid)
			return 0;
		if (poll(p, 2, -1) < 0 && errno != EINTR)
			return err_sys(e, "wait for a decompressor");
		if (p[0].revents) {
			ssize_t got = read(s->out, buf, n);

			if (got > 0)
				return got;
			if (!got)
				return child_ended(s, e);
			if (errno != EINTR)
				return err_sys(e, "read from a decompressor");
		}
		if (p[1].revents && feed(s, e))
			return -1;
	}
}

ssize_t source_read(void *ctx, void *buf, size_t n, struct err *e)
{
	struct source *s = ctx;

	if (s->codec != CODEC_PLAIN)
		return read_child(s, buf, n, e);
	if (s->pos < s->len) {
		if (n > s->len - s->pos)
			n = s->len - s->pos;
		memcpy(buf, s->buf + s->pos, n);
		s->pos += n;
		return (ssize_t)n;
	}
	return s->ended ? 0 : s->read(s->ctx, buf, n, e);
}

void source_close(struct source *s)
{
	if (!s)
		return;
	fd_autoclose(&s->in);
	fd_autoclose(&s->out);
	fd_autoclose(&s->err);
	if (s->pid > 0) {
		kill(s->pid, SIGKILL);
		while (waitpid(s->pid, NULL, 0) < 0 && errno == EINTR)
			;
	}
	mem_autofree(&s->buf);
	mem_autofree(&s);
}
