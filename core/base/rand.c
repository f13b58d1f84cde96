/* SPDX-License-Identifier: Apache-2.0 */
/*
 * getrandom without GRND_NONBLOCK could sleep for the pool at early boot in an initramfs; names
 * need to be unique rather than secret, so urandom semantics (GRND_INSECURE, 5.6; else the device)
 * are enough and never block.
 */
#include "base/rand.h"
#include "base/mem.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/random.h>

#ifndef GRND_INSECURE
#define GRND_INSECURE 0x0004
#endif

static size_t from_device(char *p, size_t n)
{
	AUTO_FD int fd = open("/dev/urandom", O_RDONLY | O_CLOEXEC);
	ssize_t k = fd < 0 ? -1 : read(fd, p, n);

	return k < 0 ? 0 : (size_t)k;
}

void rand_bytes(void *buf, size_t n)
{
	char *p = buf;

	while (n) {
		ssize_t k = getrandom(p, n, GRND_INSECURE);
		size_t got = k > 0 ? (size_t)k : 0;

		if (k < 0 && errno == EINTR)
			continue;
		if (k < 0)
			got = from_device(p, n);
		if (!got)
			abort();
		p += got;
		n -= got;
	}
}

void rand_hex(char *ret, size_t n)
{
	static const char digits[] = "0123456789abcdef";
	unsigned char raw[32];

	rand_bytes(raw, n / 2);
	for (size_t i = 0; i < n / 2; i++) {
		ret[2 * i] = digits[raw[i] >> 4];
		ret[2 * i + 1] = digits[raw[i] & 15];
	}
	ret[n] = 0;
}
