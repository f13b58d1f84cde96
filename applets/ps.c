/* SPDX-License-Identifier: Apache-2.0 */
/*
 * ps: the containers, newest first as the engine gives them. Sizes take a walk over each upper
 * directory, so they are asked for only where they are shown.
 */
#include "applets/applet.h"

#include <stdio.h>
#include <string.h>

#include "applets/filters.h"
#include "applets/format_container.h"

static bool all, latest, no_trunc, quiet, size;
static int64_t last = -1;
static struct strs filter_list;
static const char *format;

static const struct option_def options[] = {
	{"all", 'a', OPTION_BOOL, &all, NULL, "Show all containers (default shows just running)",
	 NULL},
	{"filter", 'f', OPTION_FILTER, &filter_list, "filter",
	 "Filter output based on conditions provided", NULL},
	{"format", 0, OPTION_STR, &format, "string", FORMAT_HELP, NULL},
	{"last", 'n', OPTION_INT, &last, "int",
	 "Show n last created containers (includes all states) (default -1)", NULL},
	{"latest", 'l', OPTION_BOOL, &latest, NULL,
	 "Show the latest created container (includes all states)", NULL},
	{"no-trunc", 0, OPTION_BOOL, &no_trunc, NULL, "Don't truncate output", NULL},
	{"quiet", 'q', OPTION_BOOL, &quiet, NULL, "Only display container IDs", NULL},
	{"size", 's', OPTION_BOOL, &size, NULL, "Display total file sizes", NULL},
	{NULL, 0, OPTION_BOOL, NULL, NULL, NULL, NULL},
};

#define COLUMNS                                                                                    \
	"table {{.ID}}\t{{.Image}}\t{{.Command}}\t{{.RunningFor}}\t{{.Status}}\t{{.Ports}}"        \
	"\t{{.Names}}"
#define RAW                                                                                        \
	"container_id: {{.ID}}\nimage: {{.Image}}\ncommand: {{.Command}}\n"                        \
	"created_at: {{.CreatedAt}}\nstate: {{.State}}\nstatus: {{.Status}}\nnames: {{.Names}}\n"  \
	"labels:{{with .Labels}} {{.}}{{end}}\nports:{{with .Ports}} {{.}}{{end}}\n"

static int get(struct applet_ctx *c, const struct json **ret, struct err *e)
{
	struct client_conn cc = {.fd = -1};
	AUTO_BUF target = BUF_INIT;
	int rc;

	buf_printf(&target, "/containers/json?all=%d", all);
	if (latest || last > 0)
		buf_printf(&target, "&limit=%lld", latest ? 1 : (long long)last);
	if (size || (!quiet && format_uses(format, "Size")))
		buf_str(&target, "&size=1");
	filters_add(&target, &filter_list, NULL);
	if (client_dial(&c->client, &cc, e))
		return -1;
	rc = client_json(&cc, c->a, "GET", target.data, NULL, ret, e);
	client_close(&cc);
	return rc;
}

static int ps_main(struct applet_ctx *c)
{
	struct format f = {.a = c->a, .columns = format_container_columns};
	const struct json *list, *v;
	struct json_iter it;
	struct err e;

	if (quiet && format)
		fprintf(stderr, "WARNING: Ignoring custom format, because both --format and "
				"--quiet are set.\n");
	f.raw = size ? RAW "size: {{.Size}}\n" : RAW;
	if (format_open(&f, quiet ? NULL : format,
			quiet  ? "{{.ID}}"
			: size ? COLUMNS "\t{{.Size}}"
			       : COLUMNS,
			&e) ||
	    get(c, &list, &e))
		return applet_fail(&e, 1);
	it = json_iter(list);
	while ((v = json_next(&it, NULL)))
		if (format_container(&f, v, no_trunc, &e))
			return applet_fail(&e, 1);
	return format_end(&f, &e) ? applet_fail(&e, 1) : 0;
}

APPLET(ps, .name = "ps", .alias = "container ls, container list, container ps",
       .usage = "[OPTIONS]", .brief = "List containers", .options = options, .min_args = 0,
       .max_args = 0, .main = ps_main);
