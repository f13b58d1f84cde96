/* SPDX-License-Identifier: Apache-2.0 */
/*
 * template_funcs: the functions that templates may call, by name. and, or are in the table for
 * their names only: template_eval.c evaluates their arguments one at a time.
 */
#ifndef APPLETS_TEMPLATE_FUNCS_H
#define APPLETS_TEMPLATE_FUNCS_H

#include <stdbool.h>
#include <stddef.h>

#include "applets/template.h"
#include "applets/template_value.h"
#include "base/mem.h"

struct template_call {
	struct arena *a;
	enum template_data what;
	const struct value *v; /* the arguments */
	int n;
	size_t max; /* bytes that the result may have */
	struct value ret;
	/* on failure */
	int bad;	  /* the argument that is of a wrong type, or -1 */
	const char *want; /* ... of what it should be */
	char why[256];	  /* otherwise */
};

struct template_func {
	const char *name;
	int min, max; /* arguments; max -1: any */
	bool lazy;
	bool plain;			      /* hands its argument back in the header of a table */
	int (*call)(struct template_call *c); /* 0, or -1 with why or bad and want */
};

const struct template_func *template_funcs_find(const char *name); /* NULL: there is none */

#endif
