/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Go's functions and Docker's. What Docker declares with a Go type is checked: {{upper .State.Pid}}
 * fails there too. join is kinder: it takes any list.
 */
#include "applets/template_funcs.h"

#include <stdio.h>
#include <string.h>

#include "applets/template_printf.h"
#include "applets/template_text.h"

static int why(struct template_call *c, const char *fmt, ...) __attribute__((format(printf, 2, 3)));

static int why(struct template_call *c, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(c->why, sizeof(c->why), fmt, ap);
	va_end(ap);
	return -1;
}

static int bad(struct template_call *c, int i, const char *want)
{
	c->bad = i;
	c->want = want;
	return -1;
}

static int ret_buf(struct template_call *c, const struct buf *b)
{
	if (b->len > c->max)
		return why(c, "the result is too long");
	c->ret = value_copy(c->a, b->data, b->len);
	return 0;
}

static int ret_bool(struct template_call *c, bool b)
{
	c->ret = (struct value){.kind = VALUE_BOOL, .b = b};
	return 0;
}

static int ret_int(struct template_call *c, int64_t i)
{
	c->ret = (struct value){.kind = VALUE_INT, .i = i};
	return 0;
}

/* ---- print */

/* Sprint's rule: a space between two operands if neither is a string; Sprintln's: always. */
static int sprint(struct template_call *c, struct buf *b, bool line)
{
	for (int i = 0; i < c->n; i++) {
		if (i && (line || (c->v[i].kind != VALUE_STR && c->v[i - 1].kind != VALUE_STR)))
			buf_char(b, ' ');
		value_print(b, &c->v[i], c->what == TEMPLATE_OBJECT);
		if (b->len > c->max)
			return why(c, "the result is too long");
	}
	if (line)
		buf_char(b, '\n');
	return 0;
}

static int call_print(struct template_call *c)
{
	AUTO_BUF b = BUF_INIT;

	return sprint(c, &b, false) ? -1 : ret_buf(c, &b);
}

static int call_println(struct template_call *c)
{
	AUTO_BUF b = BUF_INIT;

	return sprint(c, &b, true) ? -1 : ret_buf(c, &b);
}

static int call_printf(struct template_call *c)
{
	AUTO_BUF b = BUF_INIT;

	if (c->v[0].kind != VALUE_STR)
		return bad(c, 0, "string");
	if (template_printf(&b, c->v[0].s, c->v[0].n, c->v + 1, c->n - 1, c->max))
		return why(c, "the result is too long");
	return ret_buf(c, &b);
}

static int escaped(struct template_call *c, void (*put)(struct buf *, const char *, size_t))
{
	AUTO_BUF b = BUF_INIT, t = BUF_INIT;

	if (sprint(c, &t, false))
		return -1;
	put(&b, t.data ? t.data : "", t.len);
	return ret_buf(c, &b);
}

static int call_html(struct template_call *c)
{
	return escaped(c, template_text_html);
}

static int call_js(struct template_call *c)
{
	return escaped(c, template_text_js);
}

static int call_urlquery(struct template_call *c)
{
	return escaped(c, template_text_url);
}

/* A row as Docker's lists marshal it: a map, so sorted, and escaped once more. */
static void json_row(struct template_call *c, struct buf *b)
{
	struct json_w w = JSON_W(b);
	struct value_member *m;
	size_t n = value_members(c->a, c->v[0].json, &m);

	json_w_obj(&w, NULL);
	for (size_t i = 0; i < n; i++)
		if (strcmp(m[i].key, "Label"))
			json_w_val(&w, m[i].key, m[i].json);
	json_w_end(&w);
}

static int call_json(struct template_call *c)
{
	AUTO_BUF b = BUF_INIT;

	if (c->what == TEMPLATE_ROW && c->v[0].kind == VALUE_MAP)
		json_row(c, &b);
	else
		value_json(&b, &c->v[0]);
	return ret_buf(c, &b);
}

/* ---- comparison */

static bool is_nil(const struct value *v)
{
	return v->kind == VALUE_NONE || v->kind == VALUE_NULL;
}

static bool is_basic(const struct value *v)
{
	return v->kind >= VALUE_BOOL && v->kind <= VALUE_STR;
}

static int differ(struct template_call *c, const struct value *a, const struct value *b)
{
	return why(c, "incompatible types for comparison: %s and %s", value_type(a), value_type(b));
}

static bool same(const struct value *a, const struct value *b)
{
	switch (a->kind) {
	case VALUE_BOOL:
		return a->b == b->b;
	case VALUE_INT:
		return a->i == b->i;
	case VALUE_REAL:
		return a->r == b->r;
	default:
		return a->n == b->n && !memcmp(a->s, b->s, a->n);
	}
}

/* 1: equal, 0: not, -1: cannot be compared. */
static int equal(struct template_call *c, const struct value *a, const struct value *b)
{
	if (is_nil(a) || is_nil(b))
		return is_nil(a) == is_nil(b);
	if (!is_basic(a) || !is_basic(b))
		return why(c, "non-comparable type %s", value_type(is_basic(a) ? b : a));
	if (a->kind != b->kind)
		return differ(c, a, b);
	return same(a, b);
}

static int call_eq(struct template_call *c)
{
	if (c->n < 2)
		return why(c, "missing argument for comparison");
	for (int i = 1; i < c->n; i++) {
		int rc = equal(c, &c->v[0], &c->v[i]);

		if (rc)
			return rc < 0 ? -1 : ret_bool(c, true);
	}
	return ret_bool(c, false);
}

static int call_ne(struct template_call *c)
{
	int rc = equal(c, &c->v[0], &c->v[1]);

	return rc < 0 ? -1 : ret_bool(c, !rc);
}

static int compare(struct template_call *c, int *ret)
{
	const struct value *a = &c->v[0], *b = &c->v[1];
	size_t n;

	if (!is_basic(a) || !is_basic(b))
		return why(c, "invalid type for comparison");
	if (a->kind != b->kind)
		return differ(c, a, b);
	if (a->kind == VALUE_BOOL)
		return why(c, "invalid type for comparison");
	if (a->kind == VALUE_INT) {
		*ret = a->i < b->i ? -1 : a->i > b->i;
	} else if (a->kind == VALUE_REAL) {
		*ret = a->r < b->r ? -1 : a->r > b->r;
	} else {
		n = a->n < b->n ? a->n : b->n;
		*ret = memcmp(a->s, b->s, n);
		if (!*ret)
			*ret = a->n < b->n ? -1 : a->n > b->n;
	}
	return 0;
}

/* Whether their order is one of those wanted. */
static int ordered(struct template_call *c, bool less, bool same_as, bool more)
{
	int cmp = 0;

	if (compare(c, &cmp))
		return -1;
	return ret_bool(c, cmp < 0 ? less : cmp > 0 ? more : same_as);
}

static int call_lt(struct template_call *c)
{
	return ordered(c, true, false, false);
}

static int call_le(struct template_call *c)
{
	return ordered(c, true, true, false);
}

static int call_gt(struct template_call *c)
{
	return ordered(c, false, false, true);
}

static int call_ge(struct template_call *c)
{
	return ordered(c, false, true, true);
}

static int call_not(struct template_call *c)
{
	return ret_bool(c, !value_true(&c->v[0]));
}

/* ---- lists, maps and strings as such */

static int call_len(struct template_call *c)
{
	const struct value *v = &c->v[0];

	if (v->kind == VALUE_STR)
		return ret_int(c, (int64_t)v->n);
	if (v->kind == VALUE_LIST || v->kind == VALUE_MAP)
		return ret_int(c, (int64_t)v->len);
	if (v->kind == VALUE_NULL && v->null && *v->null != '<')
		return ret_int(c, 0);
	if (is_nil(v))
		return why(c, "len of nil pointer");
	return why(c, "len of type %s", value_type(v));
}

/* A missing key of Go's map[string]string is "" (labels, options); of other maps nothing. */
static struct value missing(const struct template_call *c, const struct json *map)
{
	struct json_iter it = json_iter(map);
	const struct json *v;

	while (c->what == TEMPLATE_OBJECT && (v = json_next(&it, NULL)))
		if (json_typeof(v) != JSON_STR)
			return (struct value){.kind = VALUE_NONE};
	return c->what == TEMPLATE_OBJECT ? value_str("", 0) : (struct value){.kind = VALUE_NONE};
}

static int index_map(struct template_call *c, const struct value *key)
{
	const struct json *found;

	if (key->kind != VALUE_STR)
		return why(c, "value has type %s; should be string", value_type(key));
	found = c->ret.kind == VALUE_MAP ? json_get(c->ret.json, key->s) : NULL;
	c->ret =
		found ? value_of(found) : missing(c, c->ret.kind == VALUE_MAP ? c->ret.json : NULL);
	return 0;
}

static int index_one(struct template_call *c, const struct value *key)
{
	size_t n;

	if (c->ret.kind == VALUE_MAP ||
	    (c->ret.kind == VALUE_NULL && c->ret.null && *c->ret.null == 'm'))
		return index_map(c, key);
	if (is_nil(&c->ret))
		return why(c, "index of untyped nil");
	if (c->ret.kind != VALUE_LIST && c->ret.kind != VALUE_STR)
		return why(c, "can't index item of type %s", value_type(&c->ret));
	if (key->kind != VALUE_INT)
		return why(c, "cannot index slice/array with type %s", value_type(key));
	n = c->ret.kind == VALUE_STR ? c->ret.n : c->ret.len;
	if (key->i < 0 || (uint64_t)key->i > n)
		return why(c, "index out of range: %lld", (long long)key->i);
	if ((uint64_t)key->i == n)
		return why(c, "reflect: slice index out of range");
	if (c->ret.kind == VALUE_STR)
		return ret_int(c, (unsigned char)c->ret.s[key->i]);
	c->ret =
		c->ret.json ? value_of(json_at(c->ret.json, (size_t)key->i)) : c->ret.items[key->i];
	return 0;
}

static int call_index(struct template_call *c)
{
	c->ret = c->v[0];
	for (int i = 1; i < c->n; i++)
		if (index_one(c, &c->v[i]))
			return -1;
	return 0;
}

static int call_slice(struct template_call *c)
{
	const struct value *v = &c->v[0];
	size_t n = v->kind == VALUE_STR ? v->n : v->len, at[3] = {0, n, n};

	if (is_nil(v))
		return why(c, "slice of untyped nil");
	if (v->kind != VALUE_LIST && v->kind != VALUE_STR)
		return why(c, "can't slice item of type %s", value_type(v));
	if (c->n > 4)
		return why(c, "too many slice indexes: %d", c->n - 1);
	if (c->n == 4 && v->kind == VALUE_STR)
		return why(c, "cannot 3-index slice a string");
	for (int i = 1; i < c->n; i++) {
		if (c->v[i].kind != VALUE_INT)
			return why(c, "cannot index slice/array with type %s",
				   value_type(&c->v[i]));
		if (c->v[i].i < 0 || (uint64_t)c->v[i].i > n)
			return why(c, "index out of range: %lld", (long long)c->v[i].i);
		at[i - 1] = (size_t)c->v[i].i;
	}
	if (at[0] > at[1] || at[1] > at[2])
		return why(c, "invalid slice index: %zu > %zu", at[at[0] > at[1] ? 0 : 1],
			   at[at[0] > at[1] ? 1 : 2]);
	c->ret = *v;
	if (v->kind == VALUE_STR) {
		c->ret = value_str(v->s + at[0], at[1] - at[0]);
	} else {
		const struct value *items = value_items(c->a, v);

		c->ret = (struct value){.kind = VALUE_LIST, .len = at[1] - at[0]};
		c->ret.items = items ? items + at[0] : NULL;
	}
	return 0;
}

static int call_call(struct template_call *c)
{
	return why(c, "non-function of type %s", value_type(&c->v[0]));
}

/* ---- Docker's */

static int want_str(struct template_call *c, int i)
{
	return c->v[i].kind == VALUE_STR ? 0 : bad(c, i, "string");
}

static int want_int(struct template_call *c, int i)
{
	return c->v[i].kind == VALUE_INT ? 0 : bad(c, i, "integer");
}

static int call_split(struct template_call *c)
{
	const struct value *sep = &c->v[1];
	const char *p, *at, *end;
	struct value *items;
	size_t n = 0;

	if (want_str(c, 0) || want_str(c, 1))
		return -1;
	p = c->v[0].s;
	end = p + c->v[0].n;
	if ((c->v[0].n + 1) * sizeof(*items) > c->max)
		return why(c, "the string is too long");
	items = arena_array(c->a, c->v[0].n + 1, sizeof(*items));
	if (!sep->n) {
		int64_t r;

		for (size_t len; p < end; p += len) {
			len = template_text_rune(p, (size_t)(end - p), &r);
			items[n++] = value_str(p, len);
		}
	} else {
		for (; (at = memmem(p, (size_t)(end - p), sep->s, sep->n)); p = at + sep->n)
			items[n++] = value_str(p, (size_t)(at - p));
		items[n++] = value_str(p, (size_t)(end - p));
	}
	c->ret = (struct value){.kind = VALUE_LIST, .len = n};
	c->ret.items = items;
	return 0;
}

static int call_join(struct template_call *c)
{
	AUTO_BUF b = BUF_INIT;
	const struct value *items;

	if (c->v[0].kind != VALUE_LIST && c->v[0].kind != VALUE_NULL)
		return bad(c, 0, "[]string");
	if (want_str(c, 1))
		return -1;
	items = c->v[0].kind == VALUE_LIST ? value_items(c->a, &c->v[0]) : NULL;
	for (size_t i = 0; items && i < c->v[0].len && b.len <= c->max; i++) {
		if (i)
			buf_append(&b, c->v[1].s, c->v[1].n);
		value_print(&b, &items[i], false);
	}
	return ret_buf(c, &b);
}

static int changed(struct template_call *c, char how)
{
	AUTO_BUF b = BUF_INIT;

	if (want_str(c, 0))
		return -1;
	template_text_case(&b, c->v[0].s, c->v[0].n, how);
	return ret_buf(c, &b);
}

static int call_upper(struct template_call *c)
{
	return changed(c, 'u');
}

static int call_lower(struct template_call *c)
{
	return changed(c, 'l');
}

static int call_title(struct template_call *c)
{
	return changed(c, 't');
}

static int call_pad(struct template_call *c)
{
	AUTO_BUF b = BUF_INIT;

	if (want_str(c, 0) || want_int(c, 1) || want_int(c, 2))
		return -1;
	for (int i = 1; i <= 2 && c->v[0].n; i++) {
		if (c->v[i].i < 0)
			return why(c, "strings: negative Repeat count");
		if ((uint64_t)c->v[i].i > c->max)
			return why(c, "the result is too long");
		buf_printf(&b, "%*s", (int)c->v[i].i, "");
		if (i == 1)
			buf_append(&b, c->v[0].s, c->v[0].n);
	}
	return ret_buf(c, &b);
}

static int call_truncate(struct template_call *c)
{
	if (want_str(c, 0) || want_int(c, 1))
		return -1;
	if (c->v[1].i < 0)
		return why(c, "runtime error: slice bounds out of range [:%lld]",
			   (long long)c->v[1].i);
	c->ret = c->v[0];
	if ((uint64_t)c->v[1].i < c->ret.n)
		c->ret.n = (size_t)c->v[1].i;
	return 0;
}

static const struct template_func funcs[] = {
	{.name = "and", .min = 1, .max = -1, .lazy = true},
	{.name = "or", .min = 1, .max = -1, .lazy = true},
	{"not", 1, 1, false, false, call_not},
	{"eq", 1, -1, false, false, call_eq},
	{"ne", 2, 2, false, false, call_ne},
	{"lt", 2, 2, false, false, call_lt},
	{"le", 2, 2, false, false, call_le},
	{"gt", 2, 2, false, false, call_gt},
	{"ge", 2, 2, false, false, call_ge},
	{"len", 1, 1, false, false, call_len},
	{"index", 1, -1, false, false, call_index},
	{"slice", 1, -1, false, false, call_slice},
	{"print", 0, -1, false, false, call_print},
	{"printf", 1, -1, false, false, call_printf},
	{"println", 0, -1, false, false, call_println},
	{"html", 0, -1, false, false, call_html},
	{"js", 0, -1, false, false, call_js},
	{"urlquery", 0, -1, false, false, call_urlquery},
	{"call", 1, -1, false, false, call_call},
	{"json", 1, 1, false, true, call_json},
	{"join", 2, 2, false, false, call_join},
	{"split", 2, 2, false, false, call_split},
	{"title", 1, 1, false, true, call_title},
	{"lower", 1, 1, false, true, call_lower},
	{"upper", 1, 1, false, true, call_upper},
	{"pad", 3, 3, false, false, call_pad},
	{"truncate", 2, 2, false, true, call_truncate},
};

const struct template_func *template_funcs_find(const char *name)
{
	for (size_t i = 0; i < sizeof(funcs) / sizeof(*funcs); i++)
		if (!strcmp(funcs[i].name, name))
			return &funcs[i];
	return NULL;
}
