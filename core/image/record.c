/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The writer runs in the confined child and sees the archive once, forwards. That a file is
 * replaced by a later entry is known only when that entry comes, after the reference was written;
 * so the old content goes into the record then, marked with its path, and the reader looks for such
 * marks in a pass of its own before it replays. Archives with duplicates are rare, hence the flag
 * in front that spares all others that pass.
 *
 * Replaced contents are kept in an unnamed file beside the layer during replay: they may be of
 * any size. Everything a record claims is bounded, and a path is opened only below the layer.
 */
#include "image/record.h"
#include "base/buf.h"
#include "base/file.h"
#include "base/fs.h"
#include "base/mem.h"
#include "base/sha256.h"
#include "base/gzip.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#define HEADER 16
#define RAW_MAX (64 << 10)
#define CHUNK (256 << 10)
#define MAX_VERSIONS (1 << 20)
#define MAX_PIECES (1 << 22)

static const char magic[] = "PROATAR1";

struct record_writer {
	int fd, displaced;
	struct gzip_out *z;
	size_t n;
	unsigned char raw[RAW_MAX];
};

static unsigned char *le(unsigned char *p, uint64_t v, int bytes)
{
	for (; bytes--; v >>= 8)
		*p++ = (unsigned char)v;
	return p;
}

static uint64_t from_le(const unsigned char *p, int bytes)
{
	uint64_t v = 0;

	while (bytes--)
		v = v << 8 | p[bytes];
	return v;
}

struct record_writer *record_writer_new(int fd, struct err *e)
{
	unsigned char h[HEADER] = {0};
	struct record_writer *r;

	memcpy(h, magic, 8);
	if (file_write_all(fd, h, HEADER)) {
		err_sys(e, "write the tar record");
		return NULL;
	}
	r = mem_alloc(sizeof(*r));
	r->fd = fd;
	r->z = gzip_out_new(fd, GZIP_ZLIB);
	if (!r->z) {
		err_set(e, ERR_SYS, "not enough memory for a tar record");
		free(r);
		return NULL;
	}
	return r;
}

static int flush_raw(struct record_writer *r, struct err *e)
{
	unsigned char h[5] = {'R'};
	size_t n = r->n;

	r->n = 0;
	if (!n)
		return 0;
	le(h + 1, n, 4);
	return gzip_out_write(r->z, h, 5, e) || gzip_out_write(r->z, r->raw, n, e) ? -1 : 0;
}

int record_raw(struct record_writer *r, const void *data, size_t n, struct err *e)
{
	while (n)
		if (mem_fill(r->raw, RAW_MAX, &r->n, &data, &n) && flush_raw(r, e))
			return -1;
	return 0;
}

static int segment(struct record_writer *r, char type, const char *path, int64_t offset,
		   uint64_t len, int len_bytes, struct err *e)
{
	unsigned char s[3 + TAR_MAX_NAME + 16], *p = s;
	size_t n = strlen(path);

	if (n >= TAR_MAX_NAME)
		return err_set(e, ERR_INVALID, "name too long for a tar record: %.100s...", path);
	if (flush_raw(r, e))
		return -1;
	*p++ = (unsigned char)type;
	p = le(p, n, 2);
	memcpy(p, path, n);
	p = le(p + n, (uint64_t)offset, 8);
	p = le(p, len, len_bytes);
	return gzip_out_write(r->z, s, (size_t)(p - s), e);
}

int record_file(struct record_writer *r, const char *path, int64_t offset, int64_t len,
		struct err *e)
{
	return len ? segment(r, 'F', path, offset, (uint64_t)len, 8, e) : 0;
}

int record_displaced(struct record_writer *r, const char *path, int fd, struct err *e)
{
	AUTO_FREE char *buf = mem_alloc(CHUNK);
	off_t at = 0;

	r->displaced = 1;
	if (segment(r, 'D', path, 0, 0, 4, e))
		return -1;
	for (;;) {
		off_t data = lseek(fd, at, SEEK_DATA);
		ssize_t n;

		if (data < 0 && errno == ENXIO)
			return 0;
		at = data < 0 ? at : data;
		n = pread(fd, buf, CHUNK, at);
		if (n < 0)
			return err_sys(e, "read %s, which is replaced", path);
		if (!n)
			return 0;
		if (segment(r, 'D', path, at, (uint64_t)n, 4, e) ||
		    gzip_out_write(r->z, buf, (size_t)n, e))
			return -1;
		at += n;
	}
}

int record_writer_end(struct record_writer *r, struct err *e)
{
	unsigned char flag[4] = {1, 0, 0, 0};

	if (flush_raw(r, e) || gzip_out_end(r->z, e))
		return -1;
	if (r->displaced && pwrite(r->fd, flag, 4, 8) != 4)
		return err_sys(e, "write the tar record");
	return 0;
}

struct piece {
	int64_t offset, at; /* in the file; in the store */
	uint32_t len;
};

struct version { /* of a path that was replaced by segment seq */
	char *path;
	uint64_t seq;
	size_t first, n; /* pieces */
};

struct replay {
	struct gzip_in *z;
	int layerfd, storefd;
	uint64_t seq;
	char path[TAR_MAX_NAME];
	int64_t offset, len; /* of the current segment */
	char type;
	struct arena arena;
	struct version *versions;
	struct piece *pieces;
	size_t nversions, npieces;
	int64_t stored;
	/* what goes out */
	tar_write_fn *write;
	void *ctx;
	struct sha256 sum;
	int64_t size;
	size_t n;
	char *out; /* CHUNK */
};

static int damaged(struct err *e)
{
	return err_set(e, ERR_INVALID, "the tar record is damaged: load or pull the image again");
}

static int flush_out(struct replay *p, struct err *e)
{
	size_t n = p->n;

	p->n = 0;
	if (!n)
		return 0;
	sha256_update(&p->sum, p->out, n);
	p->size += (int64_t)n;
	return p->write(p->ctx, p->out, n, e);
}

/* Room for output: at least one byte, at most n. */
static size_t room(struct replay *p, uint64_t n, struct err *e)
{
	if (p->n == CHUNK && flush_out(p, e))
		return 0;
	return n < CHUNK - p->n ? (size_t)n : CHUNK - p->n;
}

/* 1, 0 at the end of the record, -1. */
static int next_segment(struct replay *p, struct err *e)
{
	unsigned char h[16];
	ssize_t n = gzip_in_read(p->z, h, 1, e);
	int tail;
	size_t len;

	if (n <= 0)
		return (int)n;
	p->type = (char)h[0];
	p->seq++;
	if (p->type == 'R') {
		if (gzip_in_read(p->z, h, 4, e) != 4)
			return damaged(e);
		p->len = (int64_t)from_le(h, 4);
		return 1;
	}
	if ((p->type != 'F' && p->type != 'D') || gzip_in_read(p->z, h, 2, e) != 2)
		return damaged(e);
	len = (size_t)from_le(h, 2);
	tail = p->type == 'F' ? 16 : 12;
	if (len >= sizeof(p->path) || gzip_in_read(p->z, p->path, len, e) != (ssize_t)len ||
	    gzip_in_read(p->z, h, (size_t)tail, e) != tail)
		return damaged(e);
	p->path[len] = 0;
	p->offset = (int64_t)from_le(h, 8);
	p->len = (int64_t)from_le(h + 8, tail - 8);
	if (p->offset < 0 || p->len < 0 || p->offset > INT64_MAX - p->len)
		return damaged(e);
	return 1;
}

/* The current segment's own bytes: passed over, or stored, or put out. */
static int bytes(struct replay *p, int storefd, int put, struct err *e)
{
	while (p->len) {
		size_t want = room(p, (uint64_t)p->len, e);

		if (!want || gzip_in_read(p->z, p->out + p->n, want, e) != (ssize_t)want)
			return want ? damaged(e) : -1;
		if (storefd >= 0 &&
		    pwrite(storefd, p->out + p->n, want, p->stored) != (ssize_t)want)
			return err_sys(e, "keep a replaced file");
		p->stored += storefd >= 0 ? (int64_t)want : 0;
		p->n += put ? want : 0;
		p->len -= (int64_t)want;
	}
	return 0;
}

static int keep(struct replay *p, struct err *e)
{
	if (!p->len) {
		if (p->nversions == MAX_VERSIONS)
			return damaged(e);
		if (!(p->nversions & (p->nversions - 1)))
			p->versions = mem_realloc(p->versions,
						  (2 * p->nversions + 1) * sizeof(*p->versions));
		p->versions[p->nversions++] =
			(struct version){arena_strdup(&p->arena, p->path), p->seq, p->npieces, 0};
		return 0;
	}
	if (!p->nversions || p->npieces == MAX_PIECES)
		return damaged(e);
	if (!(p->npieces & (p->npieces - 1)))
		p->pieces = mem_realloc(p->pieces, (2 * p->npieces + 1) * sizeof(*p->pieces));
	p->pieces[p->npieces++] = (struct piece){p->offset, p->stored, (uint32_t)p->len};
	p->versions[p->nversions - 1].n++;
	return bytes(p, p->storefd, 0, e);
}

static int by_path(const void *va, const void *vb)
{
	const struct version *a = va, *b = vb;
	int c = strcmp(a->path, b->path);

	return c ? c : a->seq < b->seq ? -1 : a->seq > b->seq;
}

static int collect(struct replay *p, struct err *e)
{
	int rc;

	p->storefd = openat(p->layerfd, ".", O_TMPFILE | O_RDWR | O_CLOEXEC, 0600);
	if (p->storefd < 0)
		p->storefd = memfd_create("replaced", MFD_CLOEXEC);
	if (p->storefd < 0)
		return err_sys(e, "make a temporary file");
	while ((rc = next_segment(p, e)) > 0)
		if (p->type == 'D' ? keep(p, e) : p->type == 'R' && bytes(p, -1, 0, e))
			return -1;
	if (p->nversions)
		qsort(p->versions, p->nversions, sizeof(*p->versions), by_path);
	return rc;
}

/* What the current segment's path held at this point, if that was replaced later. */
static const struct version *replaced(const struct replay *p)
{
	size_t lo = 0, hi = p->nversions;
	struct version want = {.path = (char *)(uintptr_t)p->path, .seq = p->seq};

	while (lo < hi) {
		size_t mid = (lo + hi) / 2;

		if (by_path(&p->versions[mid], &want) <= 0)
			lo = mid + 1;
		else
			hi = mid;
	}
	return lo < p->nversions && !strcmp(p->versions[lo].path, p->path) ? &p->versions[lo]
									   : NULL;
}

static int put_zeros(struct replay *p, uint64_t n, struct err *e)
{
	while (n) {
		size_t k = room(p, n, e);

		if (!k)
			return -1;
		memset(p->out + p->n, 0, k);
		p->n += k;
		n -= k;
	}
	return 0;
}

static int put_fd(struct replay *p, int fd, int64_t at, int64_t len, struct err *e)
{
	while (len) {
		size_t k = room(p, (uint64_t)len, e);
		ssize_t n = k ? pread(fd, p->out + p->n, k, at) : -1;

		if (!k)
			return -1;
		if (n < 0)
			return err_sys(e, "read %s", p->path);
		if (!n)
			return err_set(e, ERR_INVALID,
				       "layer file %s was cut: load or pull the image "
				       "again",
				       p->path);
		p->n += (size_t)n;
		at += n;
		len -= n;
	}
	return 0;
}

static int put_replaced(struct replay *p, const struct version *v, struct err *e)
{
	int64_t at = p->offset, end = p->offset + p->len;

	for (size_t i = v->first; i < v->first + v->n && at < end; i++) {
		const struct piece *x = &p->pieces[i];
		int64_t from = x->offset > at ? x->offset : at;
		int64_t to = x->offset + x->len < end ? x->offset + x->len : end;

		if (from >= to)
			continue;
		if (put_zeros(p, (uint64_t)(from - at), e) ||
		    put_fd(p, p->storefd, x->at + (from - x->offset), to - from, e))
			return -1;
		at = to;
	}
	return put_zeros(p, (uint64_t)(end - at), e);
}

static int put_file(struct replay *p, struct err *e)
{
	const struct version *v = replaced(p);
	struct stat st;

	if (v)
		return put_replaced(p, v, e);
	AUTO_FD int fd = fs_open(p->layerfd, p->path, FS_BENEATH,
				 O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY, 0, e);

	if (fd < 0 || fstat(fd, &st))
		return fd < 0 ? err_wrap(e, "read the layer") : err_sys(e, "read %s", p->path);
	if (!S_ISREG(st.st_mode))
		return err_set(e, ERR_INVALID,
			       "layer file %s is no file any more: load or pull the "
			       "image again",
			       p->path);
	return put_fd(p, fd, p->offset, p->len, e);
}

static int replay_all(struct replay *p, struct err *e)
{
	int rc;

	while ((rc = next_segment(p, e)) > 0)
		if (p->type == 'F' ? put_file(p, e) : bytes(p, -1, p->type == 'R', e))
			return -1;
	return rc ? -1 : flush_out(p, e);
}

static int check_sum(struct replay *p, const char *diff_id, struct err *e)
{
	unsigned char sum[32];
	char hex[65];

	sha256_final(&p->sum, sum);
	sha256_hex(sum, hex);
	if (strcmp(hex, diff_id))
		return err_set(e, ERR_INVALID,
			       "layer sha256:%.12s was altered on disk (its tar is now "
			       "%.12s): load or pull the image again",
			       diff_id, hex);
	return 0;
}

static int replay(struct replay *p, int recordfd, const char *diff_id, struct err *e)
{
	unsigned char h[HEADER];

	if (pread(recordfd, h, HEADER, 0) != HEADER || memcmp(h, magic, 8))
		return damaged(e);
	p->z = gzip_in_new(recordfd, HEADER, GZIP_ZLIB);
	if (!p->z)
		return err_set(e, ERR_SYS, "not enough memory to read a tar record");
	if (h[8]) {
		if (collect(p, e))
			return -1;
		gzip_in_free(p->z);
		p->z = gzip_in_new(recordfd, HEADER, GZIP_ZLIB);
		p->seq = 0;
	}
	if (!p->z)
		return err_set(e, ERR_SYS, "not enough memory to read a tar record");
	sha256_init(&p->sum);
	return replay_all(p, e) || check_sum(p, diff_id, e) ? -1 : 0;
}

int record_replay(int recordfd, int layerfd, const char *diff_id, tar_write_fn *write, void *ctx,
		  int64_t *ret_size, struct err *e)
{
	AUTO_FREE struct replay *p = mem_alloc(sizeof(*p));
	AUTO_FREE char *out = mem_alloc(CHUNK);
	int rc;

	*p = (struct replay){
		.layerfd = layerfd, .storefd = -1, .write = write, .ctx = ctx, .out = out};
	rc = replay(p, recordfd, diff_id, e);
	if (!rc && ret_size)
		*ret_size = p->size;
	gzip_in_free(p->z);
	fd_autoclose(&p->storefd);
	arena_release(&p->arena);
	free(p->versions);
	free(p->pieces);
	return rc;
}
