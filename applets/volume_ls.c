/* SPDX-License-Identifier: Apache-2.0 */
/*
 * volume ls: Docker's list. What only a cluster or `system df` knows is N/A, as there.
 */
#include "applets/applet.h"

#include <stdio.h>
#include <string.h>

#include "applets/filters.h"
#include "applets/table.h"

static bool quiet, cluster;
static struct strs filter_list;
static const char *format;

static const struct option_def options[] = {
	{"cluster", 0, OPTION_BOOL, &cluster, NULL, "Display only cluster volumes", NULL},
	{"filter", 'f', OPTION_LIST, &filter_list, "filter",
	 "Provide filter values (e.g. \"dangling=true\")", NULL},
	{"format", 0, OPTION_STR, &format, "string", "table or json", NULL},
	{"quiet", 'q', OPTION_BOOL, &quiet, NULL, "Only display volume names", NULL},
	{NULL, 0, OPTION_BOOL, NULL, NULL, NULL, NULL},
};

static int get(struct applet_ctx *c, const struct json **ret, struct err *e)
{
	struct client_conn cc = {.fd = -1};
	AUTO_BUF target = BUF_INIT;
	int rc;

	buf_str(&target, "/volumes?");
	if (filters_add(&target, &filter_list, NULL, e) || client_dial(&c->client, &cc, e))
		return -1;
	rc = client_json(&cc, c->a, "GET", target.data, NULL, ret, e);
	client_close(&cc);
	return rc;
}

static const char *labels_of(struct arena *a, const struct json *labels)
{
	struct json_iter it = json_iter(labels);
	AUTO_BUF b = BUF_INIT;
	const struct json *v;
	const char *k;

	while ((v = json_next(&it, &k)))
		buf_printf(&b, "%s%s=%s", b.len ? "," : "", k, json_str(v, ""));
	return arena_strdup(a, b.data ? b.data : "");
}

static void print_json(struct arena *a, const struct json *v)
{
	AUTO_BUF b = BUF_INIT;
	struct json_w w = JSON_W(&b);

	json_w_obj(&w, NULL);
	json_w_str(&w, "Availability", "N/A");
	json_w_str(&w, "Driver", json_str(json_get(v, "Driver"), ""));
	json_w_str(&w, "Group", "N/A");
	json_w_str(&w, "Labels", labels_of(a, json_get(v, "Labels")));
	json_w_str(&w, "Links", "N/A");
	json_w_str(&w, "Mountpoint", json_str(json_get(v, "Mountpoint"), ""));
	json_w_str(&w, "Name", json_str(json_get(v, "Name"), ""));
	json_w_str(&w, "Scope", json_str(json_get(v, "Scope"), ""));
	json_w_str(&w, "Size", "N/A");
	json_w_str(&w, "Status", "N/A");
	json_w_end(&w);
	puts(b.data);
}

static int ls_main(struct applet_ctx *c)
{
	const struct json *list = NULL, *v;
	struct json_iter it;
	struct table t;
	struct err e;

	if (format && strcmp(format, "json") && strcmp(format, "table"))
		err_set(&e, ERR_UNSUPPORTED, "--format: only table and json are known so far");
	else if (cluster || !get(c, &list, &e))
		e.kind = ERR_NONE;
	if (e.kind)
		return applet_fail(&e, 1);
	table_init(&t, c->a, 2);
	table_cell(&t, "DRIVER");
	table_cell(&t, "VOLUME NAME");
	it = json_iter(json_get(list, "Volumes"));
	while ((v = json_next(&it, NULL))) {
		if (quiet) {
			puts(json_str(json_get(v, "Name"), ""));
		} else if (format && !strcmp(format, "json")) {
			print_json(c->a, v);
		} else {
			table_cell(&t, json_str(json_get(v, "Driver"), ""));
			table_cell(&t, json_str(json_get(v, "Name"), ""));
		}
	}
	if (!quiet && !(format && !strcmp(format, "json")))
		table_print(&t);
	return 0;
}

APPLET(volume_ls, .name = "volume ls", .alias = "volume list", .usage = "[OPTIONS]",
       .brief = "List volumes", .options = options, .min_args = 0, .max_args = 0, .main = ls_main);
