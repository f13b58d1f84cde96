/* SPDX-License-Identifier: Apache-2.0 */
/*
 * template: Go's text/template as Docker's users write it for --format, over JSON.
 *
 * Fields ({{.State.Pid}}; a missing one prints as "<no value>"), variables, pipelines, range, if,
 * else, with, index, slice, len, comparison, and/or/not, print, printf, println, and Docker's json,
 * join, split, upper, lower, title, truncate, pad. Parsed once into the arena, run for each row.
 * Neither parsing nor running recurses on the input's depth without a bound, and what a template
 * can print is bounded.
 */
#ifndef APPLETS_TEMPLATE_H
#define APPLETS_TEMPLATE_H

#include "base/buf.h"
#include "base/err.h"
#include "base/json.h"
#include "base/mem.h"

struct template;

/* ERR_INVALID: "template parsing error: ..." as Docker says it. */
struct template *template_parse(struct arena *a, const char *text, struct err *e);
/* Appends to out. a: for what the run needs; may be emptied afterwards. */
int template_run(const struct template *t, struct arena *a, const struct json *data,
		 struct buf *out, struct err *e);

#endif
