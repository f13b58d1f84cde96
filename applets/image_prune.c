/* SPDX-License-Identifier: Apache-2.0 */
/* image prune: asks before it acts, unless -f; what is not "y" is no. */
#include "applets/applet.h"

#include <stdio.h>

#include "applets/filters.h"
#include "applets/table.h"

static bool all, force;
static struct strs filter_list;

static const struct option_def prune_options[] = {
	{.name = "all",
	 .letter = 'a',
	 .type = OPTION_BOOL,
	 .value = &all,
	 .help = "Remove all unused images, not just dangling ones"},
	{.name = "filter",
	 .type = OPTION_FILTER,
	 .value = &filter_list,
	 .arg = "filter",
	 .help = "Provide filter values (e.g. \"until=<timestamp>\")"},
	{.name = "force",
	 .letter = 'f',
	 .type = OPTION_BOOL,
	 .value = &force,
	 .help = "Do not prompt for confirmation"},
	{0},
};

static int get(struct applet_ctx *c, const struct json **ret, struct err *e)
{
	struct client_conn cc = {.fd = -1};
	AUTO_BUF target = BUF_INIT;
	int rc;

	buf_str(&target, "/images/prune?");
	filters_add(&target, &filter_list, all ? "dangling=false" : "dangling=true");
	if (client_dial(&c->client, &cc, e))
		return -1;
	rc = client_json(&cc, c->a, "POST", target.data, NULL, ret, e);
	client_close(&cc);
	return rc;
}

static int prune_main(struct applet_ctx *c)
{
	const struct json *answer, *v;
	struct json_iter it;
	char size[32];
	struct err e;

	if (!force &&
	    !applet_confirmed(all ? "all images without at least one container associated to them"
				  : "all dangling images"))
		return 0;
	if (get(c, &answer, &e))
		return applet_fail(&e, 1);
	it = json_iter(json_get(answer, "ImagesDeleted"));
	if (json_len(json_get(answer, "ImagesDeleted")))
		puts("Deleted Images:");
	while ((v = json_next(&it, NULL))) {
		const char *untagged = json_str(json_get(v, "Untagged"), NULL);

		if (untagged)
			printf("untagged: %s\n", untagged);
		else
			printf("deleted: %s\n", json_str(json_get(v, "Deleted"), ""));
	}
	if (json_len(json_get(answer, "ImagesDeleted")))
		puts("");
	table_space(json_int(json_get(answer, "SpaceReclaimed"), 0), size);
	printf("Total reclaimed space: %s\n", size);
	return 0;
}

APPLET(image_prune, .name = "image prune", .usage = "[OPTIONS]", .brief = "Remove unused images",
       .options = prune_options, .min_args = 0, .max_args = 0, .main = prune_main);
