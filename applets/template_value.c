/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Lists are turned into values one level at a time and only when somebody looks inside, so that
 * {{.Config.Env}} costs nothing but its text. Printing recurses as deep as JSON may be
 * (JSON_MAX_DEPTH); what templates make themselves (split, slice) is flat.
 */
#include "applets/template_value.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct value value_str(const char *s, size_t n)
{
	return (struct value){.kind = VALUE_STR, .s = s, .n = n};
}

struct value value_copy(struct arena *a, const char *s, size_t n)
{
	char *copy = arena_alloc(a, n + 1);

	if (n)
		memcpy(copy, s, n);
	return value_str(copy, n);
}

struct value value_of(const struct json *v)
{
	struct value r = {.kind = VALUE_NONE};

	if (!v)
		return r;
	switch (json_typeof(v)) {
	case JSON_NULL:
		r.kind = VALUE_NULL;
		break;
	case JSON_BOOL:
		r.kind = VALUE_BOOL;
		r.b = json_bool(v, false);
		break;
	case JSON_INT:
		r.kind = VALUE_INT;
		r.i = json_int(v, 0);
		if (json_int(v, 1) == r.i)
			break;
		r.kind = VALUE_REAL; /* beyond int64_t */
		r.r = json_real(v, 0);
		break;
	case JSON_REAL:
		r.kind = VALUE_REAL;
		r.r = json_real(v, 0);
		break;
	case JSON_STR:
		r.kind = VALUE_STR;
		r.s = json_strn(v, &r.n);
		break;
	case JSON_ARR:
	case JSON_OBJ:
		r.kind = json_typeof(v) == JSON_ARR ? VALUE_LIST : VALUE_MAP;
		r.json = v;
		r.len = json_len(v);
	}
	return r;
}

const struct value *value_items(struct arena *a, const struct value *v)
{
	struct json_iter it;
	const struct json *x;
	struct value *items;
	size_t n = 0;

	if (!v->json)
		return v->items;
	items = arena_array(a, v->len + 1, sizeof(*items));
	it = json_iter(v->json);
	while ((x = json_next(&it, NULL)))
		items[n++] = value_of(x);
	return items;
}

static int by_key(const void *x, const void *y)
{
	const struct value_member *a = x, *b = y;
	int c = strcmp(a->key, b->key);

	return c ? c : a->json < b->json ? -1 : a->json > b->json; /* the tree is in order */
}

size_t value_members(struct arena *a, const struct json *map, struct value_member **ret)
{
	struct value_member *m = arena_array(a, json_len(map) + 1, sizeof(*m));
	struct json_iter it = json_iter(map);
	const struct json *x;
	const char *key;
	size_t n = 0, kept = 0;

	while ((x = json_next(&it, &key)))
		m[n++] = (struct value_member){key, x};
	qsort(m, n, sizeof(*m), by_key);
	for (size_t i = 0; i < n; i++)
		if (i + 1 == n || strcmp(m[i].key, m[i + 1].key))
			m[kept++] = m[i];
	*ret = m;
	return kept;
}

bool value_true(const struct value *v)
{
	switch (v->kind) {
	case VALUE_NONE:
	case VALUE_NULL:
		return false;
	case VALUE_BOOL:
		return v->b;
	case VALUE_INT:
		return v->i != 0;
	case VALUE_REAL:
		return v->r != 0;
	case VALUE_STR:
		return v->n > 0;
	case VALUE_LIST:
	case VALUE_MAP:
		break;
	}
	return v->len > 0;
}

const char *value_type(const struct value *v)
{
	static const char *const names[] = {
		"<nil>",   "<nil>",  "bool",	       "int",
		"float64", "string", "[]interface {}", "map[string]interface {}",
	};

	return names[v->kind];
}

void value_real(struct buf *b, double r)
{
	char text[32], *e;
	int digits = 1;

	if (!isfinite(r)) {
		buf_str(b, isnan(r) ? "NaN" : r < 0 ? "-Inf" : "+Inf");
		return;
	}
	do
		snprintf(text, sizeof(text), "%.*e", digits - 1, r);
	while (strtod(text, NULL) != r && digits++ < 17);
	e = strchr(text, 'e');
	if (atoi(e + 1) >= -4 && atoi(e + 1) < 6)
		snprintf(text, sizeof(text), "%.*f",
			 digits - 1 > atoi(e + 1) ? digits - 1 - atoi(e + 1) : 0, r);
	buf_str(b, text);
}

bool value_is_map(const struct json *obj)
{
	struct json_iter it = json_iter(obj);
	const struct json *v;
	const char *key;
	size_t fields = 0;
	bool strings = true;

	while ((v = json_next(&it, &key))) {
		if (*key < 'A' || *key > 'Z')
			return true;
		strings &= json_typeof(v) == JSON_STR;
		fields += !strcmp(key, "HostIp") || !strcmp(key, "HostPort");
	}
	return strings && !fields;
}

const char *value_null(const char *field)
{
	static const char maps[] =
		" Labels Volumes ExposedPorts PortBindings Ports Networks Sysctls"
		" StorageOpt Tmpfs Annotations Options DriverOpts Data Config ";
	static const char pointers[] = " PidsLimit MemorySwappiness OomKillDisable Init Health"
				       " Healthcheck StopTimeout IPAMConfig UsageData Status"
				       " ClusterVolume Descriptor ImageManifestDescriptor ";
	char word[48];

	if (snprintf(word, sizeof(word), " %s ", field) >= (int)sizeof(word))
		return "[]";
	return strstr(maps, word) ? "map[]" : strstr(pointers, word) ? "<nil>" : "[]";
}

static void print_struct(struct buf *b, const struct json *obj)
{
	struct json_iter it = json_iter(obj);
	const struct json *x;
	const char *key;
	bool first = true;

	buf_char(b, '{');
	for (; (x = json_next(&it, &key)); first = false) {
		struct value v = value_of(x);

		if (v.kind == VALUE_NULL)
			v.null = value_null(key);
		buf_str(b, first ? "" : " ");
		value_print(b, &v, true);
	}
	buf_char(b, '}');
}

static void print_map(struct buf *b, const struct json *map, bool typed)
{
	AUTO_ARENA a = ARENA_INIT;
	struct value_member *m;
	size_t n = value_members(&a, map, &m);

	buf_str(b, "map[");
	for (size_t i = 0; i < n; i++) {
		struct value v = value_of(m[i].json);

		if (v.kind == VALUE_NULL && typed && strchr(m[i].key, '/')) /* ports */
			v.null = "[]";
		buf_str(b, i ? " " : "");
		buf_str(b, m[i].key);
		buf_char(b, ':');
		value_print(b, &v, typed);
	}
	buf_char(b, ']');
}

static void print_list(struct buf *b, const struct value *v, bool typed)
{
	AUTO_ARENA a = ARENA_INIT;
	const struct value *items = value_items(&a, v);

	buf_char(b, '[');
	for (size_t i = 0; i < v->len; i++) {
		buf_str(b, i ? " " : "");
		value_print(b, &items[i], typed);
	}
	buf_char(b, ']');
}

void value_print(struct buf *b, const struct value *v, bool typed)
{
	switch (v->kind) {
	case VALUE_NONE:
		buf_str(b, "<nil>");
		break;
	case VALUE_NULL:
		buf_str(b, v->null ? v->null : "<nil>");
		break;
	case VALUE_BOOL:
		buf_str(b, v->b ? "true" : "false");
		break;
	case VALUE_INT:
		buf_printf(b, "%lld", (long long)v->i);
		break;
	case VALUE_REAL:
		value_real(b, v->r);
		break;
	case VALUE_STR:
		buf_append(b, v->s, v->n);
		break;
	case VALUE_LIST:
		print_list(b, v, typed);
		break;
	case VALUE_MAP:
		if (typed && !value_is_map(v->json))
			print_struct(b, v->json);
		else
			print_map(b, v->json, typed);
	}
}

static void write_value(struct json_w *w, const struct value *v)
{
	switch (v->kind) {
	case VALUE_NONE:
	case VALUE_NULL:
		json_w_null(w, NULL);
		break;
	case VALUE_BOOL:
		json_w_bool(w, NULL, v->b);
		break;
	case VALUE_INT:
		json_w_int(w, NULL, v->i);
		break;
	case VALUE_REAL:
		json_w_real(w, NULL, v->r);
		break;
	case VALUE_STR:
		json_w_strn(w, NULL, v->s, v->n);
		break;
	case VALUE_LIST:
	case VALUE_MAP:
		if (v->json) {
			json_w_val(w, NULL, v->json);
			break;
		}
		json_w_arr(w, NULL);
		for (size_t i = 0; i < v->len; i++)
			write_value(w, &v->items[i]);
		json_w_arr_end(w);
	}
}

void value_json(struct buf *b, const struct value *v)
{
	struct json_w w = JSON_W(b);

	w.verbatim = true;
	write_value(&w, v);
}
