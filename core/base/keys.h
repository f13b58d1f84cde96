/* SPDX-License-Identifier: Apache-2.0 */
/*
 * keys: the key sequence with which a person leaves a container's terminal (--detach-keys).
 *
 * Bytes that may be the beginning of the sequence are held back until it is known that they are
 * not; so whoever filters first is the only one to see a whole sequence.
 */
#ifndef BASE_KEYS_H
#define BASE_KEYS_H

#include <stdbool.h>
#include <stddef.h>

#include "base/err.h"

#define KEYS_MAX 32
#define KEYS_DEFAULT "ctrl-p,ctrl-q"

struct keys {
	unsigned char seq[KEYS_MAX];
	size_t n;  /* its length */
	size_t at; /* how many of its bytes are held back */
};

/* "a", "ctrl-a" .. "ctrl-z", "ctrl-@ [ \ ] ^ _" and "DEL", separated by commas. NULL or "": the
 * default. ERR_INVALID in Docker's words. */
int keys_parse(struct keys *ret, const char *text, struct err *e);
/* Copies what goes on to the container to out, which has room for n + KEYS_MAX bytes. True: the
 * sequence is complete, nothing behind it counts. */
bool keys_filter(struct keys *k, const char *in, size_t n, char *out, size_t *ret_n);

#endif
