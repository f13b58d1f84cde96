/* SPDX-License-Identifier: Apache-2.0 */
/* Any text as a reference or a digest: what is taken must read the same in each of its forms. */
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "image/digest.h"
#include "image/ref.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static int same(const char *a, const char *b)
{
	return a && b ? !strcmp(a, b) : a == b;
}

static void again(struct arena *a, const struct ref *r, const char *text)
{
	struct ref r2;
	struct err e;

	if (ref_parse_normalized(a, text, &r2, &e) || !same(r->domain, r2.domain) ||
	    !same(r->path, r2.path) || !same(r->tag, r2.tag) || !same(r->digest, r2.digest))
		abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	AUTO_ARENA a = ARENA_INIT;
	char *text = arena_strndup(&a, (const char *)data, size);
	struct ref r;
	struct err e;

	ref_is_id_prefix(text);
	if (!digest_check(text, &e) && strlen(digest_hex(text)) != 64)
		abort();
	if (ref_parse_normalized(&a, text, &r, &e))
		return 0;
	ref_default_tag(&r);
	again(&a, &r, ref_full(&a, &r));
	again(&a, &r, ref_familiar(&a, &r));
	return 0;
}
