/* SPDX-License-Identifier: Apache-2.0 */
/*
 * container, image, network and volume prune: each asks before it acts, unless -f (what is not "y"
 * is no), prints what went and how much room that was. What may go, the engine decides by the
 * filters.
 */
#include "applets/applet.h"

#include <stdio.h>
#include <string.h>

#include "applets/filters.h"
#include "applets/table.h"

struct prune {
	const char *target, *answer, *heading;
	const char *warn, *warn_all;	 /* without and with --all */
	const char *filter, *filter_all; /* what that means to the engine; NULL: nothing */
};

static bool all, force;
static struct strs filter_list;

static const struct option_def container_options[] = {
	{"filter", 0, OPTION_FILTER, &filter_list, "filter",
	 "Provide filter values (e.g. \"until=<timestamp>\")", NULL},
	{"force", 'f', OPTION_BOOL, &force, NULL, "Do not prompt for confirmation", NULL},
	{NULL, 0, OPTION_BOOL, NULL, NULL, NULL, NULL},
};
static const struct option_def image_options[] = {
	{"all", 'a', OPTION_BOOL, &all, NULL, "Remove all unused images, not just dangling ones",
	 NULL},
	{"filter", 0, OPTION_FILTER, &filter_list, "filter",
	 "Provide filter values (e.g. \"until=<timestamp>\")", NULL},
	{"force", 'f', OPTION_BOOL, &force, NULL, "Do not prompt for confirmation", NULL},
	{NULL, 0, OPTION_BOOL, NULL, NULL, NULL, NULL},
};
static const struct option_def volume_options[] = {
	{"all", 'a', OPTION_BOOL, &all, NULL, "Remove all unused volumes, not just anonymous ones",
	 NULL},
	{"filter", 0, OPTION_FILTER, &filter_list, "filter",
	 "Provide filter values (e.g. \"label=<label>\")", NULL},
	{"force", 'f', OPTION_BOOL, &force, NULL, "Do not prompt for confirmation", NULL},
	{NULL, 0, OPTION_BOOL, NULL, NULL, NULL, NULL},
};

static int ask_engine(struct applet_ctx *c, const struct prune *p, const struct json **ret,
		      struct err *e)
{
	struct client_conn cc = {.fd = -1};
	AUTO_BUF target = BUF_INIT;
	int rc;

	buf_str(&target, p->target);
	filters_add(&target, &filter_list, all ? p->filter_all : p->filter);
	if (client_dial(&c->client, &cc, e))
		return -1;
	rc = client_json(&cc, c->a, "POST", target.data, NULL, ret, e);
	client_close(&cc);
	return rc;
}

/* A name or ID, or what an image lost. */
static void print_one(const struct json *v)
{
	const char *untagged = json_str(json_get(v, "Untagged"), NULL);

	if (json_typeof(v) == JSON_STR)
		puts(json_str(v, ""));
	else if (untagged)
		printf("untagged: %s\n", untagged);
	else
		printf("deleted: %s\n", json_str(json_get(v, "Deleted"), ""));
}

static int prune(struct applet_ctx *c, const struct prune *p)
{
	const struct json *answer, *gone, *v;
	struct json_iter it;
	char size[32];
	struct err e;

	if (!force && !applet_confirmed(all ? p->warn_all : p->warn))
		return 0;
	if (ask_engine(c, p, &answer, &e))
		return applet_fail(&e, 1);
	gone = json_get(answer, p->answer);
	if (json_len(gone))
		puts(p->heading);
	it = json_iter(gone);
	while ((v = json_next(&it, NULL)))
		print_one(v);
	if (json_len(gone))
		puts("");
	if (!json_get(answer, "SpaceReclaimed"))
		return 0;
	table_space(json_int(json_get(answer, "SpaceReclaimed"), 0), size);
	printf("Total reclaimed space: %s\n", size);
	return 0;
}

static int container_main(struct applet_ctx *c)
{
	static const struct prune p = {.target = "/containers/prune?",
				       .answer = "ContainersDeleted",
				       .heading = "Deleted Containers:",
				       .warn = "all stopped containers"};

	return prune(c, &p);
}

static int image_main(struct applet_ctx *c)
{
	static const struct prune p = {
		"/images/prune?",
		"ImagesDeleted",
		"Deleted Images:",
		"all dangling images",
		"all images without at least one container associated to them",
		"dangling=true",
		"dangling=false"};

	return prune(c, &p);
}

static int network_main(struct applet_ctx *c)
{
	static const struct prune p = {
		.target = "/networks/prune?",
		.answer = "NetworksDeleted",
		.heading = "Deleted Networks:",
		.warn = "all custom networks not used by at least one container"};

	return prune(c, &p);
}

static int volume_main(struct applet_ctx *c)
{
	static const struct prune p = {"/volumes/prune?",
				       "VolumesDeleted",
				       "Deleted Volumes:",
				       "anonymous local volumes not used by at least one container",
				       "all volumes not used by at least one container",
				       NULL,
				       "all=true"};
	struct err e;

	for (size_t i = 0; all && i < filter_list.n; i++)
		if (!strncmp(filter_list.v[i], "all=", 4)) {
			err_set(&e, ERR_INVALID,
				"conflicting options: cannot specify both --all and --filter "
				"all=1");
			return applet_fail(&e, 1);
		}
	return prune(c, &p);
}

APPLET(container_prune, .name = "container prune", .usage = "[OPTIONS]",
       .brief = "Remove all stopped containers", .options = container_options, .min_args = 0,
       .max_args = 0, .main = container_main);
APPLET(image_prune, .name = "image prune", .usage = "[OPTIONS]", .brief = "Remove unused images",
       .options = image_options, .min_args = 0, .max_args = 0, .main = image_main);
APPLET(network_prune, .name = "network prune", .usage = "[OPTIONS]",
       .brief = "Remove all unused networks", .options = container_options, .min_args = 0,
       .max_args = 0, .main = network_main);
APPLET(volume_prune, .name = "volume prune", .usage = "[OPTIONS]",
       .brief = "Remove unused local volumes", .options = volume_options, .min_args = 0,
       .max_args = 0, .main = volume_main);
