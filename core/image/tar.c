/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The reader. One buffer of 256 KiB holds what was read ahead; headers and content are taken from
 * it in place, so that a small file costs no copy and no read(2) of its own.
 *
 * Four dialects meet in layers: v7, ustar with pax, GNU and star. They differ in what stands
 * after byte 257 and in how a long name or a sparse file is told, and each says which it is by its
 * magic. Numbers are octal text or, by the first byte's high bit, base 256. Where
 * readers differ in the wild (a pax global header, contradictory lengths, an archive without an
 * end marker) this one does what Go's archive/tar does, because that is what wrote the layers and
 * what Docker reads them with; where Go guesses, it refuses: an archive that two readers
 * understand in two ways is a way round checks.
 *
 * A global pax header ('g') is shown as an entry and applied to nothing, as in Go.
 */
#include "image/tar.h"
#include "image/tar_pax.h"

#include <stdlib.h>
#include <string.h>

#define BLOCK 512
#define BUFFER (256 << 10)
#define MAX_SIZE (INT64_MAX / 2)
#define MAX_SPECIAL 16 /* extended headers before one member: a stream of them must end */

struct tar_reader {
	tar_read_fn *read;
	void *ctx;
	tar_raw_fn *raw;
	void *raw_ctx;
	char *buf;
	size_t start, end; /* what of buf is read and not yet taken */
	int eof, done;
	int64_t pos;  /* bytes taken so far */
	int64_t left; /* of the current entry's stored content */
	int64_t pad;  /* zero bytes after it */
	struct arena arena;
	struct tar_entry entry;
	unsigned char block[BLOCK];
};

/* What extended headers said about the member that follows. */
struct special {
	int count;
	char *longname, *longlink;
	struct tar_pax pax;
	int has_pax;
};

enum dialect { V7, USTAR, STAR, GNU };

struct tar_reader *tar_reader_new(tar_read_fn *read, void *ctx, tar_raw_fn *raw, void *raw_ctx)
{
	struct tar_reader *r = mem_alloc(sizeof(*r));

	r->read = read;
	r->ctx = ctx;
	r->raw = raw;
	r->raw_ctx = raw_ctx;
	r->buf = mem_alloc(BUFFER);
	return r;
}

void tar_reader_free(struct tar_reader *r)
{
	if (!r)
		return;
	arena_release(&r->arena);
	free(r->buf);
	free(r);
}

static int bad(struct tar_reader *r, const char *why, struct err *e)
{
	return err_set(e, ERR_INVALID, "bad tar archive near byte %lld: %s", (long long)r->pos,
		       why);
}

/* Reads until want bytes stand in one piece or the stream ends; returns how many there are. */
static ssize_t fill(struct tar_reader *r, size_t want, struct err *e)
{
	if (r->end - r->start >= want || r->eof)
		return (ssize_t)(r->end - r->start);
	if (BUFFER - r->start < want || r->start == r->end) {
		memmove(r->buf, r->buf + r->start, r->end - r->start);
		r->end -= r->start;
		r->start = 0;
	}
	while (r->end - r->start < want && !r->eof) {
		ssize_t n = r->read(r->ctx, r->buf + r->end, BUFFER - r->end, e);

		if (n < 0)
			return -1;
		r->eof = n == 0;
		r->end += (size_t)n;
	}
	return (ssize_t)(r->end - r->start);
}

/* Takes n buffered bytes that are no content. */
static int take_raw(struct tar_reader *r, size_t n, struct err *e)
{
	if (r->raw && n && r->raw(r->raw_ctx, r->buf + r->start, n, e))
		return -1;
	r->start += n;
	r->pos += (int64_t)n;
	return 0;
}

static int skip(struct tar_reader *r, int64_t n, struct err *e)
{
	while (n > 0) {
		ssize_t have = fill(r, 1, e);

		if (have < 0)
			return -1;
		if (!have)
			return bad(r, "it ends early", e);
		if (have > n)
			have = (ssize_t)n;
		if (take_raw(r, (size_t)have, e))
			return -1;
		n -= have;
	}
	return 0;
}

/* The next 512 bytes to r->block. 1, 0 at a clean end, -1. */
static int next_block(struct tar_reader *r, struct err *e)
{
	ssize_t have = fill(r, BLOCK, e);

	if (have <= 0)
		return (int)have;
	if (have < BLOCK)
		return bad(r, "it ends early", e);
	memcpy(r->block, r->buf + r->start, BLOCK);
	return take_raw(r, BLOCK, e) ? -1 : 1;
}

static int zero(const unsigned char *block)
{
	return !block[0] && !memcmp(block, block + 1, BLOCK - 1);
}

static int base256(const unsigned char *f, size_t n, int64_t *ret)
{
	int neg = f[0] & 0x40;
	uint64_t v = 0;

	for (size_t i = 0; i < n; i++) {
		unsigned char c = neg ? (unsigned char)~f[i] : f[i];

		if (i == 0)
			c &= 0x7f; /* the marker bit */
		if (v >> 55)
			return -1;
		v = v << 8 | c;
	}
	*ret = neg ? -(int64_t)v - 1 : (int64_t)v;
	return 0;
}

/* A numeric field: base 256, or octal digits with any blanks and NULs around them. */
static int number(const unsigned char *f, size_t n, int64_t *ret)
{
	uint64_t v = 0;

	if (f[0] & 0x80)
		return base256(f, n, ret);
	while (n && (*f == ' ' || !*f))
		f++, n--;
	while (n && (f[n - 1] == ' ' || !f[n - 1]))
		n--;
	for (; n && *f; f++, n--) {
		if (*f < '0' || *f > '7' || v >> 60)
			return -1;
		v = v << 3 | (unsigned)(*f - '0');
	}
	*ret = (int64_t)v;
	return 0;
}

static int checksum_ok(const unsigned char *b)
{
	int64_t sum, u = 8 * ' ', s = 8 * ' ';

	for (int i = 0; i < BLOCK; i++)
		if (i < 148 || i >= 156) {
			u += b[i];
			s += (signed char)b[i]; /* some old tars summed signed chars */
		}
	return !number(b + 148, 8, &sum) && (sum == u || sum == s);
}

static enum dialect dialect(const unsigned char *b)
{
	if (!memcmp(b + 257, "ustar\0", 6))
		return memcmp(b + 508, "tar\0", 4) ? USTAR : STAR;
	return memcmp(b + 257, "ustar  \0", 8) ? V7 : GNU;
}

static char *text(struct tar_reader *r, size_t at, size_t n)
{
	return arena_strndup(&r->arena, (const char *)r->block + at, n);
}

static void join_prefix(struct tar_reader *r, size_t n)
{
	const char *prefix = text(r, 345, n);

	if (*prefix)
		r->entry.name = arena_printf(&r->arena, "%s/%s", prefix, r->entry.name);
}

/* Bytes after the 257th, by dialect. */
static int parse_tail(struct tar_reader *r, enum dialect d, struct err *e)
{
	struct tar_entry *t = &r->entry;
	const unsigned char *b = r->block;

	if (d == V7)
		return 0;
	t->uname = text(r, 265, 32);
	t->gname = text(r, 297, 32);
	if (number(b + 329, 8, &t->devmajor) || number(b + 337, 8, &t->devminor))
		return bad(r, "the header's device number is no number", e);
	if (d == USTAR)
		join_prefix(r, 155);
	if (d == STAR) {
		join_prefix(r, 131);
		if (number(b + 476, 12, &t->atime_sec))
			return bad(r, "the header's time is no number", e);
		t->has_atime = 1;
	}
	if (d == GNU && b[345]) {
		int64_t ctime;

		/* Go before 1.8 wrote ustar's prefix under GNU's magic: then these are no numbers.
		 */
		if (number(b + 345, 12, &t->atime_sec) || number(b + 357, 12, &ctime))
			join_prefix(r, 155);
		else
			t->has_atime = 1;
	}
	return 0;
}

static int parse_header(struct tar_reader *r, enum dialect *ret_d, struct err *e)
{
	struct tar_entry *t = &r->entry;
	const unsigned char *b = r->block;
	int64_t mode;

	if (!checksum_ok(b))
		return bad(r, "the header's checksum is wrong", e);
	*ret_d = dialect(b);
	*t = (struct tar_entry){.uname = "", .gname = ""};
	t->name = text(r, 0, 100);
	t->link = text(r, 157, 100);
	t->type = (char)b[156];
	if (number(b + 100, 8, &mode) || number(b + 108, 8, &t->uid) ||
	    number(b + 116, 8, &t->gid) || number(b + 124, 12, &t->size) ||
	    number(b + 136, 12, &t->mtime_sec))
		return bad(r, "a field of the header is no number", e);
	t->mode = (mode_t)(mode & 07777);
	return parse_tail(r, *ret_d, e);
}

/* Types whose size field means nothing: no content follows. */
static int header_only(char type)
{
	return type >= TAR_HARDLINK && type <= TAR_FIFO;
}

static int set_content(struct tar_reader *r, struct err *e)
{
	int64_t size = header_only(r->entry.type) ? 0 : r->entry.size;

	if (size < 0 || r->entry.size < 0 || size > MAX_SIZE)
		return bad(r, "a negative or impossible size", e);
	r->left = size;
	r->pad = -size & (BLOCK - 1);
	return 0;
}

/* The whole content of an extended header, as a string in the arena. */
static char *special_text(struct tar_reader *r, struct err *e)
{
	int64_t size = r->entry.size, n = 0;
	char *s;

	if (set_content(r, e))
		return NULL;
	if (size > TAR_MAX_PAX) {
		bad(r, "an extended header of more than 1 MiB", e);
		return NULL;
	}
	s = arena_alloc(&r->arena, (size_t)size + 1);
	while (n < size) {
		ssize_t have = fill(r, 1, e);

		if (have == 0)
			bad(r, "it ends early", e);
		if (have <= 0)
			return NULL;
		if (have > size - n)
			have = (ssize_t)(size - n);
		memcpy(s + n, r->buf + r->start, (size_t)have);
		if (take_raw(r, (size_t)have, e))
			return NULL;
		n += have;
	}
	if (skip(r, r->pad, e))
		return NULL;
	r->left = r->pad = 0;
	return s;
}

static int read_special(struct tar_reader *r, struct special *x, struct err *e)
{
	char type = r->entry.type, *s;
	size_t size;

	if (++x->count > MAX_SPECIAL)
		return bad(r, "too many extended headers in a row", e);
	s = special_text(r, e);
	if (!s)
		return -1;
	size = (size_t)r->entry.size;
	if (type == 'L' || type == 'K') {
		*(type == 'L' ? &x->longname : &x->longlink) = *s ? s : NULL;
		return 0;
	}
	x->pax = (struct tar_pax){0}; /* of two in a row the last counts */
	x->has_pax = 1;
	return tar_pax_parse(&x->pax, &r->arena, s, size, e);
}

static int apply_number(const char *from, int64_t *to, struct err *e)
{
	return from ? tar_pax_int(from, to, e) : 0;
}

static int apply_pax(struct tar_reader *r, struct tar_pax *p, struct err *e)
{
	struct tar_entry *t = &r->entry;

	if (p->path)
		t->name = p->path;
	if (p->linkpath)
		t->link = p->linkpath;
	if (p->uname)
		t->uname = p->uname;
	if (p->gname)
		t->gname = p->gname;
	if (apply_number(p->uid, &t->uid, e) || apply_number(p->gid, &t->gid, e) ||
	    apply_number(p->size, &t->size, e))
		return -1;
	if (p->mtime && tar_pax_time(p->mtime, &t->mtime_sec, &t->mtime_nsec, e))
		return -1;
	if (p->atime && tar_pax_time(p->atime, &t->atime_sec, &t->atime_nsec, e))
		return -1;
	t->has_atime |= p->atime != NULL;
	t->xattrs = p->xattrs;
	t->nxattrs = p->nxattrs;
	t->pax = p->other;
	return 0;
}

/* GNU's first form: four pieces in the header, 21 in each block that follows it. */
static int sparse_old(struct tar_reader *r, enum dialect d, struct err *e)
{
	struct tar_entry *t = &r->entry;
	const unsigned char *at = r->block + 386, *more = r->block + 482;
	size_t cap = 0;
	int64_t v[2];
	int n = 4;

	if (d != GNU)
		return bad(r, "a sparse file of an unknown dialect", e);
	if (number(r->block + 483, 12, &t->size))
		return bad(r, "a sparse file's size is no number", e);
	for (;;) {
		for (int i = 0; i < n && at[i * 24]; i++) {
			if (number(at + i * 24, 12, &v[0]) || number(at + i * 24 + 12, 12, &v[1]))
				return bad(r, "a sparse file's map is no number", e);
			if (tar_pax_extent(&r->arena, &t->extents, &t->nextents, &cap, v[0], v[1],
					   e))
				return -1;
		}
		if (!*more)
			break;
		if (next_block(r, e) != 1)
			return bad(r, "it ends inside a sparse file's map", e);
		at = r->block;
		more = r->block + 504;
		n = 21;
	}
	t->type = TAR_FILE;
	t->sparse = 1;
	return 0;
}

/* One decimal line of the map that format 1.0 puts before the content. *used counts its bytes,
 * which fill whole blocks; i is the place in the current one. */
static int map_line(struct tar_reader *r, int *i, int64_t *ret, struct err *e)
{
	int64_t v = 0;
	int digits = 0;

	for (;; digits++) {
		unsigned char c;

		if (*i == BLOCK) {
			if (r->left < BLOCK || next_block(r, e) != 1)
				return bad(r, "it ends inside a sparse file's map", e);
			r->left -= BLOCK;
			*i = 0;
		}
		c = r->block[(*i)++];
		if (c == '\n' && digits)
			break;
		if (c < '0' || c > '9' || digits == 18)
			return bad(r, "a sparse file's map is no number", e);
		v = v * 10 + (c - '0');
	}
	*ret = v;
	return 0;
}

static int sparse_10(struct tar_reader *r, struct tar_pax *p, struct err *e)
{
	int64_t n, offset, len;
	int i = BLOCK;

	if (map_line(r, &i, &n, e))
		return -1;
	for (p->nextents = 0; n > 0; n--)
		if (map_line(r, &i, &offset, e) || map_line(r, &i, &len, e) ||
		    tar_pax_extent(&r->arena, &p->extents, &p->nextents, &p->extents_cap, offset,
				   len, e))
			return -1;
	return 0;
}

static int sparse_pax(struct tar_reader *r, struct tar_pax *p, struct err *e)
{
	struct tar_entry *t = &r->entry;
	const char *major = p->major ? p->major : "", *minor = p->minor ? p->minor : "";
	int v1 = !strcmp(major, "1") && !strcmp(minor, "0");
	int v0 = !strcmp(major, "0") && (!strcmp(minor, "0") || !strcmp(minor, "1"));

	if (!v1 && !v0) {
		if (*major || *minor)
			return err_set(e, ERR_UNSUPPORTED, "GNU sparse format %s.%s is not known",
				       major, minor);
		if (!p->map && !p->nextents)
			return 0;
	}
	if (t->type != TAR_FILE)
		return bad(r, "a sparse file that is no file", e);
	if (p->name)
		t->name = p->name;
	if (apply_number(p->realsize, &t->size, e))
		return -1;
	if (v1 ? sparse_10(r, p, e) : !p->nextents && tar_pax_map(p, &r->arena, e))
		return -1;
	t->extents = p->extents;
	t->nextents = p->nextents;
	t->sparse = 1;
	return 0;
}

/* Extents rise, stay inside the file and hold as many bytes as are stored. */
static int check_extents(struct tar_reader *r, struct err *e)
{
	struct tar_entry *t = &r->entry;
	int64_t at = 0, stored = 0;

	if (t->size < 0)
		return bad(r, "a negative or impossible size", e);
	for (size_t i = 0; i < t->nextents; i++) {
		int64_t o = t->extents[i].offset, n = t->extents[i].len;

		if (o < at || n < 0 || o > t->size || n > t->size - o)
			return bad(r, "a sparse file's map is out of order or out of bounds", e);
		at = o + n;
		stored += n;
	}
	return stored == r->left ? 0 : bad(r, "a sparse file's map and size disagree", e);
}

static int finish_entry(struct tar_reader *r, struct special *x, enum dialect d, struct err *e)
{
	struct tar_entry *t = &r->entry;

	if (t->type == 0)
		t->type = TAR_FILE; /* before the name below: v7 tells a directory by its slash */
	if (x->has_pax && apply_pax(r, &x->pax, e))
		return -1;
	if (x->longname)
		t->name = x->longname;
	if (x->longlink)
		t->link = x->longlink;
	if (r->block[156] == 0 && *t->name && t->name[strlen(t->name) - 1] == '/')
		t->type = TAR_DIR;
	if (set_content(r, e))
		return -1;
	if (t->type == 'S' ? sparse_old(r, d, e) : x->has_pax && sparse_pax(r, &x->pax, e))
		return -1;
	if (strlen(t->name) >= TAR_MAX_NAME || strlen(t->link) >= TAR_MAX_NAME)
		return bad(r, "a name of more than 4095 bytes", e);
	return t->sparse ? check_extents(r, e) : 0;
}

/* The archive ends with two blocks of zeros, or without them where the stream does. */
static int at_end(struct tar_reader *r, struct err *e)
{
	int rc = next_block(r, e);

	if (rc > 0 && !zero(r->block))
		return bad(r, "data after a block of zeros", e);
	return rc < 0 ? -1 : 0;
}

static int global(struct tar_reader *r, struct special *x, struct err *e)
{
	if (x->count)
		return bad(r, "an extended header that belongs to no member", e);
	if (read_special(r, x, e))
		return -1;
	r->entry.size = 0;
	return apply_pax(r, &x->pax, e);
}

int tar_reader_next(struct tar_reader *r, const struct tar_entry **ret, struct err *e)
{
	struct special x = {0};
	enum dialect d = V7;
	int rc;

	if (r->done)
		return 0;
	if (skip(r, r->left, e) || skip(r, r->pad, e))
		return -1;
	r->left = r->pad = 0;
	arena_release(&r->arena);
	for (;;) {
		rc = next_block(r, e);
		if (rc < 0)
			return -1;
		if (rc == 0 || zero(r->block)) {
			r->done = 1;
			return rc ? at_end(r, e) : 0;
		}
		if (parse_header(r, &d, e))
			return -1;
		if (r->entry.type == 'g') {
			*ret = &r->entry;
			return global(r, &x, e) ? -1 : 1;
		}
		if (!memchr("xLK", r->entry.type, 3))
			break;
		if (read_special(r, &x, e))
			return -1;
	}
	*ret = &r->entry;
	return finish_entry(r, &x, d, e) ? -1 : 1;
}

ssize_t tar_reader_span(struct tar_reader *r, size_t max, const void **ret, struct err *e)
{
	ssize_t n;

	if (!r->left || !max)
		return 0;
	n = fill(r, 1, e);
	if (n <= 0)
		return n ? -1 : bad(r, "it ends inside a file", e);
	if (n > r->left)
		n = (ssize_t)r->left;
	if ((size_t)n > max)
		n = (ssize_t)max;
	*ret = r->buf + r->start;
	r->start += (size_t)n;
	r->pos += n;
	r->left -= n;
	return n;
}

ssize_t tar_reader_data(struct tar_reader *r, void *buf, size_t n, struct err *e)
{
	const void *p = NULL;
	ssize_t got = tar_reader_span(r, n, &p, e);

	if (got > 0)
		memcpy(buf, p, (size_t)got);
	return got;
}

int tar_reader_drain(struct tar_reader *r, struct err *e)
{
	for (;;) {
		ssize_t n = fill(r, 1, e);

		if (n <= 0)
			return (int)n;
		if (take_raw(r, (size_t)n, e))
			return -1;
	}
}
