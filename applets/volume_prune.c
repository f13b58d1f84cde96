/* SPDX-License-Identifier: Apache-2.0 */
/* volume prune: asks before it acts, unless -f; what is not "y" is no. */
#include "applets/applet.h"

#include <stdio.h>
#include <string.h>

#include "applets/filters.h"
#include "applets/table.h"

static bool all, force;
static struct strs filter_list;

static const struct option_def options[] = {
	{"all", 'a', OPTION_BOOL, &all, NULL, "Remove all unused volumes, not just anonymous ones",
	 NULL},
	{"filter", 0, OPTION_FILTER, &filter_list, "filter",
	 "Provide filter values (e.g. \"label=<label>\")", NULL},
	{"force", 'f', OPTION_BOOL, &force, NULL, "Do not prompt for confirmation", NULL},
	{NULL, 0, OPTION_BOOL, NULL, NULL, NULL, NULL},
};

static int prune(struct applet_ctx *c, const struct json **ret, struct err *e)
{
	struct client_conn cc = {.fd = -1};
	AUTO_BUF target = BUF_INIT;
	int rc;

	for (size_t i = 0; all && i < filter_list.n; i++)
		if (!strncmp(filter_list.v[i], "all=", 4))
			return err_set(e, ERR_INVALID,
				       "conflicting options: cannot specify both --all and "
				       "--filter all=1");
	buf_str(&target, "/volumes/prune?");
	filters_add(&target, &filter_list, all ? "all=true" : NULL);
	if (client_dial(&c->client, &cc, e))
		return -1;
	rc = client_json(&cc, c->a, "POST", target.data, NULL, ret, e);
	client_close(&cc);
	return rc;
}

static int prune_main(struct applet_ctx *c)
{
	const struct json *answer, *list, *v;
	struct json_iter it;
	char size[32];
	struct err e;

	if (!force &&
	    !applet_confirmed(all ? "all volumes not used by at least one container"
				  : "anonymous local volumes not used by at least one container"))
		return 0;
	if (prune(c, &answer, &e))
		return applet_fail(&e, 1);
	list = json_get(answer, "VolumesDeleted");
	if (json_len(list))
		puts("Deleted Volumes:");
	it = json_iter(list);
	while ((v = json_next(&it, NULL)))
		puts(json_str(v, ""));
	if (json_len(list))
		puts("");
	table_space(json_int(json_get(answer, "SpaceReclaimed"), 0), size);
	printf("Total reclaimed space: %s\n", size);
	return 0;
}

APPLET(volume_prune, .name = "volume prune", .usage = "[OPTIONS]",
       .brief = "Remove unused local volumes", .options = options, .min_args = 0, .max_args = 0,
       .main = prune_main);
