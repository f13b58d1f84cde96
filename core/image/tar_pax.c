/* SPDX-License-Identifier: Apache-2.0 */
/*
 * One pass over the records, in place, copying what is kept. Lengths in records are the classic
 * trap: the number counts itself, the space and the newline, so it is checked against what is
 * left and the record's last byte must be the newline. Numbers are plain digits; strtoll would
 * take white space and '+'.
 *
 * Extended attributes have two spellings: SCHILY.xattr.NAME=VALUE with raw bytes (star, GNU tar,
 * Docker) and LIBARCHIVE.xattr.NAME=VALUE with a percent-encoded name and a base64 value. bsdtar
 * writes both; the duplicates are equal, so both are kept and setting them twice does no harm.
 */
#include "image/tar_pax.h"

#include <string.h>

#define MAX_XATTRS 1024

static int bad(struct err *e, const char *why)
{
	return err_set(e, ERR_INVALID, "bad pax header: %s", why);
}

int tar_pax_int(const char *text, int64_t *ret, struct err *e)
{
	const char *s = text;
	int neg = *s == '-';
	int64_t v = 0;

	s += neg;
	if (!*s)
		return bad(e, "a number is missing");
	for (; *s; s++) {
		if (*s < '0' || *s > '9')
			return bad(e, "not a number");
		if (__builtin_mul_overflow(v, 10, &v) ||
		    __builtin_add_overflow(v, neg ? '0' - *s : *s - '0', &v))
			return bad(e, "a number is out of range");
	}
	*ret = v;
	return 0;
}

int tar_pax_time(const char *text, int64_t *ret_sec, int32_t *ret_nsec, struct err *e)
{
	const char *dot = strchr(text, '.');
	size_t n = dot ? (size_t)(dot - text) : strlen(text);
	char whole[24];
	int32_t nsec = 0, unit = 100000000;
	int64_t sec;

	if (!n || n >= sizeof(whole))
		return bad(e, "not a time");
	memcpy(whole, text, n);
	whole[n] = 0;
	if (tar_pax_int(whole, &sec, e))
		return -1;
	for (const char *s = dot ? dot + 1 : ""; *s; s++) {
		if (*s < '0' || *s > '9')
			return bad(e, "not a time");
		nsec += (*s - '0') * unit;
		unit /= 10;
	}
	if (*text == '-' && nsec) { /* -1.25 is 0.75 s after -2 */
		if (sec == INT64_MIN)
			return bad(e, "a number is out of range");
		sec--;
		nsec = 1000000000 - nsec;
	}
	*ret_sec = sec;
	*ret_nsec = nsec;
	return 0;
}

int tar_pax_extent(struct arena *a, struct tar_extent **v, size_t *n, size_t *cap, int64_t offset,
		   int64_t len, struct err *e)
{
	if (*n == TAR_MAX_SPARSE)
		return err_set(e, ERR_INVALID, "a sparse file of more than %d pieces",
			       TAR_MAX_SPARSE);
	*v = arena_grow(a, *v, *n, cap, sizeof(**v));
	(*v)[(*n)++] = (struct tar_extent){offset, len};
	return 0;
}

int tar_pax_map(struct tar_pax *p, struct arena *a, struct err *e)
{
	int64_t want, v[2];
	char num[24];

	p->nextents = 0;
	if (!p->numblocks || tar_pax_int(p->numblocks, &want, e))
		return bad(e, "GNU.sparse.numblocks is missing");
	for (const char *s = p->map ? p->map : ""; *s;) {
		for (int i = 0; i < 2; i++) {
			size_t n = strcspn(s, ",");

			if (!n || n >= sizeof(num) || (s[n] != ',' && i == 0))
				return bad(e, "GNU.sparse.map is not a list of pairs");
			memcpy(num, s, n);
			num[n] = 0;
			if (tar_pax_int(num, &v[i], e))
				return -1;
			s += n;
			if (*s == ',' && !*++s)
				return bad(e, "GNU.sparse.map ends with a comma");
		}
		if (tar_pax_extent(a, &p->extents, &p->nextents, &p->extents_cap, v[0], v[1], e))
			return -1;
	}
	if (want < 0 || (uint64_t)want != p->nextents)
		return bad(e, "GNU.sparse.map and numblocks disagree");
	return 0;
}

static int sparse00(struct tar_pax *p, struct arena *a, int is_len, const char *value,
		    struct err *e)
{
	int64_t v;

	if (is_len != p->half)
		return bad(e, "GNU.sparse.offset and numbytes do not alternate");
	if (tar_pax_int(value, &v, e))
		return -1;
	p->half = !is_len;
	if (!is_len)
		return tar_pax_extent(a, &p->extents, &p->nextents, &p->extents_cap, v, 0, e);
	p->extents[p->nextents - 1].len = v;
	return 0;
}

static int hex(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	c |= 0x20;
	return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

static void percent_decode(char *s)
{
	char *to = s;

	for (; *s; s++) {
		int hi = *s == '%' ? hex(s[1]) : -1, lo = hi >= 0 ? hex(s[2]) : -1;

		if (lo > 0 || (lo == 0 && hi > 0)) {
			*to++ = (char)(hi << 4 | lo);
			s += 2;
		} else {
			*to++ = *s;
		}
	}
	*to = 0;
}

/* In place; returns the new length. Characters outside the alphabet end the text. */
static size_t base64_decode(char *s)
{
	static const char set[] =
		"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
	unsigned acc = 0, bits = 0;
	char *to = s;
	const char *at;

	for (const char *p = s; *p && (at = strchr(set, *p)); p++) {
		acc = (acc << 6 | (unsigned)(at - set)) & 0xffffff;
		bits += 6;
		if (bits >= 8) {
			bits -= 8;
			*to++ = (char)(acc >> bits & 0xff);
		}
	}
	return (size_t)(to - s);
}

static int add_xattr(struct tar_pax *p, struct arena *a, char *name, char *value, size_t len,
		     int libarchive, struct err *e)
{
	if (p->nxattrs == MAX_XATTRS)
		return bad(e, "more than 1024 extended attributes");
	p->xattrs = arena_grow(a, p->xattrs, p->nxattrs, &p->xattrs_cap, sizeof(*p->xattrs));
	if (libarchive || strstr(name, "%3D")) /* see xattr_key of the writer */
		percent_decode(name);
	if (libarchive)
		len = base64_decode(value);
	if (!*name)
		return bad(e, "an extended attribute without a name");
	p->xattrs[p->nxattrs++] = (struct tar_xattr){name, value, len};
	return 0;
}

static const char **known(struct tar_pax *p, const char *key)
{
	const struct {
		const char *key, **to;
	} table[] = {
		{"path", &p->path},
		{"linkpath", &p->linkpath},
		{"uname", &p->uname},
		{"gname", &p->gname},
		{"uid", &p->uid},
		{"gid", &p->gid},
		{"size", &p->size},
		{"mtime", &p->mtime},
		{"atime", &p->atime},
		{"GNU.sparse.major", &p->major},
		{"GNU.sparse.minor", &p->minor},
		{"GNU.sparse.name", &p->name},
		{"GNU.sparse.realsize", &p->realsize},
		{"GNU.sparse.size", &p->realsize},
		{"GNU.sparse.map", &p->map},
		{"GNU.sparse.numblocks", &p->numblocks},
	};

	for (size_t i = 0; i < sizeof(table) / sizeof(*table); i++)
		if (!strcmp(table[i].key, key))
			return table[i].to;
	return NULL;
}

static int take(struct tar_pax *p, struct arena *a, char *key, char *value, size_t len,
		struct err *e)
{
	static const char schily[] = "SCHILY.xattr.", lib[] = "LIBARCHIVE.xattr.";
	const char **to = known(p, key);

	if (to) {
		if (strlen(value) != len)
			return bad(e, "a NUL byte in a value");
		*to = len ? value : NULL;
		return 0;
	}
	if (!strncmp(key, schily, sizeof(schily) - 1))
		return add_xattr(p, a, key + sizeof(schily) - 1, value, len, 0, e);
	if (!strncmp(key, lib, sizeof(lib) - 1))
		return add_xattr(p, a, key + sizeof(lib) - 1, value, len, 1, e);
	if (!strcmp(key, "GNU.sparse.offset") || !strcmp(key, "GNU.sparse.numbytes"))
		return sparse00(p, a, key[11] == 'n', value, e);
	strs_printf(a, &p->other, "%s=%s", key, value);
	return 0;
}

/* Cuts the record at *data: its length, and where key and value stand. */
static int cut(const char *data, size_t n, size_t *ret_len, size_t *ret_key, size_t *ret_eq,
	       struct err *e)
{
	size_t len = 0, i = 0;
	const char *eq;

	for (; i < n && i < 10 && data[i] >= '0' && data[i] <= '9'; i++)
		len = len * 10 + (size_t)(data[i] - '0');
	if (!i || i >= n || data[i] != ' ')
		return bad(e, "a record does not begin with its length");
	if (len < i + 4 || len > n || data[len - 1] != '\n')
		return bad(e, "a record's length is wrong");
	eq = memchr(data + i + 1, '=', len - i - 1);
	if (!eq || eq == data + i + 1)
		return bad(e, "a record without a key");
	*ret_len = len;
	*ret_key = i + 1;
	*ret_eq = (size_t)(eq - data);
	return 0;
}

int tar_pax_parse(struct tar_pax *p, struct arena *a, const char *data, size_t n, struct err *e)
{
	p->half = 0; /* a pair never spans two headers */
	while (n) {
		size_t len = 0, key = 0, eq = 0, klen, vlen;
		char *k, *v;

		if (cut(data, n, &len, &key, &eq, e))
			return -1;
		klen = eq - key;
		vlen = len - eq - 2;
		if (memchr(data + key, 0, klen))
			return bad(e, "a NUL byte in a key");
		k = arena_strndup(a, data + key, klen);
		v = arena_alloc(a, vlen + 1);
		memcpy(v, data + eq + 1, vlen);
		if (take(p, a, k, v, vlen, e))
			return -1;
		data += len;
		n -= len;
	}
	return p->half ? bad(e, "GNU.sparse.offset without numbytes") : 0;
}
