/* SPDX-License-Identifier: Apache-2.0 */
/*
 * ref: image references, [HOST[:PORT]/]PATH[:TAG][@DIGEST].
 *
 * What people type is normalized as Docker does it: no host means docker.io, one name alone on
 * docker.io lives under library/, index.docker.io is docker.io. A parsed reference always has
 * domain and path; its strings live in the arena. Accepted and refused are the same texts, with
 * the same first words of the error, as by Docker's own parser (tests/data/reference), but for a
 * host with an underscore, which that one takes for part of the path and nobody can reach.
 */
#ifndef IMAGE_REF_H
#define IMAGE_REF_H

#include <stdbool.h>

#include "base/err.h"
#include "base/mem.h"

struct ref {
	const char *domain; /* "docker.io", "localhost:5000", "[::1]:5000" */
	const char *path;   /* "library/busybox" */
	const char *tag;    /* NULL where none was given */
	const char *digest; /* "sha256:...", checked; NULL where none was given */
};

/* ERR_INVALID where text is no reference. 64 hex digits alone are refused: they are an ID. */
int ref_parse_normalized(struct arena *a, const char *text, struct ref *ret, struct err *e);
/* Sets the tag "latest" where there is neither tag nor digest. */
void ref_default_tag(struct ref *r);
/* "docker.io/library/busybox" */
char *ref_name(struct arena *a, const struct ref *r);
/* "docker.io/library/busybox:latest", with the digest behind where there is one. */
char *ref_full(struct arena *a, const struct ref *r);
/* What Docker prints: "busybox:latest", "user/app@sha256:...", "quay.io/a/b:1". Where that would
 * read as another reference ("quay.io/a" on docker.io) it is the full form; Docker's is not. */
char *ref_familiar(struct arena *a, const struct ref *r);
/* The same without tag and digest. */
char *ref_familiar_name(struct arena *a, const struct ref *r);
/* Could text be (the beginning of) an image's ID: 1 to 64 lower-case hex digits, "sha256:" before
 * them or not? It may be a name as well: look for IDs first where 64 digits are given, names first
 * otherwise. */
bool ref_is_id_prefix(const char *text);

#endif
