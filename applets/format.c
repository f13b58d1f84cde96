/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Rows are kept until the end: a template that fails on the last row prints nothing, and a table's
 * widths are known only then. The heads of a table come from the same template, run over the
 * columns' names. "json" is the template {{json .}}, which sorts a row's members.
 */
#include "applets/format.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "applets/table.h"
#include "applets/template.h"

#define MAX_ROW (16 << 20)

/* Docker's users write \t and \n in single quotes: the shell hands both characters on. */
static char *unescape(struct arena *a, const char *text)
{
	char *s, *to;
	size_t n;

	text += strspn(text, " ");
	n = strlen(text);
	while (n && text[n - 1] == ' ')
		n--;
	s = to = arena_strndup(a, text, n);
	for (const char *from = s; *from; from++) {
		if (*from == '\\' && (from[1] == 't' || from[1] == 'n'))
			*to++ = *++from == 't' ? '\t' : '\n';
		else
			*to++ = *from;
	}
	*to = 0;
	return s;
}

int format_open(struct format *f, const char *text, const char *def, struct err *e)
{
	if (!text || !*text || !strcmp(text, "table"))
		text = f->own = def;
	if (f->raw && !strcmp(text, "raw"))
		text = f->raw;
	else if (!strcmp(text, "json"))
		text = "{{json .}}";
	f->table = !strncmp(text, "table", 5);
	f->t = template_parse(f->a, unescape(f->a, text + (f->table ? 5 : 0)), e);
	return f->t ? 0 : err_wrap(e, "failed to parse template");
}

int format_row(struct format *f, const struct buf *row, struct err *e)
{
	AUTO_ARENA a = ARENA_INIT;
	const struct json *v = json_parse(&a, row->data, row->len, MAX_ROW, "a row", e);

	if (!v)
		return -1;
	if (template_run(f->t, &a, v, TEMPLATE_ROW, &f->out, e))
		return err_wrap(e, "failed to execute template");
	buf_char(&f->out, '\n');
	return 0;
}

static int heads(const struct format *f, struct buf *out, struct err *e)
{
	AUTO_ARENA a = ARENA_INIT;
	AUTO_BUF b = BUF_INIT;
	struct json_w w = JSON_W(&b);
	const struct json *v;

	json_w_obj(&w, NULL);
	for (const struct format_column *c = f->columns; c->field; c++)
		json_w_str(&w, c->field, c->header);
	json_w_str(&w, "Label", "");
	json_w_end(&w);
	v = json_parse(&a, b.data, b.len, MAX_ROW, "heads", e);
	if (!v || template_run(f->t, &a, v, TEMPLATE_HEADER, out, e))
		return err_wrap(e, "failed to execute template");
	buf_char(out, '\n');
	return 0;
}

int format_text(struct format *f, struct buf *out, struct err *e)
{
	AUTO_BUF all = BUF_INIT;
	int rc = f->table ? heads(f, &all, e) : 0;

	if (f->out.len)
		buf_append(&all, f->out.data, f->out.len);
	buf_release(&f->out);
	if (f->table)
		table_align(out, all.data ? all.data : "", all.len);
	else if (all.len)
		buf_append(out, all.data, all.len);
	return rc;
}

int format_end(struct format *f, struct err *e)
{
	AUTO_BUF out = BUF_INIT;

	if (format_text(f, &out, e))
		return -1;
	if (out.len && fwrite(out.data, 1, out.len, stdout) != out.len)
		return err_sys(e, "cannot write to stdout");
	return 0;
}

static int by_text(const void *x, const void *y)
{
	return strcmp(*(char *const *)x, *(char *const *)y);
}

void format_labels(struct json_w *w, const struct json *labels)
{
	AUTO_ARENA a = ARENA_INIT;
	AUTO_BUF b = BUF_INIT;
	struct json_iter it = json_iter(labels);
	struct strs all = {0};
	const struct json *v;
	const char *k;

	json_w_obj(w, "Label");
	while ((v = json_next(&it, &k))) {
		json_w_str(w, k, json_str(v, ""));
		strs_printf(&a, &all, "%s=%s", k, json_str(v, ""));
	}
	json_w_end(w);
	if (all.n)
		qsort(all.v, all.n, sizeof(*all.v), by_text);
	for (size_t i = 0; i < all.n; i++)
		buf_printf(&b, "%s%s", i ? "," : "", all.v[i]);
	json_w_str(w, "Labels", b.data ? b.data : "");
}

bool format_wants(const struct format *f, const char *field)
{
	return !f->own || format_uses(f->own, field);
}

bool format_uses(const char *text, const char *field)
{
	size_t n = strlen(field);

	for (const char *p = text; p && (p = strstr(p, field)); p += n) {
		char c = p[n];

		if (p > text && p[-1] == '.' && !((c | 32) >= 'a' && (c | 32) <= 'z'))
			return true;
	}
	return false;
}
