/* SPDX-License-Identifier: Apache-2.0 */
/* rand: random names. Bytes come from getrandom(2) (or /dev/urandom where the kernel lacks it). */
#ifndef BASE_RAND_H
#define BASE_RAND_H

#include <stddef.h>

/* Fills buf; never fails (a machine without any source of random bytes ends the process). */
void rand_bytes(void *buf, size_t n);
/* n lower-case hex digits and a terminator: ret has n + 1 bytes. n is even, at most 64. */
void rand_hex(char *ret, size_t n);

#endif
