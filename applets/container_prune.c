/* SPDX-License-Identifier: Apache-2.0 */
/* container prune: asks before it acts, unless -f; what is not "y" is no. */
#include "applets/applet.h"

#include <stdio.h>

#include "applets/filters.h"
#include "applets/table.h"

static bool force;
static struct strs filter_list;

static const struct option_def prune_options[] = {
	{"filter", 0, OPTION_FILTER, &filter_list, "filter",
	 "Provide filter values (e.g. \"until=<timestamp>\")", NULL},
	{"force", 'f', OPTION_BOOL, &force, NULL, "Do not prompt for confirmation", NULL},
	{NULL, 0, OPTION_BOOL, NULL, NULL, NULL, NULL},
};

static int ask(struct applet_ctx *c, const struct json **ret, struct err *e)
{
	struct client_conn cc = {.fd = -1};
	AUTO_BUF target = BUF_INIT;
	int rc;

	buf_str(&target, "/containers/prune?");
	filters_add(&target, &filter_list, NULL);
	if (client_dial(&c->client, &cc, e))
		return -1;
	rc = client_json(&cc, c->a, "POST", target.data, NULL, ret, e);
	client_close(&cc);
	return rc;
}

static int prune_main(struct applet_ctx *c)
{
	const struct json *answer, *gone, *v;
	struct json_iter it;
	char size[32];
	struct err e;

	if (!force && !applet_confirmed("all stopped containers"))
		return 0;
	if (ask(c, &answer, &e))
		return applet_fail(&e, 1);
	gone = json_get(answer, "ContainersDeleted");
	if (json_len(gone)) {
		puts("Deleted Containers:");
		it = json_iter(gone);
		while ((v = json_next(&it, NULL)))
			puts(json_str(v, ""));
		puts("");
	}
	table_space(json_int(json_get(answer, "SpaceReclaimed"), 0), size);
	printf("Total reclaimed space: %s\n", size);
	return 0;
}

APPLET(container_prune, .name = "container prune", .usage = "[OPTIONS]",
       .brief = "Remove all stopped containers", .options = prune_options, .min_args = 0,
       .max_args = 0, .main = prune_main);
