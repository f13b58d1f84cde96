/* SPDX-License-Identifier: Apache-2.0 */
/*
 * digest: the name of a content, "sha256:" and 64 lower-case hex digits.
 *
 * A digest is a plain string that digest_check has seen; it holds no '/' and no '.', so its parts
 * are safe as file names. Other algorithms (sha512, sha384) are part of the OCI grammar and get
 * an error of their own, ERR_UNSUPPORTED: nothing here could verify what they name.
 */
#ifndef IMAGE_DIGEST_H
#define IMAGE_DIGEST_H

#include <stddef.h>

#include "base/err.h"

#define DIGEST_PREFIX "sha256:"

/* 0 if text is a digest that we can verify. ERR_INVALID for a bad form, length or digit,
 * ERR_UNSUPPORTED for a well-formed digest of another algorithm. */
int digest_check(const char *text, struct err *e);
/* The length of what OCI's grammar takes as algorithm (up to, without, the ':'), 0 if none. */
size_t digest_algorithm_len(const char *text);
/* The 64 digits of a checked digest. */
const char *digest_hex(const char *digest);

#endif
