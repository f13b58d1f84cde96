/* SPDX-License-Identifier: Apache-2.0 */
/*
 * template_tree: what template_parse.c makes and template.c and template_eval.c run. Everything
 * lives in one arena. Variables are slots, counted out at parse time; slot 0 is $.
 */
#ifndef APPLETS_TEMPLATE_TREE_H
#define APPLETS_TEMPLATE_TREE_H

#include <stdbool.h>
#include <stddef.h>

#include "applets/template_value.h"

struct template_func;

/* A stretch of the text, for errors: "at <text[from..to)>", said to be at pos. */
struct template_span {
	size_t pos, from, to;
};

enum template_arg_type {
	ARG_CONST, /* value */
	ARG_NIL,
	ARG_DOT, /* . and then the fields */
	ARG_VAR,
	ARG_PIPE, /* ( ... ) */
	ARG_FUNC,
};

struct template_arg {
	enum template_arg_type type;
	struct template_span span;
	struct value value;
	size_t slot;
	struct template_pipe *pipe;
	const struct template_func *func;
	struct strs fields; /* .a.b behind it */
	struct template_arg *next;
};

struct template_cmd {
	struct template_span span;
	struct template_arg *args;
	int n;
	struct template_cmd *next;
};

struct template_pipe {
	struct template_cmd *cmds;
	int declared; /* variables set by it: 0, 1, for range 2 */
	size_t slot[2];
};

enum template_node_type {
	NODE_TEXT,
	NODE_ACTION,
	NODE_IF,
	NODE_WITH,
	NODE_RANGE,
	NODE_BREAK,
	NODE_CONTINUE
};

struct template_node {
	enum template_node_type type;
	const char *text;
	size_t len;
	struct template_pipe *pipe;
	struct template_node *body, *otherwise, *next;
};

struct template
{
	const char *text;
	struct template_node *nodes;
	size_t slots;
};

#endif
