/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The only file that includes yyjson. A struct json is a yyjson value, under a name of ours.
 *
 * The text is copied once into the arena and parsed in place there, so strings cost nothing more.
 * Before that one pass over the bytes measures the nesting (yyjson itself knows no limit; it does
 * not recurse either, but our callers may walk level by level) and counts the separators, which
 * bound the number of values: the array that yyjson fills is then never moved, since an arena
 * could not take the old one back.
 *
 * Objects are flat arrays of keys and values without an index. A look-up is a scan: objects here
 * have tens of keys, and a scan is what lets the last of two equal keys win. Numbers keep yyjson's
 * three forms (unsigned, signed, real); callers see INT for all that fit int64_t.
 *
 * Writing goes through json_w, not through yyjson's writer, which the linker then leaves out:
 * its escaping is not Go's, and 20 KB are 20 KB.
 */
#include "base/json.h"

#include <assert.h>
#include <string.h>
#include <yyjson.h>

#define PAD 4 /* zero bytes that in-place parsing wants behind the text */

/* yyjson's readers take pointers that are not const; none of them writes. */
static yyjson_val *val_of(const struct json *v)
{
	return (yyjson_val *)(uintptr_t)v;
}

static const struct json *json_of(const yyjson_val *v)
{
	return (const struct json *)v;
}

/* ---- parsing */

struct scan {
	size_t depth;  /* deepest nesting */
	size_t at;     /* offset where the limit was passed */
	size_t values; /* no valid text has more keys and values than this */
};

#define EACH(byte) (0x0101010101010101ull * (byte))

/* Whether one of the eight bytes of w is c. */
static bool among(uint64_t w, unsigned char c)
{
	w ^= EACH(c);
	return ((w - EACH(1)) & ~w & EACH(0x80)) != 0;
}

/* Returns the offset of the closing quote, or len. */
static size_t skip_string(const char *data, size_t i, size_t len)
{
	uint64_t w;

	for (; len - i >= sizeof(w); i += sizeof(w)) {
		memcpy(&w, data + i, sizeof(w));
		if (among(w, '"') || among(w, '\\'))
			break;
	}
	while (i < len && data[i] != '"')
		i += data[i] == '\\' && len - i > 1 ? 2 : 1;
	return i;
}

static struct scan prescan(const char *data, size_t len)
{
	struct scan s = {.values = 1};
	size_t depth = 0;

	for (size_t i = 0; i < len; i++)
		switch (data[i]) {
		case '"':
			i = skip_string(data, i + 1, len);
			break;
		case '[':
		case '{':
			s.values++;
			if (++depth <= s.depth)
				break;
			s.depth = depth;
			if (depth == JSON_MAX_DEPTH + 1)
				s.at = i;
			break;
		case ']':
		case '}':
			depth -= depth > 0;
			break;
		case ',':
		case ':':
			s.values++;
			break;
		default:
			break;
		}
	return s;
}

/* yyjson asks once for its value array and then for 1.5 times as much whenever it is full. */
struct pool {
	struct arena *a;
	size_t most, have; /* bytes */
};

static void *pool_malloc(void *ctx, size_t size)
{
	struct pool *p = ctx;

	p->have = size > p->most ? size : p->most;
	return arena_raw(p->a, p->have);
}

static void *pool_realloc(void *ctx, void *old, size_t old_size, size_t size)
{
	struct pool *p = ctx;

	if (size <= p->have)
		return old;
	return memcpy(pool_malloc(ctx, size), old, old_size);
}

static void pool_free(void *ctx, void *old)
{
	(void)ctx;
	(void)old; /* the arena's */
}

const struct json *json_parse(struct arena *a, const char *data, size_t len, size_t max,
			      const char *what, struct err *e)
{
	struct pool pool = {.a = a};
	const yyjson_alc alc = {pool_malloc, pool_realloc, pool_free, &pool};
	yyjson_read_err re;
	yyjson_doc *doc;
	struct scan s;
	char *text;

	if (len > max) {
		err_set(e, ERR_INVALID, "%s is larger than %zu bytes", what, max);
		return NULL;
	}
	if (!len) {
		err_set(e, ERR_INVALID, "%s is empty where JSON was expected", what);
		return NULL;
	}
	s = prescan(data, len);
	if (s.depth > JSON_MAX_DEPTH) {
		err_set(e, ERR_INVALID, "%s is nested deeper than %d levels at byte %zu", what,
			JSON_MAX_DEPTH, s.at);
		return NULL;
	}
	/* half as much again, so that the last growth that yyjson asks for fits as well */
	pool.most = (s.values + 8) * 3 / 2 * sizeof(yyjson_val);
	text = arena_raw(a, len + PAD);
	memcpy(text, data, len);
	memset(text + len, 0, PAD);
	doc = yyjson_read_opts(text, len, YYJSON_READ_INSITU, &alc, &re);
	if (!doc) {
		err_set(e, ERR_INVALID, "%s is not valid JSON: %s at byte %zu", what, re.msg,
			re.pos);
		return NULL;
	}
	return json_of(yyjson_doc_get_root(doc));
}

/* ---- reading */

enum json_type json_typeof(const struct json *v)
{
	switch (yyjson_get_type(val_of(v))) {
	case YYJSON_TYPE_BOOL:
		return JSON_BOOL;
	case YYJSON_TYPE_NUM:
		return yyjson_is_real(val_of(v)) ? JSON_REAL : JSON_INT;
	case YYJSON_TYPE_STR:
		return JSON_STR;
	case YYJSON_TYPE_ARR:
		return JSON_ARR;
	case YYJSON_TYPE_OBJ:
		return JSON_OBJ;
	default:
		return JSON_NULL;
	}
}

struct json_iter json_iter(const struct json *v)
{
	struct json_iter it = {NULL, v, 0};

	if (yyjson_is_ctn(val_of(v)) && unsafe_yyjson_get_len(val_of(v))) {
		it.left = unsafe_yyjson_get_len(val_of(v));
		it.next = json_of(unsafe_yyjson_get_first(val_of(v)));
	}
	return it;
}

const struct json *json_next(struct json_iter *it, const char **ret_key)
{
	yyjson_val *v = val_of(it->next);

	if (!it->left)
		return NULL;
	if (ret_key)
		*ret_key = NULL;
	if (yyjson_is_obj(val_of(it->parent))) {
		if (ret_key)
			*ret_key = unsafe_yyjson_get_str(v);
		v++; /* a key is one cell, its value follows */
	}
	it->next = --it->left ? json_of(unsafe_yyjson_get_next(v)) : NULL;
	return json_of(v);
}

const struct json *json_get(const struct json *obj, const char *key)
{
	size_t n = strlen(key), left = yyjson_obj_size(val_of(obj));
	const struct json *found = NULL;
	yyjson_val *k = left ? unsafe_yyjson_get_first(val_of(obj)) : NULL;

	for (; left; left--) {
		if (unsafe_yyjson_equals_strn(k, key, n))
			found = json_of(k + 1);
		if (left > 1)
			k = unsafe_yyjson_get_next(k + 1);
	}
	return found;
}

size_t json_len(const struct json *arr_or_obj)
{
	return yyjson_is_ctn(val_of(arr_or_obj)) ? unsafe_yyjson_get_len(val_of(arr_or_obj)) : 0;
}

const struct json *json_at(const struct json *arr, size_t i)
{
	return json_of(yyjson_arr_get(val_of(arr), i));
}

const char *json_str(const struct json *v, const char *def)
{
	return yyjson_is_str(val_of(v)) ? unsafe_yyjson_get_str(val_of(v)) : def;
}

const char *json_strn(const struct json *v, size_t *ret_len)
{
	if (!yyjson_is_str(val_of(v)))
		return NULL;
	*ret_len = unsafe_yyjson_get_len(val_of(v));
	return unsafe_yyjson_get_str(val_of(v));
}

static bool to_int(yyjson_val *v, int64_t *ret)
{
	double d;

	if (yyjson_is_sint(v)) {
		*ret = unsafe_yyjson_get_sint(v);
		return true;
	}
	if (yyjson_is_uint(v)) {
		*ret = (int64_t)unsafe_yyjson_get_uint(v);
		return *ret >= 0;
	}
	if (!yyjson_is_real(v))
		return false;
	d = unsafe_yyjson_get_real(v);
	if (!(d >= -9223372036854775808.0 && d < 9223372036854775808.0) || d != (double)(int64_t)d)
		return false;
	*ret = (int64_t)d;
	return true;
}

int64_t json_int(const struct json *v, int64_t def)
{
	int64_t i;

	return to_int(val_of(v), &i) ? i : def;
}

double json_real(const struct json *v, double def)
{
	return yyjson_is_num(val_of(v)) ? unsafe_yyjson_get_num(val_of(v)) : def;
}

bool json_bool(const struct json *v, bool def)
{
	return yyjson_is_bool(val_of(v)) ? unsafe_yyjson_get_bool(val_of(v)) : def;
}

/* ---- strict decoding */

/* NULL: absent or null. */
static yyjson_val *present(const struct json *obj, const char *key)
{
	yyjson_val *v = val_of(json_get(obj, key));

	return yyjson_is_null(v) ? NULL : v;
}

/* A string without NUL: everything behind this point treats it as C does. */
static bool plain(yyjson_val *v)
{
	return yyjson_is_str(v) && !memchr(unsafe_yyjson_get_str(v), 0, unsafe_yyjson_get_len(v));
}

/* Not const in the lists of strings; the text lies in the arena, so a caller may change it. */
static char *text_of(yyjson_val *v)
{
	return (char *)(uintptr_t)unsafe_yyjson_get_str(v);
}

int json_want_str(const struct json *obj, const char *key, const char **ret, struct err *e)
{
	yyjson_val *v = present(obj, key);

	if (!v)
		return 0;
	if (!plain(v))
		return err_set(e, ERR_INVALID, "field %s must be a string without NUL bytes", key);
	*ret = text_of(v);
	return 0;
}

int json_want_int(const struct json *obj, const char *key, int64_t *ret, struct err *e)
{
	yyjson_val *v = present(obj, key);
	int64_t i;

	if (!v)
		return 0;
	if (!to_int(v, &i))
		return err_set(e, ERR_INVALID, "field %s must be a whole number of 64 bits", key);
	*ret = i;
	return 0;
}

int json_want_bool(const struct json *obj, const char *key, bool *ret, struct err *e)
{
	yyjson_val *v = present(obj, key);

	if (!v)
		return 0;
	if (!yyjson_is_bool(v))
		return err_set(e, ERR_INVALID, "field %s must be true or false", key);
	*ret = unsafe_yyjson_get_bool(v);
	return 0;
}

int json_want_obj(const struct json *obj, const char *key, const struct json **ret, struct err *e)
{
	yyjson_val *v = present(obj, key);

	if (v && !yyjson_is_obj(v))
		return err_set(e, ERR_INVALID, "field %s must be an object", key);
	*ret = json_of(v);
	return 0;
}

int json_want_strs(const struct json *obj, const char *key, struct arena *a, struct strs *ret,
		   bool *ret_set, struct err *e)
{
	yyjson_val *v = present(obj, key);
	struct json_iter it = json_iter(json_of(v));
	const struct json *x;
	struct strs list = {0};

	if (v && plain(v)) {
		strs_add(a, &list, text_of(v));
	} else if (v && !yyjson_is_arr(v)) {
		return err_set(e, ERR_INVALID, "field %s must be an array of strings", key);
	} else {
		while ((x = json_next(&it, NULL))) {
			if (!plain(val_of(x)))
				return err_set(e, ERR_INVALID,
					       "field %s must hold only strings without NUL bytes",
					       key);
			strs_add(a, &list, text_of(val_of(x)));
		}
	}
	if (v)
		*ret = list;
	if (ret_set)
		*ret_set = v != NULL;
	return 0;
}

int json_want_keys(const struct json *obj, const char *key, struct arena *a, struct strs *ret,
		   struct err *e)
{
	const struct json *v = json_get(obj, key), *x;
	struct json_iter it = json_iter(v);
	const char *k;

	if (json_typeof(v) != JSON_NULL && json_typeof(v) != JSON_OBJ)
		return err_set(e, ERR_INVALID, "%s: an object is needed", key);
	while ((x = json_next(&it, &k))) {
		if (!plain(val_of(x) - 1))
			return err_set(e, ERR_INVALID, "%s: a key with a NUL byte", key);
		strs_add(a, ret, arena_strdup(a, k));
	}
	return 0;
}

int json_want_map(const struct json *obj, const char *key, struct arena *a, struct strs *ret,
		  struct err *e)
{
	yyjson_val *v = present(obj, key);
	struct json_iter it = json_iter(json_of(v));
	const struct json *x;
	struct strs list = {0};
	const char *k;

	if (!v)
		return 0;
	if (!yyjson_is_obj(v))
		return err_set(e, ERR_INVALID, "field %s must be an object of strings", key);
	while ((x = json_next(&it, &k))) {
		if (!plain(val_of(x) - 1) || !(plain(val_of(x)) || yyjson_is_null(val_of(x))))
			return err_set(e, ERR_INVALID,
				       "field %s must hold only strings without NUL bytes", key);
		if (!*k || strchr(k, '='))
			return err_set(e, ERR_INVALID, "field %s: bad key '%s'", key, k);
		strs_printf(a, &list, "%s=%s", k, json_str(x, ""));
	}
	*ret = list;
	return 0;
}

/* ---- a tree as text */

static void put_scalar(struct json_w *w, yyjson_val *v)
{
	w->comma = false;
	if (yyjson_is_str(v))
		json_w_strn(w, NULL, unsafe_yyjson_get_str(v), unsafe_yyjson_get_len(v));
	else if (yyjson_is_sint(v))
		json_w_int(w, NULL, unsafe_yyjson_get_sint(v));
	else if (yyjson_is_uint(v))
		json_w_uint(w, NULL, unsafe_yyjson_get_uint(v));
	else if (yyjson_is_real(v))
		json_w_real(w, NULL, unsafe_yyjson_get_real(v));
	else if (yyjson_is_bool(v))
		json_w_bool(w, NULL, unsafe_yyjson_get_bool(v));
	else if (yyjson_is_ctn(v))
		buf_str(w->b, yyjson_is_obj(v) ? "{}" : "[]"); /* only empty ones come here */
	else
		json_w_null(w, NULL);
}

static void put_line(struct buf *b, size_t level, const char *prefix, const char *indent)
{
	if (!indent)
		return;
	buf_char(b, '\n');
	buf_str(b, prefix);
	while (level--)
		buf_str(b, indent);
}

/* indent NULL: everything on one line, without spaces. */
static void put_tree(struct json_w *w, const struct json *v, const char *prefix, const char *indent)
{
	struct json_iter stack[JSON_MAX_DEPTH];
	size_t n = 0;

	for (;;) {
		const struct json *x = NULL;
		bool first = json_len(v) > 0;

		if (first) {
			assert(n < JSON_MAX_DEPTH); /* json_parse saw to it */
			buf_char(w->b, json_typeof(v) == JSON_OBJ ? '{' : '[');
			stack[n++] = json_iter(v);
		} else {
			put_scalar(w, val_of(v));
		}
		while (n && !(x = json_next(&stack[n - 1], NULL))) {
			put_line(w->b, --n, prefix, indent);
			buf_char(w->b, json_typeof(stack[n].parent) == JSON_OBJ ? '}' : ']');
		}
		if (!n)
			return;
		if (!first)
			buf_char(w->b, ',');
		put_line(w->b, n, prefix, indent);
		if (json_typeof(stack[n - 1].parent) == JSON_OBJ) {
			put_scalar(w, val_of(x) - 1);
			buf_str(w->b, indent ? ": " : ":");
		}
		v = x;
	}
}

void json_dump(struct buf *b, const struct json *v)
{
	struct json_w w = JSON_W(b);

	put_tree(&w, v, NULL, NULL);
}

void json_indent(struct buf *b, const struct json *v, const char *prefix, const char *indent)
{
	struct json_w w = JSON_W(b);

	w.verbatim = true;
	put_tree(&w, v, prefix, indent);
}

void json_w_val(struct json_w *w, const char *key, const struct json *v)
{
	json_w_raw(w, key, NULL, 0);
	put_tree(w, v, NULL, NULL);
	w->comma = true;
}
