/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The writer: a ustar header where everything fits, a pax header before it where something does
 * not (a long or non-ASCII name, a big number, a fraction of a second, extended attributes, a
 * sparse file). GNU's own extensions are never written: pax is the standard and every reader
 * of layers knows it. The one exception is the sparse file, told by GNU's records for pax in
 * version 1.0 since there is no other way; a reader without them sees a file of a telling name.
 *
 * Deterministic: the pax header has no time, no process id and its records in a fixed order, so
 * that a layer packed twice has one digest.
 */
#include "image/tar.h"

#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#define BLOCK 512
#define OCTAL(digits) ((1LL << (3 * (digits))) - 1)

static const char zeros[2 * BLOCK];

void tar_writer_init(struct tar_writer *w, tar_write_fn *write, void *ctx)
{
	*w = (struct tar_writer){.write = write, .ctx = ctx};
}

static int ascii(const char *s)
{
	for (; *s; s++)
		if (*s & 0x80)
			return 0;
	return 1;
}

/* Where to cut a name of more than 100 bytes for ustar's prefix; 0 if it cannot be. */
static size_t prefix_len(const char *name)
{
	size_t n = strlen(name);

	for (size_t i = n < 156 ? n - 1 : 155; i > 0; i--)
		if (name[i] == '/' && name[i + 1])
			return n - i - 1 <= 100 ? i : 0;
	return 0;
}

static void octal(char *field, int digits, int64_t v)
{
	field[digits] = 0;
	while (digits--) {
		field[digits] = (char)('0' + (v & 7));
		v >>= 3;
	}
}

/* What does not fit is written as nearest and told by pax. */
static int64_t clamp(int64_t v, int64_t max)
{
	return v < 0 ? 0 : v > max ? max : v;
}

static void put(char *field, size_t size, const char *s)
{
	size_t n = strlen(s);

	memcpy(field, s, n < size ? n : size);
}

static void put_name(char *h, const char *name)
{
	size_t cut = strlen(name) > 100 ? prefix_len(name) : 0;

	put(h + 345, cut, name);
	put(h, 100, cut ? name + cut + 1 : name);
}

static void fill_header(char h[BLOCK], const struct tar_entry *t, int64_t size)
{
	unsigned sum = 0;

	memset(h, 0, BLOCK);
	put_name(h, t->name);
	octal(h + 100, 7, t->mode & 07777);
	octal(h + 108, 7, clamp(t->uid, OCTAL(7)));
	octal(h + 116, 7, clamp(t->gid, OCTAL(7)));
	octal(h + 124, 11, clamp(size, OCTAL(11)));
	octal(h + 136, 11, clamp(t->mtime_sec, OCTAL(11)));
	h[156] = t->type;
	put(h + 157, 100, t->link ? t->link : "");
	memcpy(h + 257, "ustar\00000", 8);
	put(h + 265, 31, t->uname ? t->uname : "");
	put(h + 297, 31, t->gname ? t->gname : "");
	octal(h + 329, 7, clamp(t->devmajor, OCTAL(7)));
	octal(h + 337, 7, clamp(t->devminor, OCTAL(7)));
	memset(h + 148, ' ', 8);
	for (int i = 0; i < BLOCK; i++)
		sum += (unsigned char)h[i];
	octal(h + 148, 6, sum);
}

/* "LEN key=value\n", where LEN counts its own digits. */
static void record(struct buf *b, const char *key, const void *value, size_t n)
{
	size_t rest = strlen(key) + n + 3, len = rest + 1;
	char digits[24];

	for (;;) {
		size_t d = (size_t)snprintf(digits, sizeof(digits), "%zu", len);

		if (rest + d == len)
			break;
		len = rest + d;
	}
	buf_printf(b, "%s %s=", digits, key);
	buf_append(b, value, n);
	buf_char(b, '\n');
}

static void record_str(struct buf *b, const char *key, const char *value)
{
	record(b, key, value, strlen(value));
}

static void record_int(struct buf *b, const char *key, int64_t v)
{
	char text[24];

	snprintf(text, sizeof(text), "%lld", (long long)v);
	record_str(b, key, text);
}

static void record_time(struct buf *b, const char *key, int64_t sec, int32_t nsec)
{
	char text[48];
	size_t n;
	int neg = sec < 0 && nsec;

	if (neg) { /* 0.75 s after -2 is -1.25 */
		sec = -(sec + 1);
		nsec = 1000000000 - nsec;
	}
	n = (size_t)snprintf(text, sizeof(text), "%s%lld.%09d", neg ? "-" : "", (long long)sec,
			     (int)nsec);
	while (text[n - 1] == '0')
		n--;
	if (text[n - 1] == '.')
		n--;
	record(b, key, text, n);
}

/* A key ends at its first '=': one in a name is %3D, as in GNU tar's archives. */
static void xattr_key(struct buf *key, const char *name)
{
	bool plain = !strchr(name, '=');

	buf_clear(key);
	buf_str(key, "SCHILY.xattr.");
	for (; *name; name++)
		if (!plain && (*name == '=' || *name == '%'))
			buf_str(key, *name == '=' ? "%3D" : "%25");
		else
			buf_char(key, *name);
}

static void pax_records(struct buf *b, const struct tar_entry *t, int64_t size)
{
	AUTO_BUF key = BUF_INIT;

	if (t->sparse) {
		record_str(b, "GNU.sparse.major", "1");
		record_str(b, "GNU.sparse.minor", "0");
		record_str(b, "GNU.sparse.name", t->name);
		record_int(b, "GNU.sparse.realsize", t->size);
	} else if (!ascii(t->name) || (strlen(t->name) > 100 && !prefix_len(t->name))) {
		record_str(b, "path", t->name);
	}
	if (t->link && (!ascii(t->link) || strlen(t->link) > 100))
		record_str(b, "linkpath", t->link);
	if (t->uname && (!ascii(t->uname) || strlen(t->uname) > 31))
		record_str(b, "uname", t->uname);
	if (t->gname && (!ascii(t->gname) || strlen(t->gname) > 31))
		record_str(b, "gname", t->gname);
	if (t->uid < 0 || t->uid > OCTAL(7))
		record_int(b, "uid", t->uid);
	if (t->gid < 0 || t->gid > OCTAL(7))
		record_int(b, "gid", t->gid);
	if (size > OCTAL(11))
		record_int(b, "size", size);
	if (t->mtime_nsec || t->mtime_sec < 0 || t->mtime_sec > OCTAL(11))
		record_time(b, "mtime", t->mtime_sec, t->mtime_nsec);
	if (t->has_atime)
		record_time(b, "atime", t->atime_sec, t->atime_nsec);
	for (size_t i = 0; i < t->nxattrs; i++) {
		xattr_key(&key, t->xattrs[i].name);
		record(b, key.data, t->xattrs[i].value, t->xattrs[i].len);
	}
	for (size_t i = 0; i < t->pax.n; i++) {
		const char *eq = strchr(t->pax.v[i], '=');

		buf_clear(&key);
		if (!eq || eq == t->pax.v[i])
			continue;
		buf_append(&key, t->pax.v[i], (size_t)(eq - t->pax.v[i]));
		record_str(b, key.data, eq + 1);
	}
}

static int pad(struct tar_writer *w, int64_t size, struct err *e)
{
	size_t n = (size_t)(-size & (BLOCK - 1));

	return n ? w->write(w->ctx, zeros, n, e) : 0;
}

/* The name inside ustar of something whose true name is told by pax. */
static void short_name(const char *dir, const char *name, char ret[101])
{
	size_t n = strlen(name);

	while (n > 1 && name[n - 1] == '/')
		n--;
	for (const char *slash; (slash = memchr(name, '/', n)) && slash[1];) {
		n -= (size_t)(slash + 1 - name);
		name = slash + 1;
	}
	snprintf(ret, 101, "%s/%.*s", dir, n > 80 ? 80 : (int)n, name);
	for (char *p = ret; *p; p++)
		if (*p & 0x80)
			*p = '_';
}

static int write_pax(struct tar_writer *w, const struct tar_entry *t, struct buf *records,
		     struct err *e)
{
	struct tar_entry x = {.type = 'x', .mode = 0644};
	char name[101], h[BLOCK];

	if (records->len > TAR_MAX_PAX)
		return err_set(e, ERR_INVALID, "%s: more than 1 MiB of extended attributes",
			       t->name);
	short_name("PaxHeaders.0", t->name, name);
	x.name = name;
	fill_header(h, &x, (int64_t)records->len);
	if (w->write(w->ctx, h, BLOCK, e) || w->write(w->ctx, records->data, records->len, e))
		return -1;
	return pad(w, (int64_t)records->len, e);
}

/* GNU's map: the number of pieces, then offset and length of each, one number a line. */
static int64_t sparse_map(struct buf *map, const struct tar_entry *t)
{
	int64_t stored = 0;

	buf_printf(map, "%zu\n", t->nextents);
	for (size_t i = 0; i < t->nextents; i++) {
		buf_printf(map, "%lld\n%lld\n", (long long)t->extents[i].offset,
			   (long long)t->extents[i].len);
		stored += t->extents[i].len;
	}
	buf_append(map, zeros, -map->len & (BLOCK - 1));
	return stored;
}

int tar_writer_entry(struct tar_writer *w, const struct tar_entry *t, struct err *e)
{
	AUTO_BUF records = BUF_INIT;
	AUTO_BUF map = BUF_INIT;
	struct tar_entry ustar = *t;
	int64_t content = t->type == TAR_FILE ? t->size : 0;
	char h[BLOCK], name[101];

	if (w->left)
		return err_set(e, ERR_INVALID, "%s: the file before it is short", t->name);
	if (strlen(t->name) >= TAR_MAX_NAME || (t->link && strlen(t->link) >= TAR_MAX_NAME))
		return err_set(e, ERR_INVALID, "a name of more than 4095 bytes: %.100s...",
			       t->name);
	if (t->sparse)
		content = sparse_map(&map, t);
	if (content < 0 || content > INT64_MAX / 2 - (int64_t)map.len)
		return err_set(e, ERR_INVALID, "%s: impossible size", t->name);
	pax_records(&records, t, content + (int64_t)map.len);
	if (records.len && write_pax(w, t, &records, e))
		return -1;
	if (t->sparse) {
		short_name("GNUSparseFile.0", t->name, name);
		ustar.name = name;
	}
	fill_header(h, &ustar, content + (int64_t)map.len);
	if (w->write(w->ctx, h, BLOCK, e) || (map.len && w->write(w->ctx, map.data, map.len, e)))
		return -1;
	w->left = content;
	w->pad = content;
	return 0;
}

int tar_writer_data(struct tar_writer *w, const void *data, size_t n, struct err *e)
{
	if ((int64_t)n > w->left)
		return err_set(e, ERR_INVALID, "more data than the tar entry announced");
	if (n && w->write(w->ctx, data, n, e))
		return -1;
	w->left -= (int64_t)n;
	if (w->left || !n)
		return 0;
	return pad(w, w->pad, e);
}

int tar_writer_end(struct tar_writer *w, struct err *e)
{
	if (w->left)
		return err_set(e, ERR_INVALID, "the last file of the tar is short");
	return w->write(w->ctx, zeros, sizeof(zeros), e);
}
