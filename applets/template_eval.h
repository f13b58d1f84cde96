/* SPDX-License-Identifier: Apache-2.0 */
/* template_eval: the value of a pipeline, with the budget of one run. */
#ifndef APPLETS_TEMPLATE_EVAL_H
#define APPLETS_TEMPLATE_EVAL_H

#include "applets/template.h"
#include "applets/template_tree.h"

struct template_eval {
	const struct template *t;
	struct arena *a;
	enum template_data what;
	struct value *vars; /* t->slots of them */
	size_t left;	    /* bytes that may still be made or printed */
	unsigned steps;	    /* that may still be done */
	struct err *e;
};

/* Evaluates and sets the variables that the pipeline declares. */
int template_eval_pipe(struct template_eval *x, const struct template_pipe *p, struct value dot,
		       struct value *ret);
/* "template: :1:2: executing "" at <.X>: why". Returns -1. */
int template_eval_failed(struct template_eval *x, const struct template_span *at, const char *fmt,
			 ...) __attribute__((format(printf, 3, 4)));
/* Takes bytes off the budget; -1 when it is used up. */
int template_eval_take(struct template_eval *x, const struct template_span *at, size_t bytes);

#endif
