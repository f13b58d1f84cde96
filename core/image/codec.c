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
#include "base/gzip.h"
#include "base/mem.h"
#include "image/confine.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>
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

static int gunzip(struct io *io, struct gzip_in *z, struct err *e)
{
	ssize_t n;

	while ((n = gzip_in_read(z, io->out, CHUNK, e)) > 0)
		if (emit(io->out, (size_t)n, e))
			return -1;
	return (int)n;
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
	struct gzip_in *z = NULL;
	ZSTD_DStream *zs = NULL;

	if (c == CODEC_GZIP && !(z = gzip_in_new(0, -1, GZIP_GZIP)))
		return err_set(e, ERR_SYS, "not enough memory for gzip");
	if (c == CODEC_ZSTD && !(zs = ZSTD_createDStream()))
		return err_set(e, ERR_SYS, "not enough memory for zstd");
	if (confine(parent, e))
		return -1;
	if (c == CODEC_GZIP)
		return gunzip(&io, z, e);
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
