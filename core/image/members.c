/* SPDX-License-Identifier: Apache-2.0 */
/*
 * An archive says at its end, or in its middle, which of its members are layers. Reading it twice
 * needs a file; a stream has only one pass. So each member is judged by its first block, which
 * cannot be mistaken: a tar header carries its own checksum, gzip and zstd have magic numbers, and
 * JSON looks like neither.
 *
 * A member that is called by the digest of a layer which the store has (blobs/sha256/<hex>, or
 * <hex>.tar and <hex>/layer.tar as several writers name diff IDs) is only hashed.
 */
#include "image/members.h"

#include <string.h>

#include "base/sha256.h"
#include "image/codec.h"

#define BLOCK 512
#define CHUNK (256 << 10)
#define MAX_MEMBERS 65536

static unsigned hash(const char *s)
{
	unsigned h = 5381;

	while (*s)
		h = h * 33 + (unsigned char)*s++;
	return h % MEMBERS_BUCKETS;
}

/* Cleans base/path ("." and "..", slashes) into the arena. NULL where it leaves the archive. */
static char *clean(struct arena *a, const char *base, const char *path)
{
	const char *parts[2] = {*path == '/' ? "" : base, path};
	char *ret = arena_alloc(a, strlen(base) + strlen(path) + 3);
	size_t n = 0;

	for (int i = 0; i < 2; i++) {
		for (const char *p = parts[i]; *p;) {
			size_t len = strcspn(p, "/");

			if (len == 2 && !memcmp(p, "..", 2)) {
				if (!n)
					return NULL;
				while (n && ret[n - 1] != '/')
					n--;
				n -= n ? 1 : 0;
			} else if (len && !(len == 1 && *p == '.')) {
				if (n)
					ret[n++] = '/';
				memcpy(ret + n, p, len);
				n += len;
			}
			p += len + (p[len] == '/');
		}
	}
	ret[n] = 0;
	return ret;
}

static struct member *lookup(struct members *m, const char *name)
{
	struct member *x = m->bucket[hash(name)];

	while (x && strcmp(x->name, name))
		x = x->next;
	return x;
}

struct member *members_find(struct members *m, const char *name)
{
	const char *key = clean(&m->a, "", name);
	struct member *x = key ? lookup(m, key) : NULL;

	for (int hops = 0; x && x->kind == MEMBER_LINK; hops++)
		x = hops < 16 ? lookup(m, x->link) : NULL;
	return x;
}

static struct member *add(struct members *m, const char *name, struct err *e)
{
	const char *key = clean(&m->a, "", name);
	struct member *x;

	if (!key || !*key) {
		err_set(e, ERR_INVALID,
			"member \"%s\" of the archive has a name that leads out of it", name);
		return NULL;
	}
	if (lookup(m, key)) {
		err_set(e, ERR_INVALID, "member \"%s\" is in the archive twice", key);
		return NULL;
	}
	if (++m->n > MAX_MEMBERS) {
		err_set(e, ERR_INVALID, "the archive has over %d members", MAX_MEMBERS);
		return NULL;
	}
	x = arena_alloc(&m->a, sizeof(*x));
	x->name = key;
	x->kind = MEMBER_OTHER;
	x->why = "it is no regular file";
	x->tmp.dir = x->tmp.diff = x->tmp.record = -1;
	x->next = m->bucket[hash(key)];
	m->bucket[hash(key)] = x;
	return x;
}

static int is_tar_header(const unsigned char *b)
{
	unsigned sum = 0, said = 0;
	int i = 148;

	for (int k = 0; k < BLOCK; k++)
		sum += k >= 148 && k < 156 ? ' ' : b[k];
	while (i < 156 && b[i] == ' ')
		i++;
	for (; i < 156 && b[i] >= '0' && b[i] <= '7'; i++)
		said = said * 8 + (b[i] - '0');
	return said == sum && sum != 8 * ' ';
}

/* Is it a layer, by its first n bytes (a whole block where size allows)? */
static int is_layer(const unsigned char *b, size_t n, int64_t size, enum codec *ret)
{
	static const unsigned char zero[BLOCK];

	*ret = codec_sniff(b, n);
	if (*ret != CODEC_PLAIN)
		return 1;
	if (n < BLOCK || size < 2 * BLOCK)
		return 0;
	return is_tar_header(b) || !memcmp(b, zero, BLOCK); /* zeros: a tar without entries */
}

/* The rest of the member is passed on in pieces, the first of which was read already. */
struct feed {
	struct tar_reader *r;
	unsigned char *buf;
	size_t have; /* in buf */
};

static ssize_t next_piece(struct feed *f, struct err *e)
{
	ssize_t n = (ssize_t)f->have;

	if (n) {
		f->have = 0;
		return n;
	}
	return tar_reader_data(f->r, f->buf, CHUNK, e);
}

static int keep_data(struct members *m, struct member *x, struct feed *f, int64_t size,
		     struct err *e)
{
	char *data;
	size_t at = 0;
	ssize_t n;

	if (size > STORE_MAX_JSON) {
		x->why = "it is larger than 8 MiB, and no layer";
		return 0;
	}
	m->in_memory += size;
	if (m->in_memory > m->max_memory)
		return err_set(e, ERR_INVALID, "the archive's documents are over %lld MiB together",
			       (long long)(m->max_memory >> 20));
	data = arena_alloc(&m->a, (size_t)size + 1);
	while ((n = next_piece(f, e)) > 0) {
		memcpy(data + at, f->buf, (size_t)n);
		at += (size_t)n;
	}
	if (n < 0)
		return -1;
	x->kind = MEMBER_DATA;
	x->data = data;
	x->len = at;
	sha256_hex_of(data, at, x->sha);
	return 0;
}

/* The digest that the member's name promises, or NULL. */
static const char *promised(struct members *m, const char *name, int *ret_blob)
{
	static const char blobs[] = "blobs/sha256/";
	size_t n = strlen(name);
	char *hex;

	*ret_blob = !strncmp(name, blobs, sizeof(blobs) - 1);
	if (*ret_blob)
		return store_is_hex(name + sizeof(blobs) - 1) ? name + sizeof(blobs) - 1 : NULL;
	if ((n != 68 || strcmp(name + 64, ".tar")) && (n != 74 || strcmp(name + 64, "/layer.tar")))
		return NULL;
	hex = arena_strndup(&m->a, name, 64);
	return store_is_hex(hex) ? hex : NULL;
}

/* 1: the store has this layer, x says which. */
static int known(struct members *m, struct member *x, enum codec codec, struct err *e)
{
	int blob, rc;
	const char *hex = promised(m, x->name, &blob);

	if (!hex || (!blob && codec != CODEC_PLAIN))
		return 0;
	rc = layers_pin_blob(m->s, m->pin, hex, x->tmp.r.diff_id, e);
	/* a name outside blobs/ may be an old layer ID, which is no digest: only a diff ID counts
	 */
	if (rc == 1 && !blob && strcmp(hex, x->tmp.r.diff_id))
		return 0;
	if (rc == 1)
		memcpy(x->sha, hex, 65);
	return rc;
}

static int only_hash(struct member *x, struct feed *f, struct err *e)
{
	struct sha256 h;
	unsigned char sum[32];
	char hex[65];
	ssize_t n;

	sha256_init(&h);
	while ((n = next_piece(f, e)) > 0)
		sha256_update(&h, f->buf, (size_t)n);
	if (n < 0)
		return -1;
	sha256_final(&h, sum);
	sha256_hex(sum, hex);
	if (strcmp(hex, x->sha))
		return err_set(e, ERR_INVALID, "%s has digest sha256:%s: the archive is damaged",
			       x->name, hex);
	x->kind = MEMBER_KNOWN;
	return 0;
}

static int unpack_layer(struct members *m, struct member *x, struct feed *f, struct err *e)
{
	struct unpack_limits lim;
	ssize_t n;

	layers_limits(m->s, &lim);
	if (layers_tmp_begin(m->s, m->pin, &lim, &x->tmp, e))
		return -1;
	x->kind = MEMBER_LAYER;
	while ((n = next_piece(f, e)) > 0)
		if (unpack_write(x->tmp.unpack, f->buf, (size_t)n, e))
			return -1;
	if (n < 0 || layers_tmp_finish(&x->tmp, e))
		return -1;
	memcpy(x->sha, x->tmp.r.blob_sha, 65);
	return 0;
}

static int read_file(struct members *m, struct tar_reader *r, const struct tar_entry *t,
		     unsigned char *buf, struct err *e)
{
	struct member *x = add(m, t->name, e);
	struct feed f = {r, buf, 0};
	enum codec codec;
	ssize_t n = 1;
	int rc;

	if (!x)
		return -1;
	if (t->sparse) {
		x->why = "it is a sparse file";
		return 0;
	}
	while (f.have < BLOCK && (n = tar_reader_data(r, buf + f.have, BLOCK - f.have, e)) > 0)
		f.have += (size_t)n;
	if (n < 0)
		return -1;
	if (!is_layer(buf, f.have, t->size, &codec))
		return keep_data(m, x, &f, t->size, e);
	if (codec == CODEC_OTHER) {
		x->why = "it is compressed with bzip2 or xz, which no image may be";
		return 0;
	}
	rc = known(m, x, codec, e);
	if (!rc)
		rc = unpack_layer(m, x, &f, e);
	else if (rc == 1)
		rc = only_hash(x, &f, e);
	return rc ? err_wrap(e, "layer %s", x->name) : 0;
}

static int read_link(struct members *m, const struct tar_entry *t, struct err *e)
{
	const char *slash = strrchr(t->name, '/');
	const char *dir = slash ? arena_strndup(&m->a, t->name, (size_t)(slash - t->name)) : "";
	struct member *x = add(m, t->name, e);

	if (!x)
		return -1;
	x->link = clean(&m->a, t->type == TAR_SYMLINK ? dir : "", t->link);
	if (x->link)
		x->kind = MEMBER_LINK;
	else
		x->why = "it is a link that leads out of the archive";
	return 0;
}

static int read_all(struct members *m, struct tar_reader *r, unsigned char *buf, struct err *e)
{
	const struct tar_entry *t;
	int rc;

	while ((rc = tar_reader_next(r, &t, e)) > 0) {
		if (t->type == TAR_DIR)
			continue;
		if (t->type == TAR_FILE)
			rc = read_file(m, r, t, buf, e);
		else if (t->type == TAR_SYMLINK || t->type == TAR_HARDLINK)
			rc = read_link(m, t, e);
		else
			rc = add(m, t->name, e) ? 0 : -1;
		if (rc)
			return -1;
	}
	return rc < 0 ? -1 : tar_reader_drain(r, e);
}

int members_read(struct members *m, tar_read_fn *read, void *ctx, struct err *e)
{
	AUTO_FREE unsigned char *buf = mem_alloc(CHUNK);
	struct tar_reader *r = tar_reader_new(read, ctx, NULL, NULL);
	int rc = read_all(m, r, buf, e);

	tar_reader_free(r);
	return rc;
}

void members_release(struct members *m)
{
	for (size_t i = 0; i < MEMBERS_BUCKETS; i++)
		for (struct member *x = m->bucket[i]; x; x = x->next)
			if (x->kind == MEMBER_LAYER)
				layers_tmp_discard(m->s, &x->tmp);
	arena_release(&m->a);
	memset(m->bucket, 0, sizeof(m->bucket));
}
