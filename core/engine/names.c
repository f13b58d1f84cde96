/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Sixty-four of each, so that a byte's low bits choose evenly. The persons are of science and
 * engineering; the list is ours and has nothing to do with anybody else's but its form.
 */
#include "engine/names.h"
#include "base/rand.h"

#include <stdio.h>
#include <string.h>

static const char *const adjectives[64] = {
	"agile",   "amber",  "ample",  "ardent", "astute", "azure",  "balmy",  "blithe",
	"bold",	   "brave",  "breezy", "bright", "brisk",  "calm",   "candid", "cheery",
	"civil",   "clear",  "clever", "cosmic", "cozy",   "crisp",  "deft",   "eager",
	"earnest", "epic",   "fair",   "fond",	 "frosty", "gentle", "gifted", "glad",
	"golden",  "hardy",  "hearty", "honest", "humble", "ideal",  "jolly",  "keen",
	"kind",	   "lively", "loyal",  "lucid",	 "mellow", "merry",  "mighty", "modest",
	"nimble",  "noble",  "placid", "plucky", "quick",  "quiet",  "sage",   "serene",
	"sleek",   "solid",  "steady", "sunny",	 "tidy",   "upbeat", "vivid",  "witty",
};

static const char *const surnames[64] = {
	"abel",	    "ampere",	"archimedes", "babbage", "banach",   "bernoulli", "bohr",
	"boole",    "cantor",	"cauchy",     "chandra", "church",   "curie",	  "darwin",
	"dijkstra", "einstein", "erdos",      "euclid",	 "euler",    "faraday",	  "fermat",
	"fermi",    "feynman",	"franklin",   "galilei", "galois",   "gauss",	  "germain",
	"goedel",   "hamilton", "hertz",      "hilbert", "hopper",   "huygens",	  "hypatia",
	"jacobi",   "joule",	"kelvin",     "kepler",	 "knuth",    "lagrange",  "laplace",
	"leibniz",  "lovelace", "maxwell",    "meitner", "mendel",   "newton",	  "noether",
	"ohm",	    "pascal",	"pasteur",    "planck",	 "poincare", "raman",	  "ramanujan",
	"riemann",  "ritchie",	"shannon",    "tesla",	 "thompson", "turing",	  "volta",
	"wiles",
};

void names_random(char ret[NAMES_MAX], int try)
{
	unsigned char r[3];

	rand_bytes(r, sizeof(r));
	snprintf(ret, NAMES_MAX, "%s_%s", adjectives[r[0] & 63], surnames[r[1] & 63]);
	if (try)
		snprintf(ret + strlen(ret), 8, "%u", r[2]);
}

int names_check(const char *name, struct err *e)
{
	static const char more[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789"
				   "_.-";
	size_t n = strlen(name);

	if (n < 2 || strspn(name, more) != n || strchr("_.-", *name))
		return err_set(
			e, ERR_INVALID,
			"Invalid container name (%.200s), only [a-zA-Z0-9][a-zA-Z0-9_.-] are "
			"allowed",
			name);
	if (n >= NAMES_MAX)
		return err_set(e, ERR_INVALID, "container name longer than %d characters",
			       NAMES_MAX - 1);
	return 0;
}
