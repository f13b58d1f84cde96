/* SPDX-License-Identifier: Apache-2.0 */
/*
 * platform: what an image runs on (os/architecture[/variant]) and which of several fits best.
 * Names are normalised as containerd does: x86_64 is amd64, aarch64 is arm64 (v8 is its default),
 * armhf is arm/v7.
 */
#ifndef IMAGE_PLATFORM_H
#define IMAGE_PLATFORM_H

#include "base/err.h"

struct platform {
	char os[32], arch[32], variant[16];
};

/* The machine this process runs on. */
void platform_host(struct platform *ret);
/* "linux/arm64/v8", "linux/amd64", "arm64", "linux". Missing parts are the host's. ERR_INVALID. */
int platform_parse(const char *text, struct platform *ret, struct err *e);
/* From the fields of a config or descriptor (NULL: absent), normalised; overlong ones end up in no
 * match. */
void platform_from(const char *os, const char *arch, const char *variant, struct platform *ret);
/* "linux/arm64/v8"; the variant only where there is one. */
void platform_text(const struct platform *p, char *ret, int size);
/* How well an image for `have` runs on `want`: 0 not at all, more is better (arm v7 runs v6 and
 * v5, amd64 v3 runs v2, ...). strict: only the very same variant. */
int platform_fit(const struct platform *want, const struct platform *have, int strict);

#endif
