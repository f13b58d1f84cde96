/* SPDX-License-Identifier: Apache-2.0 */
/*
 * 256 KiB a turn: a quarter of a large pipe's 1 MiB, so that both sides of one work at the same
 * time. Level 1: what we compress ourselves (tar records, old logs) is read once in a while and
 * written all the time.
 */
#include "base/gzip.h"
#include "base/file.h"
#include "base/mem.h"

#include <errno.h>
#include <stdbool.h>
#include <stdlib.h>
#include <unistd.h>
#include <zlib.h>

#define CHUNK (256 << 10)

static int window(enum gzip_kind kind)
{
	return kind == GZIP_GZIP ? 15 + 16 : 15;
}

/* ---- out */

struct gzip_out {
	z_stream z;
	int fd;
	unsigned char out[CHUNK];
};

struct gzip_out *gzip_out_new(int fd, enum gzip_kind kind)
{
	struct gzip_out *d = mem_alloc(sizeof(*d));

	d->fd = fd;
	d->z = (z_stream){0};
	if (deflateInit2(&d->z, 1, Z_DEFLATED, window(kind), 8, Z_DEFAULT_STRATEGY) != Z_OK) {
		free(d);
		return NULL;
	}
	d->z.next_out = d->out;
	d->z.avail_out = CHUNK;
	return d;
}

static int deflate_out(struct gzip_out *d, int flush, struct err *e)
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

int gzip_out_write(struct gzip_out *d, const void *data, size_t n, struct err *e)
{
	d->z.next_in = (unsigned char *)(uintptr_t)data;
	d->z.avail_in = (uInt)n;
	return n ? deflate_out(d, Z_NO_FLUSH, e) : 0;
}

int gzip_out_end(struct gzip_out *d, struct err *e)
{
	return deflate_out(d, Z_FINISH, e);
}

void gzip_out_free(struct gzip_out *d)
{
	if (!d)
		return;
	deflateEnd(&d->z);
	free(d);
}

/* ---- in */

struct gzip_in {
	z_stream z;
	int fd;
	enum gzip_kind kind;
	bool ended;   /* a member, or the stream */
	bool padding; /* zeros came behind it */
	bool over;
	int64_t at;
	unsigned char in[CHUNK];
};

struct gzip_in *gzip_in_new(int fd, int64_t offset, enum gzip_kind kind)
{
	struct gzip_in *z = mem_alloc(sizeof(*z));

	z->z = (z_stream){0};
	z->fd = fd;
	z->kind = kind;
	z->at = offset;
	z->ended = z->padding = z->over = false;
	if (inflateInit2(&z->z, window(kind)) != Z_OK) {
		free(z);
		return NULL;
	}
	return z;
}

/* 1: there are bytes; 0: the end of the descriptor. */
static int fill(struct gzip_in *z, struct err *e)
{
	ssize_t n;

	do
		n = z->at < 0 ? read(z->fd, z->in, CHUNK) : pread(z->fd, z->in, CHUNK, z->at);
	while (n < 0 && errno == EINTR);
	if (n < 0)
		return err_sys(e, "read the compressed stream");
	if (z->at >= 0)
		z->at += n;
	z->z.next_in = z->in;
	z->z.avail_in = (uInt)n;
	return n > 0;
}

static int damaged(const struct gzip_in *z, struct err *e)
{
	if (z->kind == GZIP_ZLIB)
		return err_set(e, ERR_INVALID, "the compressed stream is damaged");
	return err_set(e, ERR_INVALID, "bad gzip data%s%s: it was damaged on its way or on disk",
		       z->z.msg ? ": " : "", z->z.msg ? z->z.msg : "");
}

/* After a member: another one (GNU gzip concatenates), or zeros up to the end. 1: goes on. */
static int next_member(struct gzip_in *z, struct err *e)
{
	while (z->z.avail_in && !*z->z.next_in) {
		z->padding = true;
		z->z.next_in++;
		z->z.avail_in--;
	}
	if (!z->z.avail_in)
		return 0;
	if (z->padding)
		return err_set(e, ERR_INVALID, "bad gzip data: something follows its end");
	if (inflateReset(&z->z) != Z_OK)
		return damaged(z, e);
	z->ended = false;
	return 1;
}

/* Input for inflate; 1: there is some, 0: all is read. */
static int more(struct gzip_in *z, struct err *e)
{
	int rc;

	for (;;) {
		if (!z->z.avail_in) {
			rc = fill(z, e);
			if (rc < 0)
				return -1;
			if (!rc && !z->ended)
				return err_set(
					e, ERR_INVALID,
					z->kind == GZIP_ZLIB
						? "the compressed stream ends early"
						: "the gzip data ends early: is the download "
						  "whole?");
			if (!rc)
				return 0;
		}
		if (!z->ended)
			return 1;
		rc = next_member(z, e);
		if (rc)
			return rc;
	}
}

ssize_t gzip_in_read(struct gzip_in *z, void *buf, size_t n, struct err *e)
{
	z->z.next_out = buf;
	z->z.avail_out = (uInt)n;
	while (z->z.avail_out && !z->over) {
		int rc;

		if (!z->z.avail_in || z->ended) {
			rc = more(z, e);
			if (rc < 0)
				return -1;
			z->over = !rc;
			if (!rc)
				break;
		}
		rc = inflate(&z->z, Z_NO_FLUSH);
		if (rc != Z_OK && rc != Z_STREAM_END && rc != Z_BUF_ERROR)
			return damaged(z, e);
		z->ended = rc == Z_STREAM_END;
		z->over = z->ended && z->kind == GZIP_ZLIB;
	}
	return (ssize_t)(n - z->z.avail_out);
}

void gzip_in_free(struct gzip_in *z)
{
	if (!z)
		return;
	inflateEnd(&z->z);
	free(z);
}

int gzip_copy(int in, int out, struct err *e)
{
	struct gzip_out *d = gzip_out_new(out, GZIP_GZIP);
	char *data = mem_alloc(CHUNK);
	ssize_t n = 0;
	int rc = d ? 0 : err_set(e, ERR_SYS, "not enough memory for gzip");

	while (!rc && (n = read(in, data, CHUNK)) > 0)
		rc = gzip_out_write(d, data, (size_t)n, e);
	if (!rc && n < 0)
		rc = err_sys(e, "read what is to be compressed");
	if (!rc)
		rc = gzip_out_end(d, e);
	gzip_out_free(d);
	free(data);
	return rc;
}
