/* SPDX-License-Identifier: Apache-2.0 */
/*
 * json: reading (over yyjson) and writing JSON.
 *
 * Reading: the text is bounded in size and depth before the parser sees it; the tree lives in the
 * caller's arena. All getters accept NULL and give the "absent" answer, so that a path through
 * optional objects needs no checks: json_str(json_get(json_get(v, "config"), "User"), "").
 * Duplicate keys: the last one counts, as in Go's decoder. Key comparison is exact.
 * Nothing here recurses on the depth of the input.
 *
 * Invalid UTF-8 and lone surrogates are refused, not repaired: what we store is what was digested.
 *
 * Writing (json_w.c): a streaming writer onto a buf; the caller nests by calling begin/end in
 * pairs. Strings are written as valid UTF-8 (an invalid byte becomes \ufffd) with <, >, & and
 * U+2028/9 escaped as Go's Marshal does, so that image configs equal Docker's byte for byte. API
 * answers, which Docker writes with <, > and & as they are, set `verbatim`.
 */
#ifndef BASE_JSON_H
#define BASE_JSON_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/err.h"
#include "base/mem.h"

struct json; /* a value inside a parsed tree */

enum json_type { JSON_NULL, JSON_BOOL, JSON_INT, JSON_REAL, JSON_STR, JSON_ARR, JSON_OBJ };

#define JSON_MAX_DEPTH 64

/* Parses len bytes (one value, white space around it). `what` names the text in errors, which say
 * where it went wrong. Texts over max bytes or deeper than JSON_MAX_DEPTH are ERR_INVALID.
 * The caller's bytes are not kept. */
const struct json *json_parse(struct arena *a, const char *data, size_t len, size_t max,
			      const char *what, struct err *e);

enum json_type json_typeof(const struct json *v); /* NULL: JSON_NULL */
/* NULL if absent or no object. */
const struct json *json_get(const struct json *obj, const char *key);
size_t json_len(const struct json *arr_or_obj);
/* O(1) where all elements are scalars, else O(i): loop with json_iter. NULL beyond the end. */
const struct json *json_at(const struct json *arr, size_t i);

/* Values; the default is returned for absent or null values and for other types. Strings live in
 * the arena and may hold NULs: json_strn gives the length. */
const char *json_str(const struct json *v, const char *def);
const char *json_strn(const struct json *v, size_t *ret_len); /* NULL if no string */
int64_t json_int(const struct json *v, int64_t def); /* reals without fraction in range count */
double json_real(const struct json *v, double def);
bool json_bool(const struct json *v, bool def);

/* Iteration: struct json_iter it = json_iter(v); while ((x = json_next(&it, &key))) ...
 * Works for arrays (key = NULL) and objects; anything else has no elements. */
struct json_iter {
	const struct json *next, *parent;
	size_t left;
};
struct json_iter json_iter(const struct json *v);
const struct json *json_next(struct json_iter *it, const char **ret_key);

/* Strict decoding of requests: -1 with ERR_INVALID naming the field if v is present, not null and
 * not of the type. Absent leaves *ret alone. Strings with NUL bytes are refused everywhere here. */
int json_want_str(const struct json *obj, const char *key, const char **ret, struct err *e);
int json_want_int(const struct json *obj, const char *key, int64_t *ret, struct err *e);
int json_want_bool(const struct json *obj, const char *key, bool *ret, struct err *e);
/* Absent or null: *ret is NULL, of which every get finds nothing. */
int json_want_obj(const struct json *obj, const char *key, const struct json **ret, struct err *e);
/* Array of strings (Docker's "StrSlice": a single string is taken as one element). *ret_set says
 * whether the key was there and not null (may be NULL itself). *ret is replaced, not added to. */
int json_want_strs(const struct json *obj, const char *key, struct arena *a, struct strs *ret,
		   bool *ret_set, struct err *e);
/* Object of strings, as "key=value" strings in order; null counts as "". A key that is empty or
 * holds '=' is ERR_INVALID. Equal keys all stay: the later one counts. */
int json_want_map(const struct json *obj, const char *key, struct arena *a, struct strs *ret,
		  struct err *e);
/* The keys of an object, whatever their values: appended. */
int json_want_keys(const struct json *obj, const char *key, struct arena *a, struct strs *ret,
		   struct err *e);

/* Writes v again, compactly and escaped as Go's Marshal does. */
void json_dump(struct buf *b, const struct json *v);
/* The same over several lines, as `inspect` prints it (4 spaces; prefix at each line but the
 * first; <, > and & as they are). No line end behind it. */
void json_indent(struct buf *b, const struct json *v, const char *prefix, const char *indent);

/* ---- writer: jw_* functions are named json_w_* to stay inside this file's prefix */
struct json_w {
	struct buf *b;
	bool comma;    /* the next element needs a comma first */
	bool verbatim; /* <, > and & are not escaped */
};
#define JSON_W(buf)                                                                                \
	{                                                                                          \
		(buf), false, false                                                                \
	}
/* key is NULL inside an array or at the top. */
void json_w_obj(struct json_w *w, const char *key);
void json_w_end(struct json_w *w); /* of an object */
void json_w_arr(struct json_w *w, const char *key);
void json_w_arr_end(struct json_w *w);
void json_w_str(struct json_w *w, const char *key, const char *s); /* s NULL: null */
void json_w_strn(struct json_w *w, const char *key, const char *s, size_t n);
void json_w_int(struct json_w *w, const char *key, int64_t v);
void json_w_uint(struct json_w *w, const char *key, uint64_t v);
/* The shortest text that reads back as v, in Go's form; null for infinities and NaN. */
void json_w_real(struct json_w *w, const char *key, double v);
void json_w_bool(struct json_w *w, const char *key, bool v);
void json_w_null(struct json_w *w, const char *key);
/* An array of strings; NULL list: null. */
void json_w_strs(struct json_w *w, const char *key, const struct strs *s);
/* An object from "key=value" strings; NULL list: null. */
void json_w_map(struct json_w *w, const char *key, const struct strs *s);
/* A parsed value, or text that is JSON already. */
void json_w_val(struct json_w *w, const char *key, const struct json *v);
void json_w_raw(struct json_w *w, const char *key, const char *text, size_t len);

#endif
