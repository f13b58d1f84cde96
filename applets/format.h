/* SPDX-License-Identifier: Apache-2.0 */
/*
 * format: how every list is printed: --format TEMPLATE, "table TEMPLATE", "table", "json", "raw",
 * or the command's own columns. Rows are JSON objects whose members are Docker's field names (.ID,
 * .Names, .Image ...) and strings, as docker prints them, or null. A member Label, an object, is
 * what {{.Label "key"}} looks into; it is no field of its own.
 */
#ifndef APPLETS_FORMAT_H
#define APPLETS_FORMAT_H

#include <stdbool.h>

#include "base/buf.h"
#include "base/err.h"
#include "base/json.h"
#include "base/mem.h"

#define FORMAT_HELP "Print with a Go template, as a table TEMPLATE, or as json"

struct format_column { /* what stands above {{.field}} in a table */
	const char *field, *header;
};

struct format { /* = {.a, .columns, .raw} */
	struct arena *a;
	const struct format_column *columns; /* ends with a field of NULL */
	const char *raw;		     /* the template of --format raw, or NULL */
	/* the rest is format's */
	struct template *t;
	const char *own; /* the command's own template, where that is used */
	bool table;
	struct buf out;
};

/* text: the value of --format, NULL or "" where not given; def: the command's own, e.g.
 * "table {{.ID}}\t{{.Image}}". "\t" and "\n" may be written with a backslash. */
int format_open(struct format *f, const char *text, const char *def, struct err *e);
/* One row: the text of a JSON object. */
int format_row(struct format *f, const struct buf *row, struct err *e);
/* All that is to be printed, added to out; frees. Not to be called after a row that failed. */
int format_text(struct format *f, struct buf *out, struct err *e);
/* The same, printed on stdout. */
int format_end(struct format *f, struct err *e);

/* The members Labels (Docker's "a=b,c=d", sorted) and Label of a row. */
void format_labels(struct json_w *w, const struct json *labels);
/* Whether the template names a field: what is dear to find out is left alone otherwise. */
bool format_uses(const char *text, const char *field);
/* Whether a row needs it: a template of the user's may show any. */
bool format_wants(const struct format *f, const char *field);

#endif
