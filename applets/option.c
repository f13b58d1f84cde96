/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Options as Docker's users write them: --name value, --name=value, -n value, -nvalue, -n=value,
 * -itd (short flags without a value in one word). A flag may be given as --flag=false. Options
 * and arguments mix, except for commands that take another command line after their own.
 * getopt_long would permute and print by itself; the table here also feeds help and completion.
 */
#include "applets/applet.h"
#include "base/units.h"

#include <stdio.h>
#include <string.h>

const struct option_def *option_skip(const struct option_def *o)
{
	while (o && !o->name)
		o = o->value;
	return o;
}

static const struct option_def *find(const struct option_def *t, const char *name, size_t n,
				     char letter)
{
	for (t = option_skip(t); t; t = option_skip(t + 1))
		if (name ? strlen(t->name) == n && !strncmp(t->name, name, n)
			 : letter && t->letter == letter)
			return t;
	return NULL;
}

int option_bad(const char *flag, const char *value, struct err *e)
{
	return err_wrap(e, "invalid argument \"%.300s\" for \"%s\" flag", value, flag);
}

static int bad(const struct option_def *o, const char *v, struct err *e)
{
	char flag[64];

	if (o->letter)
		snprintf(flag, sizeof(flag), "-%c, --%s", o->letter, o->name);
	else
		snprintf(flag, sizeof(flag), "--%s", o->name);
	return option_bad(flag, v, e);
}

static int set_bool(const struct option_def *o, const char *v, struct err *e)
{
	static const char *const yes[] = {"1", "t", "T", "true", "TRUE", "True"};
	static const char *const no[] = {"0", "f", "F", "false", "FALSE", "False"};

	for (size_t i = 0; i < sizeof(yes) / sizeof(*yes); i++) {
		if (!v || !strcmp(v, yes[i]) || !strcmp(v, no[i])) {
			*(bool *)o->value = !v || !strcmp(v, yes[i]);
			return 0;
		}
	}
	err_set(e, ERR_INVALID,
		"strconv.ParseBool: parsing \"%.300s\": invalid syntax: use true or false", v);
	return bad(o, v, e);
}

static int set_bytes(const struct option_def *o, const char *v, struct err *e)
{
	size_t n = strspn(v, "0123456789. ");

	if (o->type == OPTION_SWAP && !strcmp(v, "-1")) {
		*(int64_t *)o->value = -1;
		return 0;
	}
	if (!units_bytes(v, o->value))
		return 0;
	if (n && v[n])
		err_set(e, ERR_INVALID, "invalid suffix: '%.300s'", v + n);
	else
		err_set(e, ERR_INVALID, "invalid size: '%.300s'", v);
	return bad(o, v, e);
}

static int set_value(struct applet_ctx *c, const struct option_def *o, char *v, struct err *e)
{
	if (o->set)
		*o->set = true;
	if (o->type == OPTION_BOOL)
		return set_bool(o, v, e);
	if (!v)
		return err_set(e, ERR_INVALID, "flag needs an argument: --%s", o->name);
	switch (o->type) {
	case OPTION_BOOL:
		break;
	case OPTION_STR:
		*(const char **)o->value = v;
		return 0;
	case OPTION_FILTER:
		if (!strchr(v, '=')) {
			err_set(e, ERR_INVALID, "bad format of filter (expected name=value)");
			return bad(o, v, e);
		}
		strs_add(c->a, o->value, v);
		return 0;
	case OPTION_LIST:
		strs_add(c->a, o->value, v);
		return 0;
	case OPTION_BYTES:
	case OPTION_SWAP:
		return set_bytes(o, v, e);
	case OPTION_DURATION:
		if (!units_duration(v, o->value))
			return 0;
		err_set(e, ERR_INVALID,
			"time: invalid duration \"%.300s\": use 30s, 1m30s or 500ms", v);
		return bad(o, v, e);
	case OPTION_INT:
		if (!units_number(v, INT64_MIN, INT64_MAX, o->value))
			return 0;
		err_set(e, ERR_INVALID,
			"strconv.ParseInt: parsing \"%.300s\": invalid syntax: a whole number "
			"is needed",
			v);
		return bad(o, v, e);
	}
	return 0;
}

struct words {
	int argc, i;
	char **argv;
};

static int next_value(struct words *w, const char *flag, char **ret, struct err *e)
{
	if (w->i + 1 >= w->argc)
		return err_set(e, ERR_INVALID, "flag needs an argument: %s", flag);
	*ret = w->argv[++w->i];
	return 0;
}

static int parse_long(struct applet_ctx *c, const struct option_def *own,
		      const struct option_def *global, struct words *w, struct err *e)
{
	char *word = w->argv[w->i], *name = word + 2, *v = strchr(name, '=');
	size_t n = v ? (size_t)(v - name) : strlen(name);
	const struct option_def *o = find(own, name, n, 0);

	if (!o)
		o = find(global, name, n, 0);
	if (!o && n == 4 && !strncmp(name, "help", 4))
		return 1;
	if (!o)
		return err_set(e, ERR_INVALID, "unknown flag: --%.*s", (int)n, name);
	if (v)
		v++;
	else if (o->type != OPTION_BOOL && next_value(w, word, &v, e))
		return -1;
	return set_value(c, o, v, e);
}

static int parse_short(struct applet_ctx *c, const struct option_def *own,
		       const struct option_def *global, struct words *w, struct err *e)
{
	char *word = w->argv[w->i];

	for (char *p = word + 1; *p; p++) {
		const struct option_def *o = find(own, NULL, 0, *p);
		char *v = NULL;

		if (!o)
			o = find(global, NULL, 0, *p);
		if (!o && *p == 'h' && !p[1] && p == word + 1)
			return 1;
		if (!o)
			return err_set(e, ERR_INVALID, "unknown shorthand flag: '%c' in %s", *p,
				       word);
		if (p[1] == '=')
			v = p + 2;
		else if (o->type != OPTION_BOOL && p[1])
			v = p + 1;
		else if (o->type != OPTION_BOOL && next_value(w, word, &v, e))
			return -1;
		if (set_value(c, o, v, e))
			return -1;
		if (v)
			return 0;
	}
	return 0;
}

int option_parse(struct applet_ctx *c, const struct option_def *own,
		 const struct option_def *global, int argc, char **argv, struct err *e)
{
	struct words w = {argc, 0, argv};
	struct strs rest = {0};
	int rc = 0;

	for (; w.i < argc && rc == 0; w.i++) {
		char *word = argv[w.i];

		if (!strcmp(word, "--")) {
			w.i++;
			break;
		}
		if (word[0] != '-' || !word[1]) {
			if (c->self && (c->self->flags & APPLET_CMDLINE))
				break;
			if (!c->self)
				break; /* the command's own name */
			strs_add(c->a, &rest, word);
		} else if (word[1] == '-') {
			rc = parse_long(c, own, global, &w, e);
		} else {
			rc = parse_short(c, own, global, &w, e);
		}
	}
	if (rc)
		return rc;
	for (; w.i < argc; w.i++)
		strs_add(c->a, &rest, argv[w.i]);
	c->argc = (int)rest.n;
	c->argv = rest.v ? rest.v : arena_alloc(c->a, sizeof(char *));
	return 0;
}
