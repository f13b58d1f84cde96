/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Paths are decoded once, as a whole, before they are matched with routes: an image name arrives
 * with its slashes as "%2F" or as they are, and both must mean the same. '+' is a space in a query
 * only.
 */
#include "wire/target.h"

#include <string.h>

static int hex(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	c |= 0x20;
	return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

/* NULL for a bad escape or a NUL. */
static char *decode(struct arena *a, const char *s, size_t n, bool plus)
{
	char *r = arena_alloc(a, n + 1), *w = r;

	for (size_t i = 0; i < n; i++) {
		char c = s[i];

		if (c == '%') {
			int hi = i + 2 < n ? hex(s[i + 1]) : -1;
			int lo = i + 2 < n ? hex(s[i + 2]) : -1;

			if (hi < 0 || lo < 0 || hi + lo == 0)
				return NULL;
			c = (char)(hi << 4 | lo);
			i += 2;
		} else if (c == '+' && plus) {
			c = ' ';
		}
		*w++ = c;
	}
	return r;
}

static bool escapes_fit(const char *s)
{
	while ((s = strchr(s, '%'))) {
		int hi = hex(s[1]), lo = hi < 0 ? -1 : hex(s[2]);

		if (lo < 0 || hi + lo == 0)
			return false;
		s += 3;
	}
	return true;
}

int target_path(struct arena *a, const char *target, const char **ret_path, const char **ret_query,
		struct err *e)
{
	const char *q = strchr(target, '?');
	size_t n = q ? (size_t)(q - target) : strlen(target);
	char *path = decode(a, target, n, false);

	if (!path || path[0] != '/' || !escapes_fit(target + n))
		return err_set(e, ERR_INVALID, "bad request target '%.200s'", target);
	*ret_path = path;
	*ret_query = q ? q + 1 : "";
	return 0;
}

const char *target_query(struct arena *a, const char *query, const char *key, size_t nth)
{
	size_t klen = strlen(key);

	while (*query) {
		size_t n = strcspn(query, "&");

		if (n >= klen && !strncmp(query, key, klen) && (n == klen || query[klen] == '=') &&
		    nth-- == 0) {
			size_t skip = n == klen ? klen : klen + 1;

			return decode(a, query + skip, n - skip, true);
		}
		query += n;
		if (*query)
			query++;
	}
	return NULL;
}

bool target_bool(struct arena *a, const char *query, const char *key, bool def)
{
	const char *v = target_query(a, query, key, 0);

	if (!v)
		return def;
	/* Docker: anything but these means yes */
	return *v && strcmp(v, "0") && strcasecmp(v, "no") && strcasecmp(v, "false") &&
	       strcasecmp(v, "none");
}

void target_quote(struct buf *b, const char *s)
{
	static const char safe[] = "-._~/:@";

	for (; *s; s++) {
		unsigned char c = (unsigned char)*s;

		if ((c >= '0' && c <= '9') || ((c | 0x20) >= 'a' && (c | 0x20) <= 'z') ||
		    strchr(safe, c))
			buf_char(b, (char)c);
		else
			buf_printf(b, "%%%02X", c);
	}
}
