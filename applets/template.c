/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Runs the statements of a template. Blocks recurse no deeper than the parser let them nest. A
 * run's budget (steps, and bytes made or printed) is generous for any list of containers and small
 * enough that a template written to hurt ends in an error within seconds.
 */
#include "applets/template.h"

#include <string.h>

#include "applets/template_eval.h"

#define MAX_BYTES (64u << 20)
#define MAX_STEPS 5000000u

enum flow { FLOW_NEXT, FLOW_BREAK, FLOW_CONTINUE, FLOW_FAILED = -1 };

struct run {
	struct template_eval x;
	struct buf *out;
};

static enum flow walk(struct run *r, const struct template_node *list, struct value dot);

static int print(struct run *r, const struct template_node *n, struct value dot)
{
	const struct template_span *at = &n->pipe->cmds->span;
	size_t before = r->out->len;
	struct value v;

	if (template_eval_pipe(&r->x, n->pipe, dot, &v))
		return -1;
	if (n->pipe->declared)
		return 0;
	if (v.kind == VALUE_NONE || (v.kind == VALUE_NULL && !v.null))
		buf_str(r->out, "<no value>");
	else
		value_print(r->out, &v, r->x.what == TEMPLATE_OBJECT);
	return template_eval_take(&r->x, at, r->out->len - before);
}

/* One turn of range: sets its variables and runs the body. */
static enum flow turn(struct run *r, const struct template_node *n, struct value key,
		      struct value item)
{
	const struct template_pipe *p = n->pipe;
	enum flow f;

	if (p->declared == 2)
		r->x.vars[p->slot[0]] = key;
	if (p->declared)
		r->x.vars[p->slot[p->declared - 1]] = item;
	if (template_eval_take(&r->x, &p->cmds->span, 0))
		return FLOW_FAILED;
	f = walk(r, n->body, item);
	return f == FLOW_CONTINUE ? FLOW_NEXT : f;
}

static struct value integer(size_t i)
{
	return (struct value){.kind = VALUE_INT, .i = (int64_t)i};
}

static enum flow range_list(struct run *r, const struct template_node *n, const struct value *v)
{
	const struct value *items;
	enum flow f = FLOW_NEXT;

	if (template_eval_take(&r->x, &n->pipe->cmds->span, v->len * sizeof(*items)))
		return FLOW_FAILED;
	items = value_items(r->x.a, v);
	for (size_t i = 0; i < v->len && f == FLOW_NEXT; i++)
		f = turn(r, n, integer(i), items[i]);
	return f;
}

static enum flow range_map(struct run *r, const struct template_node *n, const struct value *v)
{
	struct value_member *m;
	enum flow f = FLOW_NEXT;
	size_t len;

	if (template_eval_take(&r->x, &n->pipe->cmds->span, v->len * sizeof(*m)))
		return FLOW_FAILED;
	len = value_members(r->x.a, v->json, &m);
	for (size_t i = 0; i < len && f == FLOW_NEXT; i++) {
		struct value key = value_str(m[i].key, strlen(m[i].key));

		f = turn(r, n, key, value_of(m[i].json));
	}
	return f;
}

static enum flow range_int(struct run *r, const struct template_node *n, const struct value *v)
{
	enum flow f = FLOW_NEXT;

	if (n->pipe->declared == 2)
		return template_eval_failed(&r->x, &n->pipe->cmds->span,
					    "can't use %lld to iterate over more than one variable",
					    (long long)v->i);
	for (int64_t i = 0; i < v->i && f == FLOW_NEXT; i++)
		f = turn(r, n, integer((size_t)i), integer((size_t)i));
	return f;
}

static enum flow range(struct run *r, const struct template_node *n, struct value dot)
{
	enum flow f;
	struct value v;

	if (template_eval_pipe(&r->x, n->pipe, dot, &v))
		return FLOW_FAILED;
	if (v.kind == VALUE_STR || v.kind == VALUE_REAL || v.kind == VALUE_BOOL) {
		AUTO_BUF b = BUF_INIT;

		value_print(&b, &v, false);
		return template_eval_failed(&r->x, &n->pipe->cmds->span,
					    "range can't iterate over %s", b.data ? b.data : "");
	}
	if (!value_true(&v) || (v.kind == VALUE_INT && v.i < 0))
		return walk(r, n->otherwise, dot);
	f = v.kind == VALUE_INT	   ? range_int(r, n, &v)
	    : v.kind == VALUE_LIST ? range_list(r, n, &v)
				   : range_map(r, n, &v);
	return f == FLOW_BREAK ? FLOW_NEXT : f;
}

static enum flow branch(struct run *r, const struct template_node *n, struct value dot)
{
	struct value v;

	if (template_eval_pipe(&r->x, n->pipe, dot, &v))
		return FLOW_FAILED;
	if (!value_true(&v))
		return walk(r, n->otherwise, dot);
	return walk(r, n->body, n->type == NODE_WITH ? v : dot);
}

static enum flow walk(struct run *r, const struct template_node *list, struct value dot)
{
	for (const struct template_node *n = list; n; n = n->next) {
		enum flow f = FLOW_NEXT;

		switch (n->type) {
		case NODE_TEXT:
			if (n->len >= r->x.left)
				return err_set(r->x.e, ERR_INVALID,
					       "template: prints more than %u bytes", MAX_BYTES);
			r->x.left -= n->len;
			buf_append(r->out, n->text, n->len);
			break;
		case NODE_ACTION:
			f = print(r, n, dot) ? FLOW_FAILED : FLOW_NEXT;
			break;
		case NODE_IF:
		case NODE_WITH:
			f = branch(r, n, dot);
			break;
		case NODE_RANGE:
			f = range(r, n, dot);
			break;
		case NODE_BREAK:
			return FLOW_BREAK;
		case NODE_CONTINUE:
			return FLOW_CONTINUE;
		}
		if (f != FLOW_NEXT)
			return f;
	}
	return FLOW_NEXT;
}

int template_run(const struct template *t, struct arena *a, const struct json *data,
		 enum template_data what, struct buf *out, struct err *e)
{
	struct run r = {.out = out};

	r.x = (struct template_eval){.t = t, .a = a, .what = what, .e = e};
	r.x.vars = arena_array(a, t->slots, sizeof(*r.x.vars));
	r.x.vars[0] = value_of(data);
	r.x.left = MAX_BYTES;
	r.x.steps = MAX_STEPS;
	return walk(&r, t->nodes, r.x.vars[0]) == FLOW_FAILED ? -1 : 0;
}
