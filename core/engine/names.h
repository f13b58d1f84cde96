/* SPDX-License-Identifier: Apache-2.0 */
/* names: what a container is called when nobody said so, and which names are allowed. */
#ifndef ENGINE_NAMES_H
#define ENGINE_NAMES_H

#include "base/err.h"

#define NAMES_MAX 128

/* "adjective_surname"; try > 0: with a digit behind it, as the plain one was taken. */
void names_random(char ret[NAMES_MAX], int try);
/* [a-zA-Z0-9][a-zA-Z0-9_.-]+, at most NAMES_MAX - 1 bytes. ERR_INVALID. */
int names_check(const char *name, struct err *e);

#endif
