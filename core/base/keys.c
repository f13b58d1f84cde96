/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The search is Knuth, Morris and Pratt's with the borders looked up anew at each mismatch: a
 * sequence has a few keys, and a person types them. Without it "a,a,b" is not found in "aaab".
 */
#include "base/keys.h"

#include <string.h>

static int one_key(const char *p, size_t n)
{
	if (n == 1)
		return (unsigned char)*p;
	if (n == 3 && !memcmp(p, "DEL", 3))
		return 127;
	if (n != 6 || memcmp(p, "ctrl-", 5))
		return -1;
	if (p[5] >= 'a' && p[5] <= 'z')
		return p[5] - 'a' + 1;
	if (p[5] == '@' || (p[5] >= '[' && p[5] <= '_'))
		return p[5] - '@';
	return -1;
}

int keys_parse(struct keys *ret, const char *text, struct err *e)
{
	struct keys k = {.n = 0};

	if (!text || !*text)
		text = KEYS_DEFAULT;
	for (const char *p = text;; p++) {
		size_t n = strcspn(p, ",");
		int code = one_key(p, n);

		if (code < 0 || k.n == KEYS_MAX)
			return err_set(e, ERR_INVALID,
				       "Invalid detach keys (%s) provided: want keys such as a or "
				       "ctrl-p, separated by commas",
				       text);
		k.seq[k.n++] = (unsigned char)code;
		p += n;
		if (!*p)
			break;
	}
	*ret = k;
	return 0;
}

/* The longest beginning of the sequence that the first n bytes of it end with, shorter than n. */
static size_t border(const struct keys *k, size_t n)
{
	size_t len = n - 1;

	while (len && memcmp(k->seq, k->seq + n - len, len) != 0)
		len--;
	return len;
}

bool keys_filter(struct keys *k, const char *in, size_t n, char *out, size_t *ret_n)
{
	size_t used = 0;

	for (size_t i = 0; i < n; i++) {
		while (k->at && k->seq[k->at] != (unsigned char)in[i]) {
			size_t keep = border(k, k->at);

			memcpy(out + used, k->seq, k->at - keep);
			used += k->at - keep;
			k->at = keep;
		}
		if (k->seq[k->at] != (unsigned char)in[i])
			out[used++] = in[i];
		else if (++k->at == k->n) {
			k->at = 0;
			*ret_n = used;
			return true;
		}
	}
	*ret_n = used;
	return false;
}
