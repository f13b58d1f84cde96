/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Docker's parser is two steps whose order shows in its answers: first the text is split by looks
 * (is the part before the first slash a host?) and completed with docker.io and library/, then the
 * completed text must match one grammar. Doing both at once would accept and refuse other texts.
 *
 * The grammar needs no backtracking: where a piece ends is always decided by the next character,
 * so it is a row of small scanners, each of which returns where its piece ends or NULL.
 */
#include "image/ref.h"
#include "image/digest.h"

#include <string.h>

#define DEFAULT_DOMAIN "docker.io"
#define LEGACY_DOMAIN "index.docker.io"
#define OFFICIAL "library/"
#define MAX_TEXT 4096
#define MAX_PATH 255
#define MAX_TAG 128
#define DEFAULT_TAG "latest"

static bool is_lower(char c)
{
	return c >= 'a' && c <= 'z';
}

static bool is_upper(char c)
{
	return c >= 'A' && c <= 'Z';
}

static bool is_digit(char c)
{
	return c >= '0' && c <= '9';
}

static bool is_alnum(char c)
{
	return is_lower(c) || is_upper(c) || is_digit(c);
}

static bool is_hex(char c)
{
	return is_digit(c) || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F');
}

static bool has_upper(const char *p, size_t n)
{
	while (n--)
		if (is_upper(*p++))
			return true;
	return false;
}

/* ---- the grammar */

/* Labels of letters, digits and inner hyphens, joined by dots. */
static const char *scan_host(const char *p)
{
	for (;; p++) {
		if (!is_alnum(*p))
			return NULL;
		while (is_alnum(*p) || *p == '-')
			p++;
		if (p[-1] == '-')
			return NULL;
		if (*p != '.')
			return p;
	}
}

static const char *scan_ipv6(const char *p)
{
	const char *start = ++p;

	while (is_hex(*p) || *p == ':')
		p++;
	return p > start && *p == ']' ? p + 1 : NULL;
}

static const char *scan_domain(const char *p)
{
	const char *port;

	p = *p == '[' ? scan_ipv6(p) : scan_host(p);
	if (!p || *p != ':')
		return p;
	for (port = ++p; is_digit(*p); p++)
		;
	return p > port ? p : NULL;
}

/* Inside a component, words of a-z0-9 are joined by one dot, one or two underscores, or any number
 * of hyphens. */
static const char *skip_joint(const char *p)
{
	if (*p == '.')
		return p + 1;
	if (*p == '_')
		return p + 1 + (p[1] == '_');
	while (*p == '-')
		p++;
	return p;
}

static const char *scan_path(const char *p)
{
	for (;;) {
		const char *next;

		if (!is_lower(*p) && !is_digit(*p))
			return NULL;
		while (is_lower(*p) || is_digit(*p))
			p++;
		next = *p == '/' ? p + 1 : skip_joint(p);
		if (next == p)
			return p;
		p = next;
	}
}

static const char *scan_tag(const char *p)
{
	const char *start = p;

	if (!is_alnum(*p) && *p != '_')
		return NULL;
	while (is_alnum(*p) || (*p && strchr("_.-", *p)))
		p++;
	return p - start <= MAX_TAG ? p : NULL;
}

/* Any algorithm here; digest_check is stricter and has the better words. */
static const char *scan_digest(const char *p)
{
	size_t n = digest_algorithm_len(p);
	const char *hex = p + n + 1;

	if (!n)
		return NULL;
	for (p = hex; is_hex(*p); p++)
		;
	return p - hex >= 32 ? p : NULL;
}

/* rest: all behind the domain and its slash. */
static int parse_rest(struct arena *a, const char *rest, struct ref *r)
{
	const char *start = rest, *p = scan_path(rest);

	if (!p)
		return -1;
	r->path = arena_strndup(a, start, (size_t)(p - start));
	if (*p == ':') {
		start = p + 1;
		p = scan_tag(start);
		if (!p)
			return -1;
		r->tag = arena_strndup(a, start, (size_t)(p - start));
	}
	if (*p == '@') {
		start = p + 1;
		p = scan_digest(start);
		if (!p)
			return -1;
		r->digest = arena_strndup(a, start, (size_t)(p - start));
	}
	return *p ? -1 : 0;
}

/* ---- normalizing */

/* Does text[0..n), which stood before the first slash, look like a host? */
static bool looks_like_host(const char *text, size_t n)
{
	return (n == 9 && !memcmp(text, "localhost", 9)) || memchr(text, '.', n) ||
	       memchr(text, ':', n) || has_upper(text, n);
}

/* Splits text into domain and the rest, both in the arena and completed. */
static void split(struct arena *a, const char *text, const char **ret_domain, const char **ret_rest)
{
	size_t n = strcspn(text, "/");
	const char *domain = DEFAULT_DOMAIN, *rest = text;

	if (text[n] && looks_like_host(text, n)) {
		domain = arena_strndup(a, text, n);
		rest = text + n + 1;
		if (!strcmp(domain, LEGACY_DOMAIN))
			domain = DEFAULT_DOMAIN;
	}
	if (!strcmp(domain, DEFAULT_DOMAIN) && !strchr(rest, '/'))
		rest = arena_printf(a, OFFICIAL "%s", rest);
	*ret_domain = domain;
	*ret_rest = rest;
}

static bool is_id(const char *text)
{
	return strspn(text, "0123456789abcdef") == 64 && !text[64];
}

static int bad_format(const char *text, struct err *e)
{
	return err_set(
		e, ERR_INVALID,
		"invalid reference format: '%.300s' is not [HOST[:PORT]/]NAME[:TAG][@DIGEST]",
		text);
}

/* Of the full form, with the default tag where that will be its. */
static size_t full_len(const struct ref *r)
{
	const char *tag = r->tag ? r->tag : r->digest ? NULL : DEFAULT_TAG;

	return strlen(r->domain) + 1 + strlen(r->path) + (tag ? 1 + strlen(tag) : 0) +
	       (r->digest ? 1 + strlen(r->digest) : 0);
}

int ref_parse_normalized(struct arena *a, const char *text, struct ref *ret, struct err *e)
{
	struct ref r = {0};
	const char *rest, *end;
	int name_len;

	if (strnlen(text, MAX_TEXT) == MAX_TEXT)
		return bad_format(text, e);
	if (is_id(text))
		return err_set(e, ERR_INVALID,
			       "invalid repository name (%s), cannot specify 64-byte hexadecimal "
			       "strings",
			       text);
	split(a, text, &r.domain, &rest);
	name_len = (int)strcspn(rest, ":");
	if (has_upper(rest, (size_t)name_len))
		return err_set(e, ERR_INVALID,
			       "invalid reference format: repository name (%.*s) must be lowercase",
			       name_len, rest);
	end = scan_domain(r.domain);
	if (!end || *end || parse_rest(a, rest, &r))
		return bad_format(text, e);
	if (strlen(r.path) > MAX_PATH)
		return err_set(e, ERR_INVALID,
			       "repository name must not be more than %d characters: '%.300s'",
			       MAX_PATH, r.path);
	if (full_len(&r) >= MAX_TEXT) /* or what is printed could not be read again */
		return bad_format(text, e);
	if (r.digest && digest_check(r.digest, e)) {
		e->kind = ERR_INVALID;
		return -1;
	}
	*ret = r;
	return 0;
}

void ref_default_tag(struct ref *r)
{
	if (!r->tag && !r->digest)
		r->tag = DEFAULT_TAG;
}

/* ---- texts */

static char *with_suffix(struct arena *a, const char *name, const struct ref *r)
{
	return arena_printf(a, "%s%s%s%s%s", name, r->tag ? ":" : "", r->tag ? r->tag : "",
			    r->digest ? "@" : "", r->digest ? r->digest : "");
}

char *ref_name(struct arena *a, const struct ref *r)
{
	return arena_printf(a, "%s/%s", r->domain, r->path);
}

char *ref_full(struct arena *a, const struct ref *r)
{
	return with_suffix(a, ref_name(a, r), r);
}

char *ref_familiar_name(struct arena *a, const struct ref *r)
{
	const char *path = r->path;
	size_t n = strlen(OFFICIAL);

	if (strcmp(r->domain, DEFAULT_DOMAIN))
		return ref_name(a, r);
	if (!strncmp(path, OFFICIAL, n) && !strchr(path + n, '/'))
		path += n;
	n = strcspn(path, "/");
	if (path[n] && looks_like_host(path, n)) /* docker.io/quay.io/x: the short form lies */
		return ref_name(a, r);
	return arena_strdup(a, path);
}

char *ref_familiar(struct arena *a, const struct ref *r)
{
	return with_suffix(a, ref_familiar_name(a, r), r);
}

bool ref_is_id_prefix(const char *text)
{
	size_t n;

	if (!strncmp(text, DIGEST_PREFIX, strlen(DIGEST_PREFIX)))
		text += strlen(DIGEST_PREFIX);
	n = strspn(text, "0123456789abcdef");
	return n > 0 && n <= 64 && !text[n];
}
