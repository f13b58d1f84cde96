/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The decompressors are the largest piece of foreign code that meets an image's bytes, so they run
 * in a child of their own that owns three descriptors and may call read, write, exit and what
 * malloc needs. All buffers are got before the filter is installed; a zstd window is got when the
 * stream names its size, bounded by libzstd at 128 MiB.
 *
 * 256 KiB a turn: a quarter of the pipes' 1 MiB, so that both sides of a pipe work at the same
 * time.
 */
#include "image/codec.h"
#include "base/file.h"
#include "base/mem.h"
#include "image/confine.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>
#include <zlib.h>
#include <zstd.h>

#define CHUNK (256 << 10)

struct io {
	unsigned char *in, *out; /* CHUNK each; descriptors 0 and 1 */
	size_t n;		 /* bytes in `in` */
};

enum codec codec_sniff(const void *data, size_t n)
{
	static const unsigned char gz[] = {0x1f, 0x8b}, zst[] = {0x28, 0xb5, 0x2f, 0xfd};
	static const unsigned char skippable[] = {0x2a, 0x4d, 0x18};
	const unsigned char *p = data;

	if (n >= 2 && !memcmp(p, gz, 2))
		return CODEC_GZIP;
	if (n >= 4 && (!memcmp(p, zst, 4) || (p[0] >> 4 == 5 && !memcmp(p + 1, skippable, 3))))
		return CODEC_ZSTD;
	if ((n >= 3 && !memcmp(p, "BZh", 3)) || (n >= 6 && !memcmp(p,
								   "\xfd"
								   "7zXZ",
								   6)))
		return CODEC_OTHER;
	return CODEC_PLAIN;
}

const char *codec_name(enum codec c)
{
	static const char *const names[] = {"", "gzip", "zstd", "bzip2 or xz"};

	return names[c];
}

/* 1: io->n bytes are there. 0: end. */
static int more(struct io *io, struct err *e)
{
	ssize_t n;

	do
		n = read(0, io->in, CHUNK);
	while (n < 0 && errno == EINTR);
	if (n < 0)
		return err_sys(e, "read the compressed stream");
	io->n = (size_t)n;
	return n > 0;
}

static int emit(const void *data, size_t n, struct err *e)
{
	return file_write_all(1, data, n) ? err_sys(e, "write the decompressed stream") : 0;
}

static int copy(struct io *io, struct err *e)
{
	int rc;

	while ((rc = more(io, e)) > 0)
		if (emit(io->in, io->n, e))
			return -1;
	return rc;
}

static int inflate_error(const z_stream *z, struct err *e)
{
	return err_set(e, ERR_INVALID, "bad gzip data%s%s: it was damaged on its way or on disk",
		       z->msg ? ": " : "", z->msg ? z->msg : "");
}

/* After a member: another one (GNU gzip concatenates), or zeros up to the end. */
static int next_member(z_stream *z, int *ret_padding, struct err *e)
{
	while (z->avail_in && !*z->next_in) {
		*ret_padding = 1;
		z->next_in++;
		z->avail_in--;
	}
	if (!z->avail_in)
		return 0;
	if (*ret_padding)
		return err_set(e, ERR_INVALID, "bad gzip data: something follows its end");
	return inflateReset(z) == Z_OK ? 0 : inflate_error(z, e);
}

static int gunzip(struct io *io, z_stream *z, struct err *e)
{
	int rc, ended = 0, padding = 0;

	while ((rc = more(io, e)) > 0) {
		z->next_in = io->in;
		z->avail_in = (uInt)io->n;
		do {
			int zrc;

			if (ended && next_member(z, &padding, e))
				return -1;
			if (ended && !z->avail_in)
				break;
			z->next_out = io->out;
			z->avail_out = CHUNK;
			zrc = inflate(z, Z_NO_FLUSH);
			if (zrc != Z_OK && zrc != Z_STREAM_END && zrc != Z_BUF_ERROR)
				return inflate_error(z, e);
			ended = zrc == Z_STREAM_END;
			if (emit(io->out, CHUNK - z->avail_out, e))
				return -1;
		} while (z->avail_in || !z->avail_out);
	}
	if (rc == 0 && !ended)
		return err_set(e, ERR_INVALID, "the gzip data ends early: is the download whole?");
	return rc;
}

static int unzstd(struct io *io, ZSTD_DStream *z, struct err *e)
{
	size_t left = 1;
	int rc;

	while ((rc = more(io, e)) > 0) {
		ZSTD_inBuffer in = {io->in, io->n, 0};
		ZSTD_outBuffer out;

		do {
			out = (ZSTD_outBuffer){io->out, CHUNK, 0};
			left = ZSTD_decompressStream(z, &out, &in);
			if (ZSTD_isError(left))
				return err_set(e, ERR_INVALID, "bad zstd data: %s",
					       ZSTD_getErrorName(left));
			if (emit(io->out, out.pos, e))
				return -1;
		} while (in.pos < in.size || (left && out.pos == out.size));
	}
	if (rc == 0 && left)
		return err_set(e, ERR_INVALID, "the zstd data ends early: is the download whole?");
	return rc;
}

static int confine(pid_t parent, struct err *e)
{
	static const int calls[] = {
		SYS_read,
		SYS_write,
		SYS_exit,
		SYS_exit_group,
		SYS_brk,
		SYS_munmap,
		SYS_mremap,
		SYS_madvise,
		SYS_rt_sigreturn,
		SYS_futex,
		SYS_restart_syscall,
#ifdef SYS_mmap
		SYS_mmap,
#endif
#ifdef SYS_mmap2
		SYS_mmap2,
#endif
#ifdef SYS_getrandom
		SYS_getrandom, /* the host libc's malloc */
#endif
#ifdef SYS_sigaltstack
		SYS_sigaltstack, /* sanitizers, before _exit; harmless */
#endif
	};

	if (confine_limits(parent, 3, e) || confine_caps(0, e))
		return -1;
	return confine_calls(calls, sizeof(calls) / sizeof(*calls), e);
}

static int child(enum codec c, pid_t parent, struct err *e)
{
	struct io io = {mem_alloc(CHUNK), mem_alloc(CHUNK), 0};
	z_stream z = {0};
	ZSTD_DStream *zs = NULL;

	if (c == CODEC_GZIP && inflateInit2(&z, 15 + 16) != Z_OK)
		return err_set(e, ERR_SYS, "not enough memory for gzip");
	if (c == CODEC_ZSTD && !(zs = ZSTD_createDStream()))
		return err_set(e, ERR_SYS, "not enough memory for zstd");
	if (confine(parent, e))
		return -1;
	if (c == CODEC_GZIP)
		return gunzip(&io, &z, e);
	return c == CODEC_ZSTD ? unzstd(&io, zs, e) : copy(&io, e);
}

int codec_child(enum codec c, int infd, int outfd, int errfd, pid_t *ret_pid, struct err *e)
{
	const int fds[] = {infd, outfd, errfd};
	pid_t parent = getpid(), pid;

	if (c == CODEC_OTHER)
		return err_set(e, ERR_UNSUPPORTED,
			       "compression by %s is not supported: "
			       "repack with gzip or zstd",
			       codec_name(c));
	pid = fork();
	if (pid < 0)
		return err_sys(e, "fork the decompressor");
	if (pid == 0) {
		struct err why = {0};

		if (!confine_fds(fds, 3, &why) && !child(c, parent, &why))
			_exit(0);
		_exit(file_write_all(2, &why, sizeof(why)) ? 2 : 1);
	}
	*ret_pid = pid;
	return 0;
}

struct codec_deflate {
	z_stream z;
	int fd;
	unsigned char out[CHUNK];
};

struct codec_deflate *codec_deflate_new(int fd)
{
	struct codec_deflate *d = mem_alloc(sizeof(*d));

	d->fd = fd;
	/* Level 1: records are read once in a while and written at every pull. */
	if (deflateInit(&d->z, 1) != Z_OK) {
		free(d);
		return NULL;
	}
	d->z.next_out = d->out;
	d->z.avail_out = CHUNK;
	return d;
}

static int deflate_out(struct codec_deflate *d, int flush, struct err *e)
{
	int rc;

	do {
		rc = deflate(&d->z, flush);
		if (rc == Z_STREAM_ERROR)
			return err_set(e, ERR_SYS, "zlib failed to compress");
		if (d->z.avail_out && rc != Z_STREAM_END)
			continue;
		if (file_write_all(d->fd, d->out, CHUNK - d->z.avail_out))
			return err_sys(e, "write the compressed stream");
		d->z.next_out = d->out;
		d->z.avail_out = CHUNK;
	} while (d->z.avail_in || (flush == Z_FINISH && rc != Z_STREAM_END));
	return 0;
}

int codec_deflate_write(struct codec_deflate *d, const void *data, size_t n, struct err *e)
{
	d->z.next_in = (unsigned char *)(uintptr_t)data;
	d->z.avail_in = (uInt)n;
	return n ? deflate_out(d, Z_NO_FLUSH, e) : 0;
}

int codec_deflate_end(struct codec_deflate *d, struct err *e)
{
	return deflate_out(d, Z_FINISH, e);
}

void codec_deflate_free(struct codec_deflate *d)
{
	if (!d)
		return;
	deflateEnd(&d->z);
	free(d);
}

struct codec_inflate {
	z_stream z;
	int fd, ended;
	int64_t at;
	unsigned char in[CHUNK];
};

struct codec_inflate *codec_inflate_new(int fd, int64_t offset)
{
	struct codec_inflate *z = mem_alloc(sizeof(*z));

	z->fd = fd;
	z->at = offset;
	if (inflateInit(&z->z) != Z_OK) {
		free(z);
		return NULL;
	}
	return z;
}

static int inflate_in(struct codec_inflate *z, struct err *e)
{
	ssize_t n = pread(z->fd, z->in, CHUNK, z->at);

	if (n < 0)
		return errno == EINTR ? 0 : err_sys(e, "read the compressed stream");
	if (!n)
		return err_set(e, ERR_INVALID, "the compressed stream ends early");
	z->at += n;
	z->z.next_in = z->in;
	z->z.avail_in = (uInt)n;
	return 0;
}

ssize_t codec_inflate_read(struct codec_inflate *z, void *buf, size_t n, struct err *e)
{
	z->z.next_out = buf;
	z->z.avail_out = (uInt)n;
	while (z->z.avail_out && !z->ended) {
		int rc;

		if (!z->z.avail_in && inflate_in(z, e))
			return -1;
		rc = inflate(&z->z, Z_NO_FLUSH);
		if (rc != Z_OK && rc != Z_STREAM_END && rc != Z_BUF_ERROR)
			return err_set(e, ERR_INVALID, "the compressed stream is damaged");
		z->ended = rc == Z_STREAM_END;
	}
	return (ssize_t)(n - z->z.avail_out);
}

void codec_inflate_free(struct codec_inflate *z)
{
	if (!z)
		return;
	inflateEnd(&z->z);
	free(z);
}
