/* SPDX-License-Identifier: Apache-2.0 */
/*
 * template_value: what expressions of a template yield, and how Go prints it. Values point into
 * the JSON tree or the run's arena.
 *
 * Exports: value_
 */
#ifndef APPLETS_TEMPLATE_VALUE_H
#define APPLETS_TEMPLATE_VALUE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/json.h"
#include "base/mem.h"

enum value_kind {
	VALUE_NONE, /* there is no such thing */
	VALUE_NULL,
	VALUE_BOOL,
	VALUE_INT,
	VALUE_REAL,
	VALUE_STR,
	VALUE_LIST,
	VALUE_MAP,
};

struct value {
	enum value_kind kind;
	union {
		bool b;
		int64_t i;
		double r;
		struct {
			const char *s;
			size_t n;
		};
		struct {
			const struct json *json;   /* of a map, or of a list that came as JSON */
			const struct value *items; /* of any other list */
			size_t len;
		};
		const char *null; /* how a null prints, where the Go type is known; or NULL */
	};
};

struct value value_of(const struct json *v);
struct value value_str(const char *s, size_t n);
struct value value_copy(struct arena *a, const char *s, size_t n); /* NULs and all */
/* The items of a list (len of them), made in the arena where they are still JSON. */
const struct value *value_items(struct arena *a, const struct value *v);
/* A map's members in the order of their keys, later ones winning over equal earlier ones. */
struct value_member {
	const char *key;
	const struct json *json;
};
size_t value_members(struct arena *a, const struct json *map, struct value_member **ret);

bool value_true(const struct value *v);
/* "string", "int", "map[string]interface {}" ... */
const char *value_type(const struct value *v);
/* As Go's %v. Nothing prints as "<nil>" here. typed: as where Go has structs behind the objects. */
void value_print(struct buf *b, const struct value *v, bool typed);
/* Types are told by shape: an object is a map if it is empty, holds only strings or has a key that
 * no exported field of Go can have. */
bool value_is_map(const struct json *obj);
/* How the null of a field prints in Docker: as a map, a pointer or, mostly, a list. */
const char *value_null(const char *field);
/* As encoding/json with its HTML escapes off. */
void value_json(struct buf *b, const struct value *v);
/* The shortest text that reads back as r; exponents as Go's %v has them. */
void value_real(struct buf *b, double r);

#endif
