/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Sixty-four of each, so that a byte's low bits choose evenly. The persons are of science and
 * engineering; the list is ours and has nothing to do with anybody else's but its form.
 *
 * The lock is a byte of one file, chosen by the name: who claims a name and who clears it away
 * never meet, and all others hardly ever. It goes with its holder.
 */
#include "engine/names.h"
#include "base/file.h"
#include "base/id.h"
#include "base/mem.h"
#include "base/rand.h"
#include "engine/containers.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

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

/* ---- who has one */

int names_lock(const struct engine *en, const char *name, bool wait, struct err *e)
{
	AUTO_FD int fd = file_lock_open(en->data, "names.lock", e);
	struct flock l = {.l_type = F_WRLCK, .l_whence = SEEK_SET, .l_len = 1};
	uint64_t h = 14695981039346656037ull;

	if (fd < 0)
		return -1;
	for (const char *p = name; *p; p++)
		h = (h ^ (unsigned char)*p) * 1099511628211ull;
	l.l_start = (off_t)(h >> 2);
	while (fcntl(fd, wait ? F_OFD_SETLKW : F_OFD_SETLK, &l))
		if (errno != EINTR)
			return err_sys(e, "lock the name %s", name);
	return fd_steal(&fd);
}

int names_get(const struct engine *en, const char *name, char ret_id[65])
{
	char stem[ID_STEM + 1];

	if (strchr(name, '/') || *name == '.' || strlen(name) > 255)
		return -1;
	if (readlinkat(en->names, name, stem, sizeof(stem)) != ID_STEM ||
	    memchr(stem, '/', ID_STEM))
		return -1;
	id_complete(stem, ret_id);
	return 0;
}

int names_claim(const struct engine *en, const char *name, const char *id, bool durable,
		int *ret_lock, struct err *e)
{
	AUTO_FD int lock = names_lock(en, name, true, e);
	char stem[ID_STEM + 1];

	if (lock < 0)
		return -1;
	snprintf(stem, sizeof(stem), "%.*s", ID_STEM, id);
	if (symlinkat(stem, en->names, name))
		return errno == EEXIST ? err_set(e, ERR_CONFLICT, "taken")
				       : err_sys(e, "write the name %s", name);
	if (durable && fsync(en->names)) {
		err_sys(e, "write the name %s", name);
		names_free(en, name);
		return -1;
	}
	*ret_lock = fd_steal(&lock);
	return 0;
}

int names_taken(const struct engine *en, const char *name, struct err *e)
{
	char holder[65] = "?";

	names_get(en, name, holder);
	return err_set(
		e, ERR_CONFLICT,
		"Conflict. The container name \"/%s\" is already in use by container \"%s\". "
		"You have to remove (or rename) that container to be able to reuse that name.",
		name, holder);
}

void names_free(const struct engine *en, const char *name)
{
	unlinkat(en->names, name, 0);
}

bool names_empty(const struct engine *en, const char *name)
{
	char id[65];

	return names_get(en, name, id) || faccessat(en->containers, id, F_OK, AT_SYMLINK_NOFOLLOW);
}

/* Its container is on its way out. Asked after names_empty: who has moved that into the trash holds
 * the lock until the name is free. */
static bool leaving(const struct engine *en, const char *name)
{
	char id[65];

	return !names_get(en, name, id) && containers_leaving(en, id);
}

void names_reap(const struct engine *en)
{
	DIR *d = file_dir(en->names);
	struct dirent *de;
	struct err why;

	if (!d)
		return;
	while ((de = readdir(d))) {
		AUTO_FD int lock = -1;

		if (de->d_name[0] == '.' || !names_empty(en, de->d_name))
			continue;
		lock = names_lock(en, de->d_name, false, &why);
		if (lock >= 0 && names_empty(en, de->d_name) && !leaving(en, de->d_name))
			names_free(en, de->d_name);
	}
	closedir(d);
}

bool names_making(const struct engine *en, const char *id)
{
	DIR *d = file_dir(en->names);
	bool making = false;
	struct dirent *de;
	struct err why;
	char has[65];

	if (!d)
		return true;
	while (!making && (de = readdir(d))) {
		AUTO_FD int lock = -1;

		if (names_get(en, de->d_name, has) || strcmp(has, id))
			continue;
		lock = names_lock(en, de->d_name, false, &why);
		making = lock < 0;
	}
	closedir(d);
	return making;
}
