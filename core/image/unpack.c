/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The parent of the two children. It stands between them so that what becomes files is what was
 * hashed: the untar child sees no byte that did not pass here.
 *
 *	caller -> (hash) -> inflate child -> (hash, limits) -> untar child
 *
 * Both of our ends of a pipe are non-blocking and one loop serves them all, so no child that is
 * slow, dead or hostile can stop us while another waits for us. Pipes of 1 MiB keep three
 * processes busy on two processors. A child that fails closes its pipe: then its error, and not
 * that of the others which fail because of it, is the one to report.
 */
#include "image/unpack.h"
#include "base/buf.h"
#include "base/file.h"
#include "base/fs.h"
#include "base/log.h"
#include "base/mem.h"
#include "base/sha256.h"
#include "image/codec.h"
#include "image/confine.h"
#include "image/untar.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <sys/xattr.h>
#include <unistd.h>

#define CHUNK (256 << 10)
#define PIPE_BYTES (1 << 20)
#define RATIO_FREE (64LL << 20)
#define WRITE_AHEAD (32LL << 20)

struct child {
	pid_t pid;  /* 0: none, or waited for */
	int status; /* its report comes here */
};

struct unpack {
	int layerfd, recordfd; /* the caller's */
	struct unpack_limits limits;
	int started;
	enum codec codec;
	struct child inflate, untar;
	int in_w;  /* to inflate; -1 for plain tar */
	int mid_r; /* from inflate */
	int out_w; /* to untar */
	int opaquefd;
	size_t sniffed;
	char sniff[CODEC_SNIFF];
	char *mid;	 /* CHUNK */
	size_t from, to; /* of mid: what untar has not got yet */
	struct sha256 blob, tar;
	int64_t blob_size, tar_size;
	pid_t writer;	 /* see write_ahead */
	int64_t written; /* tar_size when it was started last */
	int pipe_ignored;
	struct sigaction old_pipe;
};

static int make_pipe(int p[2], int size, struct err *e)
{
	if (pipe2(p, O_CLOEXEC))
		return err_sys(e, "make a pipe");
	if (size)
		fcntl(p[0], F_SETPIPE_SZ, size); /* smaller where the user's share is used up */
	return 0;
}

static int nonblock(int fd)
{
	return fcntl(fd, F_SETFL, O_NONBLOCK);
}

static void kill_child(struct child *c)
{
	if (c->pid > 0) {
		kill(c->pid, SIGKILL);
		while (waitpid(c->pid, NULL, 0) < 0 && errno == EINTR)
			;
	}
	c->pid = 0;
	fd_autoclose(&c->status);
}

void unpack_abort(struct unpack *u)
{
	int saved = errno;

	if (!u)
		return;
	kill_child(&u->inflate);
	kill_child(&u->untar);
	fd_autoclose(&u->in_w);
	fd_autoclose(&u->mid_r);
	fd_autoclose(&u->out_w);
	fd_autoclose(&u->opaquefd);
	if (u->writer > 0)
		waitpid(u->writer, NULL, WNOHANG); /* what it still does is nobody's to wait for */
	if (u->pipe_ignored)
		sigaction(SIGPIPE, &u->old_pipe, NULL);
	free(u->mid);
	free(u);
	errno = saved;
}

/* A child that died must be seen as EPIPE, not kill us. */
static void ignore_sigpipe(struct unpack *u)
{
	struct sigaction ign = {.sa_handler = SIG_IGN};

	sigaction(SIGPIPE, NULL, &u->old_pipe);
	if (u->old_pipe.sa_handler == SIG_DFL) {
		sigaction(SIGPIPE, &ign, NULL);
		u->pipe_ignored = 1;
	}
}

static int start_untar(struct unpack *u, const struct untar_into *into, struct err *e)
{
	AUTO_FD int tar_r = -1, status_w = -1;
	int data[2], status[2];

	if (make_pipe(data, PIPE_BYTES, e))
		return -1;
	tar_r = data[0];
	u->out_w = data[1];
	if (make_pipe(status, 0, e))
		return -1;
	u->untar.status = status[0];
	status_w = status[1];
	u->opaquefd = memfd_create("opaque", MFD_CLOEXEC);
	if (u->opaquefd < 0 || nonblock(u->out_w))
		return err_sys(e, "prepare the unpacking process");
	struct untar_args a = {tar_r,	   status_w, u->recordfd,	    u->opaquefd,
			       u->layerfd, getpid(), u->limits.max_entries, into};
	u->untar.pid = fork();
	if (u->untar.pid == 0)
		untar_run(&a);
	return u->untar.pid < 0 ? err_sys(e, "fork the unpacking process") : 0;
}

static struct unpack *begin(int layerfd, int recordfd, const struct unpack_limits *limits,
			    const struct untar_into *into, struct err *e)
{
	struct unpack *u = mem_alloc(sizeof(*u));

	u->layerfd = layerfd;
	u->recordfd = recordfd;
	if (limits)
		u->limits = *limits;
	u->in_w = u->mid_r = u->out_w = u->opaquefd = u->inflate.status = u->untar.status = -1;
	u->mid = mem_alloc(CHUNK);
	sha256_init(&u->blob);
	sha256_init(&u->tar);
	ignore_sigpipe(u);
	if (into)
		u->written = INT64_MAX; /* nobody waits for its sync */
	if (!start_untar(u, into, e))
		return u;
	unpack_abort(u);
	return NULL;
}

struct unpack *unpack_begin(int layerfd, int recordfd, const struct unpack_limits *limits,
			    struct err *e)
{
	return begin(layerfd, recordfd, limits, NULL, e);
}

struct unpack *unpack_into(int dirfd, const struct untar_into *into, struct err *e)
{
	return begin(dirfd, -1, NULL, into, e);
}

static int start_inflate(struct unpack *u, struct err *e)
{
	AUTO_FD int in_r = -1, mid_w = -1, status_w = -1;
	int p[2];

	if (make_pipe(p, PIPE_BYTES, e))
		return -1;
	in_r = p[0];
	u->in_w = p[1];
	if (make_pipe(p, PIPE_BYTES, e))
		return -1;
	u->mid_r = p[0];
	mid_w = p[1];
	if (make_pipe(p, 0, e))
		return -1;
	u->inflate.status = p[0];
	status_w = p[1];
	if (nonblock(u->in_w) || nonblock(u->mid_r))
		return err_sys(e, "prepare the decompressing process");
	return codec_child(u->codec, in_r, mid_w, status_w, &u->inflate.pid, e);
}

/* Waits for a child and reads its report, n bytes, whose first member is a struct err. */
static int reap(struct child *c, const char *what, void *report, size_t n, struct err *e)
{
	const struct err *why = report;
	int rc, status = 0;

	rc = file_read_full(c->status, report, n);
	while (waitpid(c->pid, &status, 0) < 0 && errno == EINTR)
		;
	c->pid = 0;
	fd_autoclose(&c->status);
	if (WIFEXITED(status) && WEXITSTATUS(status) == 0)
		return 0;
	if (rc == 1 && why->kind) {
		*e = *why;
		e->text[sizeof(e->text) - 1] = 0;
		return -1;
	}
	if (WIFSIGNALED(status))
		return err_set(e, ERR_SYS, "the %s process was killed by signal %d%s", what,
			       WTERMSIG(status),
			       WTERMSIG(status) == SIGSYS ? " (a system call it may not make)"
							  : "");
	return err_set(e, ERR_SYS, "the %s process failed", what);
}

/* The untar child closed its end early. */
static int untar_failed(struct unpack *u, struct err *e)
{
	struct untar_status st;

	kill_child(&u->inflate);
	if (reap(&u->untar, "unpacking", &st, sizeof(st), e))
		return -1;
	return err_set(e, ERR_SYS, "the unpacking process ended early");
}

static int inflate_failed(struct unpack *u, struct err *e)
{
	struct err why;

	if (reap(&u->inflate, "decompressing", &why, sizeof(why), e))
		return -1;
	return err_set(e, ERR_SYS, "the decompressing process ended early");
}

static int check_limits(const struct unpack *u, struct err *e)
{
	const struct unpack_limits *l = &u->limits;

	if (l->max_bytes && u->tar_size > l->max_bytes)
		return err_set(e, ERR_INVALID,
			       "the layer is larger than the %lld bytes that "
			       "are free for it: free disk space",
			       (long long)l->max_bytes);
	if (l->max_ratio && u->codec != CODEC_PLAIN && u->tar_size > RATIO_FREE &&
	    (u->tar_size - RATIO_FREE) / l->max_ratio > u->blob_size)
		return err_set(e, ERR_INVALID,
			       "the layer unpacks to more than %lld times its size: "
			       "refused as a decompression bomb",
			       (long long)l->max_ratio);
	return 0;
}

/* Moves what can be moved without waiting. 1: something was. */
static int feed(struct unpack *u, const char **data, size_t *n, struct err *e)
{
	ssize_t k = write(u->in_w, *data, *n);

	if (k > 0) {
		*data += k;
		*n -= (size_t)k;
		return 1;
	}
	if (k < 0 && errno != EAGAIN && errno != EINTR)
		return errno == EPIPE ? inflate_failed(u, e) : err_sys(e, "write to a child");
	return 0;
}

/* The disk is idle while we inflate: it starts on what is unpacked already, so that the sync before
 * the image is named finds little left to do. */
static void write_ahead(struct unpack *u)
{
	const int keep[] = {u->layerfd};
	struct err ignored;

	if (u->tar_size - u->written < WRITE_AHEAD ||
	    (u->writer > 0 && waitpid(u->writer, NULL, WNOHANG) == 0))
		return;
	u->written = u->tar_size;
	u->writer = fork();
	if (u->writer)
		return;
	/* our pipes and locks must not live as long as this takes */
	_exit(confine_fds(keep, 1, &ignored) || syncfs(0));
}

static int take(struct unpack *u, int *ret_eof, struct err *e)
{
	ssize_t k = read(u->mid_r, u->mid, CHUNK);

	if (k > 0) {
		u->from = 0;
		u->to = (size_t)k;
		u->tar_size += k;
		sha256_update(&u->tar, u->mid, u->to);
		write_ahead(u);
		return check_limits(u, e) ? -1 : 1;
	}
	*ret_eof = k == 0;
	if (k < 0 && errno != EAGAIN && errno != EINTR)
		return err_sys(e, "read from a child");
	return k == 0;
}

static int give(struct unpack *u, const char *data, size_t n, struct err *e)
{
	ssize_t k = write(u->out_w, data, n);

	if (k >= 0)
		return (int)k;
	if (errno == EAGAIN || errno == EINTR)
		return 0;
	return errno == EPIPE ? untar_failed(u, e) : err_sys(e, "write to a child");
}

static void wait_ready(struct unpack *u, int feeding)
{
	struct pollfd p[2] = {{.fd = -1}, {.fd = u->mid_r, .events = POLLIN}};

	if (feeding)
		p[0] = (struct pollfd){.fd = u->in_w, .events = POLLOUT};
	if (u->to > u->from)
		p[1] = (struct pollfd){.fd = u->out_w, .events = POLLOUT};
	poll(p, 2, -1);
}

/* Until all of data is taken or, with n = 0, until the inflate child has closed its end. */
static int pump(struct unpack *u, const char *data, size_t n, struct err *e)
{
	int finishing = !n, eof = 0;

	while (finishing ? !eof || u->to > u->from : n > 0) {
		int fed = n ? feed(u, &data, &n, e) : 0;
		int took = fed >= 0 && u->to == u->from && !eof ? take(u, &eof, e) : 0;
		int gave = took >= 0 && u->to > u->from
				   ? give(u, u->mid + u->from, u->to - u->from, e)
				   : 0;

		if (fed < 0 || took < 0 || gave < 0)
			return -1;
		u->from += (size_t)gave;
		if (eof && n)
			return inflate_failed(u, e);
		if (!fed && !took && !gave)
			wait_ready(u, n > 0);
	}
	return 0;
}

static int plain(struct unpack *u, const char *data, size_t n, struct err *e)
{
	while (n) {
		struct pollfd p = {.fd = u->out_w, .events = POLLOUT};
		int k = give(u, data, n < CHUNK ? n : CHUNK, e);

		if (k < 0)
			return -1;
		if (!k)
			poll(&p, 1, -1);
		data += k;
		n -= (size_t)k;
	}
	return 0;
}

static int push(struct unpack *u, const char *data, size_t n, struct err *e)
{
	if (!n)
		return 0;
	sha256_update(&u->blob, data, n);
	u->blob_size += (int64_t)n;
	if (u->codec != CODEC_PLAIN)
		return pump(u, data, n, e);
	u->tar_size = u->blob_size;
	write_ahead(u);
	return check_limits(u, e) ? -1 : plain(u, data, n, e);
}

static int start(struct unpack *u, struct err *e)
{
	u->started = 1;
	u->codec = codec_sniff(u->sniff, u->sniffed);
	if (u->codec != CODEC_PLAIN && start_inflate(u, e))
		return -1;
	return push(u, u->sniff, u->sniffed, e);
}

int unpack_write(struct unpack *u, const void *data, size_t n, struct err *e)
{
	const char *p = data;

	if (!u->started) {
		size_t k = CODEC_SNIFF - u->sniffed < n ? CODEC_SNIFF - u->sniffed : n;

		memcpy(u->sniff + u->sniffed, p, k);
		u->sniffed += k;
		p += k;
		n -= k;
		if (u->sniffed < CODEC_SNIFF)
			return 0;
		if (start(u, e))
			return -1;
	}
	return push(u, p, n, e);
}

/* Overlay's mark, or where the file system has no trusted attributes the OCI one. What the path
 * led to may be gone: a later entry replaced it. */
static int set_opaque(struct unpack *u, const char *path, struct err *e)
{
	struct err gone;
	AUTO_FD int fd = *path ? fs_open(u->layerfd, path, FS_IN_ROOT,
					 O_RDONLY | O_DIRECTORY | O_NOFOLLOW, 0, &gone)
			       : fcntl(u->layerfd, F_DUPFD_CLOEXEC, 0);
	AUTO_FD int mark = -1;

	if (fd < 0 || !fsetxattr(fd, "trusted.overlay.opaque", "y", 1, 0))
		return 0;
	if (errno != EOPNOTSUPP && errno != EPERM)
		return err_sys(e, "mark %s as opaque", path);
	mark = openat(fd, ".wh..wh..opq", O_WRONLY | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);
	return mark < 0 ? err_sys(e, "mark %s as opaque", path) : 0;
}

static int apply_opaque(struct unpack *u, struct err *e)
{
	AUTO_BUF b = BUF_INIT;

	if (lseek(u->opaquefd, 0, SEEK_SET) < 0 ||
	    file_read_fd(u->opaquefd, "the list of opaque directories", UNTAR_MAX_OPAQUE, &b, e))
		return -1;
	for (size_t i = 0; i < b.len; i += strlen(b.data + i) + 1)
		if (set_opaque(u, b.data + i, e))
			return -1;
	return 0;
}

static void fill_result(struct unpack *u, const struct untar_status *st, struct unpack_result *ret)
{
	unsigned char sum[32];

	*ret = (struct unpack_result){.tar_size = u->tar_size,
				      .blob_size = u->blob_size,
				      .unpacked = st->unpacked,
				      .entries = st->entries};
	sha256_final(&u->blob, sum);
	sha256_hex(sum, ret->blob_sha);
	memcpy(ret->diff_id, ret->blob_sha, sizeof(ret->diff_id));
	if (u->codec != CODEC_PLAIN) {
		sha256_final(&u->tar, sum);
		sha256_hex(sum, ret->diff_id);
	}
	snprintf(ret->compression, sizeof(ret->compression), "%s", codec_name(u->codec));
}

static int finish(struct unpack *u, struct untar_status *st, struct err *e)
{
	struct err why;

	if (!u->started && start(u, e))
		return -1;
	fd_autoclose(&u->in_w);
	if (u->codec != CODEC_PLAIN &&
	    (pump(u, NULL, 0, e) || reap(&u->inflate, "decompressing", &why, sizeof(why), e)))
		return -1;
	fd_autoclose(&u->out_w);
	if (reap(&u->untar, "unpacking", st, sizeof(*st), e))
		return -1;
	st->skipped_name[sizeof(st->skipped_name) - 1] = 0;
	if (st->skipped)
		log_debug("image", "left out extended attributes count=%lld first=%s",
			  (long long)st->skipped, st->skipped_name);
	return apply_opaque(u, e);
}

int unpack_finish(struct unpack *u, struct unpack_result *ret, struct err *e)
{
	struct untar_status st = {0};
	int rc = finish(u, &st, e);

	if (!rc)
		fill_result(u, &st, ret);
	unpack_abort(u);
	return rc;
}
