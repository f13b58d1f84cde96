/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The tar reader against the archives of Go's archive/tar and what Go reads in them
 * (tests/data/tar), against archives of our own writer, and against the same archives cut and with
 * bits flipped: then it may say anything but must end, in bounds.
 */
#include "image/tar.h"
#include "base/file.h"
#include "base/json.h"
#include "base/sha256.h"
#include "tests/unit/test.h"

#include <fcntl.h>

struct bytes {
	const char *data;
	size_t n, at, step;
};

static ssize_t take(void *ctx, void *buf, size_t n, struct err *e)
{
	struct bytes *b = ctx;

	(void)e;
	if (n > b->n - b->at)
		n = b->n - b->at;
	if (b->step && n > b->step)
		n = b->step;
	memcpy(buf, b->data + b->at, n);
	b->at += n;
	return (ssize_t)n;
}

static int collect(void *ctx, const void *data, size_t n, struct err *e)
{
	(void)e;
	buf_append(ctx, data, n);
	return 0;
}

static int load(const char *rel, struct buf *b)
{
	struct err e;
	AUTO_FD int fd = open(test_data(rel), O_RDONLY | O_CLOEXEC);

	return fd < 0 ? -1 : file_read_fd(fd, rel, 64 << 20, b, &e);
}

/* Hashes the file as its reader sees it, holes as zeros. */
static int hash(struct tar_reader *r, const struct tar_entry *t, char hex[65], struct err *e)
{
	static const char zeros[512];
	struct sha256 s;
	unsigned char sum[32];
	const void *p;
	ssize_t n;
	int64_t at = 0;
	size_t i = 0;
	int64_t in = 0; /* bytes taken of extent i */

	sha256_init(&s);
	while ((n = tar_reader_span(r, t->sparse ? 1 : 4096, &p, e)) > 0) {
		while (t->sparse && in == t->extents[i].len)
			i++, in = 0;
		for (; t->sparse && at < t->extents[i].offset; at++)
			sha256_update(&s, zeros, 1);
		sha256_update(&s, p, (size_t)n);
		at += n;
		in += n;
	}
	for (; t->sparse && n == 0 && at < t->size; at++)
		sha256_update(&s, zeros, 1);
	sha256_final(&s, sum);
	sha256_hex(sum, hex);
	return (int)n;
}

static void same_pax(const struct json *want, const struct tar_entry *t)
{
	struct json_iter it = json_iter(want);
	const struct json *v;
	const char *key;

	while ((v = json_next(&it, &key))) {
		size_t len, i;
		const char *val = json_strn(v, &len);

		if (strncmp(key, "SCHILY.xattr.", 13))
			continue;
		for (i = 0; i < t->nxattrs && strcmp(t->xattrs[i].name, key + 13); i++)
			;
		REQUIRE(i < t->nxattrs);
		EQ_INT(t->xattrs[i].len, len);
		EQ_MEM(t->xattrs[i].value, val, len);
	}
}

static void same_entry(struct tar_reader *r, const struct tar_entry *t, const struct json *want,
		       const char *file)
{
	const char *type = json_str(json_get(want, "type"), ""), *sum;
	struct err e = {0};
	char hex[65];

	OK(t->type == (*type == 'S' ? '0' : *type), "%s: type %c", file, t->type);
	if (strcmp(file, "gnu-not-utf8.tar")) /* JSON cannot say that name */
		EQ_STR(t->name, json_str(json_get(want, "name"), ""));
	EQ_STR(t->link, json_str(json_get(want, "link"), ""));
	if (t->type == 'g')
		return;
	EQ_STR(t->uname, json_str(json_get(want, "uname"), ""));
	EQ_STR(t->gname, json_str(json_get(want, "gname"), ""));
	EQ_INT(t->mode, json_int(json_get(want, "mode"), 0) & 07777);
	EQ_INT(t->uid, json_int(json_get(want, "uid"), 0));
	EQ_INT(t->gid, json_int(json_get(want, "gid"), 0));
	EQ_INT(t->size, json_int(json_get(want, "size"), 0));
	EQ_INT(t->mtime_sec, json_int(json_get(want, "mtime"), 0));
	EQ_INT(t->devmajor, json_int(json_get(want, "devmajor"), 0));
	EQ_INT(t->devminor, json_int(json_get(want, "devminor"), 0));
	same_pax(json_get(want, "pax"), t);
	sum = json_str(json_get(want, "data_sha256"), NULL);
	if (!sum)
		return;
	EQ_OK(hash(r, t, hex, &e), e);
	EQ_STR(hex, sum);
}

static void one_archive(const struct json *line, size_t step)
{
	const char *file = json_str(json_get(line, "file"), "");
	const char *error = json_str(json_get(line, "error"), NULL);
	const struct json *entries = json_get(line, "entries");
	char rel[128];
	AUTO_BUF b = BUF_INIT;
	const struct tar_entry *t;
	struct err e = {0};
	size_t n = 0;
	int rc;

	snprintf(rel, sizeof(rel), "data/tar/%s", file);
	REQUIRE(load(rel, &b) == 0);
	struct bytes in = {b.data, b.len, 0, step};
	struct tar_reader *r = tar_reader_new(take, &in, NULL, NULL);

	while ((rc = tar_reader_next(r, &t, &e)) > 0)
		if (n++ < json_len(entries))
			same_entry(r, t, json_at(entries, n - 1), file);
	OK(error ? rc < 0 : rc == 0, "%s: %s", file, rc < 0 ? e.text : "no error");
	OK(error || n == json_len(entries), "%s: %zu entries", file, n);
	tar_reader_free(r);
}

static void all_archives(size_t step)
{
	AUTO_BUF b = BUF_INIT;
	int n = 0;

	REQUIRE(load("data/tar/expected.jsonl", &b) == 0);
	for (char *p = b.data, *nl; (nl = strchr(p, '\n')); p = nl + 1) {
		AUTO_ARENA a = ARENA_INIT;
		struct err e;
		const struct json *v = json_parse(&a, p, (size_t)(nl - p), 1 << 20, "line", &e);

		REQUIRE(v);
		one_archive(v, step);
		n++;
	}
	EQ_INT(n, 38);
}

TEST(archives_of_go)
{
	all_archives(0);
}
TEST(archives_of_go_in_small_pieces)
{
	all_archives(97);
}

/* Everything taken and everything raw, in order, is the archive. */
static int walk(const char *data, size_t n, struct buf *all, int read_content, struct err *e)
{
	struct bytes in = {data, n, 0, 0};
	struct tar_reader *r = tar_reader_new(take, &in, collect, all);
	const struct tar_entry *t;
	const void *p;
	ssize_t k = 0;
	int rc, steps = 0;

	while ((rc = tar_reader_next(r, &t, e)) > 0 && k >= 0 && steps++ < 100000)
		while (read_content && (k = tar_reader_span(r, 1 << 20, &p, e)) > 0)
			buf_append(all, p, (size_t)k);
	if (!rc && k >= 0)
		rc = tar_reader_drain(r, e);
	tar_reader_free(r);
	return k < 0 ? -1 : rc;
}

static int add(struct tar_writer *w, const char *name, char type, const char *data)
{
	struct tar_entry t = {.name = name, .type = type, .mode = 0644, .mtime_sec = 1500000000};
	struct err e;

	t.size = (int64_t)strlen(data);
	t.link = type == TAR_SYMLINK ? "target" : "";
	if (tar_writer_entry(w, &t, &e))
		return -1;
	return t.type == TAR_FILE ? tar_writer_data(w, data, strlen(data), &e) : 0;
}

static void small_archive(struct buf *b)
{
	struct tar_writer w;
	struct err e;

	tar_writer_init(&w, collect, b);
	OK(!add(&w, "dir/", TAR_DIR, "") && !add(&w, "dir/f", TAR_FILE, "hello") &&
	   !add(&w, "dir/l", TAR_SYMLINK, ""));
	EQ_OK(tar_writer_end(&w, &e), e);
}

TEST(raw_and_content_make_the_archive)
{
	AUTO_BUF b = BUF_INIT;
	struct err e = {0};

	small_archive(&b);
	buf_append(&b, "trailing garbage", 16);
	for (int content = 0; content < 2; content++) {
		AUTO_BUF all = BUF_INIT;

		EQ_OK(walk(b.data, b.len, &all, content, &e), e);
		EQ_INT(all.len, b.len);
		EQ_MEM(all.data, b.data, b.len);
	}
}

TEST(cut_anywhere)
{
	AUTO_BUF b = BUF_INIT;
	struct err e = {0};

	small_archive(&b);
	for (size_t n = 0; n < b.len - 1024; n++) {
		AUTO_BUF all = BUF_INIT;
		int rc = walk(b.data, n, &all, 1, &e);

		/* At a header's border an archive may end. */
		OK(rc < 0 || n == 0 || n == 512 || n == 1536, "cut at %zu", n);
	}
}

TEST(bits_flipped)
{
	AUTO_BUF b = BUF_INIT;
	AUTO_BUF all = BUF_INIT;
	AUTO_BUF sparse = BUF_INIT;
	struct err e = {0};

	small_archive(&b);
	for (size_t bit = 0; bit < b.len * 8; bit++) {
		b.data[bit / 8] ^= (char)(1 << bit % 8);
		buf_clear(&all);
		if (!walk(b.data, b.len, &all, 1, &e))
			OK(all.len == b.len && !memcmp(all.data, b.data, b.len), "bit %zu", bit);
		b.data[bit / 8] ^= (char)(1 << bit % 8);
	}
	REQUIRE(load("data/tar/sparse-formats.tar", &sparse) == 0);
	for (size_t i = 0; i < sparse.len; i++) {
		sparse.data[i] ^= 0x11;
		buf_clear(&all);
		walk(sparse.data, sparse.len, &all, 1, &e);
		sparse.data[i] ^= 0x11;
	}
}

static void same_as_written(const struct tar_entry *a, const char *data, size_t n)
{
	AUTO_BUF b = BUF_INIT;
	struct tar_writer w;
	const struct tar_entry *t;
	struct err e = {0};
	char got[64];

	tar_writer_init(&w, collect, &b);
	EQ_OK(tar_writer_entry(&w, a, &e), e);
	EQ_OK(tar_writer_data(&w, data, n, &e), e);
	EQ_OK(tar_writer_end(&w, &e), e);
	EQ_INT(b.len % 512, 0);
	struct bytes in = {b.data, b.len, 0, 0};
	struct tar_reader *r = tar_reader_new(take, &in, NULL, NULL);

	EQ_INT(tar_reader_next(r, &t, &e), 1);
	EQ_STR(t->name, a->name);
	EQ_STR(t->link, a->link ? a->link : "");
	EQ_STR(t->uname, a->uname ? a->uname : "");
	EQ_INT(t->type, a->type);
	EQ_INT(t->mode, a->mode);
	EQ_INT(t->uid, a->uid);
	EQ_INT(t->gid, a->gid);
	EQ_INT(t->size, a->size);
	EQ_INT(t->mtime_sec, a->mtime_sec);
	EQ_INT(t->mtime_nsec, a->mtime_nsec);
	EQ_INT(t->nxattrs, a->nxattrs);
	for (size_t i = 0; i < t->nxattrs && i < a->nxattrs; i++) {
		EQ_STR(t->xattrs[i].name, a->xattrs[i].name);
		EQ_INT(t->xattrs[i].len, a->xattrs[i].len);
		EQ_MEM(t->xattrs[i].value, a->xattrs[i].value, a->xattrs[i].len);
	}
	EQ_INT(t->nextents, a->nextents);
	for (size_t i = 0; i < t->nextents && i < a->nextents; i++)
		EQ_MEM(&t->extents[i], &a->extents[i], sizeof(*t->extents));
	EQ_INT(tar_reader_data(r, got, sizeof(got), &e), n);
	EQ_MEM(got, data, n);
	EQ_INT(tar_reader_next(r, &t, &e), 0);
	tar_reader_free(r);
}

TEST(written_is_read)
{
	char name[301] = {0}, deep[200] = {0};
	struct tar_xattr x[] = {{"security.capability", "\1\0\0\2\0", 5},
				{"user.empty", "", 0},
				{"user.a=b%3D%", "v", 1}};
	struct tar_extent ext[] = {{4096, 3}, {1 << 20, 2}};
	struct tar_entry t = {.name = "a", .type = TAR_FILE, .mode = 04755, .size = 5};

	memset(name, 'n', 300);
	memset(deep, 'd', 150);
	memcpy(deep + 120, "/file", 6);
	same_as_written(&t, "12345", 5);
	t.mtime_sec = -2, t.mtime_nsec = 750000000;
	same_as_written(&t, "12345", 5);
	t.mtime_sec = 1LL << 40, t.mtime_nsec = 1;
	t.uid = 4294967294, t.gid = 2097152, t.uname = "m\303\274ller";
	same_as_written(&t, "12345", 5);
	t.name = deep;
	same_as_written(&t, "12345", 5);
	t.name = name;
	t.xattrs = x, t.nxattrs = 3;
	same_as_written(&t, "12345", 5);
	t.sparse = 1, t.extents = ext, t.nextents = 2, t.size = 1 << 21;
	same_as_written(&t, "12345", 5);
	t = (struct tar_entry){.name = "l", .link = name, .type = TAR_SYMLINK, .mode = 0777};
	same_as_written(&t, "", 0);
}

/* A header with a good checksum, then n bytes of content. */
static void header(struct buf *b, char type, const char *size, const char *data, size_t n)
{
	char h[512] = "name";
	unsigned sum = 0;

	memcpy(h + 124, size, strlen(size));
	h[156] = type;
	memcpy(h + 257, "ustar\00000", 8);
	memset(h + 148, ' ', 8);
	for (int i = 0; i < 512; i++)
		sum += (unsigned char)h[i];
	snprintf(h + 148, 8, "%06o", sum);
	buf_append(b, h, 512);
	buf_append(b, data, n);
	while (b->len % 512)
		buf_char(b, 0);
}

static void refused(const struct buf *b, const char *why)
{
	AUTO_BUF all = BUF_INIT;
	struct err e = {0};

	OK(walk(b->data, b->len, &all, 1, &e) < 0, "%s", why);
	OK(e.kind == ERR_INVALID && strstr(e.text, why), "not '%s' but '%s'", why, e.text);
}

static void refused_pax(const char *record, const char *why)
{
	AUTO_BUF b = BUF_INIT;
	char size[16];

	snprintf(size, sizeof(size), "%011o", (unsigned)strlen(record));
	header(&b, 'x', size, record, strlen(record));
	header(&b, '0', "0", "", 0);
	refused(&b, why);
}

TEST(bad_headers)
{
	AUTO_BUF b = BUF_INIT;

	header(&b, '0', "\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff", "", 0);
	refused(&b, "size");
	buf_clear(&b);
	header(&b, '0', "\x80\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff", "", 0);
	refused(&b, "no number");
	buf_clear(&b);
	header(&b, 'x', "77777777777", "", 0);
	refused(&b, "more than 1 MiB");
	buf_clear(&b);
	header(&b, '0', "9", "", 0);
	refused(&b, "no number");
	buf_clear(&b);
	for (int i = 0; i < 20; i++)
		header(&b, 'L', "2", "ab", 2);
	refused(&b, "in a row");
	refused_pax("11 size=-1\n", "size");
	refused_pax("99 path=x\n", "length is wrong");
	refused_pax("0 path=x\n", "length is wrong");
	refused_pax("9 path=xy", "length is wrong");
	refused_pax("7 uid=x\n", "length is wrong");
	refused_pax("8 uid=x\n", "not a number");
	refused_pax("9 uid=+1\n", "not a number");
	refused_pax("29 uid=99999999999999999999\n\n", "out of range");
	refused_pax("12 mtime=1.x\n", "length is wrong");
	refused_pax("13 mtime=1.x\n", "not a time");
	refused_pax("22 GNU.sparse.major=1\n22 GNU.sparse.minor=0\n", "map");
	refused_pax("22 GNU.sparse.major=0\n22 GNU.sparse.minor=1\n", "numblocks");
}

int main(void)
{
	RUN(archives_of_go);
	RUN(archives_of_go_in_small_pieces);
	RUN(raw_and_content_make_the_archive);
	RUN(cut_anywhere);
	RUN(bits_flipped);
	RUN(written_is_read);
	RUN(bad_headers);
	return test_done();
}
