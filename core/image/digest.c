/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Only SHA-256: every registry and every image in use has it, and a second algorithm would mean a
 * second tree of blobs. The order of the checks (algorithm, length, digits) is the one of Docker's
 * own parser, because the first thing that is wrong is what the user reads.
 */
#include "image/digest.h"

#include <string.h>

#define PREFIX_LEN (sizeof(DIGEST_PREFIX) - 1)

static int is_alpha(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

static int is_digit(char c)
{
	return c >= '0' && c <= '9';
}

/* Words that begin with a letter, joined by single + . _ or -. */
size_t digest_algorithm_len(const char *text)
{
	const char *p = text;

	for (;; p++) {
		if (!is_alpha(*p))
			return 0;
		while (is_alpha(*p) || is_digit(*p))
			p++;
		if (*p == ':')
			return (size_t)(p - text);
		if (!*p || !strchr("+._-", *p))
			return 0;
	}
}

int digest_check(const char *text, struct err *e)
{
	size_t n = digest_algorithm_len(text);
	const char *hex = text + n + 1;

	if (!n || !*hex)
		return err_set(e, ERR_INVALID,
			       "invalid checksum digest format: '%.200s' is not "
			       "sha256: and 64 hex digits",
			       text);
	if (n != PREFIX_LEN - 1 || memcmp(text, DIGEST_PREFIX, PREFIX_LEN))
		return err_set(e, ERR_UNSUPPORTED,
			       "unsupported digest algorithm %.*s: only sha256 can be verified",
			       (int)(n < 64 ? n : 64), text);
	if (strnlen(hex, 65) != 64)
		return err_set(e, ERR_INVALID,
			       "invalid checksum digest length: '%.200s' must have 64 hex digits",
			       text);
	if (strspn(hex, "0123456789abcdef") != 64)
		return err_set(
			e, ERR_INVALID,
			"invalid checksum digest format: '%s' must have lower-case hex digits",
			text);
	return 0;
}

const char *digest_hex(const char *digest)
{
	return digest + PREFIX_LEN;
}
