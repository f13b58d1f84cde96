/* SPDX-License-Identifier: Apache-2.0 */
/*
 * pattern: regular expressions as filters have them, found anywhere in a short text.
 *
 * What Go's and POSIX' extended ones have in common: . [] [^] * + ? | () ^ $ and \ before a sign,
 * with (?:), lazy repetitions, \d \w \s and their opposites as Go has them. Counted repetition,
 * [:classes:] and flags are not understood. Bytes, not characters. Time is the product of both
 * lengths at most, memory is sizeof(struct pattern), nothing recurses.
 */
#ifndef BASE_PATTERN_H
#define BASE_PATTERN_H

#include <stdbool.h>
#include <stdint.h>

#define PATTERN_MAX 255 /* bytes, signs and characters of an expression */
#define PATTERN_WORDS 8

struct pattern_set { /* of positions, or of bytes */
	uint32_t w[PATTERN_WORDS];
};

struct pattern {
	unsigned n; /* positions: the places of the expression that take a character */
	struct pattern_set takes[PATTERN_MAX];	 /* which */
	struct pattern_set follows[PATTERN_MAX]; /* what may come after it */
	struct pattern_set begin, end, at_start, at_end;
	bool empty; /* matches everything */
};

/* -1: it is none, or too long. */
int pattern_compile(const char *text, struct pattern *ret);
bool pattern_match(const struct pattern *p, const char *s);

#endif
