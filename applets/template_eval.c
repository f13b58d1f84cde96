/* SPDX-License-Identifier: Apache-2.0 */
/*
 * In Docker --format runs over Go structs, and their types decide what a missing name is and how a
 * null prints. All we have is JSON: value_is_map and value_null guess them.
 */
#include "applets/template_eval.h"

#include <stdio.h>
#include <string.h>

#include "applets/template_funcs.h"
#include "base/mem.h"

int template_eval_failed(struct template_eval *x, const struct template_span *at, const char *fmt,
			 ...)
{
	const char *text = x->t->text;
	int line = 1, n = (int)(at->to - at->from);
	size_t start = 0;
	char why[512];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(why, sizeof(why), fmt, ap);
	va_end(ap);
	for (size_t i = 0; i < at->pos; i++)
		if (text[i] == '\n') {
			line++;
			start = i + 1;
		}
	return err_set(x->e, ERR_INVALID, "template: :%d:%zu: executing \"\" at <%.*s>: %s", line,
		       at->pos - start, n > 300 ? 300 : n, text + at->from, why);
}

int template_eval_take(struct template_eval *x, const struct template_span *at, size_t bytes)
{
	if (!x->steps || bytes >= x->left)
		return template_eval_failed(x, at, "the template does too much for one object");
	x->steps--;
	x->left -= bytes;
	return 0;
}

/* ---- fields */

static const char *null_text(const struct template_eval *x, const char *field)
{
	if (x->what == TEMPLATE_ROW)
		return "<nil>";
	return x->what == TEMPLATE_OBJECT ? value_null(field) : NULL;
}

/* The names that there are, for who wrote another. */
static int no_field(struct template_eval *x, const struct template_span *at, const char *name,
		    const struct json *obj)
{
	struct json_iter it = json_iter(obj);
	const char *key;
	AUTO_BUF b = BUF_INIT;

	if (x->what == TEMPLATE_OBJECT)
		return template_eval_failed(x, at, "map has no entry for key \"%s\"", name);
	while (json_next(&it, &key) && b.len < 400)
		buf_printf(&b, " .%s", key);
	return template_eval_failed(x, at, "can't evaluate field %s: there are%s", name,
				    b.data ? b.data : " none");
}

static int one_field(struct template_eval *x, const struct template_span *at, const char *name,
		     struct value *v)
{
	const struct json *obj = v->json, *found;

	if (v->kind == VALUE_NONE)
		return 0;
	if (v->kind == VALUE_NULL && v->null && *v->null == 'm') {
		v->kind = VALUE_NONE;
		return 0;
	}
	if (v->kind == VALUE_NULL)
		return template_eval_failed(x, at, "nil pointer evaluating interface {}.%s", name);
	if (v->kind != VALUE_MAP)
		return template_eval_failed(x, at, "can't evaluate field %s in type %s", name,
					    value_type(v));
	found = json_get(obj, name);
	if (!found &&
	    (x->what == TEMPLATE_ROW || (x->what == TEMPLATE_OBJECT && !value_is_map(obj))))
		return no_field(x, at, name, obj);
	*v = value_of(found);
	if (v->kind == VALUE_NULL)
		v->null = null_text(x, name);
	return 0;
}

/* The label's last word stands above its column. */
static struct value label_header(struct template_eval *x, const struct value *key)
{
	char *s = arena_strndup(x->a, key->s, key->n), *dot = strrchr(s, '.');

	s = dot ? dot + 1 : s;
	for (char *p = s; *p; p++)
		*p = *p == '-' || *p == '_' ? ' ' : *p;
	return value_str(s, strlen(s));
}

/* {{.Label "key"}}, the one field that takes an argument. */
static int label(struct template_eval *x, const struct template_span *at, const struct value *key,
		 const struct value *obj, struct value *ret)
{
	const struct json *labels = json_get(obj->json, "Label"), *found;

	if (!key)
		return template_eval_failed(x, at, "wrong number of args for Label: want 1 got 0");
	if (key->kind != VALUE_STR)
		return template_eval_failed(x, at, "expected string; found %s", value_type(key));
	if (x->what == TEMPLATE_HEADER) {
		*ret = label_header(x, key);
		return 0;
	}
	found = json_get(labels, key->s);
	*ret = found ? value_of(found) : value_str("", 0);
	return 0;
}

static bool is_label(const struct template_eval *x, const struct template_arg *arg,
		     const struct value *v)
{
	return (x->what == TEMPLATE_ROW || x->what == TEMPLATE_HEADER) && arg->fields.n == 1 &&
	       !strcmp(arg->fields.v[0], "Label") && v->kind == VALUE_MAP &&
	       json_get(v->json, "Label");
}

/* ---- operands */

static int eval_call(struct template_eval *x, const struct template_arg *func,
		     const struct template_cmd *cmd, struct value dot, const struct value *final,
		     struct value *ret);

/* given: the argument of {{.Label}}, or NULL. */
static int eval_arg(struct template_eval *x, const struct template_arg *arg, struct value dot,
		    const struct value *given, struct value *ret)
{
	struct value v = dot;

	switch (arg->type) {
	case ARG_CONST:
		*ret = arg->value;
		return 0;
	case ARG_NIL:
		*ret = (struct value){.kind = VALUE_NULL};
		return 0;
	case ARG_FUNC:
		return eval_call(x, arg, NULL, dot, NULL, ret);
	case ARG_DOT:
		break;
	case ARG_VAR:
		v = x->vars[arg->slot];
		break;
	case ARG_PIPE:
		if (template_eval_pipe(x, arg->pipe, dot, &v))
			return -1;
	}
	if (is_label(x, arg, &v))
		return label(x, &arg->span, given, &v, ret);
	for (size_t i = 0; i < arg->fields.n; i++)
		if (one_field(x, &arg->span, arg->fields.v[i], &v))
			return -1;
	*ret = v;
	return template_eval_take(x, &arg->span, 1);
}

/* and, or: from the left, until the answer is known. */
static int eval_lazy(struct template_eval *x, const struct template_func *f,
		     const struct template_arg *arg, struct value dot, const struct value *final,
		     struct value *ret)
{
	bool stop = *f->name == 'o';

	for (; arg; arg = arg->next) {
		if (eval_arg(x, arg, dot, NULL, ret))
			return -1;
		if (value_true(ret) == stop)
			return 0;
	}
	if (final)
		*ret = *final;
	return 0;
}

static int call_failed(struct template_eval *x, const struct template_arg *func,
		       const struct template_span *span, const struct template_call *c)
{
	const struct template_arg *arg = func->next;

	if (c->bad < 0)
		return template_eval_failed(x, span, "error calling %s: %s", func->func->name,
					    c->why);
	for (int i = 0; arg && i < c->bad; i++)
		arg = arg->next;
	return template_eval_failed(x, arg ? &arg->span : span,
				    "wrong type for value; expected %s; got %s", c->want,
				    value_type(&c->v[c->bad]));
}

static int check_count(struct template_eval *x, const struct template_arg *func, int n)
{
	const struct template_func *f = func->func;

	if (n < f->min || (f->max >= 0 && n > f->max))
		return template_eval_failed(x, &func->span,
					    "wrong number of args for %s: want %s%d got %d",
					    f->name, f->max < 0 ? "at least " : "", f->min, n);
	return 0;
}

/* cmd NULL: as an argument itself, without any. */
static int eval_call(struct template_eval *x, const struct template_arg *func,
		     const struct template_cmd *cmd, struct value dot, const struct value *final,
		     struct value *ret)
{
	const struct template_func *f = func->func;
	const struct template_span *span = cmd ? &cmd->span : &func->span;
	int n = (cmd ? cmd->n - 1 : 0) + (final != NULL);
	struct template_call c = {.a = x->a, .what = x->what, .n = n, .max = x->left, .bad = -1};
	struct value *args;
	int i = 0;

	if (check_count(x, func, n))
		return -1;
	if (f->lazy)
		return eval_lazy(x, f, func->next, dot, final, ret);
	args = arena_array(x->a, (size_t)n + 1, sizeof(*args));
	for (const struct template_arg *arg = func->next; cmd && arg; arg = arg->next)
		if (eval_arg(x, arg, dot, NULL, &args[i++]))
			return -1;
	if (final)
		args[i] = *final;
	c.v = args;
	if (f->plain && x->what == TEMPLATE_HEADER)
		c.ret = args[0];
	else if (f->call(&c))
		return call_failed(x, func, span, &c);
	*ret = c.ret;
	return template_eval_take(x, span,
				  sizeof(*args) * ((size_t)n + 1) +
					  (ret->kind == VALUE_STR    ? ret->n
					   : ret->kind == VALUE_LIST ? ret->len * sizeof(*args)
								     : 0));
}

static int eval_cmd(struct template_eval *x, const struct template_cmd *cmd, struct value dot,
		    const struct value *final, struct value *ret)
{
	const struct template_arg *first = cmd->args;
	struct value given, v = dot;

	if (first->type == ARG_FUNC)
		return eval_call(x, first, cmd, dot, final, ret);
	if (first->type == ARG_NIL)
		return template_eval_failed(x, &first->span, "nil is not a command");
	if (cmd->n == 1 && !final)
		return eval_arg(x, first, dot, NULL, ret);
	if (first->type == ARG_VAR)
		v = x->vars[first->slot];
	if (is_label(x, first, &v) && cmd->n + (final != NULL) == 2) {
		if (!final && eval_arg(x, first->next, dot, NULL, &given))
			return -1;
		return eval_arg(x, first, dot, final ? final : &given, ret);
	}
	if (first->fields.n)
		return template_eval_failed(x, &first->span, "%s is not a method but has arguments",
					    first->fields.v[first->fields.n - 1]);
	return template_eval_failed(x, &first->span, "can't give argument to non-function %.*s",
				    (int)(first->span.to - first->span.from),
				    x->t->text + first->span.from);
}

int template_eval_pipe(struct template_eval *x, const struct template_pipe *p, struct value dot,
		       struct value *ret)
{
	struct value v = {.kind = VALUE_NONE}, last;

	for (const struct template_cmd *c = p->cmds; c; c = c->next) {
		last = v;
		if (eval_cmd(x, c, dot, c == p->cmds ? NULL : &last, &v))
			return -1;
	}
	for (int i = 0; i < p->declared; i++)
		x->vars[p->slot[i]] = v;
	*ret = v;
	return 0;
}
