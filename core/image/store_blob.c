/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Small documents by digest. They are kept byte for byte, because the digest of a config is the
 * image's identity and the digest of a manifest is what a registry knows it by. Layers are not
 * here: no compressed copy is kept (layers.h).
 *
 * Reading checks the digest each time: 2 GB/s on a few KiB cost nothing, and a damaged config shows
 * up as such instead of as a container that does something else.
 */
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "base/file.h"
#include "base/sha256.h"
#include "image/store.h"

bool store_blob_has(const struct store *s, const char *hex)
{
	return faccessat(s->blobs, hex, F_OK, AT_SYMLINK_NOFOLLOW) == 0;
}

int store_blob_put(const struct store *s, const void *data, size_t len, char ret_hex[65],
		   struct err *e)
{
	char hex[65];

	sha256_hex_of(data, len, hex);
	if (!store_blob_has(s, hex) &&
	    file_write_atomic(s->blobs, hex, data, len, 0600, FILE_SYNC, e))
		return err_wrap(e, "store blob sha256:%.12s", hex);
	memcpy(ret_hex, hex, sizeof(hex));
	return 0;
}

int store_blob_get(const struct store *s, const char *hex, struct buf *b, struct err *e)
{
	size_t start = b->len;
	char have[65];

	if (file_read(s->blobs, hex, STORE_MAX_JSON, b, e))
		return err_wrap(e, "blob sha256:%.12s", hex);
	sha256_hex_of(b->data ? b->data + start : "", b->len - start, have);
	if (strcmp(have, hex))
		return err_set(e, ERR_INVALID,
			       "blob sha256:%s is damaged on disk: load or pull its image again",
			       hex);
	return 0;
}
