/* SPDX-License-Identifier: Apache-2.0 */
/*
 * template: Go's text/template as Docker's users write it for --format, over JSON.
 *
 * Fields, variables, pipelines, range, if, else, with, break, continue, Go's functions (but call)
 * and Docker's json, join, split, upper, lower, title, truncate, pad. define, block and template
 * are refused. Parsed once into the arena, run for each row. Nesting is at most 100 levels deep,
 * and what one run may do and print is bounded.
 */
#ifndef APPLETS_TEMPLATE_H
#define APPLETS_TEMPLATE_H

#include "base/buf.h"
#include "base/err.h"
#include "base/json.h"
#include "base/mem.h"

struct template;

/* What a name that is not there means. In Docker it depends on the Go type behind the JSON. */
enum template_data {
	TEMPLATE_ANY,	 /* maps: it prints "<no value>" */
	TEMPLATE_OBJECT, /* inspect: an error, but in what must be a map (labels, ports, networks)
			  */
	TEMPLATE_ROW,	 /* of a list: an error. {{.Label "k"}} looks into the row's object Label */
	TEMPLATE_HEADER, /* of a table: column names; json, title, lower, upper, truncate do nothing
			  */
};

/* text must live as long as the template. ERR_INVALID: "template: :1: ...", as Go says it. */
struct template *template_parse(struct arena *a, const char *text, struct err *e);
/* Appends to out. a: for what the run needs; may be emptied afterwards. ERR_INVALID as above. */
int template_run(const struct template *t, struct arena *a, const struct json *data,
		 enum template_data what, struct buf *out, struct err *e);

#endif
