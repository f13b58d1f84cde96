/* SPDX-License-Identifier: Apache-2.0 */
/*
 * sha256 (FIPS 180-4), streaming. Uses the SHA instructions of x86-64 and ARMv8 where the
 * processor has them (probed once), else portable C. struct sha256 is plain memory: copy it to
 * fork a hash, no clean-up needed.
 */
#ifndef BASE_SHA256_H
#define BASE_SHA256_H

#include <stddef.h>
#include <stdint.h>

struct sha256 {
	uint32_t h[8];
	uint64_t len; /* bytes so far */
	unsigned char block[64];
};

void sha256_init(struct sha256 *s);
void sha256_update(struct sha256 *s, const void *data, size_t len);
void sha256_final(struct sha256 *s, unsigned char ret[32]);
/* 64 lower-case hex digits and a terminator. */
void sha256_hex(const unsigned char sum[32], char ret[65]);
/* Of one piece of memory. */
void sha256_hex_of(const void *data, size_t len, char ret[65]);
/* Forces the portable code (tests). */
void sha256_force_portable(int on);

#endif
