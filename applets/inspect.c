/* SPDX-License-Identifier: Apache-2.0 */
/*
 * inspect: the engine's JSON of each object, as it came, in one array; or a template run over each.
 * A name without --type is looked for among containers, then images, networks, volumes, on one
 * connection. Output comes before the errors, as with docker, so that a script sees either all
 * that there is or knows what is missing.
 */
#include "applets/inspect.h"

#include <stdio.h>
#include <string.h>

#include "applets/template.h"
#include "wire/target.h"

static const struct kind {
	const char *name, *before, *behind;
} kinds[] = {
	{"container", "/containers/", "/json"},
	{"image", "/images/", "/json"},
	{"network", "/networks/", ""},
	{"volume", "/volumes/", ""},
};

#define KINDS (sizeof(kinds) / sizeof(*kinds))

struct inspection {
	struct applet_ctx *c;
	struct client_conn conn;
	struct template *t; /* NULL: JSON */
	bool line, size;    /* the array on one line */
	struct buf out;
	int shown;
	struct buf errors;
};

static int get(struct inspection *in, const struct kind *k, const char *ref,
	       const struct json **ret, struct err *e)
{
	AUTO_BUF target = BUF_INIT;

	if (!*ref)
		return err_set(e, ERR_UNSUPPORTED, "invalid %s name or ID: value is empty",
			       k->name);
	buf_str(&target, k->before);
	target_quote(&target, ref);
	buf_str(&target, k->behind);
	if (in->size && k == kinds)
		buf_str(&target, "?size=1");
	if (!in->conn.h && client_dial(&in->c->client, &in->conn, e))
		return -1;
	return client_json(&in->conn, in->c->a, "GET", target.data, NULL, ret, e);
}

/* kind NULL: an object of any kind; a name that one kind cannot have may be another's. */
static int find(struct inspection *in, const struct inspect_object *o, const struct json **ret,
		struct err *e)
{
	for (const struct kind *k = kinds; k < kinds + KINDS; k++) {
		if (o->kind && strcmp(o->kind, k->name))
			continue;
		if (!get(in, k, o->ref, ret, e))
			return 0;
		if (o->kind || (e->kind != ERR_NOTFOUND && e->kind != ERR_INVALID))
			return -1;
	}
	return err_set(e, ERR_NOTFOUND, "Error: No such object: %s", o->ref); /* docker's words */
}

static int show(struct inspection *in, const struct json *v, struct err *e)
{
	AUTO_ARENA a = ARENA_INIT;

	if (in->t) {
		if (template_run(in->t, &a, v, TEMPLATE_OBJECT, &in->out, e))
			return err_wrap(e, "template parsing error");
		buf_char(&in->out, '\n');
	} else if (in->line) {
		struct json_w w = {.b = &in->out, .comma = in->shown > 0, .verbatim = true};

		buf_str(&in->out, in->shown ? "" : "[");
		json_w_val(&w, NULL, v);
	} else {
		buf_str(&in->out, in->shown ? ",\n    " : "[\n    ");
		json_indent(&in->out, v, "    ", "    ");
	}
	in->shown++;
	return 0;
}

static int finish(struct inspection *in)
{
	int status = in->errors.len > 0;

	if (!in->t)
		buf_str(&in->out, !in->shown ? "[]\n" : in->line ? "]\n" : "\n]\n");
	else if (!in->out.len)
		buf_char(&in->out, '\n'); /* docker's */
	if (fwrite(in->out.data, 1, in->out.len, stdout) != in->out.len || fflush(stdout))
		status = 1;
	if (in->errors.len)
		fputs(in->errors.data, stderr);
	client_close(&in->conn);
	buf_release(&in->out);
	buf_release(&in->errors);
	return status;
}

int inspect_objects(struct applet_ctx *c, const struct inspect_object *list, int n,
		    const char *format, bool size)
{
	struct inspection in = {.c = c, .conn = {.fd = -1}, .size = size};
	const struct json *v;
	struct err e;

	in.line = format && !strcmp(format, "json");
	if (format && *format && !in.line) {
		in.t = template_parse(c->a, format, &e);
		if (!in.t) {
			err_wrap(&e, "template parsing error");
			return applet_fail(&e, 64);
		}
	}
	for (int i = 0; i < n; i++)
		if (find(&in, &list[i], &v, &e) || show(&in, v, &e))
			buf_printf(&in.errors, "%s%s\n",
				   strncmp(e.text, "Error: ", 7) ? "proa: " : "", e.text);
	return finish(&in);
}

int inspect_args(struct applet_ctx *c, const char *kind, const char *format, bool size)
{
	struct inspect_object *list = arena_array(c->a, (size_t)c->argc + 1, sizeof(*list));

	for (int i = 0; i < c->argc; i++)
		list[i] = (struct inspect_object){kind, c->argv[i]};
	return inspect_objects(c, list, c->argc, format, size);
}

static bool size;
static const char *format, *type;

static const struct option_def options[] = {
	{"format", 'f', OPTION_STR, &format, "string", INSPECT_FORMAT_HELP, NULL},
	{"size", 's', OPTION_BOOL, &size, NULL, "Display total file sizes if the type is container",
	 NULL},
	{"type", 0, OPTION_STR, &type, "string", "Only inspect objects of the given type", NULL},
	{NULL, 0, OPTION_BOOL, NULL, NULL, NULL, NULL},
};

static int inspect_main(struct applet_ctx *c)
{
	struct err e;

	for (size_t i = 0; type && *type && i < KINDS; i++)
		if (!strcmp(type, kinds[i].name))
			return inspect_args(c, type, format, size);
	if (!type || !*type)
		return inspect_args(c, NULL, format, size);
	err_set(&e, ERR_INVALID,
		"unknown type: \"%s\": must be one of \"container\", \"image\", "
		"\"network\", \"volume\"",
		type);
	return applet_fail(&e, 1);
}

APPLET(inspect, .name = "inspect", .usage = "[OPTIONS] NAME|ID [NAME|ID...]",
       .brief = "Return low-level information on Docker objects", .options = options, .min_args = 1,
       .max_args = -1, .main = inspect_main);

static int container_main(struct applet_ctx *c)
{
	return inspect_args(c, "container", format, size);
}

static const struct option_def container_options[] = {
	{"format", 'f', OPTION_STR, &format, "string", INSPECT_FORMAT_HELP, NULL},
	{"size", 's', OPTION_BOOL, &size, NULL, "Display total file sizes", NULL},
	{NULL, 0, OPTION_BOOL, NULL, NULL, NULL, NULL},
};

APPLET(container_inspect, .name = "container inspect",
       .usage = "[OPTIONS] CONTAINER [CONTAINER...]",
       .brief = "Display detailed information on one or more containers",
       .options = container_options, .min_args = 1, .max_args = -1, .main = container_main);
