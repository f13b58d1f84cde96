/* SPDX-License-Identifier: Apache-2.0 */
/*
 * volume ls: Docker's list. What only a cluster or `system df` knows is N/A, as there.
 */
#include "applets/applet.h"

#include <string.h>

#include "applets/filters.h"
#include "applets/format.h"

static bool quiet, cluster;
static struct strs filter_list;
static const char *format;

static const struct option_def options[] = {
	{"cluster", 0, OPTION_BOOL, &cluster, NULL, "Display only cluster volumes", NULL},
	{"filter", 'f', OPTION_FILTER, &filter_list, "filter",
	 "Provide filter values (e.g. \"dangling=true\")", NULL},
	{"format", 0, OPTION_STR, &format, "string", FORMAT_HELP, NULL},
	{"quiet", 'q', OPTION_BOOL, &quiet, NULL, "Only display volume names", NULL},
	{NULL, 0, OPTION_BOOL, NULL, NULL, NULL, NULL},
};

static const struct format_column columns[] = {
	{"Availability", "AVAILABILITY"},
	{"Driver", "DRIVER"},
	{"Group", "GROUP"},
	{"Labels", "LABELS"},
	{"Links", "LINKS"},
	{"Mountpoint", "MOUNTPOINT"},
	{"Name", "VOLUME NAME"},
	{"Scope", "SCOPE"},
	{"Size", "SIZE"},
	{"Status", "STATUS"},
	{NULL, NULL},
};

static int get(struct applet_ctx *c, const struct json **ret, struct err *e)
{
	struct client_conn cc = {.fd = -1};
	AUTO_BUF target = BUF_INIT;
	int rc;

	buf_str(&target, "/volumes?");
	filters_add(&target, &filter_list, NULL);
	if (client_dial(&c->client, &cc, e))
		return -1;
	rc = client_json(&cc, c->a, "GET", target.data, NULL, ret, e);
	client_close(&cc);
	return rc;
}

static int print_volume(struct format *f, const struct json *v, struct err *e)
{
	AUTO_BUF b = BUF_INIT;
	struct json_w w = JSON_W(&b);

	json_w_obj(&w, NULL);
	json_w_str(&w, "Availability", "N/A");
	json_w_str(&w, "Driver", json_str(json_get(v, "Driver"), ""));
	json_w_str(&w, "Group", "N/A");
	format_labels(&w, json_get(v, "Labels"));
	json_w_str(&w, "Links", "N/A");
	json_w_str(&w, "Mountpoint", json_str(json_get(v, "Mountpoint"), ""));
	json_w_str(&w, "Name", json_str(json_get(v, "Name"), ""));
	json_w_str(&w, "Scope", json_str(json_get(v, "Scope"), ""));
	json_w_str(&w, "Size", "N/A");
	json_w_str(&w, "Status", "N/A");
	json_w_end(&w);
	return format_row(f, &b, e);
}

static int ls_main(struct applet_ctx *c)
{
	struct format f = {.a = c->a, .columns = columns};
	const struct json *list = NULL, *v;
	struct json_iter it;
	struct err e;

	f.raw = quiet ? "name: {{.Name}}" : "name: {{.Name}}\ndriver: {{.Driver}}\n";
	if (format_open(&f, format, quiet ? "{{.Name}}" : "table {{.Driver}}\t{{.Name}}", &e) ||
	    (!cluster && get(c, &list, &e)))
		return applet_fail(&e, 1);
	it = json_iter(json_get(list, "Volumes"));
	while ((v = json_next(&it, NULL)))
		if (print_volume(&f, v, &e))
			return applet_fail(&e, 1);
	return format_end(&f, &e) ? applet_fail(&e, 1) : 0;
}

APPLET(volume_ls, .name = "volume ls", .alias = "volume list", .usage = "[OPTIONS]",
       .brief = "List volumes", .options = options, .min_args = 0, .max_args = 0, .main = ls_main);
